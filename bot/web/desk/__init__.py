"""The desk: pages for those who work with what was found. One page, one file; `routes.TABLE` lists them with the right each needs.

`door` lets people in and hands each page a `Call`; the store answers its questions, pure functions decide, templates show.
"""
