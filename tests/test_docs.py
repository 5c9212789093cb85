"""What the documents tell to type exists: every command with its options, every file and script."""

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli import main

HERE = Path(__file__).resolve().parents[1]
DOCS = sorted(
    [*HERE.glob("*.md"), *(HERE / "docs").glob("*.md"), HERE / "Containerfile", HERE / "docs/brennpunkt.service"]
)
CALL = re.compile(r"^(?:[A-Z_]+=\S+ +)*(?:\$ )?(?:\S*/)?brennpunkt (.+)$")
ELSEWHERE = {"bot/shipped/", "config/events/at.toml"}  # in a wheel; the reader's to write
PATH = re.compile(r"`((?:bot|config|docs|scripts|tests)/[\w./-]+)(?: [^`]*)?`")


def typed(text: str) -> Iterator[str]:
    """What follows `brennpunkt` in blocks of code, without comment; `a | b` are two commands of one group."""
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if not (fenced or line.startswith("    ")) or not (called := CALL.match(line.strip())):
            continue
        first, *others = re.split(r"\s{2,}|\s+#", called[1])[0].split(" | ")
        yield first
        for other in others:
            if isinstance(main.commands.get(first.split()[0]), click.Group):
                yield f"{first.split()[0]} {other}"


def inline(text: str) -> Iterator[str]:
    for code in re.findall(r"`([^`\n]+)`", text):
        if (called := CALL.match(code)) and not re.search(r"[…<]|\b[A-Z]{3,}\b", called[1]):
            yield called[1]


def parse(words: list[str]) -> None:
    """As the shell would hand them over; nothing is run. Raises click.ClickException."""
    command: click.Command = main
    context = click.Context(main, info_name="brennpunkt")
    rest = list(words)
    while isinstance(command, click.Group):
        options = command.make_parser(context)
        options.allow_interspersed_args = False
        _, rest, _ = options.parse_args(rest)
        if not rest:
            return
        name, inner, rest = command.resolve_command(context, rest)
        assert inner is not None
        command, context = inner, click.Context(inner, info_name=name, parent=context)
    with CliRunner().isolation(input=""), suppress(click.Abort):  # a prompt finds nobody
        command.make_context(context.info_name, rest, parent=context.parent)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_can_be_typed_as_it_is_printed(path: Path) -> None:
    for line in typed(path.read_text(encoding="utf-8")):
        try:
            parse(shlex.split(line))
        except (click.ClickException, ValueError) as error:
            alone = isinstance(error, click.MissingParameter) and " " not in line  # in a list of all commands
            if not alone and "does not exist" not in str(error):  # a file of the reader's
                pytest.fail(f"{path.name}: brennpunkt {line}: {error}")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_that_is_spoken_of_exists(path: Path) -> None:
    for line in inline(path.read_text(encoding="utf-8")):
        try:
            with suppress(click.MissingParameter):
                parse(shlex.split(line))
        except (click.ClickException, ValueError) as error:
            pytest.fail(f"{path.name}: brennpunkt {line}: {error}")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_file_that_is_spoken_of_is_there(path: Path) -> None:
    spoken = [name for name in PATH.findall(path.read_text(encoding="utf-8")) if name not in ELSEWHERE]
    assert [name for name in spoken if not any((root / name).exists() for root in (HERE, HERE / "bot"))] == []
