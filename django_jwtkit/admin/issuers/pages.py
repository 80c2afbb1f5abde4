"""The pages of trusted issuers: all that the settings name, fetched or not, and a page for each."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_jwtkit import issuers, moments
from django_jwtkit.admin.badges import badge, literal
from django_jwtkit.admin.dates import NOTHING, date
from django_jwtkit.admin.permissions import FETCH, has_permission, require
from django_jwtkit.admin.read_only import ReadOnlyAdmin
from django_jwtkit.admin.registering import register
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.issuers import ExternalIdentity, Standing, TrustedKeySet

Context = dict[str, Any]


@register(TrustedKeySet)
class TrustedKeySetAdmin(ReadOnlyAdmin[TrustedKeySet]):
    """A project's own `get_queryset` holds here too: an issuer whose row it hides is not listed."""

    lookups = frozenset({"issuer"})

    def get_urls(self) -> list[URLPattern]:
        fetch = self.own(self.fetch_view)
        return [
            path("<str:object_id>/fetch/", fetch, name="jwtkit_trustedkeyset_fetch"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """List the issuers of the settings, and the rows of those that are no longer trusted."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        trusted = self.trusted(request)
        others = self.get_queryset(request).exclude(issuer__in=issuers.named_issuers())
        return self.page(
            request,
            "trustedkeyset/list.html",
            title=_("Trusted issuers"),
            lines=[self._line(request, standing) for standing in trusted],
            others=others[:100],
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show an issuer of the settings; the row of another as it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        standing = self._find(request, object_id)
        if standing is None:
            return super().change_view(request, object_id, form_url, extra_context)
        return self.page(
            request,
            "trustedkeyset/issuer.html",
            title=standing.issuer.name,
            standing=standing,
            facts=list(self._facts(request, standing)),
            may_fetch=has_permission(self, request, FETCH) and not standing.is_fixed,
        )

    def fetch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Fetch the keys of an issuer now, by POST alone."""
        require(self, request, FETCH)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        standing = self._find(request, object_id)
        if standing is None or standing.is_fixed:
            raise Http404(object_id)
        error = issuers.fetch_now(standing.issuer)
        if error:
            self.message_user(request, sentence(error), messages.ERROR)
        else:
            self.message_user(request, _("The keys have been fetched."), messages.SUCCESS)
        return HttpResponseRedirect(self._address("change", object_id))

    def trusted(self, request: HttpRequest) -> list[Standing]:
        """Return how the issuers of the settings stand, of those that this user may see."""
        named = issuers.named_issuers()
        names: Iterable[str] = named
        if self.may_hide_rows(request):
            visible = set(self.get_queryset(request).order_by().values_list("issuer", flat=True))
            names = [name for name in named if name in visible]
        return [issuers.standing_of(named[name]) for name in names]

    def _find(self, request: HttpRequest, object_id: str) -> Standing | None:
        return next((each for each in self.trusted(request) if each.id == object_id), None)

    def _line(self, request: HttpRequest, standing: Standing) -> Context:
        return {
            "standing": standing,
            "address": self._address("change", standing.id),
            "state": _state(standing),
            "linked": self._linked(request, standing.issuer.name),
            "fetched": date(standing.fetched_at, moments.now()),
        }

    def _facts(self, request: HttpRequest, standing: Standing) -> Iterator[tuple[str, object]]:
        """Yield what is to be said of an issuer: a name, and a value."""
        now, entry = moments.now(), standing.issuer.settings
        yield _("State"), _state(standing)
        yield _("Audience"), literal(f"{entry.AUDIENCE_CLAIM}: {_listed(entry.AUDIENCE)}")
        yield _("Users"), literal(entry.USER)
        yield _("Linked users"), self._linked(request, standing.issuer.name)
        if standing.is_fixed:
            yield _("Keys"), _("fixed in the settings: nothing is fetched")
            return
        yield _("Address of the keys"), standing.url or _("not known yet")
        yield _("Last success"), date(standing.fetched_at, now)
        yield _("Last attempt"), date(standing.tried_at, now)
        yield _("Next fetch"), date(standing.refresh_at, now)
        yield _("Last error"), sentence(standing.error) or _("none")

    def _address(self, name: str, object_id: str) -> str:
        return reverse(
            f"admin:jwtkit_trustedkeyset_{name}", args=(object_id,), current_app=self.admin_site.name
        )

    def _linked(self, request: HttpRequest, name: str) -> SafeString | str:
        """Return how many users are linked to the issuer `name`, as far as the page of identities tells."""
        try:
            page = self.admin_site.get_model_admin(ExternalIdentity)
        except NotRegistered:
            return NOTHING
        if not page.has_view_permission(request):
            return NOTHING
        count = page.get_queryset(request).filter(issuer=name).order_by().count()
        address = reverse("admin:jwtkit_externalidentity_changelist", current_app=self.admin_site.name)
        return format_html('<a href="{}?{}">{}</a>', address, urlencode({"issuer": name}), count)


def _state(standing: Standing) -> object:
    if standing.error:
        return badge("revoked", _("failing"))
    if standing.is_stale(moments.now()):
        return badge("revoked", _("too old"))
    if not standing.keys:
        return badge("expired", _("never fetched"))
    return badge("active", _("good"))


def _listed(names: str | Sequence[str]) -> str:
    return names if isinstance(names, str) else ", ".join(names)
