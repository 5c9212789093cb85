from fastapi import FastAPI
from starlette.testclient import TestClient

from bot.web.base.headers import SecurityHeaders
from bot.web.base.room import asset, static


def test_static_files_are_kept_for_a_year_under_an_address_that_changes_with_them() -> None:
    app = FastAPI()
    app.include_router(static)
    app.add_middleware(SecurityHeaders)
    client = TestClient(app)
    sheet = client.get(asset("base/base.css"))
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    assert "default-src 'none'" in sheet.headers["content-security-policy"]
    assert client.get("/static/base/../headers.py").status_code == 404
    assert client.get("/static/desk/nothing.js").status_code == 404
