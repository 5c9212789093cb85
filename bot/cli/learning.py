"""Learn from labels, measure the verdicts, judge old posts again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import Session, as_json_option, plain, utc_now
from .progress import shown

if TYPE_CHECKING:
    from .. import store
    from ..analyse import Judge
    from ..jobs.labelled import Text
    from ..jobs.learning import Score, Training
    from ..jobs.rejudging import Changes

FILE = click.Path(path_type=Path)


@click.command()
@click.option("--with", "files", multiple=True, type=FILE, help="Learn from these labelled JSON lines, too.")
@click.option("--dry-run", is_flag=True, help="Fit, measure and show; leave the weights in use as they are.")
@click.option("--reset", is_flag=True, help="Go back to the shipped weights.")
@click.pass_obj
def train(session: Session, files: tuple[Path, ...], dry_run: bool, reset: bool) -> None:
    """Learn from the labels. The new weights are used only where they beat the shipped ones on labels kept for that.

    Example: brennpunkt train --dry-run
    """
    from ..config.judge import load_judge
    from ..config.weights import own_weights, save_weights
    from ..jobs import labelled, learning

    settings = session.settings
    database, _ = session.paths(settings)
    path = own_weights(database)
    if reset:
        if not dry_run:
            path.unlink(missing_ok=True)
        click.echo(
            "The shipped weights "
            + ("would be" if dry_run else "are")
            + " in use; `brennpunkt rejudge` goes over old posts."
        )
        return
    db = session.open(settings, write=False)
    judge = load_judge(settings, own=False)
    texts = labelled.labelled_texts(db)
    gone = sum(1 for text in texts if not text.text)
    texts = [text for text in texts if text.text] + [text for file in files for text in labelled.load_labelled(file)]
    with shown(f"Learning from {len(texts):,} labels"):
        training = learning.train(judge, texts, now=utc_now())
    _show_training(training, gone)
    _show_moves(db, judge, training)
    if training.refused:
        click.echo(f"Not used: {training.refused}.")
    elif dry_run:
        click.echo("They would be used; nothing was changed.")
    else:
        save_weights(training.model, path)
        click.echo(f"In use from now on, {path}; a running daemon takes them up at its next start.")
        click.echo("`brennpunkt rejudge` shows what that changes in old posts.")


@click.command()
@click.argument("files", nargs=-1, type=FILE)
@click.option("--shipped", is_flag=True, help="Measure the shipped weights, not those that your labels taught.")
@as_json_option
@click.pass_obj
def evaluate(session: Session, files: tuple[Path, ...], shipped: bool, as_json: bool) -> None:
    """Measure the verdicts on labelled JSON lines, or without FILES on the labels in the database.

    Example: brennpunkt evaluate labelled.jsonl
    """
    from dataclasses import asdict

    from ..classify.measure import table
    from ..jobs import labelled

    settings = session.settings
    judge = session.judge(settings, own=not shipped)
    if files:
        sets = [(str(file), labelled.load_labelled(file)) for file in files]
    else:
        sets = _own_sets(session.open(settings, write=False))
    with shown("Judging"):
        figures = [(name, table(labelled.judged(texts, judge))) for name, texts in sets]
    if as_json:
        click.echo(
            json.dumps(
                {name: [asdict(figure) for figure in rows] for name, rows in figures}, ensure_ascii=False, indent=2
            )
        )
        return
    for name, rows in figures:
        click.echo(name)
        for figure in rows:
            value = "  –  " if figure.value is None else f"{figure.value:.3f}"
            click.echo(f"  {figure.name:<32} {value}  n {figure.count:<5} {figure.detail}")


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would change, change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rejudge(session: Session, dry_run: bool, yes: bool) -> None:
    """Judge stored posts again with today's rules and weights: shows the differences, asks, then writes.

    An interrupted run goes on where it was. What was said before is kept with its version.

    Example: brennpunkt rejudge --dry-run
    """
    from ..jobs import rejudging

    settings = session.settings
    judge = session.judge(settings)
    with shown("Judging again") as told:
        changes = rejudging.preview(session.open(settings, write=False), judge, told=told)
    _show_changes(changes)
    if dry_run or not changes.seen:
        return
    if not yes and not click.confirm("Write this?", err=True):
        click.echo("Nothing was changed.")
        return
    with shown("Writing") as told:
        done = rejudging.rejudge(session.open(settings, write=True), judge, now=utc_now(), told=told)
    click.echo(f"{done.seen:,} posts were judged again, {done.changed:,} of them say something else now.")


def _own_sets(db: store.Database) -> list[tuple[str, list[Text]]]:
    from ..errors import InputError
    from ..jobs import labelled, learning

    texts = [text for text in labelled.labelled_texts(db) if text.text]
    if not texts:
        raise InputError("there is no label with its text; `brennpunkt label` adds some, or name a FILE")
    unseen = [text for text in texts if not text.may_train or learning.is_frozen(text.ref)]
    return [("all labels", texts), *([("labels that were never trained on", unseen)] if unseen else [])]


def _show_training(training: Training, gone: int) -> None:
    click.echo(f"Learned from {training.trained:,} labels, {training.frozen:,} kept to decide with.")
    if gone:
        click.echo(f"{gone:,} labels have lost their text and teach nothing; labels.keep_texts keeps it.")
    click.echo(f"{'':<44} {'shipped':>15} {'trained':>15}")
    for name, (before, after) in (
        ("cross-validated, copies together", training.by_cluster),
        ("cross-validated, later posts", training.by_time),
        ("labels kept to decide with", training.slice),
    ):
        click.echo(f"{name:<38} n {before.count:<4} {_score(before)} {_score(after)}")
    about = training.model.about
    click.echo(f"In doubt within {about['margin']} of the line, where half of the mistakes in cross-validation lie.")


def _show_moves(db: store.Database, judge: Judge, training: Training) -> None:
    """What the new weights would say of stored posts, with what moved the first few."""
    from ..classify.measure import Gold
    from ..jobs import labelled, learning
    from ..jobs.rejudging import preview

    with shown("Trying them on stored posts") as told:
        changes = preview(db, learning.with_model(judge, training.model), limit=20_000, told=told)
    _show_changes(changes, examples=False)
    base = judge.rules.model
    for stored, said in changes.examples[:5] if base else []:
        text = labelled.Text(str(stored.number), stored.post.text, stored.post.lang, Gold(said.band))
        click.echo(f"  {stored.number}: {stored.said.band} → {said.band}  {plain(stored.post.text)[:100]}")
        moved = learning.contributions(base, training.model, text, judge) if base else []
        click.echo("      " + ", ".join(f"{plain(name)} {share:+.2f}" for name, share in moved[:5]))


def _show_changes(changes: Changes, *, examples: bool = True) -> None:
    click.echo(f"{changes.seen:,} stored posts judged again: {changes.changed:,} say something else.")
    for (old, new), count in sorted(changes.bands.items()):
        click.echo(f"  {old} → {new}  {count:,}")
    if changes.changed:
        click.echo(
            f"  capacity list +{changes.joined:,} −{changes.left:,}; whose network {changes.relations:,};"
            f" same band, other cause {changes.causes:,}, other main symptom {changes.symptoms:,}"
        )
    for stored, said in changes.examples if examples else []:
        click.echo(f"  {stored.number}: {stored.said.band} → {said.band}  {plain(stored.post.text)[:100]}")


def _score(score: Score) -> str:
    return f"F1 {score.f1:.3f} {score.loss:>8.3f}" if score.count else f"{'–':>15}"


COMMANDS = (train, evaluate, rejudge)
