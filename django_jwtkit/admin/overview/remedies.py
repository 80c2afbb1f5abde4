"""Faults, the pages that fix them, and where to begin after an incident."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.admin.badges import SHORT
from django_jwtkit.admin.keys import StoredKeyAdmin
from django_jwtkit.admin.keys.states import OVERDUE_MEANS
from django_jwtkit.admin.permissions import REVOKE, ROTATE, has_permission
from django_jwtkit.admin.read_only import viewable
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.health import Fault, Health, Kind
from django_jwtkit.inspection import Inspect
from django_jwtkit.sessions import Session

from .rows import UNDONE


class Link(NamedTuple):
    words: str
    address: str


FindPage = Callable[[Fault], Link | None]

REVOKED: Final = {Kind.TAMPERED, Kind.VERIFIER}
"""Faults of a key that is revoked. Others need a run of the ring's rotation, or a rotation at once."""

MEANINGS: Final[Mapping[Kind, Promise]] = {
    Kind.TAMPERED: gettext_lazy("No token of this key is accepted: something has written to its row."),
    Kind.SEALING: gettext_lazy(
        "Requests that need such a key are answered with 503: logins, refreshes, requests with its tokens, "
        "and the JWKS if none of its keys can be opened."
    ),
    Kind.NO_SIGNER: gettext_lazy("Requests for a token of this ring are answered with 503."),
    Kind.DENIED: gettext_lazy(
        "Its tokens are refused. Where it is its turn to sign, no token is issued until the next run."
    ),
    Kind.SIGNER: gettext_lazy("Requests for a token of this ring are answered with 503."),
    Kind.STANDBY: gettext_lazy("Tokens are issued and accepted, until its turn comes."),
    Kind.VERIFIER: gettext_lazy("Users with a token of it are refused."),
    Kind.NO_STANDBY: gettext_lazy(
        "Tokens are issued and accepted. If its key had to be revoked now, no consumer would know another."
    ),
    Kind.JOB: format_lazy(
        "{} {}",
        OVERDUE_MEANS,
        gettext_lazy(
            "Only a run of the job ends this warning: a run by hand in the admin does not show that the job "
            "works."
        ),
    ),
}
"""What a fault means for users and tokens."""
NO_STANDBY_AT_HOME: Final = gettext_lazy(
    "Tokens are issued and accepted. If its key had to be revoked now, a new one would have to be made first."
)
"""The same of a ring whose keys no consumer knows."""


class Problem(NamedTuple):
    """The first fault of a kind, what it means and what to do, and the other rings that have such a fault.

    `pages` do what the command does, for a user who may use them; `lead` stands before them.
    """

    message: SafeString
    meaning: str
    remedy: SafeString
    rings: str
    lead: str
    pages: Sequence[Link]


class Emergency(NamedTuple):
    """Something that may have happened, and the pages to begin with."""

    words: str
    pages: Sequence[Link]


def problems_of(health: Health, find_page: FindPage = lambda fault: None) -> Iterator[Problem]:
    """Yield the faults in `health`, a problem for each kind and meaning."""
    consumed = {ring.ring for ring in health.rings if ring.has_consumers}

    def meaning_of(fault: Fault) -> str:
        if fault.kind is Kind.NO_STANDBY and fault.ring not in consumed:
            return str(NO_STANDBY_AT_HOME)
        return str(MEANINGS.get(fault.kind, ""))

    by_meaning = sorted(health.faults, key=lambda fault: (fault.kind, meaning_of(fault)))
    for (_kind, meaning), group in groupby(by_meaning, key=lambda fault: (fault.kind, meaning_of(fault))):
        faults = list(group)
        first = faults[0]
        rings = sorted({fault.ring for fault in faults} - {first.ring})
        pages = list(dict.fromkeys(page for fault in faults if (page := find_page(fault))))
        lead, message, remedy = _lead(first.kind), sentence(first.message), sentence(first.remedy)
        yield Problem(message, meaning, remedy, ", ".join(rings), lead, pages)


def _lead(kind: Kind) -> str:
    if kind in REVOKED:
        return _("Or revoke it here:")
    if kind is Kind.JOB:
        return _("What it would do now:")
    return _("Or run it here:") if kind in UNDONE else _("Or rotate here:")


def remedies_for(health: Health, page: StoredKeyAdmin, request: HttpRequest) -> FindPage:
    """Return a function that finds the page that fixes a fault, where this user may use it."""
    may_rotate, may_revoke = (has_permission(page, request, right) for right in (ROTATE, REVOKE))
    kids = {fault.kid for fault in health.faults if fault.kind in REVOKED}
    rows = page.get_queryset(request).filter(kid__in=kids, revoked_at=None) if kids and may_revoke else ()
    numbers = {row.kid: row.pk for row in rows}
    undone = {fault.ring for fault in health.faults if fault.kind in UNDONE}
    all_rings = Link(_("all rings"), page.address("due_all"))

    def find_page(fault: Fault) -> Link | None:
        if fault.kind in REVOKED:
            if (number := numbers.get(fault.kid)) is None:
                return None
            return Link(fault.kid[:SHORT], page.address("revoke", number))
        # A sealing key that is missing is put back into the settings first: nothing can be sealed without.
        if fault.kind is Kind.JOB:
            keys = Link(_("keys"), f"{page.address('changelist')}#jwtkit-rings-title")
            return all_rings if may_rotate else keys
        if not fault.ring or not may_rotate or fault.kind is Kind.SEALING:
            return None
        if fault.kind in UNDONE and len(undone) > 1:
            return all_rings
        return Link(fault.ring, page.address("due" if fault.kind in UNDONE else "rotate", fault.ring))

    return find_page


def emergencies_for(
    sealed: Mapping[str, int], site: AdminSite, page: StoredKeyAdmin, request: HttpRequest
) -> Iterator[Emergency]:
    """Yield what a user with these permissions can do something about; `sealed` as of `count_sealed`."""
    inspector, sessions = viewable(site, Inspect, request), viewable(site, Session, request)
    inspect = [Link(_("Inspect a token"), inspector.address("changelist"))] if inspector else []
    if has_permission(page, request, REVOKE):
        keys = page.address("changelist")
        links = [Link(_("Choose the key"), keys)]
        links += [Link(_("All keys of a ring"), f"{keys}#jwtkit-each-ring")]
        links += _sealing_keys(sealed, page)
        yield Emergency(_("A key has leaked"), [*links, *inspect])
    if sessions:
        find = Link(_("Find their sessions"), sessions.address("changelist"))
        yield Emergency(_("A user was logged out"), [find, *inspect])


def _sealing_keys(sealed: Mapping[str, int], page: StoredKeyAdmin) -> list[Link]:
    """Return links to the sealing keys that seal a key; by name, where there are several."""
    in_use = [key_id for key_id, number in sealed.items() if number]
    words = _("The sealing key “%(key)s”") if len(sealed) > 1 else _("The sealing key")
    return [Link(words % {"key": key_id}, page.address("revoke_sealing", key_id)) for key_id in in_use]
