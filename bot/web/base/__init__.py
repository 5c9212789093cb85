"""What all pages share: layout, style, words, headers, who asks. Stable ground for `public/` and `desk/`.

A page is three things: a route that reads and decides, a template that extends `base/layout.html`, words in
`config/texts/<room>.<lang>.toml` (`public.de.toml`, `desk.en.toml`; both languages with the same keys, a test compares).

    ROOM = Room("desk")                                              # templates/, static/ and words of bot/web/desk
    return ROOM.page("today.html", "de", Shell(brand="o2", nav=(Link("Heute", "/desk", here=True),)), day=day, spots=spots)

`Room.page` answers an HTMLResponse (`status=` and `headers=` are passed on); `Room.render` only makes the text. Templates
know:

    {% extends "base/layout.html" %}     blocks: title, head (more <link>, <script defer>), top, main
    {% set wide = true %}                before `extends`: a wide page
    t("today.title", n, name=value)      the words (bot/digest/words.Words.say); `words` for number, percent, date, listing
    asset("desk/keys.js")                address of static/keys.js of that room, with its digest, cached for a year
    {% from "base/parts.html" import notice, field_error, bar %}     small pieces

`static/base.css` (light, dark, print, phones first; contrasts AA) has `.notice` and `.badge` (each also `.warning`, `.bad`,
`.good`), `.button` (`.quiet`, `.danger`), `.card`, `.cards`, `.figure`, `.bar`, `.muted`, `.small`, `.lead`, `.number`, `.scroll`
around wide tables, `dl.facts`, `.field`, `.hint`, `.error`, `.choices`, `.row`, `.stack`, `.visually-hidden`, `mark`, `kbd`.
Colours are custom properties (`--ink`, `--muted`, `--line`, `--accent` …). All that a page needs comes from /static: the
policy in `headers` allows neither inline scripts nor inline styles nor other servers. A page with a policy of its own sets
the header itself.

`visitor.address_of(scope, trusted)` is who asks, `visitor.is_outside(scope, trusted)` whether a proxy passed the request on;
`trusted` is `settings.web.trusted_proxies`.
"""
