"""A room of pages: its templates, its static files, its words."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from ...config.load import read_toml, shipped
from ...digest.words import Words
from ...text import clean

WEB = Path(__file__).resolve().parents[1]
ROOMS = ("base", "public", "desk")
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    href: str
    here: bool = False  # the page that is shown
    lang: str = ""  # of the page it leads to, where that is another one


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around a page."""

    brand: str
    home: str = "/"
    nav: tuple[Link, ...] = ()
    foot: tuple[Link, ...] = ()
    twins: tuple[Link, ...] = ()  # the same page in other languages
    banner: str = ""  # goes first: what is made up, what is a dry run
    note: str = ""  # goes last, small
    public: bool = False  # search engines may list it


class Room:
    """Pages of one folder of bot/web."""

    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, template: str, lang: str, shell: Shell, **values: object) -> str:
        words = words_of(lang, self.name)
        return (
            _environment()
            .get_template(f"{self.name}/{template}")
            .render(lang=lang, shell=shell, words=words, t=words.say, **values)
        )

    def page(
        self,
        template: str,
        lang: str,
        shell: Shell,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        return HTMLResponse(self.render(template, lang, shell, **values), status, headers)


@cache
def words_of(lang: str, room: str) -> Words:
    """The digest's words of a language, and the room's. Raises ConfigError."""
    own = shipped("texts", f"{room}.{lang}.toml")
    return Words(lang, read_toml(shipped("texts", f"{lang}.toml")) | (read_toml(own) if own.exists() else {}))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PrefixLoader({room: FileSystemLoader(WEB / room / "templates") for room in ROOMS}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Control and direction characters of a post do nothing in a page. Markup is a subclass: ours, left as it is.
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
    environment.globals["asset"] = asset
    return environment


@cache
def _assets() -> dict[str, tuple[bytes, str]]:
    """All static files, "room/name", with their digests: a few dozen kilobytes."""
    found = {}
    for room in ROOMS:
        for path in sorted((WEB / room / "static").glob("*.*")):
            content = path.read_bytes()
            found[f"{room}/{path.name}"] = (content, hashlib.sha256(content).hexdigest()[:12])
    return found


def asset(name: str) -> str:
    """KeyError: a bug."""
    return f"/static/{name}?v={_assets()[name][1]}"


static = APIRouter()


@static.get("/static/{room}/{name}", include_in_schema=False)
async def send_static(room: str, name: str) -> Response:
    found = _assets().get(f"{room}/{name}")
    if found is None:
        raise HTTPException(404, "No such file")
    kind = KINDS.get(Path(name).suffix, "application/octet-stream")
    return Response(found[0], media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})
