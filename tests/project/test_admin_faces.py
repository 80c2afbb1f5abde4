"""Each page of the admin in Chromium: on a phone and on desks, in light and in dark, under the policy."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.urls import resolve

from tests.project.axe import serious_faults
from tests.project.conftest import note_violations
from tests.project.faces import AT_REST, PAGES, ROOT, log_in, seed, stage_of_faces

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.once

WIDTHS: Final = (320, 390, 768, 1024, 1240, 1280, 1440, 2560)  # 320: a desk at 400 %
# Where a page, a table or a picture of ours goes on beyond its edge, or a button covers a heading.
CUT_OFF: Final = """() => {
    const all = (places) => [...document.querySelectorAll(places)];
    const is_cut = (each) => each.scrollWidth > each.clientWidth;
    const box = (each) => each.getBoundingClientRect();
    const places = '.jwtkit-table, .jwtkit-inline, #changelist .results, .jwtkit-jwk';
    const page = document.documentElement.scrollWidth > window.innerWidth ? [document.documentElement] : [];
    const cut = [...page, ...all(places).filter(is_cut)];
    const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const text = (each) => { const range = new Range(); range.selectNodeContents(each); return box(range); };
    const names = all('#content > :is(h1, h2), .jwtkit-page :is(h1, h2)').map(text);
    const is_over = (button) => names.some((name) => meets(box(button), name));
    const covers = all('.object-tools a, .jwtkit-button').filter(is_over);
    const labels = all('.jwtkit-bar').filter((each) => {
        const [name, state] = [...each.querySelectorAll('text')].map(box);
        return state && state.width && meets(name, state);
    });
    const said = (each) => `${each.nodeName}.${each.className} ${each.scrollWidth} > ${each.clientWidth}`;
    return [...cut.map(said), ...covers.map((each) => `${each.textContent} covers a heading`),
            ...labels.map((each) => `${each.textContent.trim()}: the state covers the name`)];
}"""

# Where a page is ours only in part.
PLACES: Final = {"a user": ".jwtkit-inline"}

# Nothing is added or deleted by a form, keys are fetched by POST, a public key is a file, and the history of
# other rows is Django's.
NO_PAGES: Final = re.compile(r"_(add|delete|export|fetch|public)$|(?<!storedkey)_history$")


@pytest.fixture(scope="module")
def noted() -> list[str]:
    """What the policy has stopped since the test began."""
    return []


@pytest.fixture(scope="module")
def page(chromium: "Browser", noted: list[str], tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Page]":
    """Return a page in whose context the superuser is logged in, at a demo that trusts issuers."""
    directory = tmp_path_factory.mktemp("faces")
    seed(directory)
    with stage_of_faces(directory) as player:
        context = chromium.new_context(base_url=player.url)
        context.set_default_timeout(15_000)
        note_violations(context, noted)
        page = context.new_page()
        log_in(page)
        yield page
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_its_face(page: "Page", noted: list[str], name: str) -> None:
    """Nothing is cut off, the policy stops nothing, and axe finds nothing serious in light or dark."""
    noted.clear()
    address, open_page = PAGES[name]
    open_page(page)
    assert resolve(urlsplit(page.url).path).url_name in {address, f"jwtkit_{address}"}
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        faults += [f"{width} px: {fault}" for fault in page.evaluate(CUT_OFF)]
    assert noted == []
    for scheme, width in {"light": 390, "dark": 1280}.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(AT_REST)
        faults += [f"{scheme}: {fault}" for fault in serious_faults(page, PLACES.get(name, "#content"))]
    page.emulate_media(color_scheme="light")
    assert not faults, "\n".join(faults)


def test_a_keyboard_and_forced_colours_suffice(page: "Page") -> None:
    """A bar shows the focus, and a button keeps its edge where the system chooses the colours."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(forced_colors="active")
    page.goto(f"{ROOT}storedkey/")
    page.locator("a.jwtkit-bar:visible").first.focus()
    page.keyboard.press("Tab")
    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate(f"document.activeElement.matches('a.jwtkit-bar') && {style}.outlineStyle") == "solid"
    page.goto(f"{ROOT}storedkey/rotate/access/")
    edges = page.locator(".jwtkit-button, .jwtkit-safe").evaluate_all(
        "(all) => all.map((each) => getComputedStyle(each).borderInlineStartColor)"
    )
    page.emulate_media(forced_colors="none")
    assert len(edges) == 3
    assert "rgba(0, 0, 0, 0)" not in edges


@pytest.mark.parametrize("address", ["session/", "keyevent/"])
def test_filters_are_never_below_the_rows(page: "Page", address: str) -> None:
    """A hundred rows fill several screens. A desk has the filters beside or above them."""
    page.goto(ROOT + address)
    top = "(place) => document.querySelector(place).getBoundingClientRect().top"
    for width in (1024, 1280, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(top, "#changelist-filter") < page.evaluate(top, "#result_list"), width


def test_a_name_stands_in_one_line(page: "Page") -> None:
    """However long the notes beside it are."""
    page.goto(f"{ROOT}session/")
    for width in (1280, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        heights = page.locator("#result_list .field-user a").evaluate_all(
            "(all) => all.map((each) => { each.textContent = 'customer0062'; return each.offsetHeight; })"
        )
        assert max(heights) < 30, width


def test_no_page_is_left_out() -> None:
    """A page that is added to the admin is added to the walk."""
    ours = [page for model, page in admin.site._registry.items() if model._meta.app_label == "jwtkit"]
    names = {pattern.name for page in ours for pattern in page.get_urls() if pattern.name}
    walked = {f"jwtkit_{address}" for address, _ in PAGES.values()}
    assert {name for name in names - walked if not NO_PAGES.search(name)} == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_story_can_be_read(page: "Page", scheme: str) -> None:
    """Also what was sent and received has the contrast that axe demands."""
    page.emulate_media(color_scheme=scheme)
    page.goto("/")
    page.get_by_role("button", name="Log in as alice").click()
    page.locator("#login .came").wait_for()
    page.evaluate(AT_REST)
    assert serious_faults(page, "body") == []
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
