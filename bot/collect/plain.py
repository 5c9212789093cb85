"""HTML of posts to plain text, in time linear in its length.

The standard library's HTMLParser is quadratic on broken markup (Python 3.11.7: 8.5 s for 40 KB of `<a "`),
and a page holds forty posts that anybody may write.
"""

import re
from html import unescape

# Words in a profile by which people ask programs to leave them alone.
LEAVE_ME = re.compile(r"#(?:nobots?|noindex|nosearch)\b", re.IGNORECASE)
MAX_HTML = 40_000  # characters; four of markup for one of the 10,000 that a text may have

# Possessive quantifiers never step back, so an unclosed "<" costs what it is long and nothing more.
_MARKUP = re.compile(r"<(?:[!?][^<>]*+|(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?P<attributes>[^<>]*+))>")
_CLASS = re.compile(r"""\bclass\s*+=\s*+["']([^"'<>]*+)["']""", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\f\v\n]++")
_BLOCKS = frozenset(["p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table"])
_LINES = frozenset(["br", "li", "tr"])
_NEVER_SHOWN = frozenset(["script", "style", "head", "title", "template", "noscript"])
_VOID = frozenset(["br", "img", "hr", "input", "wbr", "meta", "link"])


def text_of(value: object) -> str:
    """ "" for what is no text."""
    return value if isinstance(value, str) else ""


def html_to_text(html: str) -> str:
    """What a reader sees: paragraphs as blank lines, `<br>` as a line break, hashtags and mentions as written.

    A link keeps its whole address although Mastodon hides its ends (`class="invisible"`): the words in the middle
    of an address are no words of the post. Elsewhere what is invisible is left out.
    """
    parts: list[str] = []
    links = 0  # how many <a> are open
    hidden: list[str] = []  # the unseen element and what is open inside it
    at = 0
    html = html[:MAX_HTML]
    for found in _MARKUP.finditer(html):
        if not hidden:
            parts.append(_BLANKS.sub(" ", html[at : found.start()]))
        at = found.end()
        name = (found["name"] or "").lower()
        if not name:
            continue
        if hidden:
            _step(hidden, name, closing=bool(found["close"]))
        elif not found["close"] and (name in _NEVER_SHOWN or (links == 0 and _is_invisible(name, found["attributes"]))):
            hidden.append(name)
        elif name == "a":
            links = max(0, links - 1) if found["close"] else links + 1
        elif name in _LINES:
            parts.append("" if found["close"] and name != "br" else "\n")
        elif name in _BLOCKS:
            parts.append("\n\n")
    if not hidden:
        parts.append(_BLANKS.sub(" ", html[at:]))
    lines = [line.strip() for line in _unescape("".join(parts)).split("\n")]
    return re.sub(r"\n{3,}+", "\n\n", "\n".join(lines)).strip()


def _unescape(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a number of over 4,300 digits (html/__init__.py calls int on it)
        return text


def _is_invisible(name: str, attributes: str) -> bool:
    found = _CLASS.search(attributes)
    return name not in _VOID and found is not None and "invisible" in found[1].split()


def _step(hidden: list[str], name: str, *, closing: bool) -> None:
    """Follow what opens and closes inside something hidden; only the same name matters."""
    if name != hidden[0]:
        return
    if closing:
        hidden.pop()
    else:
        hidden.append(name)
