"""Revoking a key, a ring, or all under a sealing key: the consequences first, a result page afterwards."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from django_jwtkit import keys
from django_jwtkit.admin.dates import how_long
from django_jwtkit.admin.permissions import ROTATE, has_permission
from django_jwtkit.admin.sentences import name_reason, sentence
from django_jwtkit.conf import Settings, conf
from django_jwtkit.consequences import (
    Consequences,
    LoggedOut,
    carry_out,
    consumers_until,
    describe_access,
    describe_consumers,
    describe_logged_out,
    find_remaining,
    foresee,
    logged_out_by_all,
)
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import StoredKey
from django_jwtkit.wording import Count, Message

from .foreseen import Foreseen, foreseen_key
from .forms import RevokeForm
from .outcome import SOURCE, KeysAdmin, note, refuse, to_list

TYPED: Final = 8  # letters of a kid
MOST: Final = 500  # keys on a result page
CHANGED: Final = "its row was changed"  # a reason of the form


class Target(NamedTuple):
    """The page that revokes: `name` is typed to confirm it, and `back` leads away from it."""

    title: str
    name: str
    back: str
    sealing_key: str = ""


def revoke(admin: KeysAdmin, request: HttpRequest, rows: Sequence[StoredKey], target: Target) -> HttpResponse:
    """Show what revoking `rows` brings about, and ask for the reason; on POST carry it out."""
    trusted = [row for row in rows if row.revoked_at is None]
    if not trusted:
        return _nothing_to_do(admin, request, rows)
    try:
        consequences = foresee(trusted, _("for the reason below"))
    except JWTKitError as error:
        return refuse(admin, request, error)
    expected = target.name if any(each.is_grave for each in consequences) else ""
    form = RevokeForm(request.POST if request.method == "POST" else None, expected=expected)
    if form.is_valid():
        return _carry_out(admin, request, consequences, form.text, target)
    page = {"title": target.title, "target": target, "form": form, "total": _total(consequences)}
    page["rotate"] = _ring_to_rotate(admin, request, trusted)
    return admin.page(request, "storedkey/revoke.html", rings=_by_ring(consequences), **page)


def explain_newest(admin: KeysAdmin, request: HttpRequest, sealing_key: str) -> HttpResponse:
    """Say what must be done before the newest sealing key can be given up: new keys rest under it too."""
    title = _("The sealing key “%(key)s” has leaked") % {"key": sealing_key}
    page = {"title": title, "sealing_key": sealing_key, "is_derived": not conf().SEALING_KEYS}
    return admin.page(request, "storedkey/sealing.html", **page)


def show_revoked(
    admin: KeysAdmin, request: HttpRequest, rows: Sequence[StoredKey], events: Sequence[object]
) -> HttpResponse:
    """Show what was done to revoked `rows`, until when consumers may accept them, and what to do next."""
    now, settings = keys.now(), conf()
    ends = [consumers_until(row, row.revoked_at, settings) for row in rows if row.revoked_at]
    until = max((end for end in ends if end is not None), default=None)
    elsewhere = None
    if until is not None and until > now:
        elsewhere = sentence(describe_consumers(until, now))
    sealing_key = "" if admin.may_hide_rows(request) else request.GET.get("sealing", "")
    remaining = find_remaining(sealing_key) if sealing_key else None
    rows_with_reasons = [(row, name_reason(row.reason)) for row in rows]
    page = {
        "title": _("Revoked"),
        "rows": rows_with_reasons,
        "events": events,
        "hit": _whom(rows, now, settings),
    }
    return admin.page(
        request,
        "storedkey/revoked.html",
        elsewhere=elsewhere,
        was_published=until is not None,
        here=how_long(settings.KEYRING_MAX_AGE),
        was_changed=any(row.reason.startswith(CHANGED) for row in rows),
        sealing_key=sealing_key,
        remaining=remaining and sentence(remaining),
        **page,
    )


def _whom(rows: Sequence[StoredKey], now: datetime, settings: Settings) -> list[SafeString]:
    """Return who was logged out by the revocation of `rows`, and how long their access tokens were good."""
    logged_out = LoggedOut.by(rows, now)
    if not logged_out.sessions:
        return []
    last = max((row.revoked_at for row in rows if row.revoked_at), default=now)
    is_recent = now < last + settings.ACCESS_TOKEN_LIFETIME + settings.LEEWAY
    access = describe_access(rows, settings) if is_recent else None
    return [sentence(fact) for fact in (describe_logged_out(logged_out), access) if fact is not None]


def _ring_to_rotate(admin: KeysAdmin, request: HttpRequest, rows: Sequence[StoredKey]) -> str:
    """Return the ring of all `rows`, where this user may rotate it instead; else an empty text."""
    rings = {row.ring_id for row in rows}
    can_rotate = rings <= conf().rings.keys() and has_permission(admin, request, ROTATE)
    return rings.pop() if can_rotate and len(rings) == 1 else ""


def _total(consequences: Sequence[Consequences]) -> list[SafeString]:
    """Return the numbers of keys, rings, users and sessions that end together; nothing for a single key."""
    if len(consequences) < 2:
        return []
    rings = Count(len({each.row.ring_id for each in consequences}), "ring")
    numbers = {"keys": Count(len(consequences), "key"), "rings": rings}
    facts = [Message(gettext_noop("All together: {keys}, in {rings}."), numbers)]
    logged_out = logged_out_by_all(consequences)
    if logged_out.sessions:
        text = gettext_noop("Logged out by all of them together, each user counted once: {users}")
        facts.append(Message(text, {"users": describe_logged_out(logged_out)}))
    return list(map(sentence, facts))


class _Group(NamedTuple):
    """The keys of a ring, which end by one plan."""

    ring: str
    keys: list[Foreseen]
    steps: list[SafeString]
    faults: list[SafeString]


def _by_ring(consequences: Sequence[Consequences]) -> list[_Group]:
    groups = []
    for ring, group in groupby(consequences, key=attrgetter("row.ring_id")):
        together = list(group)
        plan = together[0].plan
        steps = [sentence(message) for message in plan.messages]
        foreseen = [foreseen_key(each) for each in together]
        groups.append(_Group(ring, foreseen, steps, list(map(sentence, plan.faults.values()))))
    return groups


def _carry_out(
    admin: KeysAdmin, request: HttpRequest, consequences: Sequence[Consequences], reason: str, target: Target
) -> HttpResponse:
    try:
        plans = carry_out(consequences, reason=reason, by=request.user.get_username(), source=SOURCE)
    except JWTKitError as error:
        return refuse(admin, request, error)
    by_ring = {plan.ring: plan for plan in plans}
    rows = [each.row for each in consequences]
    for row in rows:
        note(admin, request, by_ring[row.ring_id], row)
    query = {"keys": ",".join(str(row.pk) for row in rows[:MOST]), "sealing": target.sealing_key}
    return HttpResponseRedirect(f"{admin.address('revoked')}?{urlencode(query)}")


def _nothing_to_do(admin: KeysAdmin, request: HttpRequest, rows: Sequence[StoredKey]) -> HttpResponse:
    words = _("There is no key to revoke.")
    if len(rows) == 1:
        words = _("This key has already been revoked: %s") % name_reason(rows[0].reason)
    admin.message_user(request, words, messages.INFO)
    return to_list(admin)
