"""One ring in words: what signs, what is next, what still verifies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_jwtkit.admin.badges import short_id
from django_jwtkit.admin.dates import date, day, span
from django_jwtkit.admin.keys.states import OVERDUE
from django_jwtkit.conf import conf
from django_jwtkit.health import KeyHealth, Kind, RingHealth

FAULTS: Final[Mapping[Kind, Promise]] = {
    Kind.TAMPERED: gettext_lazy("a row was tampered with"),
    Kind.NO_SIGNER: gettext_lazy("no key signs"),
    Kind.DENIED: gettext_lazy("a key is denied"),
    Kind.SIGNER: gettext_lazy("the present key can't be used"),
    Kind.STANDBY: gettext_lazy("the next key can't be used"),
    Kind.VERIFIER: gettext_lazy("tokens of a key are refused"),
    Kind.NO_STANDBY: gettext_lazy("no next key"),
    Kind.JOB: OVERDUE,
}
"""A fault of a ring in a few words; the verdict above the rows has all of it."""


UNDONE: Final = {Kind.NO_SIGNER, Kind.DENIED, Kind.NO_STANDBY}
"""Faults that a run of the ring's rotation fixes, by hand too."""


@dataclass(frozen=True, slots=True)
class Row:
    """A ring as the overview shows it.

    `rotate` is the address of the page that rotates it, and `run` of that which does what is due.
    """

    ring: str
    algorithm: str
    faults: Sequence[Promise]
    now: SafeString | str
    next: SafeString | str
    others: SafeString | str
    rotate: str
    run: str


def row_of(ring: RingHealth, now: datetime, site: AdminSite, *, may_rotate: bool) -> Row:
    """Return `ring` in words, with links to the pages of its keys on `site`."""
    can_rotate = may_rotate and not ring.is_abandoned
    is_undone = any(fault.kind in UNDONE for fault in ring.faults)
    return Row(
        ring=ring.ring,
        algorithm=ring.signer.algorithm if ring.signer else "",
        faults=[FAULTS[kind] for kind in dict.fromkeys(fault.kind for fault in ring.faults)],
        now=_signs(ring, now, site),
        next=_next(ring, now, site),
        others=_others(ring, now),
        rotate=_address(site, "rotate", ring.ring) if can_rotate else "",
        run=_address(site, "due", ring.ring) if can_rotate and is_undone else "",
    )


def _signs(ring: RingHealth, now: datetime, site: AdminSite) -> SafeString | str:
    key = ring.signer
    if key is None:
        return _("left the settings: its keys only verify") if ring.is_abandoned else "–"
    if ring.is_faulty(key):
        return format_html(
            "{} {}", _key(key, site), _("can't encrypt") if ring.use == "enc" else _("can't sign")
        )
    if ring.is_standing_in(now):
        return _describe_stand_in(ring, key, site)
    words = _("encrypts since {}") if ring.use == "enc" else _("signs since {}")
    return format_html("{} {}", _key(key, site), format_html(words, day(key.begins)))


def _describe_stand_in(ring: RingHealth, key: KeyHealth, site: AdminSite) -> SafeString:
    """Return a key that signs before its turn: its date would be one that lies ahead."""
    is_encrypting = ring.use == "enc"
    if not ring.instead_of:
        words = _("encrypts now, before its turn") if is_encrypting else _("signs now, before its turn")
        return format_html("{} {}", _key(key, site), words)
    words = _("encrypts now, in the place of {}") if is_encrypting else _("signs now, in the place of {}")
    return format_html("{} {}", _key(key, site), format_html(words, short_id(ring.instead_of)))


def _next(ring: RingHealth, now: datetime, site: AdminSite) -> SafeString | str:
    key = ring.next
    if key is None:
        return _missing(ring, now)
    turn = _("in %(time)s") % {"time": span(key.begins - now)}
    state = _("can't be used") if ring.is_faulty(key) else _publicity(ring, key, now)
    rest = f", {state}" if state else ""
    return format_html('<span class="jwtkit-turn">{} {}</span>{}', _key(key, site), turn, rest)


def _missing(ring: RingHealth, now: datetime) -> SafeString | str:
    """Say where the next key comes from: the job makes it after each change."""
    if ring.is_abandoned:
        return "–"
    if any(fault.kind in {Kind.NO_STANDBY, Kind.JOB} for fault in ring.faults):
        return _("none")
    due = ring.last_run and ring.last_run + conf().ROTATION_INTERVAL
    if due is None or due < now:
        return _("the next run of rotate_keys makes it")
    return format_html(_("the next run of rotate_keys makes it, by {}"), date(due, now))


def _publicity(ring: RingHealth, key: KeyHealth, now: datetime) -> str:
    """Return whether everybody who needs the next key knows it already; empty where nobody has to ask."""
    if now < key.known_from:
        time = {"time": span(key.known_from - now)}
        words = _("published; everybody knows it in %(time)s")
        return (words if ring.is_published else _("every process knows it in %(time)s")) % time
    return _("published, everybody knows it") if ring.is_published else ""


def _others(ring: RingHealth, now: datetime) -> SafeString | str:
    number = len(ring.verifying)
    if not number:
        return "–"
    if ring.use == "enc":
        words = ngettext("%d more decrypts", "%d more decrypt", number) % number
    else:
        words = ngettext("%d more verifies", "%d more verify", number) % number
    if ring.verifying_until is None:
        return words
    until = _("until {}") if number == 1 else _("the last until {}")
    return format_html("{}, {}", words, format_html(until, date(ring.verifying_until, now)))


def _key(key: KeyHealth, site: AdminSite) -> SafeString:
    values = (_address(site, "change", key.pk), _("Key ID"), key.kid, short_id(key.kid))
    return format_html('<a href="{}" data-copy="{}" data-copy-text="{}">{}</a>', *values)


def _address(site: AdminSite, name: str, argument: object) -> str:
    return reverse(f"admin:jwtkit_storedkey_{name}", args=(argument,), current_app=site.name)
