"""The page that judges one token. It stores, logs and repeats nothing of it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from django_jwtkit.inspection import Check, Inspect, Inspection, Outcome, dates_of, find_token, inspect
from django_jwtkit.keys import StoredKey
from django_jwtkit.sessions import Session

from .badges import shorten
from .permissions import DECRYPT, INTROSPECT
from .read_only import ReadOnlyAdmin, viewable
from .registering import register
from .sentences import sentence

UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST: Final = 32 * 1024  # characters, more than any token that is judged
CSS: Final = {Outcome.GOOD: "jwtkit-active", Outcome.WRONG: "jwtkit-revoked"}
CHECKS: Final[Mapping[str, Promise]] = {
    "claims": gettext_lazy("claims"),
    "conditions": gettext_lazy("conditions"),
    "decryption": gettext_lazy("decryption"),
    "deny-list": gettext_lazy("deny-list"),
    "form": gettext_lazy("form"),
    "issuer": gettext_lazy("issuer"),
    "key": gettext_lazy("key"),
    "key use": gettext_lazy("key use"),
    "keys": gettext_lazy("keys"),
    "service": gettext_lazy("service"),
    "session": gettext_lazy("session"),
    "signature": gettext_lazy("signature"),
    "subject": gettext_lazy("subject"),
    "times": gettext_lazy("times"),
    "user": gettext_lazy("user"),
}
"""The checks that have a name for people; others are members of a token, such as aud."""
NAME: Final = "jwtkit_inspect_changelist"  # as the admin looks it up


class Link(NamedTuple):
    """What a token names, where this user may see it: `rest` is what else is said of it."""

    label: str
    address: str
    name: str
    rest: str = ""


class TokenForm(forms.Form):
    """A token, or the whole header. The field is never filled again."""

    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 6, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )


@register(Inspect)
class InspectAdmin(ReadOnlyAdmin[Inspect]):
    """For users with `introspect_token`. An encrypted token is opened only for those with `decrypt_token`.

    Of the token's key nothing is told that the page of keys would not show to the same user.
    """

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm(INTROSPECT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        return [path("", self.own(self.inspect_view), name=NAME)]

    @method_decorator(sensitive_post_parameters("token"))
    @sensitive_variables()
    def inspect_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form and, of a token that was posted, the verdict."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TokenForm(request.POST if request.method == "POST" else None)
        inspection = self._inspect(request, form.cleaned_data["token"]) if form.is_valid() else None
        page = self._page(request, form, inspection)
        page.headers["Cache-Control"] = "private, no-store"
        return page

    @sensitive_variables()
    def _inspect(self, request: HttpRequest, text: str) -> Inspection:
        may_open = request.user.has_perm(DECRYPT)
        return inspect(find_token(text), may_open=may_open, visible=self._visible_keys(request))

    def _visible_keys(self, request: HttpRequest) -> "QuerySet[StoredKey]":
        try:
            page = self.admin_site.get_model_admin(StoredKey)
        except NotRegistered:
            return StoredKey.objects.none()
        return page.get_queryset(request) if page.has_view_permission(request) else StoredKey.objects.none()

    def _links(self, request: HttpRequest, inspection: Inspection) -> Iterator[Link]:
        """Yield the key, the session and its user that the token names.

        Beside a session that no signature proves stands how far it is proven: a stranger may have written
        its ID, and the page behind the link ends the logins of its user.
        """
        kid, sid = inspection.header.get("kid"), (inspection.claims or {}).get("sid")
        keys_page = viewable(self.admin_site, StoredKey, request)
        if keys_page and isinstance(kid, str):
            for key in keys_page.get_queryset(request).filter(kid=kid)[:1]:
                yield Link(_("Key"), keys_page.address("change", key.pk), shorten(key.kid), key.ring_id)
        page = viewable(self.admin_site, Session, request)
        if page and isinstance(sid, str) and UUID.fullmatch(sid):
            for session in page.get_queryset(request).select_related("user").filter(pk=sid)[:1]:
                user = str(session.user)
                if not inspection.is_signed:
                    user = format_html("{} ({})", user, sentence(inspection.claims_proof))
                yield Link(_("Session"), page.address("change", sid), shorten(sid), user)
                sessions = f"{page.address('changelist')}?user__exact={session.user_id}"
                yield Link(_("User"), sessions, _("All sessions of this user"), user)

    def _page(self, request: HttpRequest, form: TokenForm, inspection: Inspection | None) -> TemplateResponse:
        context: dict[str, Any] = {
            "title": _("Inspect a token"),
            "inspection": inspection,
            "form": TokenForm(),
        }
        context["errors"] = form.errors.get("token", [])
        if inspection is not None:
            context |= {
                "verdict": sentence(inspection.verdict),
                "elsewhere": sentence(inspection.jwks_only),
                "header_proof": sentence(inspection.header_proof),
                "claims_proof": sentence(inspection.claims_proof),
                "checks": [_in_words(check) for check in inspection.checks],
            }
            context["header"] = _pretty(inspection.header) if inspection.header else ""
            context["links"] = list(self._links(request, inspection))
            context["claims"] = "" if inspection.claims is None else _pretty(inspection.claims)
            context["dates"] = [(name, sentence(date)) for name, date in dates_of(inspection.claims or {})]
        return self.page(request, "inspect.html", **context)


def _in_words(check: Check) -> dict[str, object]:
    is_wrong = check.outcome is Outcome.WRONG
    return {
        "css": CSS.get(check.outcome, ""),
        "outcome": _(check.outcome),
        "name": CHECKS.get(check.name, check.name),
        "message": sentence(check.message),
        "advice": sentence(check.advice) if is_wrong else "",
    }


def _pretty(members: object) -> str:
    return json.dumps(members, indent=2)
