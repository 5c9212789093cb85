"""A newcomer's first config."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config.load import load_settings


def init(path: Path, *words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["init", str(path), *words], input=stdin, catch_exceptions=False)


def test_three_answers_make_a_config_that_loads(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    result = init(own, stdin="Telekom\nde\nsocial@carrier.example\n")
    assert result.exit_code == 0
    settings = load_settings(own)
    assert (settings.carrier.name, settings.contact, settings.dry_run) == ("Telekom", "social@carrier.example", True)
    assert "congstar" in settings.carrier.words
    assert [other.name for other in settings.others] == ["o2", "Vodafone", "1&1"]
    assert f"--config {own} run" in result.stdout


def test_it_listens_for_the_new_carrier_and_keeps_files_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    init(own, "--carrier", "Telekom", "--country", "de", "--contact", "a@b.example")
    settings = load_settings(own)
    assert settings.store.database == "var/telekom-de.db"
    asked = {tag for source in settings.sources if source.kind == "mastodon" for tag in source.hashtags}
    assert "telekom" in asked
    assert "funkloch" in asked
    assert "o2" not in asked


def test_a_carrier_nobody_listed_is_called_by_what_the_admin_says(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    words = ("--word", "salt mobile", "--handle", "@salt_ch", "--contact", "a@b.example")
    result = init(own, "--carrier", "Salt", "--country", "ch", *words)
    carrier = load_settings(own).carrier
    assert (carrier.words, carrier.accounts, carrier.countries) == (
        ("salt", "salt mobile", "#salt"),
        ("salt_ch",),
        ("ch",),
    )
    assert carrier.time_zone == "Europe/Zurich"
    assert carrier.collisions == ()
    assert "docs/new-country.md" in result.stdout


def test_comments_stay(tmp_path: Path) -> None:
    init(tmp_path / "own.toml", "--carrier", "Telekom", "--country", "de", "--contact", "a@b.example")
    text = (tmp_path / "own.toml").read_text(encoding="utf-8")
    assert 'time_zone = "Europe/Berlin"  # days, busy hours' in text
    assert 'languages = ["de", "en"]  # the first one' in text


@pytest.mark.parametrize("country", ["Germany", "d", "1a"])
def test_a_country_that_is_none_is_asked_for_again(tmp_path: Path, country: str) -> None:
    own = tmp_path / "own.toml"
    refused = init(own, "--carrier", "X", "--country", country, "--contact", "a@b.example")
    assert refused.stderr.endswith(f"{country!r}: write the two letters of ISO 3166, like de or gb\n")
    assert list(tmp_path.iterdir()) == []
    assert init(own, stdin=f"Telekom\n{country}\nAT\nsocial@carrier.example\n").exit_code == 0
    assert load_settings(own).carrier.countries == ("at",)


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--carrier", ""], "carrier.name"), (["--carrier", "X", "--time-zone", "Mars/Base"], "carrier.time_zone")],
)
def test_a_wrong_answer_is_one_line_about_the_file_and_leaves_none(tmp_path: Path, words: list[str], says: str) -> None:
    own = tmp_path / "own.toml"
    result = init(own, "--country", "de", "--contact", "a@b.example", *words)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith(f"Error: {own}: {says}: expected ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line_about_the_file(tmp_path: Path) -> None:
    result = init(tmp_path / "none" / "own.toml", "--carrier", "X", "--country", "de", "--contact", "a@b.example")
    assert result.stderr == f"Error: {tmp_path / 'none' / 'own.toml'}: cannot be written (No such file or directory)\n"


def test_a_config_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("mine", encoding="utf-8")
    assert init(own, "--carrier", "X", "--contact", "a@b.example", "--country", "de").exit_code == 1
    assert own.read_text(encoding="utf-8") == "mine"


def test_the_bare_command_shows_the_way() -> None:
    result = CliRunner().invoke(main, [])
    assert "brennpunkt init own.toml" in result.output
    assert "Keep it well:" in result.output
