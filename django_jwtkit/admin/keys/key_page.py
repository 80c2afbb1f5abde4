"""The page of a key: now, its life, its public key, its protection, and its contract."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from django_jwtkit import keys
from django_jwtkit.admin.badges import short_id
from django_jwtkit.admin.dates import date_and_time, exact, how_long
from django_jwtkit.admin.permissions import REVOKE, ROTATE, has_permission
from django_jwtkit.admin.read_only import ReadOnlyAdmin, viewable
from django_jwtkit.admin.sentences import history, name_reason, name_source, sentence
from django_jwtkit.conf import conf
from django_jwtkit.consequences import resting_on, rings_of_logins
from django_jwtkit.health import Standing, find_overdue, standings_of
from django_jwtkit.keys import KeyEvent, State, StoredKey
from django_jwtkit.keys.planning import TRUSTED, by_turn
from django_jwtkit.keys.sealing import sealed_under
from django_jwtkit.keys.snapshots import can_verify
from django_jwtkit.keys.store import using
from django_jwtkit.sessions import Session, alive_at
from django_jwtkit.wording import Message, escape

from .public import FORMS, read_public_key
from .states import OVERDUE_MEANS, STATES, Row, outlook, refusal, state_badge, trusted_until
from .timeline import draw_both

KeysAdmin = ReadOnlyAdmin[StoredKey]

COUNTED: Final = 10_000  # sessions: to count more takes seconds


class Fact(NamedTuple):
    """A line of the page; the value may be markup."""

    label: str
    value: str


class EventLine(NamedTuple):
    """An entry of the history, with its times in the reader's zone."""

    when: str
    what: str
    who: str
    through: str
    address: str


def describe_key(admin: KeysAdmin, request: HttpRequest, key: StoredKey) -> Mapping[str, object]:
    """Return what the page says of `key`."""
    now = keys.now()
    standing = standings_of([key], now)[key.kid]
    row = Row.stored(standing, now)
    state = row.state(now)
    is_trusted = state in TRUSTED
    public, damage = read_public_key(key)
    return {
        "title": _("Key %(kid)s") % {"kid": key.kid[:12]},
        "row": row,
        "badge": state_badge(row, now),
        "outlook": outlook(row, now),
        "meaning": STATES[state].meaning,
        "overdue": _overdue(key, now) if state is State.ACTIVE else "",
        "overdue_means": OVERDUE_MEANS,
        "now_facts": list(_now(admin, request, standing, row, now)),
        "life_facts": list(_life(key, row, now)),
        "contract": list(_contract(row, now)),
        "timeline": draw_both([row], now),
        "public_key": public,
        "files": _files(admin, key) if public else {},
        "damage": damage,
        "material": _material(key, now),
        "sealing_key": sealed_under(key),
        "is_trusted": is_trusted,
        "revoke": admin.address("revoke", key.pk)
        if (is_trusted or row.is_tampered) and _may_revoke(admin, request)
        else "",
        "revoke_sealed": _revoke_sealed(admin, request, key),
        "rotate": admin.address("rotate", key.ring_id) if may_rotate(admin, request, key.ring_id) else "",
        "all_events": _events_of(admin, request, key),
    }


def _overdue(key: StoredKey, now: datetime) -> str:
    """Return the fault of the job in the ring of `key`; empty where it runs."""
    faults = find_overdue([key.ring], now)
    return sentence(faults[key.ring_id].message) if faults else ""


def describe_events(admin: KeysAdmin, request: HttpRequest, events: Iterable[KeyEvent]) -> list[EventLine]:
    """Return `events` for a page, with links to theirs for a user who may view them."""
    page = viewable(admin.admin_site, KeyEvent, request)
    lines = []
    for each in events:
        address = page.address("change", each.pk) if page else ""
        words = (exact(each.at), history(each), escape(each.who), name_source(each.source), address)
        lines.append(EventLine(*words))
    return lines


def _files(admin: KeysAdmin, key: StoredKey) -> Mapping[str, str]:
    """Return the addresses of the public part as a file; none while its fault lasts."""
    return {form: admin.address("public", key.pk, form) for form in FORMS} if can_verify(key) else {}


def _events_of(admin: KeysAdmin, request: HttpRequest, key: StoredKey) -> str:
    page = viewable(admin.admin_site, KeyEvent, request)
    return f"{page.address('changelist')}?{urlencode({'kid': key.kid})}" if page else ""


def _may_revoke(admin: KeysAdmin, request: HttpRequest) -> bool:
    return has_permission(admin, request, REVOKE)


def may_rotate(admin: KeysAdmin, request: HttpRequest, ring: str) -> bool:
    """Return whether this user may rotate `ring`, which has not left the settings."""
    return has_permission(admin, request, ROTATE) and ring in conf().rings


def _sessions(admin: KeysAdmin, request: HttpRequest, key: StoredKey, now: datetime) -> str:
    """Return how many live sessions rest on the key, as a link to them; empty where none can."""
    page = viewable(admin.admin_site, Session, request)
    if page is None or key.ring_id not in rings_of_logins(conf()) or key.state(now) is State.STANDBY:
        return ""
    rows = page.get_queryset(request).filter(alive_at(now) & resting_on([key])).order_by()
    number = rows[: COUNTED + 1].count()
    words = ngettext("%d session", "%d sessions", number) % number
    if number > COUNTED:
        words = _("more than %d sessions") % COUNTED
    address = f"{page.address('changelist')}?key={key.pk}"
    rest = _("are refused because of it") if key.revoked_at else _("rest on it")
    return format_html('<a href="{}">{}</a> {}', address, words, rest)


def _revoke_sealed(admin: KeysAdmin, request: HttpRequest, key: StoredKey) -> str:
    key_id = sealed_under(key)
    return admin.address("revoke_sealing", key_id) if key_id and _may_revoke(admin, request) else ""


def _now(admin: KeysAdmin, request: HttpRequest, each: Standing, row: Row, now: datetime) -> Iterator[Fact]:
    signs = _("Encrypts now") if row.is_for_encryption else _("Signs now")
    verifies = _("Decrypts") if row.is_for_encryption else _("Verifies")
    key, end = each.row, row.life.trusted_until
    yield Fact(signs, _signs_now(each, now))
    if each.signs:
        yield Fact(_("Next"), _next(admin, request, key, now))
    if row.fault and not row.verifies:
        yield Fact(verifies, _("no, while this fault lasts"))
    elif row.state(now) in TRUSTED:
        lasts = format_html(_("yes, until {}"), date_and_time(end, now)) if end else ""
        yield Fact(verifies, lasts or _("yes, until another takes over"))
    else:
        yield Fact(verifies, format_html(_("no, since {}"), date_and_time(end, now)))
    yield Fact(_("Known to others"), _publicity(key, row, now))
    if words := _sessions(admin, request, key, now):
        yield Fact(capfirst(_("sessions")), words)


def _signs_now(each: Standing, now: datetime) -> str:
    if not each.signs or each.fault:
        return _("no")
    if not each.is_standing_in(now):
        return _("yes")
    if each.instead_of:
        return format_html(_("yes, in the place of {}"), short_id(each.instead_of))
    return _("yes, before its turn")


def _next(admin: KeysAdmin, request: HttpRequest, key: StoredKey, now: datetime) -> str:
    rows = admin.get_queryset(request).filter(ring_id=key.ring_id, sign_from__gt=now, revoked_at=None)
    sound = (each.row for each in standings_of(rows, now).values() if not (each.is_refused or each.signs))
    standby = min(sound, key=by_turn, default=None)
    if standby is None:
        words = _("none: there is no standby")
        if not may_rotate(admin, request, key.ring_id):
            return words
        run = admin.address("due", key.ring_id)
        return format_html('{} · <a href="{}">{}</a>', words, run, _("Run the rotation…"))
    link = format_html('<a href="{}">{}</a>', admin.address("change", standby.pk), short_id(standby.kid))
    return format_html("{} · {}", link, date_and_time(standby.sign_from, now))


def _publicity(key: StoredKey, row: Row, now: datetime) -> str:
    ring = conf().rings.get(key.ring_id)
    if not key.public_jwk:
        return _("no: the key is symmetric, and never leaves this service")
    if ring is None or not ring.publish:
        return _("no: its ring is not published")
    if row.state(now) not in TRUSTED:
        return _("no longer: it is not in the JWKS")
    if key.kid in conf().denied:
        return _("no: DENY_KIDS names it, so it is not in the JWKS")
    if row.fault and not row.verifies:
        return _("no: while this fault lasts, it is not in the JWKS")
    return format_html("{} {} {}", _("published since"), date_and_time(key.published_at, now), _jwks_link())


def _jwks_link() -> str:
    try:
        address = reverse("jwtkit_jwks")
    except NoReverseMatch:
        return ""
    return format_html('(<a href="{}">JWKS</a>)', address)


def _life(key: StoredKey, row: Row, now: datetime) -> Iterator[Fact]:
    signs = _("Encrypts") if row.is_for_encryption else _("Signs")
    verifies = _("Decrypts until") if row.is_for_encryption else _("Verifies until")
    if row.is_tampered:
        yield Fact(
            _("Not trusted"), _("Somebody else has written to its row: nothing follows from its dates.")
        )
    yield Fact(_("Published"), date_and_time(key.published_at, now))
    begin, end = row.life.signs or (None, None)
    turn = [key.begins if begin and row.stands_in else begin, end]
    dates = [(date_and_time(moment, now),) for moment in turn if moment]
    yield Fact(signs, format_html_join(" – ", "{}", dates) or _("never"))
    yield Fact(verifies, trusted_until(row, now))
    if key.revoked_at is not None:
        yield Fact(_("Revoked"), date_and_time(key.revoked_at, now))
        yield Fact(_("Reason"), name_reason(key.reason))


def _contract(row: Row, now: datetime) -> Iterator[Fact]:
    """Yield the sum by which a key verifies longer than it signs."""
    life = row.life
    if row.is_tampered:
        yield Fact(_("Not trusted"), _("It promises nothing."))
        return
    if life.sign_from is None:
        yield Fact(_("Longest token"), _("unknown: the key was imported, and trust in it ends at its date"))
        return
    yield Fact(_("Longest token"), how_long(life.max_lifetime))
    yield Fact(_("Allowance for wrong clocks and old snapshots"), how_long(life.margin))
    if life.revoked_at is not None:
        yield Fact(_("So it is trusted for"), _("no time any more: the revocation has ended all trust in it"))
        return
    total = how_long(life.max_lifetime + life.margin)
    text = gettext_noop("{lifetime} + {margin} = {total} after it stops signing")
    values = {"lifetime": life.max_lifetime, "margin": life.margin, "total": total}
    yield Fact(_("So it is trusted for"), sentence(Message(text, values)))
    if not refusal(row) and life.sign_until is not None and life.verify_until is not None:
        dates = (date_and_time(life.sign_until, now), total, date_and_time(life.verify_until, now))
        yield Fact(_("By its dates"), format_html("{} + {} = {}", *dates))


def _material(key: StoredKey, now: datetime) -> str:
    """Return where the private part is, or what has become of it, as far as the history knows."""
    if key.sealed:
        return _("The private part is stored and sealed; no page shows it.")
    events = KeyEvent.objects.using(using()).filter(kid=key.kid, ring_id=key.ring_id)
    moments = dict(events.filter(action__in=("destroyed", "imported")).values_list("action", "at"))
    if "destroyed" in moments:
        return format_html(_("The private part was destroyed: {}"), date_and_time(moments["destroyed"], now))
    if "imported" in moments:
        return _("The private part was never here: a public key was imported.")
    return _("The private part is not stored: destroyed, or never imported.")
