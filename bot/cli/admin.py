"""The admin's commands: copies and the way back, what is kept, who is forgotten, and whether all is well."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import Session, actor_of_shell, as_json_option, plain, utc_now
from .progress import shown

if TYPE_CHECKING:
    from .. import store
    from ..config.settings import Settings

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
@click.pass_obj
def backup(session: Session, file: Path, dry_run: bool) -> None:
    """Copy the database to FILE while it is in use. The key file is not in it.

    Example: brennpunkt backup copies/before-update.db
    """
    from .. import store

    settings = session.settings
    path, key_file = session.paths(settings)
    db = session.open(settings, write=False)
    if dry_run:
        _say(f"Would copy {path} ({path.stat().st_size / 1e6:,.1f} MB) to {file}.")
        return
    with shown(f"Copying {path.stat().st_size / 1e6:,.1f} MB"):
        store.backup(db, file)
    db.close()
    with_log = session.open(settings, write=True)
    with store.transaction(with_log):
        store.note(with_log, "backup", actor=actor_of_shell(), now=utc_now(), detail=file.name)
    with_log.close()
    _say(f"Copied and checked: {file} ({file.stat().st_size / 1e6:,.1f} MB).")
    key_file = key_file or store.default_key_file(path)
    _say(f"The key is not in it. Keep a copy of {key_file} in another place: nothing can be restored without it,")
    _say("and who has both can find out whose posts are stored.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check FILE and say what would be done, change nothing.")
@click.pass_obj
def restore(session: Session, file: Path, dry_run: bool) -> None:
    """Put the backup FILE in the place of the database, while the daemon is stopped. The old one is kept beside it.

    Who was forgotten since, what went out and what was billed is taken over from the old one.
    Example: brennpunkt restore var/backups/o2-de-2026-11-21.db
    """
    from .. import store
    from ..jobs.lock import only_one

    settings = session.settings
    path, key_file = session.paths(settings)
    with only_one(path):
        if dry_run:
            found = store.condition(file, key_file or store.default_key_file(path)) if file.exists() else None
            problem = "no such file" if found is None else found.damage
            _say(
                f"Would refuse {file}: {problem}."
                if problem
                else f"Would put {file} in the place of {path}; it is whole."
            )
            sys.exit(1 if problem else 0)
        with shown("Checking and copying"):
            done = store.restore(path, key_file, file, settings.zone, actor=actor_of_shell(), now=utc_now())
    _say(f"{path} is now the database of {file}.")
    if done.kept:
        _say(f"The one before is {done.kept}: it holds what has been deleted since; remove it when you are sure.")
    if done.forgotten:
        _say(f"{done.forgotten:,} posts of people who were forgotten since then are gone from it.")
    if done.kept and not done.carried:
        _say(
            "The one before could not be read: whoever asked to be forgotten since the backup must be forgotten again,"
            " and digests of these days may go out twice."
        )


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask the platforms whether logins work.")
@as_json_option
@click.pass_obj
def check(session: Session, offline: bool, as_json: bool) -> None:
    """Look at config, rules, sources, files, disk, clock, database and backups, with advice. Status 1: something is broken.

    Example: brennpunkt check --offline
    """
    from dataclasses import asdict

    from ..config.load import shipped
    from .checkup import Level, look_at_all

    config = session._config or shipped("o2-de.toml")  # not `settings`: a config that cannot be read is a finding
    with shown("Looking"):
        looks = look_at_all(config, session._database, online=not offline, now=utc_now())
    if as_json:
        _say(json.dumps([asdict(look) for look in looks], ensure_ascii=False, indent=2))
    else:
        for look in looks:
            _say(f"{look.level:<7} {look.area:<24} {plain(look.what)}")
            if look.advice:
                _say(f"{'':<33}→ {plain(look.advice)}")
    if any(look.level is Level.BROKEN for look in looks):
        sys.exit(1)


@click.command()
@click.argument("who")
@click.option("--source", "sources", multiple=True, help="Only at this source (may be repeated; default: everywhere).")
@click.option("--only-post", is_flag=True, help="WHO is a URL: only that post, not all of its author's.")
@click.option(
    "--contact", is_flag=True, help="WHO is a mail address left in the form: delete the reports filed with it."
)
@click.option("--dry-run", is_flag=True, help="Count, delete nothing.")
@click.pass_obj
def forget(session: Session, who: str, sources: tuple[str, ...], only_post: bool, contact: bool, dry_run: bool) -> None:
    """Delete all posts of WHO, and take in none again. WHO is a handle with its instance, or the URL of one post.

    WHO may be "-": then it is read from standard input and stands in no shell history.
    Example: brennpunkt forget kim@chaos.social
    """
    from .. import store
    from ..jobs import upkeep

    settings, now = session.settings, utc_now()
    db = session.open(settings, write=not dry_run)
    if contact:
        if sources or only_post:
            raise click.UsageError("--contact stands alone: reports have no source and no URL")
        _forget_reports(session, db, settings, _named(who), dry_run=dry_run)
        return
    subject = _subject(db, settings, who, sources, only_post)
    if dry_run:
        _say(f"Would delete {len(subject.posts):,} posts, and take in none again.")
        return
    days = store.days_of(db, subject, settings.zone)
    store.forget(db, subject, settings.zone, actor=actor_of_shell(), now=now)
    rewritten = upkeep.drop_quotes(db, settings, days.__contains__)
    whole = store.checkpoint(db)
    _say(f"Deleted {len(subject.posts):,} posts; none will be taken in again.")
    if not subject.posts and not subject.forgotten:
        _say(
            "Nothing was stored under this name. Was it written in full (kim@chaos.social, did:plc:…, the number at X)?"
        )
    _say(
        "Reports of the form belong to no account: who filed one deletes it with its receipt number at /beleg; by a mail"
        " address that was left with it: `brennpunkt forget --contact ADDRESS`."
    )
    for day in rewritten:
        _say(f"The digest of {day} has been written anew, without their words.")
    _say_what_is_left(settings, now, whole=whole)


def _forget_reports(session: Session, db: store.Database, settings: Settings, address: str, *, dry_run: bool) -> None:
    from .. import store
    from ..jobs.filing import open_sealer
    from ..store.contacts import reports_of
    from ..store.reports import delete_filing

    found = reports_of(db, address, open_sealer(settings, session.paths(settings)[0]))
    if dry_run:
        _say(f"Would delete {len(found):,} reports.")
        return
    now = utc_now()
    with store.transaction(db):
        for id in found:
            delete_filing(db, id)
        store.note(db, "forget", actor=actor_of_shell(), now=now, detail=f"{len(found)} reports by their contact")
    whole = store.checkpoint(db)
    _say(f"Deleted {len(found):,} reports, and the address left with them.")
    if not found:
        _say("No report is known by this address; by its receipt number it still can be found.")
    _say_what_is_left(settings, now, whole=whole)


def _say_what_is_left(settings: Settings, now: datetime, *, whole: bool) -> None:
    if settings.backup:
        gone = now.astimezone(settings.zone).date() + timedelta(days=settings.backup.keep)
        _say(
            f"Backups made before hold them until {gone}, when the last of these is replaced; other copies until you remove them."
        )
    if not whole:
        _say("A reader was in the way: the last bytes leave the write-ahead log when the daemon purges tonight.")


@click.command("export-subject")
@click.argument("who")
@click.option("--source", "sources", multiple=True, help="Only at this source (may be repeated; default: everywhere).")
@click.option("--only-post", is_flag=True, help="WHO is a URL: only that post, not all of its author's.")
@click.option("--out", type=FILE, help="Write to this new file, private to you (default: standard output).")
@click.option("--dry-run", is_flag=True, help="Count only, export nothing.")
@click.pass_obj
def export_subject(
    session: Session, who: str, sources: tuple[str, ...], only_post: bool, out: Path | None, dry_run: bool
) -> None:
    """Print all that is stored of WHO as JSON. WHO is a handle with its instance, the URL of one post, or "-" (see forget).

    Example: brennpunkt export-subject https://chaos.social/@kim/1234 --out kim.json
    """
    from .. import store
    from ..errors import InputError

    settings, now = session.settings, utc_now()
    db = session.open(settings, write=not dry_run)
    subject = _subject(db, settings, who, sources, only_post)
    if dry_run:
        _say(f"Would export {len(subject.posts):,} posts.")
        return
    content = {
        "exported_at": store.iso(now),
        "forgotten_before": subject.forgotten,
        "kept_for_days": {"text": settings.retention.text.days, "row": settings.retention.rows.days},
        "posts": store.export_subject(db, subject, actor=actor_of_shell(), now=now),
    }
    text = json.dumps(content, ensure_ascii=False, indent=2)
    if out is None:
        _say(text)
        return
    try:
        store.write_private(out, (text + "\n").encode())
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror})") from error
    _say(f"{len(subject.posts):,} posts written to {out}.")


@click.command("rotate-key")
@click.option("--dry-run", is_flag=True, help="Check and say what would be done, change nothing.")
@click.pass_obj
def rotate_key(session: Session, dry_run: bool) -> None:
    """Add a new key and bring all pseudonyms to it, while the daemon is stopped. Everybody stays known.

    Example: brennpunkt rotate-key
    """
    from .. import store
    from ..jobs.lock import only_one

    settings = session.settings
    path, key_file = session.paths(settings)
    key_file = key_file or store.default_key_file(path)
    with only_one(path):
        db = session.open(settings, write=not dry_run)
        if dry_run:
            _say(f"Would add a key to {key_file} and bring all pseudonyms in {path} to it.")
            return
        with shown("Making pseudonyms anew"):
            count = store.rotate_key(db, key_file, actor=actor_of_shell(), now=utc_now())
        db.close()
    _say(f"{count:,} pseudonyms were brought to the new key. Copy {key_file} to where you keep its copy:")
    _say("the one from before opens older backups only.")


@click.command()
@click.option("--dry-run", is_flag=True, help="Count what is too old, delete nothing.")
@click.pass_obj
def purge(session: Session, dry_run: bool) -> None:
    """Take away what is older than [retention] of the config allows, as the daemon does every night.

    Example: brennpunkt purge --dry-run
    """
    from .. import store
    from ..jobs import upkeep

    settings, now = session.settings, utc_now()
    db = session.open(settings, write=not dry_run)
    if dry_run:
        _say(f"Would take away {upkeep.describe(store.purgeable(db, upkeep.cutoffs(settings, now)))}.")
        return
    with shown("Taking away"):
        taken = upkeep.purge(db, settings, actor=actor_of_shell(), now=now)
    _say(f"Took away {upkeep.describe(taken)}.")
    too_old = upkeep.too_old_to_quote(settings, now)
    for day in upkeep.drop_quotes(db, settings, too_old):
        _say(f"The digest of {day} quotes nobody any more.")


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How far to look back.")
@as_json_option
@click.pass_obj
def audit(session: Session, days: int, as_json: bool) -> None:
    """Show who deleted, exported, copied or restored what, and when. It holds no text and no name of those who post.

    Example: brennpunkt audit --days 7
    """
    from dataclasses import asdict

    from .. import store

    settings = session.settings
    deeds = store.deeds(session.open(settings, write=False), since=utc_now() - timedelta(days=days))
    if as_json:
        _say(json.dumps([asdict(deed) for deed in deeds], default=str, ensure_ascii=False, indent=2))
        return
    for deed in deeds:
        when = deed.at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        _say(
            f"{when}  {plain(deed.actor):<12} {deed.action:<15} {deed.posts:>8,} posts  {plain(deed.detail or '')}".rstrip()
        )
    if not deeds:
        _say("Nothing yet.")


@click.command("privacy-pack")
@click.argument("folder", type=FILE)
@click.option("--dry-run", is_flag=True, help="Name the papers, write nothing.")
@click.pass_obj
def privacy_pack(session: Session, folder: Path, dry_run: bool) -> None:
    """Write privacy notice, imprint, record of processing and balancing test, German and English, into FOLDER.

    Example: brennpunkt privacy-pack papers
    """
    from ..jobs.privacy_pack import render_pack, write_pack

    settings = session.settings
    today = utc_now().astimezone(settings.zone).date()
    if dry_run:
        _say("Would write " + ", ".join(str(folder / name) for name in render_pack(settings, today)) + ".")
        return
    for path in write_pack(settings, folder, today):
        _say(str(path))
    if missing := settings.operator.missing:
        click.echo(f"Still to fill in, in [operator] of the config: {', '.join(missing)}.", err=True)


COMMANDS = (backup, restore, check, forget, export_subject, rotate_key, purge, audit, privacy_pack)


def _subject(
    db: store.Database, settings: Settings, who: str, sources: tuple[str, ...], only_post: bool
) -> store.Subject:
    from .. import store

    name = _named(who)
    configured = [source.name for source in settings.sources]
    return store.find_subject(db, name, sources=sources, configured=configured, only_post=only_post)


def _named(who: str) -> str:
    name = (sys.stdin.readline() if who == "-" else who).strip()
    if not name.lstrip("@"):
        raise click.BadParameter("nobody is named", param_hint="WHO")
    return name


def _say(line: str) -> None:
    click.echo(line)
