"""The parts of the overview, for the user of a request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings as project
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.core.checks import CheckMessage, run_checks
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_jwtkit import keys
from django_jwtkit.admin.dates import date, how_long, span
from django_jwtkit.admin.keys import StoredKeyAdmin
from django_jwtkit.admin.keys.next_run import describe_last_run
from django_jwtkit.admin.permissions import ROTATE, has_permission
from django_jwtkit.admin.read_only import viewable
from django_jwtkit.admin.sentences import history
from django_jwtkit.admin.sessions.states import PASSWORDS_UNKNOWN, STATES
from django_jwtkit.conf import conf
from django_jwtkit.health import Health, Kind, current_health
from django_jwtkit.keys import KeyEvent
from django_jwtkit.sessions import Session
from django_jwtkit.wording import escape

from .issuers import issuer_problems
from .remedies import Emergency, Problem, emergencies_for, problems_of, remedies_for
from .rows import Row, row_of
from .sealing import count_sealed, describe_sealing
from .visible import keys_page, visible_part

COUNTED: Final = 10_000  # live sessions: to count more takes seconds
EVENTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the page shows. A part that the user may not view is empty."""

    may_view_keys: bool = False
    verdict: str = ""
    problems: Sequence[Problem] = ()
    emergencies: Sequence[Emergency] = ()
    rows: Sequence[Row] = ()
    facts: Sequence[tuple[str, SafeString | str]] = ()
    events: Sequence[tuple[SafeString | str, SafeString, str, KeyEvent]] = ()
    checks: Sequence[CheckMessage] = ()


def read_overview(request: HttpRequest) -> Overview:
    """Return the overview for the user of `request`, on the admin site that serves it."""
    site = _site_of(request)
    page = keys_page(site, request)
    foreign = list(issuer_problems(site, request))
    if page is None:
        words = _("Something is wrong.")
        return Overview(verdict=words, problems=foreign, facts=list(_session_facts(site, request)))
    health = current_health()
    if any(fault.kind is Kind.UNREADABLE for fault in health.faults):
        return Overview(may_view_keys=True, verdict=_verdict(health), problems=list(problems_of(health)))
    health, may_rotate = visible_part(health, page, request), has_permission(page, request, ROTATE)
    rows = [row_of(ring, health.now, site, may_rotate=may_rotate) for ring in health.rings]
    sealed = {} if page.may_hide_rows(request) else count_sealed(page, request)
    problems = [*problems_of(health, remedies_for(health, page, request)), *foreign]
    return Overview(
        may_view_keys=True,
        verdict=_("Something is wrong.") if problems else _verdict(health),
        problems=problems,
        emergencies=list(emergencies_for(sealed, site, page, request)),
        rows=sorted(rows, key=lambda row: not row.faults),
        facts=[*_key_facts(health, page, request, sealed), *_session_facts(site, request)],
        events=_events(site, request, health.now),
        checks=[] if page.may_hide_rows(request) else _failing_checks(),
    )


def _site_of(request: HttpRequest) -> AdminSite:
    """Return the site that serves `request`: Django's admin notes it on the view."""
    view = request.resolver_match.func if request.resolver_match else None
    site = getattr(view, "admin_site", admin.site)
    return site if isinstance(site, AdminSite) else admin.site


def _verdict(health: Health) -> str:
    if not health.is_ok:
        return _("Something is wrong.")
    number, change = len(health.rings), health.next_change
    words = (
        ngettext("All keys of %d ring are in order.", "All keys of %d rings are in order.", number) % number
    )
    if change is None or change.next_at is None:
        if any(ring.signer and not ring.is_abandoned for ring in health.rings):
            return words + " " + _("The next run of rotate_keys makes the next ones.")
        return words if number else _("All keys are in order.")
    facts = {"ring": change.ring, "time": span(change.next_at - health.now)}
    return words + " " + _("Next change: %(ring)s in %(time)s.") % facts


def _key_facts(
    health: Health, page: StoredKeyAdmin, request: HttpRequest, sealed: Mapping[str, int]
) -> Iterator[tuple[str, SafeString | str]]:
    yield _("Rotation job"), describe_last_run(health.last_run, health.now)
    if not page.may_hide_rows(request):
        yield _("Sealing"), describe_sealing(health.sealing, sealed)
    yield _("JWKS"), _jwks(health)


def _jwks(health: Health) -> SafeString | str:
    settings, number = conf(), sum(ring.in_jwks for ring in health.rings)
    count = ngettext("%d public key", "%d public keys", number) % number
    if not number and health.sealing.missing:
        count = _("answered with 503, for none of its keys can be opened")
    times = {"fresh": how_long(settings.JWKS_MAX_AGE), "cache": how_long(settings.CONSUMER_CACHE)}
    words = _("max-age %(fresh)s, consumers are assumed to cache it for %(cache)s") % times
    try:
        link = format_html('<a href="{}">{}</a>', reverse("jwtkit_jwks"), count)
    except NoReverseMatch:
        link = format_html("{} ({})", count, _("served nowhere"))
    return format_html("{}, {}", link, words)


def _session_facts(site: AdminSite, request: HttpRequest) -> Iterator[tuple[str, SafeString | str]]:
    page = viewable(site, Session, request)
    if page is None:
        return
    live = page.get_queryset(request).filter(STATES["live"].rows(keys.now(), PASSWORDS_UNKNOWN)).order_by()
    number = live[: COUNTED + 1].count()
    words = ngettext("%d live session", "%d live sessions", number) % number
    if number > COUNTED:
        words = _("more than %d live sessions") % COUNTED
    address = reverse("admin:jwtkit_session_changelist", current_app=site.name)
    link = format_html('<a href="{}?state=live">{}</a>', address, words)
    yield capfirst(_("sessions")), format_html(_("{}, passwords not compared"), link)


def _events(
    site: AdminSite, request: HttpRequest, now: datetime
) -> Sequence[tuple[SafeString | str, SafeString, str, KeyEvent]]:
    """Return the last events that the page of events shows to this user: time, sentence and author."""
    page = viewable(site, KeyEvent, request)
    events = [] if page is None else page.get_queryset(request).order_by("-at", "-pk")[:EVENTS]
    return [(date(event.at, now), history(event), escape(event.who), event) for event in events]


def _failing_checks() -> Sequence[CheckMessage]:
    """Return the messages of our system checks, those for a deployment only outside of DEBUG."""
    messages = run_checks(tags=["jwtkit"], include_deployment_checks=not project.DEBUG)
    return [message for message in messages if not message.is_silenced()]
