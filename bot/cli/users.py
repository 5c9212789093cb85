"""Accounts of the desk."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict

import click

from .base import Session, actor_of_shell, as_json_option, dry_run_option, plain, utc_now

ROLES = ("viewer", "planner", "manager", "admin")
NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
WEAK = {
    "short": "is too short: take at least 12 characters, such as four words",
    "long": "is longer than 200 characters",
    "easy": "is too easy: other characters, and not the name",
}


@click.group("user")
def user() -> None:
    """Let people into the desk, and out again.

    Example: brennpunkt user add kim --role manager
    """


@user.command("add")
@click.argument("name")
@click.option(
    "--role", type=click.Choice(ROLES), required=True, help="What they may see and do; docs/desk.md has a table."
)
@click.option("--dry-run", is_flag=True, help="Check, store nothing.")
@click.pass_obj
def add(session: Session, name: str, role: str, dry_run: bool) -> None:
    """Make an account; the password is asked for, or read as a line from standard input.

    Example: brennpunkt user add kim --role manager
    """
    from .. import store
    from ..errors import InputError
    from ..store import users
    from ..web.auth import hash_password

    if not NAME.fullmatch(name):
        raise InputError(f"{plain(name)!r} is no name for an account: 2 to 40 of a-z, 0-9, dot, dash, underscore")
    password = _ask(name)
    if dry_run:
        click.echo(f"Would add {name} as {role}.")
        return
    db = session.open(session.settings, write=True)
    with store.transaction(db):
        if not users.add_user(db, name, role, hash_password(password), now=utc_now()):
            raise InputError(f"there is a {name} already; `brennpunkt user list` shows all")
        store.note(db, "user add", actor=actor_of_shell(), now=utc_now(), detail=f"{name}, {role}")
    click.echo(f"Added {name} as {role}.")


@user.command("list")
@as_json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List accounts with their role, and who is signed in.

    Example: brennpunkt user list
    """
    from ..store import users

    found = users.users(session.open(session.settings, write=False))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], default=str, ensure_ascii=False, indent=2))
        return
    for each in found:
        seen = f"signed in, seen {each.seen_at:%Y-%m-%d %H:%M} UTC" if each.seen_at else "not signed in"
        click.echo(f"{each.name:<20} {each.role:<9} {seen}")
    if not found:
        click.echo("None yet; `brennpunkt user add NAME --role manager` makes one.")


@user.command("remove")
@click.argument("name")
@dry_run_option
@click.pass_obj
def remove(session: Session, name: str, dry_run: bool) -> None:
    """Close an account and sign it out everywhere. What it did stays in the audit log.

    Example: brennpunkt user remove kim
    """
    from .. import store
    from ..errors import InputError
    from ..store import users

    db = session.open(session.settings, write=not dry_run)
    if users.password_of(db, name) is None:
        raise InputError(f"there is no user {plain(name)}; `brennpunkt user list` shows all")
    if not dry_run:
        with store.transaction(db):
            users.remove_user(db, name)
            store.note(db, "user remove", actor=actor_of_shell(), now=utc_now(), detail=name)
    click.echo(f"{'Would remove' if dry_run else 'Removed'} {name}.")


@user.command("password")
@click.argument("name")
@dry_run_option
@click.pass_obj
def password(session: Session, name: str, dry_run: bool) -> None:
    """Give an account another password and sign it out everywhere.

    Example: brennpunkt user password kim
    """
    from .. import store
    from ..errors import InputError
    from ..store import users
    from ..web.auth import hash_password

    db = session.open(session.settings, write=not dry_run)
    if users.password_of(db, name) is None:
        raise InputError(f"there is no user {plain(name)}; `brennpunkt user list` shows all")
    hashed = hash_password(_ask(name))
    if not dry_run:
        with store.transaction(db):
            users.set_password(db, name, hashed)
            store.note(db, "user password", actor=actor_of_shell(), now=utc_now(), detail=name)
    click.echo(f"{'Would change' if dry_run else 'Changed'} the password of {name}.")


def _ask(name: str) -> str:
    """Raises InputError for one that will not do."""
    from ..errors import InputError
    from ..web.auth import weakness

    if sys.stdin.isatty():
        given = click.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if weak := weakness(name, given):
        raise InputError(f"this password {WEAK[weak]}")
    return str(given)


COMMANDS = (user,)
