"""The page that tells the story with buttons, pressed without script."""

import re
import time
from html.parser import HTMLParser
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from django.test import Client

from demo.people import ADMIN, PASSWORDS
from demo.story import STORY, Player
from demo.story.player import CHECKOUT
from django_jwtkit.keys import StoredKey
from testproject.csp import POLICY


class Inline(HTMLParser):
    """Collects what `default-src 'self'` would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        refused = [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            refused.append(tag)
        refused += [
            value
            for name in ("src", "href")
            if (value := names.get(name) or "").startswith(("http", "//", "data:"))
        ]
        self.faults += [f"<{tag}> {name}" for name in refused]


def inline(page: str) -> list[str]:
    parser = Inline()
    parser.feed(page)
    return parser.faults


class Browser:
    """A browser without JavaScript: cookies, forms, redirects."""

    def __init__(self, demo: Player) -> None:
        self.host = demo.host
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str) -> str:
        status, _, body = self.send("GET", path)
        assert status == 200, body
        return body

    def press(self, step: str, path: str = "/") -> str:
        """Press a button of the page and follow the redirect."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token
        status, location, body = self.send("POST", path, {"csrfmiddlewaretoken": token[1], "step": step})
        assert status == 302, body
        return self.get(location.partition("#")[0])

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        connection = HTTPConnection(self.host, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        for cookie in answer.msg.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        connection.close()
        return answer.status, answer.getheader("Location", ""), body


def section(page: str, step: str) -> str:
    """Return the part of the page about one step."""
    match = re.search(rf'<li id="{step}".*?</li>', page, re.DOTALL)
    assert match
    return match[0]


@pytest.fixture
def demo_urls(settings, db):
    """The demo's page in this process, on an empty story."""
    settings.ROOT_URLCONF = "demo.urls"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [CHECKOUT / "demo" / "templates"]}]


@pytest.fixture
def browser(demo: Player) -> Browser:
    return Browser(demo)


def test_all_buttons_tell_the_story(browser: Browser) -> None:
    """Pressed from top to bottom, each step shows the exchange that was promised."""
    page = {step.name: press_in_time(browser, step.name) for step in STORY}
    for step in ("year", "login", "call", "rotate", "still", "again", "revoke", "pay", "read", "service"):
        assert 'class="came good"' in page[step], page[step]
    assert "token_not_valid" in page["refused"]
    assert "Session has ended" in page["logout"]
    assert kid(page["login"]) != kid(page["again"])
    assert "DE02120300000000202051" not in page["pay"].partition("201 Created")[2]
    assert "DE02120300000000202051" in page["read"]
    assert inline(browser.get("/")) == []


def press_in_time(browser: Browser, step: str) -> str:
    """Return the section of `step`: a rotation waits until the next key, of another test, is old enough."""
    for _ in range(30):
        part = section(browser.press(step), step)
        if "Wait a quarter of a minute" not in part:
            break
        time.sleep(1)
    return part


def kid(shown_step: str) -> str:
    match = re.search(r"&quot;kid&quot;: &quot;([\w-]+)", shown_step)
    assert match
    return match[1]


def test_no_token_is_shown_whole(browser: Browser) -> None:
    """A page gets photographed: the middle of each token is left out."""
    for step in ("year", "login", "call"):
        page = browser.press(step)
    assert not re.search(r"[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}", page)


def test_a_step_out_of_order_does_nothing(browser: Browser) -> None:
    """A button that needs a token is disabled, and pressing it anyway is no error."""
    page = browser.press("logout")
    assert "disabled" in section(page, "logout")
    assert "HTTP/1.1" not in page


def test_a_broken_promise_names_the_step_that_explains_it(browser: Browser) -> None:
    """A rotation too soon is told in words of the page; a step after a later one says which one."""
    for step in ("login", "rotate", "rotate"):
        page = browser.press(step)
    assert "Wait a quarter of a minute" in section(page, "rotate")
    assert "manage.py rotate_keys --ring access --now failed" not in page
    browser.press("revoke")
    still = section(browser.press("still"), "still")
    assert 'class="broken"' in still
    assert "Step 7 (“The old key is revoked”) has already been done" in still


def test_begin_again_forgets(browser: Browser) -> None:
    browser.press("login")
    assert "HTTP/1.1" not in browser.press("restart")


def test_an_unknown_step_is_a_bad_request(client: Client, demo_urls: None) -> None:
    assert client.post("/", {"step": "<nonsense>"}).status_code == 400


def test_a_form_from_elsewhere_is_refused(demo_urls: None) -> None:
    """The buttons change keys: they keep Django's CSRF protection."""
    assert Client(enforce_csrf_checks=True).post("/", {"step": "rotate"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/app/", "/admin/login/"])
def test_pages_live_under_the_policy(client: Client, demo_urls: None, path: str) -> None:
    """`default-src 'self'`: nothing inline, nothing from elsewhere."""
    answer = client.get(path)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert inline(answer.content.decode()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["", "jwtkit/", "jwtkit/storedkey/", "jwtkit/session/"])
def test_our_admin_pages_live_under_the_policy(admin_client: Client, page: str) -> None:
    """The timeline too is drawn without inline styles."""
    answer = admin_client.get(f"/admin/{page}")
    assert answer.status_code == 200
    assert inline(answer.content.decode()) == []


def test_static_files_are_served(browser: Browser) -> None:
    """The demo runs with DEBUG off, and has its styles anyway."""
    page = browser.get("/")
    for path in re.findall(r'href="(/static/[^"]+)"', page):
        assert browser.send("GET", path)[0] == 200, path


def test_the_admin_lets_the_demo_user_in(browser: Browser) -> None:
    """The credentials that the demo prints are the ones that work."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/admin/login/"))
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": ADMIN, "password": PASSWORDS[ADMIN]}
    assert browser.send("POST", "/admin/login/?next=/admin/", form)[:2] == (302, "/admin/")
    keys = browser.get("/admin/jwtkit/storedkey/")
    assert "standby" in keys.lower()


def test_the_page_opens_without_users_and_keys(client: Client, demo_urls: None) -> None:
    """On a database that nobody has seeded it says what to run."""
    StoredKey.objects.all().delete()
    assert "manage.py migrate" in client.get("/").content.decode()
