"""A real Chromium on our own pages, kept on this machine."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed Chromium."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium on PATH ({', '.join(_NAMES)})")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for a module; no longer, or its event loop would stay for all later tests."""
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread; Django must not take it for our own.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(
                executable_path=chromium, headless=True, args=_ARGUMENTS
            )
            yield started
            started.close()


@pytest.fixture
def base(live_server: LiveServer) -> str:
    """The address of our pages."""
    return live_server.url.replace("localhost", "127.0.0.1")


@pytest.fixture
def context(browser: Browser, base: str) -> Iterator[BrowserContext]:
    """A fresh context on our pages that fails the test on any complaint of the browser."""
    context = browser.new_context(base_url=base)
    context.set_default_timeout(15_000)  # milliseconds
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"console: {message.text}")

    def check(request: Request) -> None:
        if not request.url.startswith((f"{base}/", "data:")):
            complaints.append(f"request to {request.url}")

    context.on("console", listen)
    context.on("request", check)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of that context."""
    return context.new_page()
