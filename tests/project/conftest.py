"""A demo that really runs: its own process, its own database, a year of keys behind it."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from demo.stage import stage
from demo.story import Player

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

CHROMIUM = shutil.which("chromium")
SENSOR = "addEventListener('securitypolicyviolation', (event) => report(event.violatedDirective));"


@pytest.fixture(scope="session")
def demo() -> Iterator[Player]:
    """Return a player at the running demo. Tests share its keys."""
    with stage(0) as player:
        yield player


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Start Debian's Chromium; skip where it or Playwright is missing, fail where both were promised."""
    programs = {"chromium": CHROMIUM, "playwright": find_spec("playwright")}
    lacks = [name for name, place in programs.items() if place is None]
    if lacks and os.environ.get("JWTKIT_DEMAND_BROWSER") == "1":
        pytest.fail(f"the browser tests lack {' and '.join(lacks)}")
    if lacks:
        pytest.skip(f"needs {' and '.join(lacks)}; tox -e browser has Playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def violations() -> list[str]:
    """What the content security policy has stopped, by directive."""
    return []


def note_violations(context: "BrowserContext", violations: list[str], sensor: str = SENSOR) -> None:
    """Have each page of `context` add to `violations`."""
    context.expose_function("report", lambda directive: violations.append(str(directive)))
    context.add_init_script(sensor)
