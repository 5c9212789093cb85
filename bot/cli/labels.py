"""The manager says what posts are, and sees which ones to look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import Session, actor_of_shell, as_json_option, plain, utc_now

if TYPE_CHECKING:
    from .. import store
    from ..config.settings import Settings
    from ..reports.places import Spot
    from ..store.labels import Label, Waiting

FILE = click.Path(path_type=Path)
SYMPTOMS = ("data_stall", "slow_data", "congestion", "no_service", "dropped_call", "call_setup", "sms_delay")
CAUSES = ("congestion", "outage", "maintenance", "coverage", "roaming", "device_account", "landline", "unclear")
KEYS = "a capacity likely · b capacity possible · c other network trouble · d none · s skip · u undo · q end"


@click.command()
@click.argument("post", required=False)
@click.argument("band", required=False, type=click.Choice(list("ABCD"), case_sensitive=False))
@click.option(
    "--symptom", multiple=True, type=click.Choice(SYMPTOMS), help="What the customer sees, the main one first."
)
@click.option("--cause", type=click.Choice(CAUSES), help="What the text hints at as the reason.")
@click.option("--place", help='Where that is: a city, "district, city", a postcode; "-": nowhere.')
@click.option("--from", "file", type=FILE, help="Import labelled JSON lines: id, text, band, symptoms, cause.")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["training", "evaluation"]),
    default="training",
    help="What imported labels may be used for.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Length of the queue.")
@click.option("--dry-run", is_flag=True, help="Check and show, store nothing.")
@click.pass_obj
def label(
    session: Session,
    post: str | None,
    band: str | None,
    symptom: tuple[str, ...],
    cause: str | None,
    place: str | None,
    file: Path | None,
    purpose: str,
    limit: int,
    dry_run: bool,
) -> None:
    """Say what posts are: POST (its number or URL) is BAND, or, without POST, one after the other by keys.

    Example: brennpunkt label 17 A --symptom data_stall --cause congestion
    """
    from ..domain import Band, Cause, Symptom
    from ..store.labels import Label

    if (post is None) != (band is None) or (file and post):
        raise click.UsageError("give POST and BAND, or --from FILE, or nothing to go through the queue")
    settings = session.settings
    if file:
        _import(session, settings, file, purpose == "training", dry_run)
    elif post and band:
        where, spot = _placed(settings, place)
        given = Label(
            Band(band.upper()), tuple(map(Symptom, symptom)), Cause(cause) if cause else None, where, spot=spot
        )
        _label_one(session, settings, post, given, dry_run)
    else:
        _go_through(session.open(settings, write=not dry_run), settings, limit, dry_run)


@click.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@as_json_option
@click.pass_obj
def review(session: Session, limit: int, as_json: bool) -> None:
    """List posts that a person should look at, nearest the line first; every fourth is drawn by lot.

    Example: brennpunkt review --limit 5
    """
    from ..store import labels

    db = session.open(session.settings, write=False)
    queue = labels.waiting(db, limit=limit)
    if as_json:
        rows = [
            {
                "post": w.post,
                "band": w.band,
                "score": w.score,
                "at": w.at.isoformat(),
                "reason": w.reason,
                "gap": w.gap,
                "text": w.text,
            }
            for w in queue
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for entry in queue:
        click.echo(_waiting(entry))
        click.echo(f"    {_plain(entry.text)}")
    click.echo(f"{labels.how_many_wait(db):,} posts are in doubt; `brennpunkt label` goes through them.", err=True)


def _placed(settings: Settings, written: str | None) -> tuple[str | None, Spot | None]:
    """A place as it was typed, and as the gazetteer has it. Raises InputError."""
    if written is None or written.strip() in ("", "-"):
        return written and "", None
    from ..config.judge import load_gazetteer_of
    from ..errors import InputError
    from ..reports.places import Places

    places = Places(load_gazetteer_of(settings), settings.carrier.countries[0])
    found = places.chosen(written) or places.find(written)
    if len(found) != 1:
        meant = "; ".join(spot.label for spot in found or places.near(written)) or "nothing like it is known"
        raise InputError(f"{_plain(written)}: {'which of these' if found else 'no place is called so'}? {meant}")
    return found[0].label, found[0]


def _label_one(session: Session, settings: Settings, name: str, given: Label, dry_run: bool) -> None:
    from .. import store
    from ..errors import InputError
    from ..store import labels

    db = session.open(settings, write=not dry_run)
    number = labels.find_post(db, name)
    if number is None:
        raise InputError(f"no post {_plain(name)} is stored; `brennpunkt review` shows the numbers")
    if dry_run:
        click.echo(f"Would label post {number} {given.band}.")
        return
    with store.transaction(db):
        old = labels.add_label(
            db, number, given, who=actor_of_shell(), now=utc_now(), keep_text=settings.labels.keep_texts
        )
    click.echo(f"Post {number} is {given.band}" + (f", it was {old.band}." if old else "."))


def _go_through(db: store.Database, settings: Settings, limit: int, dry_run: bool) -> None:
    """The queue by keys."""
    from .. import store
    from ..domain import Band
    from ..store import labels

    done: list[int] = []
    queue = labels.waiting(db, limit=limit)
    at = 0
    while at < len(queue):
        entry = queue[at]
        click.echo(f"\n{_waiting(entry)}\n    {_plain(entry.text)}\n{KEYS}")
        key = click.getchar().lower()
        if key in ("q", "\x03", "\x04", ""):
            break
        if key == "u" and done:
            at = queue.index(next(w for w in queue if w.post == done[-1]))
            with store.transaction(db):
                labels.unlabel(db, done.pop(), who=actor_of_shell(), now=utc_now())
            continue
        if key not in "abcds":
            continue
        at += 1
        if key == "s":
            continue
        picked = "lot" if entry.gap is None else "doubt"
        given = labels.Label(Band(key.upper()), _ask_symptoms() if key in "abc" else (), None, None, picked)
        if not dry_run:
            with store.transaction(db):
                labels.add_label(
                    db, entry.post, given, who=actor_of_shell(), now=utc_now(), keep_text=settings.labels.keep_texts
                )
            done.append(entry.post)
    click.echo(f"\n{len(done):,} posts labelled, {labels.how_many_wait(db):,} are still in doubt.")


def _ask_symptoms() -> tuple[Any, ...]:
    """Digits, the main one first; anything else ends."""
    from ..domain import Symptom

    click.echo("  ".join(f"{number} {name}" for number, name in enumerate(SYMPTOMS, 1)) + "  · any other key: done")
    chosen: list[Symptom] = []
    while (key := click.getchar()) in tuple("1234567"):
        symptom = Symptom(SYMPTOMS[int(key) - 1])
        if symptom not in chosen:
            chosen.append(symptom)
            click.echo(f"  {symptom}")
    return tuple(chosen)


def _import(session: Session, settings: Settings, file: Path, training: bool, dry_run: bool) -> None:
    from .. import store
    from ..errors import InputError
    from ..jobs import labelled

    texts = labelled.load_labelled(file)
    db = session.open(settings, write=not dry_run)
    keep = settings.labels.keep_texts
    judge = session.judge(settings)
    known, strange = labelled.match(db, texts)
    if strange and not keep:
        raise InputError(
            f"{file}: {len(strange):,} of {len(texts):,} texts are no stored posts, and texts are not kept (labels.keep_texts); "
            "`brennpunkt train --with FILE` and `brennpunkt evaluate FILE` read the file itself"
        )
    if not dry_run:
        with store.transaction(db):
            labelled.store_labels(
                db, known, strange, judge, training=training, keep=keep, who=actor_of_shell(), now=utc_now()
            )
    verb = "Would store" if dry_run else "Stored"
    click.echo(f"{verb} {len(texts):,} labels, {len(known):,} of them on stored posts.")


def _waiting(entry: Waiting) -> str:
    score = "" if entry.score is None else f", score {entry.score:.2f}"
    gap = "" if entry.gap is None else f", {entry.gap:.2f} from it" if entry.reason == "near the line" else ""
    return f"post {entry.post}  {entry.at:%Y-%m-%d %H:%M}  judged {entry.band}{score}  ({entry.reason}{gap})"


def _plain(text: str) -> str:

    return plain(text)


COMMANDS = (label, review)
