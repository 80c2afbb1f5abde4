"""The pages of the admin that are about sessions: each is asked for as an operator would, and must answer."""

from collections.abc import Callable
from functools import partial
from typing import Final

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from bench.crowd import session_id

from .side import Side

LIST: Final = "/admin/jwtkit/session/"
PAGE: Final = 100  # sessions on a page of the list, whose last is the hundredth
LAST: Final = 100
Visit = Callable[[], None]


def _get(address: Callable[[Side], str]) -> Callable[[Side], Visit]:
    """Return what prepares a visit of the `address` of some user or session of a side."""
    return lambda side: partial(_visit, side, address(side))


def _visit(side: Side, address: str, body: dict[str, str] | None = None) -> None:
    side.enter()
    answer = side.browser.get(address) if body is None else side.browser.post(address, body)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")


def _end_all_live(side: Side) -> Visit:
    """Return the visit of the page that asks whether to end all live sessions, as the filter lists them."""
    boxes = {"action": "end_selected", "select_across": "1", ACTION_CHECKBOX_NAME: _some_session(side)}
    return partial(_visit, side, f"{LIST}?state=live", boxes)


def _some_session(side: Side) -> str:
    return session_id(side.living()[0])


PAGES: Final[dict[str, Callable[[Side], Visit]]] = {
    "the admin's overview": _get(lambda side: "/admin/jwtkit/"),
    "the admin's list of sessions": _get(lambda side: LIST),
    "its last page": _get(lambda side: f"{LIST}?p={min(side.crowd.sessions // PAGE, LAST)}"),
    "it with the live ones": _get(lambda side: f"{LIST}?state=live"),
    "it with the expired ones": _get(lambda side: f"{LIST}?state=expired"),
    "it with the ended ones": _get(lambda side: f"{LIST}?state=ended"),
    "it with those used in the last 24 hours": _get(lambda side: f"{LIST}?used=day"),
    "it by user": _get(lambda side: f"{LIST}?user__exact={side.somebody().pk}"),
    "it by a search for an address": _get(lambda side: f"{LIST}?q={side.address()}"),
    "it by a search for a user name": _get(lambda side: f"{LIST}?q={side.somebody().get_username()}"),
    "to end all live sessions, the question": _end_all_live,
    "a session": _get(lambda side: f"{LIST}{_some_session(side)}/change/"),
    "a user, with their sessions": _get(lambda side: f"/admin/auth/user/{side.somebody().pk}/change/"),
}
