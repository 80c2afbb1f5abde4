"""The admin at three in the morning: what an operator hears, and how they come to what they do, by clicks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from demo.stage import stage
from demo.story import Player
from tests.project.test_admin_keys import log_in, open_admin, status, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.once

OVERDUE = """
from datetime import timedelta
from django.db.models import F
from django_jwtkit.keys import Ring
from tests.support import unhealthy
unhealthy.no_standby(None)
Ring.objects.update(last_run=F("last_run") - timedelta(days=95))
"""


@pytest.fixture(scope="module")
def night(chromium: "Browser") -> Iterator[Player]:
    """Return a player at a demo of these tests."""
    with stage(0) as player:
        yield player


def open_overview(chromium: "Browser", player: Player, violations: list[str], **how: object) -> "Page":
    page = open_admin(chromium, player, violations, **how)
    go_to_overview(page)
    return page


def go_to_overview(page: "Page") -> None:
    page.get_by_role("link", name="Keys and tokens", exact=True).first.click()
    see_overview(page)


def see_overview(page: "Page") -> None:
    """Wait until the overview is there, to its end."""
    page.get_by_role("heading", name="Keys and tokens").wait_for()
    page.wait_for_load_state()


def inspect(page: "Page", token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Inspect").click()


def test_a_token_leads_to_its_leaked_key_and_the_key_to_its_end(
    chromium: "Browser", night: Player, violations: list[str]
) -> None:
    """From a token alone. The copied key ID stands in DENY_KIDS; a leaked sealing key has its steps."""
    kid = log_in(night, "leaked")
    rights = ["clipboard-read", "clipboard-write"]
    page = open_overview(chromium, night, violations, permissions=rights)
    page.get_by_role("link", name="The sealing key").click()
    page.get_by_text("Make a new sealing key").wait_for()
    page.go_back()
    page.get_by_role("link", name="Inspect a token").first.click()
    inspect(page, night.tokens["leaked"])
    page.locator("#content").get_by_role("link", name=kid[:12]).click()
    page.get_by_role("button", name="Copy: Key ID").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == kid
    page.get_by_role("link", name="Revoke…").click()
    page.get_by_label("Reason").select_option("leaked")
    page.get_by_label("To confirm, type").fill(kid[:8])
    page.get_by_role("button", name="Revoke permanently").click()
    page.get_by_role("heading", name="What to do next").wait_for()
    page.wait_for_load_state()
    assert f'"DENY_KIDS": ["{kid}"]' in page.locator("#content").inner_text()
    wait_until(lambda: status(night, "leaked") == 401)
    assert violations == []


def open_session(page: "Page", state: str) -> None:
    """Open the first session in the list that has this state."""
    page.locator("#result_list tr").filter(has_text=state).first.get_by_role("link").first.click()
    page.get_by_role("heading", name="Why, and what to do").wait_for()
    page.wait_for_load_state()


def test_a_user_who_was_logged_out_is_told_why(
    chromium: "Browser", night: Player, violations: list[str]
) -> None:
    """Found by a token and by e-mail: one session the user has ended, one an administrator."""
    log_in(night, "phone")
    night.call("POST", "/api/logout/", token="phone")
    log_in(night, "desk")
    page = open_overview(chromium, night, violations)
    page.get_by_role("link", name="Inspect a token").first.click()
    inspect(page, night.tokens["desk"])
    page.locator("#content").get_by_role("link", name="All sessions of this user").click()
    open_session(page, "Live")
    assert "The session is live, and its next refresh succeeds." in page.inner_text("#content")
    page.get_by_role("link", name="End all sessions of this user").click()
    page.locator("#content [type=submit]").click()
    page.locator(".messagelist").wait_for()
    page.locator("#searchbar").fill("alice@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=alice*")
    open_session(page, "ended here")
    assert "A member of staff has ended it in the admin." in page.inner_text("#content")
    assert "admin, " in page.inner_text("#content")
    page.get_by_role("link", name="All sessions of this user").click()
    open_session(page, "logout")
    assert "The user or their client has logged out of this session." in page.inner_text("#content")
    assert "refused at once: each request asks for the session" in page.inner_text("#content")
    assert (status(night, "phone"), status(night, "desk")) == (401, 401)
    assert violations == []


def test_a_job_that_has_not_run_is_run_by_clicks(
    chromium: "Browser", night: Player, violations: list[str]
) -> None:
    """Each page has a banner; the overview says what it means, and leads to one button for all rings."""
    night.manage("shell", "--no-imports", "-c", OVERDUE)
    page = open_overview(chromium, night, violations)
    verdict = page.locator(".jwtkit-verdict").inner_text()
    assert "Something is wrong." in verdict
    assert "Tokens are issued and accepted, but no key is made, replaced or destroyed." in verdict
    page.get_by_role("link", name="Home").click()
    page.locator(".jwtkit-health").get_by_role("link", name="Keys and tokens").click()
    page.locator(".jwtkit-verdict").get_by_role("link", name="all rings…").click()
    page.get_by_text("A new ES256 key is made").first.wait_for()
    page.get_by_role("button", name="Run rotation now").click()
    page.locator("tr").filter(has_text="access").filter(has_text="Changed").wait_for()
    page.get_by_text("Nothing was due in").first.wait_for()
    page.get_by_role("link", name="Back to the overview").click()
    see_overview(page)
    verdict = page.locator(".jwtkit-verdict").inner_text()
    assert "no next key" not in verdict
    assert "Only a run of the job ends this warning" in verdict
    night.manage("rotate_keys")
    page.reload()
    page.get_by_text("are in order.").wait_for()
    assert violations == []
