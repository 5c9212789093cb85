"""The running behind scripts/fuzz: the pages on a made-up database, described to schemathesis."""

import json
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot import store
from bot.config.load import load_settings, shipped
from bot.reports.form import HONEYPOT
from bot.web.app import make_app
from bot.web.serving import Pages

FIELDS = (
    *(
        "ort",
        "teil",
        "gemeint",
        "was",
        "wo",
        "seit",
        "oft",
        "wann",
        "technik",
        "geraet",
        "text",
        "mail",
        "einwilligung",
    ),
    *("arbeit", "link", HONEYPOT, "nummer", "loeschen", "token", "nein"),
)
# Random words get nowhere: what other fields hold is to be tried on reports that are taken in.
SAMPLES = {"ort": ["Hamburg", "22765", "Neustadt", "Atlantis"], "was": ["data_stall", "slow_data"]}


def described(app: Any) -> dict[str, Any]:
    """The app's own description, with the bodies that it reads by hand."""
    schema: dict[str, Any] = app.openapi()
    text = {"type": "string", "maxLength": 300}
    fields: dict[str, Any] = {name: {"enum": SAMPLES[name]} if name in SAMPLES else text for name in FIELDS}
    body = {"type": "object", "properties": fields, "required": list(SAMPLES)}
    for path in schema["paths"].values():
        if "post" in path:
            kinds = {"application/x-www-form-urlencoded": {"schema": body}, "text/plain": {"schema": text}}
            path["post"]["requestBody"] = {"content": kinds}
    return schema


def main() -> int:
    examples = sys.argv[1] if len(sys.argv) > 1 else "100"
    shipped_settings = load_settings(shipped("o2-de.toml"))
    form = shipped_settings.form.model_copy(update={"hourly": 10_000, "daily": 10_000, "work": 0})
    web = shipped_settings.web.model_copy(update={"port": 0})
    settings = shipped_settings.model_copy(update={"form": form, "web": web})
    with TemporaryDirectory(prefix="brennpunkt-fuzz-") as name:
        path = Path(name) / "a.db"
        db = store.open_database(path)
        app = make_app(settings, lambda: closing(store.open_readonly(path)), lambda: datetime.now(UTC), writer=db)
        (Path(name) / "schema.json").write_text(json.dumps(described(app)))
        pages = Pages(app, settings.web)
        threading.Thread(target=pages.run, daemon=True).start()
        command = [".venv-fuzz/bin/st", "run", f"{name}/schema.json", "--url", f"http://127.0.0.1:{pages.port}"]
        options = ["--checks", "not_a_server_error", "--max-examples", examples, "--phases", "fuzzing,coverage"]
        try:
            return subprocess.run([*command, *options, "--seed", "1", "--max-failures", "20"], check=False).returncode
        finally:
            print(f"{db.execute('SELECT count(*) FROM reports').fetchone()[0]:,} reports were filed")
            pages.end()


if __name__ == "__main__":
    raise SystemExit(main())
