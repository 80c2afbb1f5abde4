"""Each page of the admin in Chromium: on a phone and on desks, in light and in dark, under the policy."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.urls import resolve

from demo.people import ADMIN, ALICE, PASSWORDS
from demo.stage import HOST, environment_of, free_port, server
from demo.story import Player
from tests.project.axe import serious_faults
from tests.project.conftest import note_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.once

ROOT: Final = "/admin/jwtkit/"
WIDTHS: Final = (320, 390, 768, 1024, 1240, 1280, 1440, 2560)  # 320: a desk at 400 %
LONG_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) " + "Browser/130.0 " * 9
SEED: Final = f"""
from django.contrib.auth import get_user_model
from django_jwtkit import issuers, sessions
from tests.project.faces_settings import FIXED
alice = get_user_model().objects.get(username="alice")
issuers.link(alice, issuer=FIXED, subject="b7afc098-30ce-43c7-abfa-043ab484a779")
sessions.Session.objects.update(user_agent={LONG_AGENT!r}, address="2001:db8:85a3:8d3:1319:8a2e:370:7348")
"""
# Where a page, a table or a picture of ours goes on beyond its edge, or a button covers a heading.
CUT_OFF: Final = """() => {
    const all = (places) => [...document.querySelectorAll(places)];
    const is_cut = (each) => each.scrollWidth > each.clientWidth;
    const box = (each) => each.getBoundingClientRect();
    const places = '.jwtkit-table, .jwtkit-inline .inline-group, #changelist .results, .jwtkit-jwk';
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

# Colours of Django's links move to their new value.
AT_REST: Final = "Promise.all(document.getAnimations().map((each) => each.finished)).then(() => null)"


def at(address: str) -> "Callable[[Page], None]":
    """Return what opens the page at `address` below ours."""
    return lambda page: page.goto(ROOT + address) and None


def first_row(address: str, ending: str = "change") -> "Callable[[Page], None]":
    """Return what opens the page of the first row of a list."""

    def open_row(page: "Page") -> None:
        page.goto(ROOT + address)
        link = page.locator("#content table tbody th a").first.get_attribute("href")
        page.goto(str(link).partition("?")[0].replace("/change/", f"/{ending}/"))

    return open_row


def revoked(page: "Page") -> None:
    """Open the page that says what to do after a revocation."""
    page.goto(f"{ROOT}storedkey/?state=revoked")
    address = page.locator("#content table tbody th a").first.get_attribute("href")
    page.goto(f"{ROOT}storedkey/revoked/?keys={str(address).split('/')[4]}")


def sealing_key(page: "Page") -> None:
    """Open the page of the newest sealing key, which has leaked."""
    page.goto(ROOT)
    page.get_by_role("link", name="The sealing key").click()


def action(address: str, name: str) -> "Callable[[Page], None]":
    """Return what ticks the first row of a list, and asks for an action."""

    def ask(page: "Page") -> None:
        page.goto(ROOT + address)
        page.locator(".action-select").first.check()
        page.locator(".actions select").select_option(name)
        page.locator(".actions [name=index]").click()
        page.locator("[name=confirmed]").first.wait_for(state="attached")

    return ask


def inspect(page: "Page") -> None:
    """Have the inspector judge the token of the walk's user."""
    page.goto(ROOT + "inspect/")
    page.get_by_label("Token").fill(TOKENS["walk"])
    page.locator("#content [type=submit]").click()
    page.locator(".jwtkit-verdict").wait_for()


TOKENS: Final[dict[str, str]] = {}
# What a page is, the name of its address, and what opens it.
PAGES: "Final[dict[str, tuple[str, Callable[[Page], None]]]]" = {
    "overview": ("app_list", at("")),
    "keys": ("storedkey_changelist", at("storedkey/")),
    "all keys": ("storedkey_changelist", at("storedkey/?state=ended&drawn=all")),
    "key": ("storedkey_change", first_row("storedkey/")),
    "key's events": ("storedkey_history", first_row("storedkey/", "history")),
    "rotate": ("storedkey_rotate", at("storedkey/rotate/access/")),
    "due": ("storedkey_due", at("storedkey/due/access/")),
    "revoke": ("storedkey_revoke", first_row("storedkey/", "revoke")),
    "revoke a ring": ("storedkey_revoke_ring", at("storedkey/revoke/ring/refresh/")),
    "a sealing key's steps": ("storedkey_revoke_sealing", sealing_key),
    "revoked": ("storedkey_revoked", revoked),
    "make": ("storedkey_make", at("storedkey/make/access/?algorithm=Ed25519")),
    "import": ("storedkey_import", at("storedkey/import/")),
    "events": ("keyevent_changelist", at("keyevent/")),
    "event": ("keyevent_change", first_row("keyevent/")),
    "sessions": ("session_changelist", at("session/")),
    "session": ("session_change", first_row("session/")),
    "end a session": ("session_end", first_row("session/", "end")),
    "end all of a user": ("session_end_user", lambda page: page.goto(f"{ROOT}session/user/2/end/") and None),
    "end sessions": ("session_changelist", action("session/", "end_selected")),
    "end all of users": ("session_changelist", action("session/", "end_all_of_these_users")),
    "issuers": ("trustedkeyset_changelist", at("trustedkeyset/")),
    "issuer": ("trustedkeyset_change", first_row("trustedkeyset/")),
    "identities": ("externalidentity_changelist", at("externalidentity/")),
    "a user": ("auth_user_change", lambda page: page.goto("/admin/auth/user/2/change/") and None),
    "identity": ("externalidentity_change", first_row("externalidentity/")),
    "unlink": ("externalidentity_changelist", action("externalidentity/", "unlink_selected")),
    "inspector": ("inspect_changelist", at("inspect/")),
    "inspected": ("inspect_changelist", inspect),
}
# Where a page is ours only in part.
PLACES: Final = {"a user": ".jwtkit-inline"}

# Nothing is added or deleted by a form, keys are fetched by POST, and the history of other rows is Django's.
NO_PAGES: Final = re.compile(r"_(add|delete|export|fetch)$|(?<!storedkey)_history$")


@pytest.fixture(scope="module")
def noted() -> list[str]:
    """What the policy has stopped since the test began."""
    return []


@pytest.fixture(scope="module")
def page(chromium: "Browser", noted: list[str], tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Page]":
    """Return a page in whose context the superuser is logged in, at a demo that trusts issuers."""
    with stage_of_faces(tmp_path_factory.mktemp("faces")) as player:
        context = chromium.new_context(base_url=player.url)
        context.set_default_timeout(15_000)
        note_violations(context, noted)
        page = context.new_page()
        page.goto("/admin/login/")
        page.locator("#id_username").fill(ADMIN)
        page.locator("#id_password").fill(PASSWORDS[ADMIN])
        page.locator("[type=submit]").click()
        page.locator("#logout-form").wait_for()
        yield page
        context.close()


@contextmanager
def stage_of_faces(directory: Path) -> Iterator[Player]:
    host = f"{HOST}:{free_port(0)}"
    settings = {"DJANGO_SETTINGS_MODULE": "tests.project.faces_settings"}
    player = Player(host, environment=environment_of(directory, host) | settings)
    player.manage("seed_demo")
    with server(player, directory / "server.log"):
        login = {"username": ALICE, "password": PASSWORDS[ALICE]}
        TOKENS["walk"] = str(player.call("POST", "/api/token/", body=login).json["access"])
        player.manage("shell", "--no-imports", "-c", SEED)
        yield player


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
