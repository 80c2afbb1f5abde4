"""A login that a browser and the server that renders its pages share: the page's three rules keep both in."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from django_jwtkit import sessions
from django_jwtkit.errors import RefreshReused
from tests.support.aging import let_pass

BROWSER, SERVER = ("203.0.113.7", "Firefox"), ("10.0.0.5", "node")
PROXY = "10.0.0.5"


def address_of(request):
    """Read the browser's address from a proxy of our own, as the page advises."""
    is_ours = request.META["REMOTE_ADDR"] == PROXY
    return request.META.get("HTTP_X_FORWARDED_FOR") if is_ours else request.META["REMOTE_ADDR"]


def ask(address: str, agent: str, forwarded: str = ""):
    more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=address, HTTP_USER_AGENT=agent, **more)


def both_refresh(text: str, server) -> str:
    """Let the browser refresh, and the server with the token that the browser has just spent."""
    let_pass(31)
    newest = sessions.refresh(text, request=ask(*BROWSER)).refresh
    sessions.refresh(text, request=server)
    return newest


def test_two_sides_that_look_like_one_client_stay_in(alice):
    """The server passes on the browser's address and user agent."""
    text = sessions.start(alice, request=ask(*BROWSER)).refresh
    for _ in range(10):
        text = both_refresh(text, ask(PROXY, BROWSER[1], forwarded=BROWSER[0]))
    assert sessions.live(alice).exists()


@pytest.fixture(autouse=True)
def _address(settings):
    settings.JWTKIT = {"CLIENT_ADDRESS": f"{__name__}.address_of", "REFRESH_GRACE": timedelta(seconds=30)}


def test_two_sides_that_look_like_two_clients_are_taken_for_a_thief(alice):
    """After three generations in a row: the reason for the rule."""
    text = sessions.start(alice, request=ask(*BROWSER)).refresh
    text = both_refresh(both_refresh(text, ask(*SERVER)), ask(*SERVER))
    with pytest.raises(RefreshReused):
        both_refresh(text, ask(*SERVER))


def test_a_thief_beside_both_is_still_found(alice):
    """Another client that refreshes quietly is not covered by the rule."""
    text = sessions.start(alice, request=ask(*BROWSER)).refresh
    thief = ask("198.51.100.9", "curl")
    text = both_refresh(both_refresh(text, thief), thief)
    with pytest.raises(RefreshReused):
        both_refresh(text, thief)
