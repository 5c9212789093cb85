import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.config.load import load_settings, secret, shipped
from bot.config.values import Table
from bot.errors import ConfigError

SHIPPED = shipped("o2-de.toml").read_text(encoding="utf-8")


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["o2-de.toml", "o2-uk.toml"])
def test_the_shipped_configs_are_whole_and_safe(name: str) -> None:
    settings = load_settings(shipped(name))
    assert settings.dry_run
    assert settings.web.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dry_run = true", "dry_rum = true", "dry_rum: unknown key, did you mean `dry_run`?"),
        ("dry_run = true", 'dry_run = "yes"', "dry_run: expected"),
        ("dry_run = true", "", "dry_run: missing"),
        ('at = "07:00"', 'at = "25:00"', 'digest.at: expected a time of day such as "07:00"'),
        ('at = "07:00"', 'at = "02:30"', "digest.at: expected a time outside 02:00 to 03:00"),
        (
            '[watch]\nevery = "5m"',
            '[watch]\nevery = "fifteen"',
            'watch.every: expected a number with its unit, such as "30s"',
        ),
        ('[watch]\nevery = "5m"', '[watch]\nevery = "1s"', "watch.every: expected"),
        ('at = "07:00"', 'at = "07:00+02:00"', 'digest.at: expected a time of day such as "07:00"'),
        (
            '[watch]\nevery = "5m"',
            '[watch]\nevery = "99999999999999999999d"',
            "watch.every: expected a number with its unit",
        ),
        ('[watch]\nevery = "5m"', '[watch]\nevery = "999999999d"', "watch.every: expected"),
        ('countries = ["de", "gb"]', "countries = []", "carrier.countries: expected at least 1, got none"),
        ('at = "07:00"', 'at = "07:00:30.5"', 'digest.at: expected a time of day such as "07:00"'),
        ('[watch]\nevery = "5m"', '[watch]\nevery = "1s"', "watch.every: expected at least '30s', got '1s'"),
        ("max_pages = 10", "max_pages = 0.5", "sources.“mastodon-social”.max_pages: expected a whole number, got 0.5"),
        (
            '"o2de", "telefonica", "funkloch"',
            '"o2 de", "funkloch"',
            "sources.“mastodon-social”.hashtags.1: expected the form",
        ),
        ('name = "o2"', 'name = ""', "carrier.name: expected a word or name that can be looked for, got ''"),
        ('words = ["o2", "o 2",', 'words = ["", "o 2",', "carrier.words.0: expected a word or name"),
        ('database = "var/o2-de.db"', 'database = ""', "store.database: expected"),
        (
            'time_zone = "Europe/Berlin"',
            'time_zone = "Berlin"',
            'carrier.time_zone: expected a time zone such as "Europe/Berlin"',
        ),
        ('countries = ["de", "gb"]', 'countries = ["France"]', "carrier.countries.0: expected"),
        ('kind = "mastodon"', 'kind = "myspace"', "unknown kind of source 'myspace'"),
        ('name = "mastodon-chaos"', 'name = "mastodon-social"', "two are called 'mastodon-social'"),
        ("port = 8611", "port = 99999", "web.port: expected"),
        ("[web]", "[web", "not valid TOML"),
    ],
)
def test_a_mistake_is_one_line_naming_file_key_and_what_was_expected(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in SHIPPED
    path = write(tmp_path, SHIPPED.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"own\.toml: no such file"):
        load_settings(tmp_path / "own.toml")


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret("BRENNPUNKT_TEST_TOKEN") is None
    (tmp_path / "token").write_text("from file\n")
    monkeypatch.setenv("BRENNPUNKT_TEST_TOKEN_FILE", str(tmp_path / "token"))
    assert secret("BRENNPUNKT_TEST_TOKEN") == "from file"
    monkeypatch.setenv("BRENNPUNKT_TEST_TOKEN", "from environment")
    assert secret("BRENNPUNKT_TEST_TOKEN") == "from environment"
    monkeypatch.delenv("BRENNPUNKT_TEST_TOKEN")
    monkeypatch.setenv("BRENNPUNKT_TEST_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(ConfigError, match=r"BRENNPUNKT_TEST_TOKEN_FILE: .*missing cannot be read"):
        secret("BRENNPUNKT_TEST_TOKEN")


def settings_models(base: type[BaseModel] = Table) -> list[type[BaseModel]]:
    return [model for child in base.__subclasses__() for model in (child, *settings_models(child))]


@pytest.mark.parametrize("model", settings_models(), ids=lambda model: model.__name__)
def test_every_setting_stands_in_the_shipped_config(model: type[BaseModel]) -> None:
    for field in model.model_fields:
        assert field in SHIPPED, f"{model.__name__}.{field} has no line in config/o2-de.toml"


def test_no_secret_stands_in_a_shipped_config() -> None:
    for path in shipped().glob("*.toml"):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        assert "token" not in str(table).replace("token_env", ""), path
