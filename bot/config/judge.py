"""Rules, weights, lexicon and gazetteers, read and compiled: the judge of `analyse`."""

import hashlib
from pathlib import Path
from typing import Any

from ..analyse import Judge
from ..classify.carrier import NameWords, compile_carriers, compile_names
from ..classify.rules import compile_rules
from ..classify.tone import compile_tone
from ..domain import PlaceKind
from ..errors import ConfigError
from ..locate.build import load_gazetteer
from ..locate.gazetteer import LARGE, Gazetteer
from ..locate.imports import Entry
from ..text import fold
from .load import read_toml, shipped
from .settings import Settings
from .weights import load_weights, own_weights


def load_judge(settings: Settings, database: Path | None = None, *, own: bool = True) -> Judge:
    """Read rules, lexicon, model and gazetteers, and compile them. Raises ConfigError, RuleError, GazetteerError.

    The model is what `brennpunkt train` left beside the database (that of the settings, or `database`); without it, or
    with `own` False, the shipped one.
    """
    folder = shipped("rules")
    tables = {path.name: read_toml(path) for path in sorted(folder.glob("??.toml"))}  # one a language: de.toml
    carrier = settings.carrier
    trained = own_weights(database or Path(settings.store.database)) if own else None
    gazetteer = load_gazetteer_of(settings)
    if len(carrier.countries) == 1:
        tables = {name: _at_home(table, gazetteer) for name, table in tables.items()}
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
        gazetteer=gazetteer,
        lexicon=compile_tone(read_toml(folder / "tone.toml")),
    )


def _at_home(table: dict[str, Any], gazetteer: Gazetteer) -> dict[str, Any]:
    """The rules of one language without the carrier's own cities among what is abroad: Wien is no journey to a Viennese."""
    home = {fold(place.name) for place in gazetteer.places if place.kind == PlaceKind.CITY and place.people >= LARGE}
    lists = dict(table["lists"])
    for name in table.get("abroad", ()):
        lists[name] = [word for word in lists[name] if fold(word) not in home]
    return table | {"lists": lists}


def load_name_words() -> NameWords:
    return compile_names(read_toml(shipped("rules", "names.toml")))


def load_gazetteer_of(settings: Settings) -> Gazetteer:
    """The gazetteers of the carrier's countries, and what was imported on top.

    A country that ships no places takes all of its own from the imported files. Raises ConfigError, GazetteerError.
    """
    imported: list[Entry] = []
    if settings.places.imported:  # the store is heavy, and most have nothing of their own
        from ..store.places import read_places

        imported = [entry for path in settings.places.imported for entry in read_places(Path(path))]
    folders = [shipped("places", country) for country in settings.carrier.countries]
    here = [folder for folder in folders if folder.is_dir()]
    strange = [folder.name for folder in folders if folder not in here]
    if strange and not imported:
        raise ConfigError(
            f"carrier.countries: no places ship for {strange[0]!r}; docs/new-country.md says how to import them"
        )
    spoken = sorted(path.parent for path in shipped("places").glob("*/words.toml")) if strange else []
    return load_gazetteer(here, imported, spoken=[folder for folder in spoken if folder not in here])


def version_of(*paths: Path) -> str:
    """A short name for the content of some files, so that a judgement can say what it rests on."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
