"""What everybody may see and do: the state of things, the report form, receipts, legal pages, open data.

No cookies, no third parties, nothing that needs JavaScript. `site` holds what the pages share; `pages`, `filing` and `receipts`
are the routes; `cache` keeps pages for a minute, `limits` counts visitors for a day without knowing them.
"""
