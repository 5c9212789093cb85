"""One question, one click."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import store
from bot.config.settings import Settings
from bot.store.better import answers
from bot.store.contacts import Sealer
from tests.factories import NOON
from tests.web.public.test_form import SETTINGS, Site, site_of

__all__ = ["site_of"]  # the fixture below


def test_a_click_answers_and_a_look_does_not(
    site_of: Callable[[Settings], Site],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("FORM_MAIL", "mailplain://127.0.0.1:25?from=netz@carrier.example")
    form = SETTINGS.form.model_copy(update={"address": "https://netz.example", "mail_env": "FORM_MAIL"})
    site = site_of(SETTINGS.model_copy(update={"form": form}))
    token, sealer = secrets.token_urlsafe(12), Sealer(tmp_path / "a.db.contacts")
    with store.transaction(site.db):
        site.db.execute(
            "INSERT INTO cases (number, state, opened_at, changed_at, people, peak, first_seen, last_seen, symptoms)"
            " VALUES (1, 'fixed', ?, ?, 9, 9, '2026-03-01', '2026-03-02', '[]')",
            [store.iso(NOON), store.iso(NOON)],
        )
        site.db.execute(
            "INSERT INTO better (token, number, asked_at) VALUES (?, 1, ?)",
            [site.db.pseudonym("better", token), store.iso(NOON)],
        )
    link = sealer.seal(f"better {token}")
    assert "Ist das Netz dort jetzt besser?" in site.client.get("/besser", params={"token": link}).text
    assert answers(site.db, 1).better == 0
    assert "Danke" in site.client.post("/besser", data={"token": link, "besser": "ja"}).text
    assert "Thank you" in site.client.post("/better", data={"token": link, "besser": "nein"}).text
    assert (answers(site.db, 1).better, answers(site.db, 1).not_better) == (0, 1)
    assert site.client.post("/better", data={"token": "forged", "besser": "ja"}).status_code == 404
    assert site.client.post("/better", data={"token": link, "besser": "perhaps"}).status_code == 400
    assert "set-cookie" not in site.client.get("/besser").headers
