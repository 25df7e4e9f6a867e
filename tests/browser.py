"""A headless browser for tests: an installed Chromium or Chrome, else Playwright's own."""

import atexit
import functools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BEYOND_DISK = re.compile(r"^(?!file:|data:|blob:|about:)")


@functools.cache
def launch():
    """Start the one browser of a test session; Playwright allows no second one beside it."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    installed = next((path for path in map(shutil.which, NAMES) if path), None)
    playwright = api.sync_playwright().start()
    try:
        running = playwright.chromium.launch(executable_path=installed, args=FLAGS)
    except api.Error as error:
        playwright.stop()
        reason = str(error).splitlines()[0]
        pytest.skip(f"no browser: {installed or 'none of ' + ', '.join(NAMES)}; {reason}")
    atexit.register(playwright.stop)
    return running


@pytest.fixture(scope="session")
def browser():
    """A running browser; skips, saying why, where there is none."""
    return launch()


@contextmanager
def open_pages(
    browser, *, width=1400, height=900, theme="light", scripts=True, server=""
) -> Iterator:
    """Yield (new page, list of complaints); the network is refused and every try noted.

    theme: "light", "dark", or "" for a first visit, when nothing has been chosen yet. server: the
    address of one that a test started, and that may be asked.

    A complaint is an error in the console, an exception of a script or a request beyond the
    disk, each with the page that it came from.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=scripts
    )
    choose = "localStorage.setItem('mode', '{0}'); localStorage.setItem('theme', '{0}')"
    if theme:
        context.add_init_script(f"try {{ {choose.format(theme)} }} catch {{ }}")
    complaints: list[str] = []

    def refuse(route):
        complaints.append(f"request to {route.request.url}")
        route.abort()

    context.route(BEYOND_DISK, refuse)
    if server:
        context.route(f"{server}**", lambda route: route.continue_())
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            complaints.append(f"{page.url}: {message.text}") if message.type == "error" else None
        ),
    )
    yield page, complaints
    context.close()
