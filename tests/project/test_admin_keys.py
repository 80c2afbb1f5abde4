"""The pages of keys in the admin of the demo, used in Chromium: by clicks, under the policy, read by axe."""

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from demo.people import ADMIN, ALICE, PASSWORDS
from demo.stage import stage
from demo.story import Player
from tests.project.axe import serious_faults
from tests.project.conftest import note_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.once

LIST = "/admin/jwtkit/storedkey/"
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
CUT_OFF = """[...document.querySelectorAll('.jwtkit-table')]
    .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.innerText)"""


@pytest.fixture(scope="module")
def stage_of_keys(chromium: "Browser") -> Iterator[Player]:
    """Return a player at a demo whose keys these tests may change."""
    with stage(0) as player:
        yield player


def open_admin(
    chromium: "Browser", player: Player, violations: list[str] | None = None, **how: object
) -> "Page":
    """Return the list of keys, the superuser logged in. Without `violations` the policy is not applied."""
    context = chromium.new_context(base_url=player.url, bypass_csp=violations is None, **how)
    context.set_default_timeout(15_000)
    if violations is not None:
        note_violations(context, violations)
    page = context.new_page()
    page.goto(f"/admin/login/?next={LIST}")
    page.locator("#id_username").fill(ADMIN)
    page.locator("#id_password").fill(PASSWORDS[ADMIN])
    page.locator("[type=submit]").click()
    page.get_by_role("heading", name="In use and next").wait_for()
    return page


def log_in(player: Player, name: str) -> str:
    """Log alice in; keep her access token under `name`, and return the key that signed it."""
    answer = player.call("POST", "/api/token/", body={"username": ALICE, "password": PASSWORDS[ALICE]})
    player.tokens[name] = str(answer.json["access"])
    return player.kid(name)


def status(player: Player, token: str) -> int:
    return player.call("GET", "/api/me/", token=token).status


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for the server's processes, which look at their keys each second."""
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.3)


def signing_row(page: "Page") -> str:
    """Return the address of the page of the key that signs access tokens."""
    row = page.locator(".jwtkit-keys tbody tr", has_text="access").filter(has_text="Active").first
    return str(row.get_by_role("rowheader").get_by_role("link").get_attribute("href"))


def test_a_ring_is_rotated_by_clicks(
    chromium: "Browser", stage_of_keys: Player, violations: list[str]
) -> None:
    """The page says that it is safe; then another key signs, and tokens of the old one stay good."""
    old = log_in(stage_of_keys, "before")
    page = open_admin(chromium, stage_of_keys, violations)
    page.locator(".jwtkit-keys tr", has_text="access").get_by_role("link", name="Rotate…").click()
    page.wait_for_url("**/rotate/access/")
    for _ in range(30):  # until the next key, which another test has made, is old enough
        if page.locator(".jwtkit-safe").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    assert "and consumers need" in page.locator(".jwtkit-safe").inner_text()
    assert page.locator("figure").count() == 2
    page.get_by_role("button", name="Rotate now").click()
    page.locator(".messagelist").filter(has_text="stops signing now").wait_for()
    wait_until(lambda: log_in(stage_of_keys, "after") != old)
    assert (status(stage_of_keys, "before"), status(stage_of_keys, "after")) == (200, 200)
    assert violations == []


def test_a_key_is_revoked_by_clicks_and_by_its_name(
    chromium: "Browser", stage_of_keys: Player, violations: list[str]
) -> None:
    """Not without its first letters; then its tokens are refused, and a page says what to do next."""
    kid = log_in(stage_of_keys, "doomed")
    assert status(stage_of_keys, "doomed") == 200
    page = open_admin(chromium, stage_of_keys, violations)
    page.goto(signing_row(page))
    page.get_by_role("link", name="Revoke…").click()
    page.get_by_text("Every access token that it signed is refused").wait_for()
    page.get_by_label("Reason").select_option("leaked")
    page.get_by_label("In words").fill("a laptop was stolen")
    page.get_by_label("To confirm, type").fill("wrong")
    page.get_by_role("button", name="Revoke permanently").click()
    page.get_by_text("This is not what you were asked to type.").wait_for()
    assert status(stage_of_keys, "doomed") == 200
    page.get_by_label("To confirm, type").fill(kid[:8])
    page.get_by_role("button", name="Revoke permanently").click()
    page.get_by_role("heading", name="What to do next").wait_for()
    page.wait_for_load_state()
    assert "leaked: a laptop was stolen" in page.locator("#content").inner_text()
    wait_until(lambda: status(stage_of_keys, "doomed") == 401)
    assert log_in(stage_of_keys, "new") != kid
    assert violations == []


def test_a_bar_of_the_picture_is_reached_by_the_keyboard(
    chromium: "Browser", stage_of_keys: Player, violations: list[str]
) -> None:
    """Enter opens the key's page; the table below has the same keys."""
    page = open_admin(chromium, stage_of_keys, violations)
    bar = page.locator("svg.jwtkit-wide a.jwtkit-bar").first
    bar.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Life", exact=True).wait_for()
    page.go_back()
    page.get_by_text("As a table").click()
    rows = page.locator("figure table tbody tr").count()
    assert rows == page.locator("svg.jwtkit-wide a.jwtkit-bar").count()
    assert violations == []


def pages_of(page: "Page") -> dict[str, str]:
    """Return the addresses of the pages of keys."""
    key = signing_row(page)
    page.goto(f"{LIST}?state=revoked")
    revoked = page.locator(".jwtkit-keys tbody th a").first.get_attribute("href", timeout=1000)
    number = re.search(r"storedkey/(\d+)/change/", str(revoked))
    pages = {
        "list": LIST,
        "ended keys": f"{LIST}?state=ended&drawn=all",
        "key": key,
        "rotate": f"{LIST}rotate/access/",
        "revoke": key.replace("change", "revoke"),
        "revoke a ring": f"{LIST}revoke/ring/refresh/",
        "make": f"{LIST}make/access/?algorithm=Ed25519",
        "import": f"{LIST}import/",
        "history": key.replace("change", "history"),
    }
    return pages | ({"revoked": f"{LIST}revoked/?keys={number[1]}"} if number else {})


@SCHEMES
def test_axe_finds_nothing_serious(chromium: "Browser", stage_of_keys: Player, scheme: str) -> None:
    """Contrast, names, roles and order, on each page, in either scheme."""
    page = open_admin(chromium, stage_of_keys, color_scheme=scheme)
    faults = []
    for name, address in pages_of(page).items():
        page.goto(address)
        faults += [f"{name}: {fault}" for fault in serious_faults(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_nothing_is_cut_off(
    chromium: "Browser", stage_of_keys: Player, violations: list[str], width: int
) -> None:
    """Neither a page nor one of its tables scrolls sideways, and now is in view in each picture."""
    page = open_admin(chromium, stage_of_keys, violations, viewport={"width": width, "height": 900})
    for name, address in pages_of(page).items():
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(CUT_OFF) == [], name
        for line in page.locator("line.jwtkit-now:visible").all():
            box = line.bounding_box()
            assert box, name
            assert 0 < box["x"] < width, name
    assert violations == []


def test_the_pages_read_from_right_to_left(chromium: "Browser", stage_of_keys: Player) -> None:
    """In Arabic the names of keys stay inside the picture, and key IDs and JWKs run from left to right."""
    page = open_admin(chromium, stage_of_keys, locale="ar")
    page.evaluate("document.documentElement.dir = 'rtl'")
    for label in page.locator("svg.jwtkit-wide text.jwtkit-kid").all()[:5]:
        box, frame = label.bounding_box(), page.locator("svg.jwtkit-wide").bounding_box()
        assert box
        assert frame
        assert frame["x"] <= box["x"] < box["x"] + box["width"] <= frame["x"] + frame["width"]
