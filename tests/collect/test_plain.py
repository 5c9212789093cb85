import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect.plain import MAX_HTML, html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Kein Netz</p>", "Kein Netz"),
        ("<p>eins</p><p>zwei</p>", "eins\n\nzwei"),
        ("eins<br>zwei<br/>drei<br />vier", "eins\nzwei\ndrei\nvier"),
        ("<p>a\n b</p>", "a b"),
        ("o2 &amp; Co &lt;3 &#8364; &nbsp;x", "o2 & Co <3 € \xa0x"),
        ('<a href="https://x/tags/o2" class="mention hashtag">#<span>o2</span></a>', "#o2"),
        (
            '<span class="h-card"><a href="https://x/@o2de" class="u-url mention">@<span>o2de</span></a></span> hallo',
            "@o2de hallo",
        ),
        (
            '<a href="https://e.org/lang"><span class="invisible">https://</span><span class="ellipsis">e.org/la</span>'
            '<span class="invisible">ng</span></a> lesen',
            "https://e.org/lang lesen",
        ),
        ('sichtbar <span class="invisible">nie <b>gelesen</b></span>wieder', "sichtbar wieder"),
        ('a<span class="x invisible"><span>b</span>c</span>d', "ad"),
        ("<ul><li>eins</li><li>zwei</li></ul>", "eins\nzwei"),
        ("<script>alert(1)</script>ruhig<style>p{}</style>", "ruhig"),
        ("<!-- nichts --><p>da</p>", "da"),
        ("3 < 4 und 5 > 2", "3 < 4 und 5 > 2"),
        ("<p>nie zu", "nie zu"),
        ("</p></a></span>zu früh", "zu früh"),
        ("<blockquote><p>zitiert</p></blockquote><p>gesagt</p>", "zitiert\n\ngesagt"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_person_reads(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(alphabet="<>/abp \"'=&#;!-\n", max_size=200) | st.text(max_size=100))
def test_any_text_can_be_read(html: str) -> None:
    assert len(html_to_text(html)) <= 2 * len(html) + 2


@pytest.mark.parametrize(
    "piece", ["<a", "<!--", "<a ", '<a "', "</", "<?", "<script>", "&#", "&", "<p>", "<a x=", " ", "\n", "<br>"]
)
def test_hostile_html_of_the_largest_size_is_read_to_its_end(piece: str) -> None:
    """The standard library's parser would not come back from some of these within minutes."""
    html = piece * (MAX_HTML // len(piece))
    assert len(html_to_text(html)) <= 2 * len(html)
