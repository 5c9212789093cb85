"""The papers that data protection asks for, filled in from the config: notice, imprint, record, balancing test."""

from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ..config.load import shipped
from ..config.settings import Settings
from ..config.sources import SourceSettings
from ..errors import InputError

LANGUAGES = ("de", "en")
PAPERS = ("notice.{}.html", "imprint.{}.html", "record.{}.md", "balancing.{}.md")


def render_pack(settings: Settings, today: date) -> dict[str, str]:
    """File name to content, all papers in both languages. What the config leaves open says FILL ME IN."""
    environment = Environment(
        loader=FileSystemLoader(shipped("texts", "privacy")),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    keep = settings.retention
    country = settings.carrier.countries[0]
    british = country == "gb"
    values = {
        "operator": settings.operator,
        "carrier": settings.carrier.name,
        "british": british,
        "german": country == "de",
        "sources": [describe(source) for source in settings.sources],
        "days": {"text": keep.text.days, "rows": keep.rows.days, "reports": keep.reports.days},
        "backup_days": settings.backup.keep if settings.backup else 0,
        "dry_run": settings.dry_run,
        "web_host": settings.web.host,
        "today": today.isoformat(),
    }
    return {
        paper.format(language): environment.get_template(paper.format(language)).render(
            **values, gdpr="DSGVO" if language == "de" else "UK GDPR" if british else "GDPR"
        )
        for language in LANGUAGES
        for paper in PAPERS
    }


def write_pack(settings: Settings, folder: Path, today: date) -> list[Path]:
    """Raises InputError where the folder cannot be written. Overwrites what it wrote before."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in render_pack(settings, today).items():
            path = folder / name
            path.write_text(content, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from error
    return written


def describe(source: SourceSettings) -> dict[str, str]:
    """Where posts come from, for people who wrote them: language to words."""
    match source.kind:
        case "mastodon":
            return dict.fromkeys(
                LANGUAGES, f"Mastodon, {source.url}: {', '.join('#' + tag for tag in source.hashtags)}"
            )
        case "bluesky":
            return {"de": "Bluesky: öffentliche Beiträge des Netzwerks", "en": "Bluesky: public posts of the network"}
        case "x":
            return {"de": "X: öffentliche Beiträge und Erwähnungen", "en": "X: public posts and mentions"}
        case "feed":
            return dict.fromkeys(LANGUAGES, f"RSS/Atom: {source.url}")
        case "mailbox":
            return {"de": f"E-Mails an das Postfach {source.user}", "en": f"emails to the mailbox {source.user}"}
        case "archive" | "folder":
            return {"de": f"eingelesene Dateien ({source.name})", "en": f"imported files ({source.name})"}
