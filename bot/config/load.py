"""TOML and environment to frozen settings, or one clear ConfigError."""

import difflib
import os
import re
import tomllib
from datetime import timedelta
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
    ours = (checkout / "o2-de.toml").is_file()  # in site-packages a `config` may be anybody's
    return (checkout if ours else Path(__file__).resolve().parents[1] / "shipped").joinpath(*parts)


def load_settings(path: Path) -> Settings:
    """Read and check a config file. Raises ConfigError: one line naming file, key and what was expected."""
    table = read_toml(path)
    try:
        settings = Settings.model_validate(_tuples(table))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error, table)}") from error
    settings = settings.model_copy(
        update={"sources": tuple(_packed(source, settings, path) for source in settings.sources)}
    )
    if settings.retention.text > settings.retention.rows:
        raise ConfigError(f"{path}: retention.text: expected no more than retention.rows, the row holds the text")
    names = [source.name for source in settings.sources]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: sources: two are called {name!r}; each needs a name of its own")
    targets = {target.name for target in settings.notify}
    for rule in settings.escalation:
        if unknown := [name for name in (*rule.tell, *rule.then) if name not in targets]:
            raise ConfigError(f"{path}: escalation: {rule.name}: no [[notify]] is called {unknown[0]!r}")
    if len({rule.name for rule in settings.escalation}) < len(settings.escalation):
        raise ConfigError(f"{path}: escalation: two rules have one name; each needs its own")
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
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML (no UTF-8 text at byte {error.start}); save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
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


def _where(path: tuple[int | str, ...], table: dict[str, Any]) -> str:
    """The key as the file has it; one of several blocks by its name, where it has one."""
    parts = [str(part) for part in path]
    if len(path) > 1 and isinstance(path[1], int) and isinstance(blocks := table.get(parts[0]), list):
        block = blocks[path[1]]
        named = isinstance(block, dict) and isinstance(block.get("name"), str)
        kind = str(block.get("kind")) if isinstance(block, dict) else ""
        rest = parts[3:] if parts[2:3] == [kind] else parts[2:]
        parts = [parts[0], f"“{block['name']}”" if named else f"number {path[1] + 1}", *rest]
    return ".".join(parts)


def _first_problem(error: ValidationError, table: dict[str, Any]) -> str:
    # A misspelt key is missing too, under its right name: the misspelling is what the admin wants to hear of.
    problem = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    where = _where(problem["loc"], table) or "the file"
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
            return f"{where}: expected the form that `config/o2-de.toml` shows, got {_shown(problem['input'])}"
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than" as kind:
            (limit,) = problem["ctx"].values()
            least = "more than" if kind == "greater_than" else "at least"
            most = "less than" if kind == "less_than" else "at most"
            return f"{where}: expected {least if kind.startswith('g') else most} {_span(limit)}, got {_shown(problem['input'])}"
        case "too_short":
            return f"{where}: expected at least {problem['ctx']['min_length']}, got none"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"{where}: expected a whole number, got {_shown(problem['input'])}"
        case _:
            wanted = problem["msg"].replace("Input should be ", "").replace("a valid ", "a ")
            return f"{where}: expected {wanted}, got {_shown(problem['input'])}"


def _span(value: object) -> str:
    """A limit as the file would write it: pydantic hands out a duration as Python's words for it."""
    found = {unit: int(number) for unit, number in re.findall(r"(days|seconds)=(\d+)", str(value))}
    if not str(value).startswith("datetime.timedelta") or not found:
        return _shown(value)
    seconds = int(timedelta(**found).total_seconds())
    unit, name = next((u, n) for u, n in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")) if seconds % u == 0)
    return f"'{seconds // unit}{name}'"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys(*models: type[BaseModel]) -> set[str]:
    return {key for model in models for key in model.model_fields}
