"""Trusted issuers whose keys can't be fetched, or have become too old, as problems of the overview."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from django_jwtkit import moments
from django_jwtkit.admin.issuers import TrustedKeySetAdmin
from django_jwtkit.admin.read_only import viewable
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.issuers import Standing, TrustedKeySet
from django_jwtkit.wording import Message

from .remedies import Link, Problem

FAILING = gettext_noop("The keys of issuer {issuer} are not available: {error}.")
STALE = gettext_noop("The keys of issuer {issuer} were last fetched {ago} ago.")
GOOD_UNTIL = gettext_noop("Those that are known verify until {moment}.")


def issuer_problems(site: AdminSite, request: HttpRequest) -> Iterator[Problem]:
    """Yield a problem for each issuer that needs a look, of those that this user may view."""
    page, now = viewable(site, TrustedKeySet, request), moments.now()
    if not isinstance(page, TrustedKeySetAdmin):
        return
    for standing in page.trusted(request):
        if message := _message(standing, now):
            link = Link(standing.issuer.name, page.address("change", standing.id))
            words, meaning = sentence(message), _meaning(standing, now)
            yield Problem(words, meaning, SafeString(), "", _("Its keys, and the last error:"), [link])


def _message(standing: Standing, now: datetime) -> Message | None:
    values: dict[str, object] = {"issuer": standing.issuer.name, "error": sentence(standing.error)}
    if standing.error:
        return Message(FAILING, values)
    if standing.fetched_at is not None and standing.is_stale(now):
        return Message(STALE, {**values, "ago": now - standing.fetched_at})
    return None


def _meaning(standing: Standing, now: datetime) -> str:
    """Return what happens to a token of this issuer now."""
    if standing.good_until is not None and not standing.is_stale(now):
        return sentence(Message(GOOD_UNTIL, {"moment": standing.good_until}))
    if standing.error:
        return _("Its tokens are answered with 503.")
    return _("The next token of it has them fetched; if that fails, it is answered with 503.")
