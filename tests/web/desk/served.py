"""The desk on a port, and people in front of it with a real browser."""

from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.config.settings import WebSettings
from bot.web.serving import Pages

from .world import PASSWORD, World


class Served:
    """The desk on a port, and people in front of it."""

    def __init__(self, desk: World, browser: Browser) -> None:
        self.desk, self.browser = desk, browser
        self.pages = Pages(desk.app, WebSettings(host="127.0.0.1", port=0))
        self.pages.start()
        self.home = f"http://127.0.0.1:{self.pages.port}"
        self.contexts: list[BrowserContext] = []
        self.said: list[str] = []  # what pages complained of, and what scripts wanted to say

    def visitor(self, **options: object) -> Page:
        context = self.browser.new_context(locale="de-DE", **options)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda line: self.said.append(line.text) if "Security Policy" in line.text else None)
        return page

    def enter(self, name: str, **options: object) -> Page:
        page = self.visitor(**options)
        page.goto(f"{self.home}/desk")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.pages.stop()
