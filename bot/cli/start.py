"""The first step: a config of one's own."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import click

from ..errors import ConfigError, InputError
from .base import FILE, Session

ZONES = {
    "de": "Europe/Berlin",
    "at": "Europe/Vienna",
    "ch": "Europe/Zurich",
    "gb": "Europe/London",
    "ie": "Europe/Dublin",
}
GERMAN = ("de", "at", "ch", "li", "lu")


def _country(written: str) -> str:
    """A prompt asks again where this refuses."""
    if not re.fullmatch("[A-Za-z]{2}", written.strip()):
        raise click.BadParameter(f"{written!r}: write the two letters of ISO 3166, like de or gb")
    return written.strip().lower()


@click.command()
@click.argument("file", type=FILE, default="own.toml")
@click.option("--carrier", prompt="What is the carrier called", help="What it is called.")
@click.option(
    "--country",
    prompt="Its country (two letters)",
    default="de",
    show_default=True,
    type=_country,
    help="As in ISO 3166.",
)
@click.option(
    "--contact", prompt="Your mail address or page, sent to the platforms", help="How their admins reach you."
)
@click.option("--word", "words", multiple=True, help="What people call the carrier besides. Repeatable.")
@click.option("--handle", "handles", multiple=True, help="Its accounts, like @carrier. Repeatable.")
@click.option("--time-zone", help="Such as Europe/Berlin (default: the country's).")
@click.option(
    "--language", "languages", multiple=True, type=click.Choice(["de", "en"]), help="Of the digest. Repeatable."
)
@click.pass_obj
def init(
    _session: Session,
    file: Path,
    carrier: str,
    country: str,
    contact: str,
    words: tuple[str, ...],
    handles: tuple[str, ...],
    time_zone: str | None,
    languages: tuple[str, ...],
) -> None:
    """Write a config for your carrier to FILE (default: own.toml): complete, commented, and nothing is posted.

    Example: brennpunkt init own.toml --carrier Telekom --country de --contact social@carrier.example
    """
    from ..config.load import load_settings, shipped
    from ..config.start import Answers, write_config

    if file.exists():
        raise InputError(f"{file}: is there already; name another file, or move it away")
    answers = Answers(
        name=carrier.strip(),
        country=country,
        time_zone=time_zone or ZONES.get(country, "UTC"),
        languages=languages or (("de", "en") if country in GERMAN else ("en",)),
        contact=contact.strip(),
        words=words,
        handles=handles,
    )
    template = shipped("o2-uk.toml" if answers.country == "gb" else "o2-de.toml")
    trial = file.with_name(file.name + ".new")
    try:
        trial.write_text(write_config(template.read_text(encoding="utf-8"), answers), encoding="utf-8")
        load_settings(trial)  # what would be refused later is told now
        trial.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror})") from error
    except ConfigError as error:
        raise InputError(str(error).replace(str(trial), str(file))) from error
    finally:
        with suppress(OSError):
            trial.unlink(missing_ok=True)
    click.echo(f"{file} is written. What people call {answers.name} stands in [carrier]: add what is missing. Then:")
    for command in ("check", "collect", "sources", "run"):
        click.echo(f"  {_called()} --config {file} {command}")
    if not shipped("places", answers.country).is_dir():
        click.echo(f"No places of {answers.country!r} ship: docs/new-country.md says how to import them first.")


def _called() -> str:
    """The program as whoever copies a line can call it: by its path, where the shell would not find its name."""
    return "brennpunkt" if shutil.which("brennpunkt") or "/" not in sys.argv[0] else shlex.quote(sys.argv[0])


COMMANDS = (init,)
