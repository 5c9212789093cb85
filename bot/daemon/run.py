"""`brennpunkt run`: one daemon a database, with its logs, until it is stopped."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from ..config.settings import Settings
from ..errors import StoreError
from ..jobs.lock import only_one
from . import logs
from .main import Daemon

log = logging.getLogger("brennpunkt")


def run(
    settings: Settings,
    database: Path,
    key_file: Path | None,
    load: Callable[[], Settings] | None = None,
    *,
    log_as_json: bool = False,
) -> None:
    """`brennpunkt run`. Raises BotError before the first job, never after. `load` reads the config anew, for SIGHUP."""
    daemon: Daemon | None = None
    logs.set_up(lambda: logs.secrets_of(daemon.settings if daemon else settings), as_json=log_as_json)
    with only_one(database):
        daemon = Daemon(settings, database, key_file, load)
        status = 0
        try:
            daemon.run()
        except StoreError as error:
            log.critical("%s", error)
            status = error.exit_status
        logging.shutdown()
        if threading.active_count() > 1:  # a worker that waits for a silent server must not hold the process
            os._exit(status)
        sys.exit(status)
