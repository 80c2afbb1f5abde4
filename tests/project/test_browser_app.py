"""The browser app of the demo, in Chromium: a page without a build step whose tokens are in cookies."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from demo.people import ALICE, PASSWORDS
from demo.stage import stage
from demo.story import Player
from demo.story.player import CHECKOUT
from tests.project.conftest import note_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.once

LIFETIME = 4  # seconds of an access token: a test waits until it has expired
ME = "/api/me/"
REFRESH = "POST /auth/token/refresh/ → 200"


def test_the_script_is_the_one_of_the_documents() -> None:
    """People copy either: the page's block and the file are the same text."""
    page = (CHECKOUT / "docs" / "tokens-in-cookies.md").read_text(encoding="utf-8")
    block = re.search(r"```js\n(.*?)```", page, re.DOTALL)
    assert block
    assert block[1] == (CHECKOUT / "demo/static/demo/auth.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def short_demo(chromium: "Browser") -> Iterator[Player]:
    """Return a player at a demo whose access tokens live for seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JWTKIT_DEMO_ACCESS_SECONDS", str(LIFETIME))
        with stage(0) as player:
            yield player


@pytest.fixture
def jar(chromium: "Browser", short_demo: Player, violations: list[str]) -> "Iterator[BrowserContext]":
    """Return a fresh profile, with its own cookies, in which every violation is noted."""
    context = chromium.new_context(base_url=short_demo.url)
    context.set_default_timeout(15_000)
    note_violations(context, violations)
    yield context
    context.close()


@pytest.fixture
def app(jar: "BrowserContext") -> "Page":
    """Return the page, alice logged in by its form."""
    return log_in(jar)


def log_in(jar: "BrowserContext") -> "Page":
    page = jar.new_page()
    page.goto("/app/")
    page.get_by_label("User name").fill(ALICE)
    page.get_by_label("Password").fill(PASSWORDS[ALICE])
    page.get_by_role("button", name="Log in").click()
    page.get_by_text(f"You are logged in as {ALICE}").wait_for()
    page.get_by_text("This browser").wait_for()
    return page


def press(page: "Page", name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def call(page: "Page") -> None:
    """Call the API, and wait for its answer, which replaces the one before."""
    page.evaluate("document.getElementById('answer').textContent = ''")
    press(page, "Call the API")
    page.get_by_label("Answer of the API").filter(has_text=ALICE).wait_for()


def exchanges(page: "Page") -> list[str]:
    """Return the requests of the page and their answers, in order."""
    return page.locator("#exchanges li").all_inner_texts()[::-1]


def expire(jar: "BrowserContext", page: "Page") -> None:
    """Wait until the browser has dropped the access cookie."""
    for _ in range(LIFETIME * 50):
        if "access" not in {cookie["name"] for cookie in jar.cookies()}:
            return
        page.wait_for_timeout(200)
    pytest.fail("the access cookie does not expire")


def test_it_logs_in_and_calls(app: "Page", violations: list[str]) -> None:
    """By cookie, under `default-src 'self'`, and the focus goes to what has appeared."""
    assert app.evaluate("document.activeElement.id") == "welcome"
    call(app)
    assert f"GET {ME} → 200" in exchanges(app)
    assert violations == []


def test_no_script_sees_a_token(jar: "BrowserContext", app: "Page") -> None:
    """Neither cookie can be read, and nothing is kept in a storage."""
    cookies = {cookie["name"]: cookie for cookie in jar.cookies()}
    assert {name for name, cookie in cookies.items() if cookie["httpOnly"]} == {"access", "refresh"}
    assert app.evaluate("document.cookie").startswith("csrftoken=")
    assert app.evaluate("[document.cookie.includes(';'), localStorage.length, sessionStorage.length]") == [
        False,
        0,
        0,
    ]
    assert not any(cookies[name]["value"] in app.content() for name in ("access", "refresh"))


def test_the_policy_is_in_force(app: "Page", violations: list[str]) -> None:
    """An inline script does not run, and the test would see it."""
    app.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))")
    for _ in range(50):
        if violations:
            break
        app.wait_for_timeout(200)
    assert violations == ["script-src-elem"]
    assert app.evaluate("typeof x") == "undefined"


def test_a_wrong_password_is_answered_in_words(jar: "BrowserContext", violations: list[str]) -> None:
    """And the form stays, without the password."""
    page = jar.new_page()
    page.goto("/app/")
    page.get_by_label("User name").fill(ALICE)
    page.get_by_label("Password").fill("wrong")
    press(page, "Log in")
    page.get_by_role("status").filter(has_text="The user name or the password is wrong.").wait_for()
    assert page.get_by_label("Password").input_value() == ""
    assert violations == []


def test_a_server_that_is_away_is_named(jar: "BrowserContext", app: "Page") -> None:
    """A request that fails leaves the page as it is, and says so."""
    jar.set_offline(True)
    press(app, "Call the API")
    app.get_by_role("status").filter(has_text="The server does not answer.").wait_for()
    jar.set_offline(False)
    call(app)


def test_an_expired_token_is_refreshed(jar: "BrowserContext", app: "Page", violations: list[str]) -> None:
    """The visitor sees no more than an answer."""
    expire(jar, app)
    before = len(exchanges(app))
    call(app)
    me = f"GET {ME} →"
    assert exchanges(app)[before:] == [f"{me} 401", f"{me} 401", REFRESH, f"{me} 200"]
    assert violations == []


def test_two_tabs_refresh_once(jar: "BrowserContext", app: "Page") -> None:
    """Both call at the same moment; the second waits for the lock, and finds fresh cookies."""
    other = jar.new_page()
    other.goto("/app/")
    other.get_by_text("This browser").wait_for()
    expire(jar, app)
    starts = {page: len(exchanges(page)) for page in (app, other)}
    for page in starts:
        page.evaluate("document.getElementById('answer').textContent = ''")
    moment = app.evaluate("Date.now()") + 2000  # until then both have heard of it, on a busy machine too
    for page in starts:
        page.evaluate(f"setTimeout(() => document.getElementById('call').click(), {moment} - Date.now()), 0")
    for page in starts:
        page.get_by_label("Answer of the API").filter(has_text=ALICE).wait_for()
    lines = [exchanges(page)[start:] for page, start in starts.items()]
    assert [tab[0] for tab in lines] == [f"GET {ME} → 401"] * 2  # both were too late
    assert sum(tab.count(REFRESH) for tab in lines) == 1


def test_a_session_ended_elsewhere_is_over(
    chromium: "Browser", jar: "BrowserContext", app: "Page", short_demo: Player, violations: list[str]
) -> None:
    """The list names both; ended in one browser, the other is asked to log in again."""
    second = chromium.new_context(base_url=short_demo.url, user_agent="A phone <b>", locale="en")
    phone = log_in(second)
    app.reload()
    end = app.get_by_role("button", name="End the session of A phone <b>")
    end.wait_for()
    end.click()
    app.get_by_role("status").filter(has_text="The session has ended.").wait_for()
    end.wait_for(state="detached")
    press(phone, "Call the API")
    phone.get_by_role("status").filter(has_text="Log in again.").wait_for()
    phone.get_by_label("User name").wait_for()
    second.close()
    assert violations == []


@pytest.mark.parametrize("button", ["Log out", "Log out everywhere"])
def test_a_logout_deletes_both_cookies(
    jar: "BrowserContext", app: "Page", violations: list[str], button: str
) -> None:
    """Also of a page that has been open for long; the form comes back, and a reload changes nothing."""
    expire(jar, app)
    press(app, button)
    app.get_by_role("status").filter(has_text="You are logged out").wait_for()
    app.reload()
    app.get_by_label("User name").wait_for()
    assert {cookie["name"] for cookie in jar.cookies()} == {"csrftoken"}
    assert violations == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(chromium: "Browser", short_demo: Player, scheme: str) -> None:
    """At 390 pixels nothing is cut off, and text stands out from its ground in either scheme."""
    context = chromium.new_context(
        base_url=short_demo.url, viewport={"width": 390, "height": 844}, color_scheme=scheme
    )
    page = log_in(context)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    colors = page.evaluate(
        "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))"
    )
    ink, paper = (sum(map(int, re.findall(r"\d+", color)[:3])) for color in colors)
    assert (ink < paper) is (scheme == "light")
    assert abs(ink - paper) > 450
    context.close()
