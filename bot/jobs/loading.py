"""A judged archive's parts into the store, as history: baselines, hot spots, before and after; no replies, no alerts."""

from collections.abc import Callable
from datetime import datetime

from .. import store
from ..collect.files.units import UNREADABLE
from ..domain import Tally
from ..errors import InputError
from ..store.history import Names, add_history, brought, further_keys
from .parts import names_of_parts, read_part, to_past

UNDATED, AHEAD = "without a time", "ahead of the clock"


def load(
    out: str,
    db: store.Database,
    *,
    now: datetime,
    told: Callable[[str], None],
    done: Callable[[int, int], object] = lambda _done, _total: None,
) -> tuple[Tally, int]:
    """Store what is not there yet, a thousand rows a transaction: it may be killed and repeated. Returns broken parts, too.

    A post whose time the archive does not say, or that is ahead of `now`, is left out and counted: it would be today's news.
    Raises InputError, StoreError.
    """
    try:
        parts = names_of_parts(out)
    except (OSError, ValueError) as error:
        raise InputError(f"{out}: cannot be read ({error})") from error
    if not parts:
        raise InputError(f"{out}: no parts there; `brennpunkt backfill IN OUT` makes them")
    tally, broken, sources = Tally(), 0, set()
    for number, part in enumerate(parts):
        done(number, len(parts))
        try:
            about, batches = read_part(out, part)
            source, rules, check = about["source"], about["rules"], about["key"]
        except (*UNREADABLE, KeyError) as error:
            told(f"{out}/{part}.parquet: no part of ours ({type(error).__name__})")
            broken += 1
            continue
        further = further_keys(db, check)
        if source not in sources:
            sources.add(source)
            with store.transaction(db):
                store.add_source(db, source)
        try:
            for batch in batches:
                pasts = []
                for row in batch:
                    names = brought(Names(row["key"], row["author"], tuple(row["others"])), further)
                    if row["written_at"] is None or row["written_at"] > now:
                        tally.skip(UNDATED if row["written_at"] is None else AHEAD)
                    else:
                        pasts.append(to_past(row, names, row["written_at"], rules))
                with store.transaction(db):
                    add_history(db, source, pasts, rules=rules, now=now, tally=tally)
        except UNREADABLE as error:
            told(f"{out}/{part}.parquet: broken ({str(error).splitlines()[0]})")
            broken += 1
    return tally, broken
