"""Our pages are whole under the themes that projects put over Django's admin: real packages, in Chromium."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.neighbours.wholeness import FAULTS, OURS, SENSOR
from tests.project.axe import serious_faults
from tests.project.conftest import note_violations
from tests.project.faces import AT_REST, PAGES, log_in, seed, stage_of_faces

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.once

# The package of a theme, and how a reader's choice of dark is written on its page.
THEMES: Final = {
    "unfold": ("unfold", "class", "dark"),
    "jazzmin": ("jazzmin", "data-bs-theme", "dark"),
    "grappelli": ("grappelli", "data-theme", "dark"),
    "daisy": ("django_daisy", "data-theme", "dracula"),
}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a database of which each theme gets a copy."""
    directory = tmp_path_factory.mktemp("seeded")
    seed(directory)
    return directory


@contextmanager
def open_admin(chromium: "Browser", directory: Path, theme: str, reports: list[str]) -> "Iterator[Page]":
    """Open the admin under `theme`, and note in `reports` what of ours violates the policy."""
    settings = {"DJANGO_SETTINGS_MODULE": "tests.neighbours.themes_settings", "JWTKIT_THEME": theme}
    with stage_of_faces(directory, **settings) as player:
        context = chromium.new_context(base_url=player.url)
        context.set_default_timeout(15_000)
        note_violations(context, reports, SENSOR)
        page = context.new_page()
        log_in(page)
        yield page
        context.close()


@pytest.mark.parametrize("theme", THEMES)
def test_our_pages_are_whole_under_a_theme(
    chromium: "Browser", seeded: Path, tmp_path: Path, theme: str
) -> None:
    """Titles, fields, buttons, contrast: in light on a phone, in dark on a desk. Then a button is used."""
    package, attribute, dark = THEMES[theme]
    if find_spec(package) is None:
        pytest.skip(f"{theme} is not installed: tox -e neighbours-themes")
    shutil.copytree(seeded, tmp_path, dirs_exist_ok=True)
    faults: list[str] = []
    with open_admin(chromium, tmp_path, theme, faults) as page:
        for name, (_, open_page) in PAGES.items():
            page.set_viewport_size({"width": 390, "height": 900})
            open_page(page)
            faults += [f"{name}, light: {fault}" for fault in look(page, wants_dark=False)]
            page.set_viewport_size({"width": 1280, "height": 900})
            page.evaluate("(pair) => document.documentElement.setAttribute(...pair)", [attribute, dark])
            faults += [f"{name}, dark: {fault}" for fault in look(page, wants_dark=True)]
        PAGES["end sessions"][1](page)
        page.locator(".jwtkit-danger.jwtkit-button").click()
        page.get_by_text("1 session has ended.").first.wait_for()
    assert not faults, "\n".join(faults)


def look(page: "Page", *, wants_dark: bool) -> list[str]:
    """Return what is wrong with our elements that are in sight."""
    page.evaluate(AT_REST)
    faults = list(page.evaluate(FAULTS, wants_dark))
    in_sight = page.locator(OURS).filter(visible=True).count()
    return faults + (serious_faults(page, OURS, ["color-contrast"]) if in_sight else [])
