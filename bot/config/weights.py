"""Which weights judge: those that shipped, or what `brennpunkt train` made of them."""

import logging
import os
from pathlib import Path

from ..classify.model import Model, dump, load
from ..errors import ConfigError, InputError

log = logging.getLogger(__name__)


def own_weights(database: Path) -> Path:
    """Where the weights lie that the manager's labels taught."""
    return database.with_name(database.name + ".model.json")


def load_weights(shipped: Path, own: Path | None) -> Model:
    """The weights in `own`, if it is there and was made from those shipped today. Raises InputError, ConfigError."""
    base = load(shipped.read_text("utf-8"), shipped.name)
    try:
        model = load(own.read_text("utf-8"), str(own)) if own else base
    except FileNotFoundError:
        return base
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{own}: cannot be read; give the program's user the right, or remove it") from error
    if own and model.about.get("base") != base.version:
        # What is learned are corrections of weights that are no longer there: nobody has measured the two together.
        log.warning("%s: trained on other shipped weights, so not used; run `brennpunkt train` again", own)
        return base
    return model


def save_weights(model: Model, path: Path) -> None:
    """Write weights, all or nothing. Raises InputError."""
    part = path.with_name(path.name + ".new")
    try:
        part.write_text(dump(model), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
