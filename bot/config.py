"""TOML and environment to frozen settings, or one clear ConfigError. The edge where rules and gazetteers are read, too."""

import difflib
import hashlib
import os
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError

from .analyse import Judge
from .classify.carrier import NameWords, compile_carriers, compile_names
from .classify.rules import compile_rules
from .classify.tone import compile_tone
from .config_keeping import BackupSettings, LabelsSettings, OperatorSettings, RetentionSettings
from .config_reply import ReplySettings
from .config_telling import NotifySettings, WatchSettings
from .config_values import DayTime, Duration, Interval, Price, Usd, Zone
from .config_values import Source as _Source
from .config_values import Table as _Settings
from .errors import ConfigError
from .locate.build import load_gazetteer
from .locate.gazetteer import Gazetteer
from .locate.imports import Entry
from .weights import load_weights, own_weights


def shipped(*parts: str) -> Path:
    """A file that comes with the program: `config/` in a checkout, `bot/shipped/` when installed."""
    checkout = Path(__file__).resolve().parent.parent / "config"
    return (checkout if checkout.is_dir() else Path(__file__).resolve().parent / "shipped").joinpath(*parts)


Hashtag = Annotated[str, Field(pattern=r"^#?\w{1,100}$")]
Contact = Annotated[str, Field(pattern=r"^[!-~]{3,200}$")]  # goes into a request header
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class NamesSettings(_Settings):
    name: str
    words: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()


class CarrierSettings(NamesSettings):
    countries: Annotated[tuple[Literal["de", "gb"], ...], Field(min_length=1)]
    time_zone: Zone
    collisions: tuple[str, ...] = ()


class PlacesSettings(_Settings):
    imported: tuple[str, ...] = ()


class StoreSettings(_Settings):
    database: Annotated[str, Field(pattern=r"[^/.]")]
    key_file: str | None = None


class MastodonSettings(_Source):
    kind: Literal["mastodon"]
    name: SourceName
    url: Annotated[str, Field(pattern=r"^https?://[^/\s@?#]+$")]
    hashtags: Annotated[tuple[Hashtag, ...], Field(min_length=1)]
    token_env: str | None = None
    contact: Contact | None = None
    every: Interval = timedelta(minutes=5)
    overlap: Annotated[Duration, Field(ge=timedelta(hours=6), le=timedelta(days=7))] = timedelta(hours=6)
    max_pages: Annotated[int, Field(ge=1, le=100)] = 10


class ArchiveSettings(_Source):
    kind: Literal["archive"]
    name: SourceName
    path: str
    every: Interval = timedelta(hours=1)


class XPrices(_Settings):
    """What X bills, of its pay-per-use prices since February 2026; the developer console shows your own."""

    post_read_usd: Price = 0.005
    mention_read_usd: Price = 0.001
    counts_request_usd: Price = 0.005


class XSettings(_Source):
    """X has no default cap: what it may cost is for you to say."""

    kind: Literal["x"]
    name: SourceName
    token_env: str
    daily_cap_usd: Usd
    monthly_cap_usd: Usd
    contact: Contact | None = None
    account_id: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")] | None = None
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()
    queries: tuple[str, ...] = ()  # once loaded: all of them, those packed from the words first
    look_back: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=6))] = timedelta(days=1)
    pages: Annotated[int, Field(ge=1, le=200)] = 20
    recheck_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    prices: XPrices = XPrices()
    every: Interval = timedelta(minutes=15)


class BlueskySettings(_Source):
    kind: Literal["bluesky"]
    name: SourceName
    hosts: Annotated[tuple[Annotated[str, Field(pattern=r"^wss?://[^/\s?#]+$")], ...], Field(min_length=1)]
    words: tuple[Annotated[str, Field(pattern=r"\w")], ...] = ()
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...] = ()
    accounts: tuple[Annotated[str, Field(pattern=r"^did:[a-z]+:[A-Za-z0-9._:%-]+$")], ...] = ()
    profiles: Annotated[str, Field(pattern=r"^(https?://[^/\s?#]+)?$")] = "https://public.api.bsky.app"
    handle: str | None = None
    password_env: str | None = None
    # Unencrypted on this machine only: a password travels there.
    service: Annotated[str, Field(pattern=r"^(https://[^/\s?#@]+|http://(localhost|127\.0\.0\.1)(:\d+)?)$")] = (
        "https://bsky.social"
    )
    session_file: str = "var/bluesky.session"
    search: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    contact: Contact | None = None
    every: Interval = timedelta(minutes=1)


class FeedSettings(_Source):
    kind: Literal["feed"]
    name: SourceName
    url: Annotated[str, Field(pattern=r"^https?://[^/\s@]+(/[!-~]*)?$")]
    contact: Contact | None = None
    press: bool = False
    allow_private: bool = False
    time_zone: Zone = "UTC"
    every: Interval = timedelta(minutes=15)


class MailboxSettings(_Source):
    kind: Literal["mailbox"]
    name: SourceName
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Literal["tls", "starttls"] = "tls"
    user: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
    password_env: str
    folder: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")] = "INBOX"
    ca_file: str | None = None
    every: Interval = timedelta(minutes=5)


class FolderSettings(_Source):
    kind: Literal["folder"]
    name: SourceName
    path: str
    quiet: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=1))] = timedelta(minutes=1)
    columns: dict[Literal["text", "title", "id", "created_at", "time", "author", "url", "lang", "type"], str] = Field(
        default_factory=dict
    )
    time_zone: Zone = "UTC"
    every: Interval = timedelta(minutes=5)


SourceSettings = Annotated[
    MastodonSettings | BlueskySettings | ArchiveSettings | XSettings | FeedSettings | MailboxSettings | FolderSettings,
    Field(discriminator="kind"),
]


class DigestSettings(_Settings):
    at: DayTime
    languages: Annotated[tuple[Literal["de", "en"], ...], Field(min_length=1)]
    folder: str
    send_to_env: tuple[str, ...] = ()


class WebSettings(_Settings):
    host: str
    port: Annotated[int, Field(ge=0, le=65535)]


class Settings(_Settings):
    """One carrier's whole configuration. `config/o2-de.toml` shows every key with its comment."""

    dry_run: bool
    contact: Contact | None = None
    carrier: CarrierSettings
    others: tuple[NamesSettings, ...] = ()
    places: PlacesSettings = PlacesSettings()
    store: StoreSettings
    sources: tuple[SourceSettings, ...] = ()
    watch: WatchSettings
    digest: DigestSettings
    notify: tuple[NotifySettings, ...] = ()
    web: WebSettings
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings | None = None
    reply: ReplySettings = ReplySettings()
    operator: OperatorSettings = OperatorSettings()
    labels: LabelsSettings = LabelsSettings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.carrier.time_zone)


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
    from .collect.x_queries import pack, validate  # here: the rooms `collect` opens need this file first

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


def load_judge(settings: Settings, database: Path | None = None, *, own: bool = True) -> Judge:
    """Read rules, lexicon, model and gazetteers, and compile them. Raises ConfigError, RuleError, GazetteerError.

    The model is what `brennpunkt train` left beside the database (that of the settings, or `database`); without it, or
    with `own` False, the shipped one.
    """
    folder = shipped("rules")
    tables = {path.name: read_toml(path) for path in sorted(folder.glob("??.toml"))}  # one a language: de.toml
    carrier = settings.carrier
    trained = own_weights(database or Path(settings.store.database)) if own else None
    rules = compile_rules(tables, load_weights(shipped("model") / "seed.json", trained))
    return Judge(
        carriers=compile_carriers(
            carrier.model_dump(exclude={"countries", "time_zone", "collisions"}),
            [other.model_dump() for other in settings.others],
            carrier.collisions,
            load_name_words(),
            keep=rules.handles,
        ),
        rules=rules,
        gazetteer=load_gazetteer_of(settings),
        lexicon=compile_tone(read_toml(folder / "tone.toml")),
    )


def load_name_words() -> NameWords:
    return compile_names(read_toml(shipped("rules", "names.toml")))


def load_gazetteer_of(settings: Settings) -> Gazetteer:
    """The gazetteers of the carrier's countries, and what was imported on top. Raises GazetteerError."""
    imported: list[Entry] = []
    if settings.places.imported:  # the store is heavy, and most have nothing of their own
        from .store.places import read_places

        imported = [entry for path in settings.places.imported for entry in read_places(Path(path))]
    return load_gazetteer([shipped("places", country) for country in settings.carrier.countries], imported)


def version_of(*paths: Path) -> str:
    """A short name for the content of some files, so that a judgement can say what it rests on."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


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
                key, _keys(*_Settings.__subclasses__(), *_Source.__subclasses__(), CarrierSettings), n=1
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
