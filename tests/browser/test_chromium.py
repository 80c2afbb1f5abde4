"""A real browser keeps, sends and deletes the cookies as we mean it, and another site gets nothing."""

import shutil
import subprocess
from datetime import timedelta

import pytest

from django_jwtkit import keys, sessions
from tests.browser import pages

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]


@pytest.fixture
def chromium(tmp_path):
    """Open an address in Chromium; the page reports what it has seen."""
    started = []

    def open_page(address):
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path}", "--remote-debugging-port=0", address]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    yield open_page
    for process in started:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.once
@pytest.mark.threat("COOK-001", "COOK-003", "COOK-007", "COOK-010")
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.urls("tests.browser.pages")
@pytest.mark.django_db(transaction=True)
def test_the_client_of_the_documents_in_a_real_browser(chromium, live_server, alice, settings):
    """It logs in, calls, renews an expired cookie, survives ten refreshes at once, and logs out."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "testproject" not in name]
    settings.JWTKIT = {"COOKIES": {"SECURE": True}, "ACCESS_TOKEN_LIFETIME": timedelta(seconds=6)}
    for ring in ("access", "refresh"):
        keys.rotate(ring)
    chromium(f"{live_server.url}/page/")
    page = pages.reports.get(timeout=90)
    assert page.pop("script").startswith("csrftoken=")  # and nothing else
    assert page == {
        "anonymous": 401,
        "login": 200,
        "read": 200,
        "write": 201,
        "forged": 403,
        "away": ["__Host-access", "csrftoken"],
        "expired": ["csrftoken"],
        "renewed": 200,
        "tabs": [200] * 10,
        "after": 200,
        "logout": 204,
        "below": ["csrftoken"],
        "over": 401,
    }
    other_site = pages.reports.get(timeout=90)
    assert other_site == {"read": "refused", "write": "refused"}
    writes = [pages.writes.get(timeout=90) for _ in range(3)]
    assert [status for _, status in writes] == [201, 403, 401]
    assert writes[-1][0] == []  # a form of another site brings no cookie at all: SameSite
    assert sessions.live(alice).count() == 1
