"""The log: lines for people, or JSON. Secrets, accounts and what posts say are never in it."""

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import unquote, urlsplit

from ..config.load import secret
from ..config.settings import Settings
from ..errors import BotError

# At DEBUG some of them log tokens, and httpx whole addresses at INFO.
CHATTY = ("apscheduler", "urllib3", "mastodon", "matplotlib", "apprise", "httpx", "tweepy", "uvicorn", "websockets")
HIDDEN = "…"
_PATTERNS = [
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"://[^/\s@]+@"), f"://{HIDDEN}@"),
    (re.compile(r"(?i)([?&][\w.-]*(?:token|key|secret|password|auth|sig)[\w.-]*=)[^&\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"\bdid:[a-z]+:[\w.:%-]+"), f"did:{HIDDEN}"),
    (re.compile(r"(?<![\w@…])@\w[\w.-]*(?:@[\w.-]+)?"), f"@{HIDDEN}"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), f"{HIDDEN}@{HIDDEN}"),
]


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Without secrets, tokens and accounts. Doing it twice changes nothing."""
    for value in secrets:
        text = text.replace(value, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def secrets_of(settings: Settings) -> set[str]:
    """What the environment holds under the names that the config gives, and the passwords inside of addresses."""
    found = set()
    for name in _names(settings.model_dump()):
        with suppress(BotError):
            value = secret(name) or ""
            found |= {value, unquote(value), *value.split()}  # some hold several
            with suppress(ValueError):
                found |= {unquote(urlsplit(value).password or "")}
    return {value for value in found if len(value) >= 4}  # shorter ones would black out half the log


def _names(value: object, key: str = "") -> Iterable[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _names(each, name)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _names(each, key)
    elif isinstance(value, str) and key.endswith("_env"):
        yield value


class Formatter(logging.Formatter):
    """Redacts the finished line: a filter would miss what exceptions say."""

    def __init__(self, secrets: Callable[[], Iterable[str]], *, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S%z")
        self._secrets = secrets
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another formatter may have left the whole exception there
        secrets = tuple(self._secrets())
        if not self._as_json:
            return redact(super().format(record), secrets)
        row = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage(), secrets),
        }
        if record.exc_info:
            row["exception"] = redact(self.formatException(record.exc_info), secrets)
        return redact(json.dumps(row, ensure_ascii=False), secrets)

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Where it happened and what kind it was. What it says may quote a post, unless it is one of ours."""
        kind, error, where = ei
        if kind is None or error is None:
            return ""
        said = str(error) if isinstance(error, BotError) else "(not shown: it may quote a post)"
        return f"{''.join(traceback.format_tb(where))}{kind.__module__}.{kind.__qualname__}: {said}"


def set_up(secrets: Callable[[], Iterable[str]], *, as_json: bool = False) -> None:
    """Everything from INFO on goes to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter(secrets, as_json=as_json))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
