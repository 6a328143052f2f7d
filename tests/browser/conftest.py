"""A real Chromium before real processes; a page that complains on its console fails its test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from config.launch import Running
from tests.browser import house
from tests.browser.house import Shop, cookie_of

CHROMIUM = Path("/usr/bin/chromium")
expect.set_options(timeout=20_000)  # what a slow machine needs is no fault of a page
LOOKS = [
    (1280, "light"),
    (1280, "dark"),
    (1680, "light"),
    (1680, "dark"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Path:
    if CHROMIUM.exists():
        return CHROMIUM
    missing = (
        f"{CHROMIUM} is missing; install Debian's chromium (as root, `make test-browser` does)"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def running(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with house.start(tmp_path_factory.mktemp("house")) as started:
        yield started


@pytest.fixture(scope="session")
def open_shop(running: Running) -> Iterator[Callable[[], Shop]]:
    with house.opening_shops(running) as opened:
        yield opened


@pytest.fixture
def shop(open_shop: Callable[[], Shop]) -> Shop:
    """A tenant of the test's own, with people who write, approve, or may do neither."""
    return open_shop()


@pytest.fixture
def sign_in(browser: Browser, shop: Shop) -> Iterator[Callable[[str], Page]]:
    """Signs a person in at a browser of their own; whatever a page complains about fails the test."""
    complaints: list[str] = []
    contexts = []

    def complain(message: ConsoleMessage) -> None:
        # a refusal that a test asks for is an answer, not a complaint of the page
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def enter(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", complain)
        page.on(
            "response",
            lambda answer: (
                answer.status >= 500 and complaints.append(f"{answer.status} {answer.url}")
            ),
        )
        page.context.add_cookies([cookie_of(shop, name)])
        page.goto(f"{shop.address}/admin/")
        page.get_by_role("heading", name=f"Good day, {name.title()}").wait_for()
        return page

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Keeps a page as it looks, light and dark, on a laptop and on a desk, where SCREENSHOTS says."""

    def take(page: Page, name: str) -> None:
        where, before = os.environ.get("SCREENSHOTS"), page.viewport_size
        if not where or not before:
            return
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 1000})
            # as the theme's own switch does; a page reads the machine's wish only when it loads
            page.evaluate(
                "on => document.documentElement.classList.toggle('dark', on)", scheme == "dark"
            )
            page.wait_for_timeout(150)
            page.screenshot(path=Path(where) / f"{name}-{width}-{scheme}.png", full_page=True)
        page.evaluate("document.documentElement.classList.remove('dark')")
        page.set_viewport_size(before)

    return take
