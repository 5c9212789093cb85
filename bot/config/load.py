"""TOML and environment to frozen settings, or one clear ConfigError."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ..errors import ConfigError
from .settings import CarrierSettings, Settings
from .sources import BlueskySettings, SourceSettings, XSettings
from .values import Source, Table


def shipped(*parts: str) -> Path:
    """A file that comes with the program: `config/` in a checkout, `bot/shipped/` when installed."""
    checkout = Path(__file__).resolve().parents[2] / "config"
    return (checkout if checkout.is_dir() else Path(__file__).resolve().parents[1] / "shipped").joinpath(*parts)


def load_settings(path: Path) -> Settings:
    """Read and check a config file. Raises ConfigError: one line naming file, key and what was expected."""
    table = read_toml(path)
    try:
        settings = Settings.model_validate(_tuples(table))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from error
    settings = settings.model_copy(
        update={"sources": tuple(_packed(source, settings, path) for source in settings.sources)}
    )
    if settings.retention.text > settings.retention.rows:
        raise ConfigError(f"{path}: retention.text: expected no more than retention.rows, the row holds the text")
    names = [source.name for source in settings.sources]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: sources: two are called {name!r}; each needs a name of its own")
    return settings


def _packed(source: SourceSettings, settings: Settings, path: Path) -> SourceSettings:
    """What a source asks for, made of the carrier's words unless it has its own, and checked before anything is asked."""
    if getattr(source, "contact", "needs none") is None:  # one for all, unless a source has its own
        source = source.model_copy(update={"contact": settings.contact})
    if isinstance(source, BlueskySettings) and not source.words:
        return source.model_copy(update={"words": _names(settings)})
    if not isinstance(source, XSettings):
        return source
    from ..collect.x.queries import pack, validate  # here: the rooms `collect` opens need this file first

    carrier = settings.carrier
    try:
        words = source.words or (*carrier.words, *carrier.handles, *carrier.brands)
        queries = pack(words, without=source.without, accounts=carrier.accounts, languages=source.languages)
        for query in source.queries:
            validate(query)
    except ConfigError as error:
        raise ConfigError(f"{path}: sources: {source.name}: {error}") from error
    return source.model_copy(update={"queries": tuple(dict.fromkeys((*queries, *source.queries)))})


def _names(settings: Settings) -> tuple[str, ...]:
    """All that the carrier, its brands and the other carriers are called: a failure elsewhere must be seen, too."""
    every = (settings.carrier, *settings.others)
    return tuple(dict.fromkeys(word for names in every for word in (*names.words, *names.handles, *names.brands)))


def read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; `--config` names one, `config/o2-de.toml` is the default") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML ({error})") from error


def secret(name: str) -> str | None:
    """A secret from the environment variable `name`, or from the file that `name`_FILE names; None where neither is set."""
    if value := os.environ.get(name):
        return value
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{name}_FILE: {file} cannot be read ({error.strerror})") from error
    return None


def _tuples(value: Any) -> Any:
    """TOML arrays as tuples: the settings are frozen through and through."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _first_problem(error: ValidationError) -> str:
    # A misspelt key is missing too, under its right name: the misspelling is what the admin wants to hear of.
    problem = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in problem["loc"]) or "the file"
    match problem["type"]:
        case "extra_forbidden":
            key = str(problem["loc"][-1])
            near = difflib.get_close_matches(
                key, _keys(*Table.__subclasses__(), *Source.__subclasses__(), CarrierSettings), n=1
            )
            return f"{where}: unknown key" + (f", did you mean `{near[0]}`?" if near else "; remove it")
        case "missing":
            return f"{where}: missing; `config/o2-de.toml` shows it with its comment"
        case "value_error":
            return f"{where}: expected {problem['ctx']['error']}, got {problem['input']!r}"
        case "union_tag_invalid":
            return (
                f"{where}: unknown kind of source {problem['ctx']['tag']!r}; known: {problem['ctx']['expected_tags']}"
            )
        case "string_pattern_mismatch":
            return f"{where}: expected text like {problem['ctx']['pattern']}, got {problem['input']!r}"
        case _:
            wanted = problem["msg"].replace("Input should be ", "").replace("a valid ", "a ")
            return f"{where}: expected {wanted}, got {_shown(problem['input'])}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys(*models: type[BaseModel]) -> set[str]:
    return {key for model in models for key in model.model_fields}
