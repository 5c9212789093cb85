import re
from datetime import date
from pathlib import Path

import pytest

from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.errors import InputError
from bot.jobs.privacy_pack import render_pack, write_pack

DAY = date(2026, 3, 2)
NAMES = ["balancing", "imprint", "notice", "record"]


def settings(file: str = "o2-de.toml", /, **operator: object) -> Settings:
    loaded = load_settings(shipped(file))
    return loaded.model_copy(update={"operator": loaded.operator.model_copy(update=operator)})


def filled(**changes: object) -> Settings:
    loaded = settings()
    given = {key: f"the {key}" for key in loaded.operator.missing}
    return settings(**{**given, **changes})


def test_there_is_every_paper_in_both_languages() -> None:
    names = [name.split(".") for name in render_pack(settings(), DAY)]
    assert sorted(name[0] for name in names if name[1] == "de") == NAMES
    assert sorted(name[0] for name in names if name[1] == "en") == NAMES


def test_what_nobody_filled_in_stands_out() -> None:
    assert settings().operator.missing
    for name, content in render_pack(settings(), DAY).items():
        assert "FILL ME IN" in content, name


def test_what_is_filled_in_stands_there_and_only_the_decision_stays_open() -> None:
    config = filled(recipients=("a ticket system",))
    assert not config.operator.missing
    papers = render_pack(config, DAY)
    for name, content in papers.items():
        assert ("FILL ME IN" in content) == name.startswith("balancing"), name
        assert "the name" in content
    for value in ("the address", "the email", "the privacy_contact", "the supervisory_authority", "a ticket system"):
        assert value in papers["notice.en.html"], value
    for value in ("the company_register", "the vat_id", "the represented_by"):
        assert value in papers["imprint.de.html"], value


def test_the_periods_and_sources_are_those_of_the_config() -> None:
    config = filled()
    keep = config.retention.model_validate({"text": "14d", "rows": "90d", "reports": "60d"})
    papers = render_pack(config.model_copy(update={"retention": keep}), DAY)
    assert "höchstens 14 Tage" in papers["notice.de.html"]
    assert "90 days at most" in papers["notice.en.html"]
    assert "Meldungen 60 Tage" in papers["record.de.md"]
    assert "https://mastodon.social" in papers["notice.de.html"]
    assert "2026-03-02" in papers["balancing.en.md"]


def test_a_british_carrier_gets_british_law_in_english() -> None:
    papers = render_pack(settings("o2-uk.toml"), DAY)
    assert "UK GDPR" in papers["notice.en.html"]
    assert "Information Commissioner" in papers["notice.en.html"]
    assert "DDG" not in papers["imprint.en.html"]


def test_pages_load_nothing_set_nothing_and_show_no_markup_of_the_config() -> None:
    papers = render_pack(filled(name="<script>alert(1)</script> & Co"), DAY)
    for name, content in papers.items():
        if name.endswith(".html"):
            assert not re.search(r"<script|src=|href=|@import|url\(", content), name
            assert "&lt;script&gt;" in content
            assert re.search(r'<html lang="(de|en)">', content)
            assert "<h1>" in content


def test_the_papers_can_be_written_again_and_a_folder_that_cannot_is_one_line(tmp_path: Path) -> None:
    assert len(write_pack(settings(), tmp_path / "papers", DAY)) == 8
    assert len(write_pack(settings(), tmp_path / "papers", DAY)) == 8
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_pack(settings(), tmp_path / "file" / "papers", DAY)
