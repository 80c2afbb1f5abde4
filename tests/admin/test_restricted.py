"""A project's `get_queryset` holds on every page, filter and event; lookups in addresses are few."""

import re
import time

import pytest
from django.contrib import admin
from django.urls import path

from django_jwtkit import keys, sessions
from django_jwtkit.admin import KeyEventAdmin, SessionAdmin, StoredKeyAdmin
from django_jwtkit.keys import KeyEvent, StoredKey
from django_jwtkit.sessions import Session

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class MyKeys(StoredKeyAdmin):
    """The keys of the ring `acme`."""

    def get_queryset(self, request):
        return super().get_queryset(request).filter(ring_id="acme")


class MyEvents(KeyEventAdmin):
    """All but what was done through the code."""

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(source="code")


class MySessions(SessionAdmin):
    """Those of alice."""

    def get_queryset(self, request):
        return super().get_queryset(request).filter(user__username="alice")


mine = admin.AdminSite(name="mine")
mine.register(StoredKey, MyKeys)
mine.register(KeyEvent, KeyEventAdmin)
mine.register(Session, MySessions)
narrow = admin.AdminSite(name="narrow")
narrow.register(StoredKey, MyKeys)
narrow.register(KeyEvent, MyEvents)
only_keys = admin.AdminSite(name="only_keys")
only_keys.register(StoredKey, MyKeys)
only_events = admin.AdminSite(name="only_events")
only_events.register(KeyEvent, KeyEventAdmin)
urlpatterns = [
    path("admin/", admin.site.urls),
    path("mine/", mine.urls),
    path("narrow/", narrow.urls),
    path("only_keys/", only_keys.urls),
    path("only_events/", only_events.urls),
]


@pytest.fixture
def rings(settings):
    """A ring each of two tenants, and one without a key; the kid of the stranger's key."""
    settings.JWTKIT = {"KEY_RINGS": {"acme": {}, "zeta-secret": {}, "zeta-empty": {}}}
    for ring in ("acme", "zeta-secret"):
        keys.rotate(ring)
    stranger = StoredKey.objects.filter(ring_id="zeta-secret").first()
    keys.revoke(stranger.kid, reason="a secret reason", by="the other admin")
    return stranger


FOREIGN = re.compile("zeta-secret|zeta-empty|a secret reason|the other admin")


@pytest.mark.threat("TEN-006")
@pytest.mark.parametrize("site", ["mine", "narrow", "only_keys"])
def test_no_page_names_a_foreign_ring_key_or_reason(site, rings, root):
    """The list and its filters, the events and theirs, searches, the pages of one's own keys."""
    own = StoredKey.objects.filter(ring_id="acme").first()
    pages = ["storedkey/", "storedkey/?q=zeta", ""]
    pages += [f"storedkey/{own.pk}/{page}/" for page in ("change", "history", "revoke")]
    if site != "only_keys":
        pages += ["keyevent/", "keyevent/?q=secret", "keyevent/?action=revoked"]
    for page in pages:
        answer = root.get(f"/{site}/jwtkit/{page}")
        body = answer.content.decode()
        assert answer.status_code == 200, page
        assert not FOREIGN.search(body), page
        assert rings.kid not in body, page


@pytest.mark.threat("TEN-006")
def test_a_session_names_no_key_that_is_hidden(rings, root, django_user_model):
    """Neither on its page, nor by the filter that links lead to."""
    sessions.start(django_user_model.objects.create_user("alice"))
    keys.revoke(*StoredKey.objects.filter(ring_id="refresh").values_list("kid", flat=True)[:1], reason="x")
    hidden = list(StoredKey.objects.filter(ring_id="refresh"))
    session = Session.objects.get()
    for address in (f"{session.pk}/change/", *(f"?key={key.pk}" for key in hidden)):
        page = root.get(f"/mine/jwtkit/session/{address}").content.decode()
        assert not [key for key in hidden if key.kid[:12] in page], address
    assert root.get(f"/mine/jwtkit/session/?key={hidden[0].pk}").context["cl"].result_count == 0


@pytest.mark.threat("TEN-006")
@pytest.mark.parametrize("query", ["ring__name__exact=zeta-secret", "ring=zeta-secret", "kid={kid}"])
def test_a_foreign_ring_or_key_is_not_found_by_its_name(query, rings, root):
    """For those who know it from elsewhere."""
    for model in ("storedkey", "keyevent"):
        rows = {}
        for site in ("admin", "mine"):
            answer = root.get(f"/{site}/jwtkit/{model}/?{query.format(kid=rings.kid)}")
            rows[site] = {row.kid for row in answer.context["cl"].queryset}
        assert rings.kid in rows["admin"]
        assert rings.kid not in rows["mine"], "Django drops a filter that leaves no choice"


@pytest.mark.threat("TEN-006")
def test_the_events_of_foreign_keys_are_nobodys_here(rings, root):
    """Neither in the list nor one by one; in the site without a restriction they are."""
    event = KeyEvent.objects.filter(kid=rings.kid).first()
    ours = KeyEvent.objects.filter(ring_id="acme").first()
    for site, rows in (("mine", False), ("narrow", False), ("admin", True), ("only_events", True)):
        page = f"/{site}/jwtkit/keyevent/{event.pk}/change/"
        assert (root.get(page).status_code == 200) is rows, site
    assert root.get(f"/mine/jwtkit/keyevent/{ours.pk}/change/").status_code == 200
    assert root.get(f"/narrow/jwtkit/keyevent/{ours.pk}/change/").status_code == 302, "it came by the code"


@pytest.mark.threat("TEN-006")
def test_foreign_events_are_not_in_the_download(rings, root):
    """The file has the lines of the list, with and without a filter."""
    texts = {}
    for site in ("mine", "admin"):
        answers = [root.get(f"/{site}/jwtkit/keyevent/export/{query}") for query in ("", "?action=revoked")]
        texts[site] = b"".join(part for answer in answers for part in answer.streaming_content).decode()
    assert "a secret reason" in texts["admin"]
    assert "acme" in texts["mine"]
    assert not FOREIGN.search(texts["mine"])
    assert rings.kid not in texts["mine"]


@pytest.mark.threat("TEN-006")
def test_the_events_on_a_keys_page_are_those_of_the_events_page(rings, root):
    """An override of the events' admin holds there too."""
    own = StoredKey.objects.filter(ring_id="acme").first()
    assert KeyEvent.objects.filter(kid=own.kid, source="code").exists()
    pages = {site: root.get(f"/{site}/jwtkit/storedkey/{own.pk}/change/") for site in ("mine", "narrow")}
    assert {site: len(page.context["events"]) > 0 for site, page in pages.items()} == {
        "mine": True,
        "narrow": False,
    }


@pytest.mark.threat("TEN-006")
@pytest.mark.parametrize("ring", ["zeta-secret", "zeta-empty", "access"])
def test_a_foreign_ring_cannot_be_rotated(ring, rings, root):
    """Nor one that has no keys yet and may become a stranger's."""
    before = StoredKey.objects.count()
    for door in ("rotate", "due"):
        url = f"/mine/jwtkit/storedkey/{door}/{ring}/"
        assert root.get(url).status_code == 404
        assert root.post(url, {"signing": ""}).status_code == 404
    assert StoredKey.objects.count() == before


@pytest.mark.threat("TEN-006")
def test_foreign_sessions_are_on_no_page_and_cannot_be_ended(root, django_user_model):
    """Neither by an action on one's own sessions nor by their number."""
    alice, bob = (django_user_model.objects.create_user(name) for name in ("alice", "bob"))
    for user in (alice, bob):
        sessions.start(user)
    theirs = Session.objects.get(user=bob)
    assert "bob" not in root.get("/mine/jwtkit/session/").content.decode()
    assert root.get(f"/mine/jwtkit/session/{theirs.pk}/change/").status_code == 302
    for action in ("end_selected", "end_all_of_these_users"):
        form = {"action": action, "_selected_action": [str(theirs.pk)], "confirmed": "yes"}
        root.post("/mine/jwtkit/session/", form)
    theirs.refresh_from_db()
    assert theirs.ended_at is None


LISTS = {"storedkey": ("kid", "ring", "alg", "use"), "keyevent": ("kid", "ring", "action", "at", "source")}
REFUSED = (
    "regex",
    "iregex",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "iexact",
    "range",
    "date",
    "year",
    "year__gt",
    "month",
    "week_day",
    "hour",
    "nonsense",
    "gt__regex",
    "in__regex",
    "exact__exact",
)


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize("lookup", REFUSED)
def test_only_exact_in_and_ranges_are_looked_up(lookup, root):
    """Anything else reads out what it compares with, or keeps the worker busy."""
    for model, fields in LISTS.items():
        for field in fields:
            url = f"/admin/jwtkit/{model}/"
            assert root.get(url, {f"{field}__{lookup}": "a"}).status_code == 400, (model, field)
            assert root.get(url, {f"ring__name__{lookup}": "a"}).status_code == 400
    for field in ("id", "user", "user__id", "address", "state"):
        assert root.get("/admin/jwtkit/session/", {f"{field}__{lookup}": "a"}).status_code == 400


RELATED = (
    "ring__generation",
    "ring__generation__gt",
    "ring__algorithm",
    "ring__keys__kid",
    "ring__keys__sealed__gt",
    "ring__events__who",
    "sealed__gt",
    "reason__in",
    "user__username",
    "user__password__gt",
    "user__is_superuser",
    "user__jwtkit_sessions__auth_hash__gt",
    "auth_hash__gt",
    "counter__exact",
)


@pytest.mark.parametrize("lookup", RELATED)
def test_no_way_leads_over_a_relation(lookup, root):
    """Letter by letter, `gt` reads out a column as well as `startswith` does."""
    for model in ("storedkey", "keyevent", "session"):
        assert root.get(f"/admin/jwtkit/{model}/", {lookup: "a"}).status_code == 400


def test_a_regular_expression_keeps_nobody_busy(root):
    """On SQLite it is Python's own, without a limit."""
    began = time.monotonic()
    assert root.get("/admin/jwtkit/storedkey/", {"kid__regex": "^(([A-Za-z0-9_-])+)+!$"}).status_code == 400
    assert time.monotonic() - began < 5


ALLOWED = {
    "storedkey": (
        "kid={kid}",
        "kid__exact={kid}",
        "kid__in={kid},x",
        "kid__gt=a",
        "ring=access",
        "ring__name__exact=access",
        "ring__in=access,kinds",
        "ring__name__in=access",
        "ring__pk=access",
        "ring__isnull=0",
        "id__gte=1",
        "id__lt=9999",
        "alg=ES256",
        "use__in=sig",
        "state=active",
    ),
    "keyevent": (
        "at__gte=2020-01-01T00:00:00Z",
        "at__lt=2100-01-01T00:00:00Z",
        "action=made",
        "source__in=test,admin",
        "id=1",
    ),
    "session": ("user=1", "user__id__exact=1", "user__in=1,2", "address=192.0.2.1", "state=live"),
}


@pytest.mark.parametrize("model", ALLOWED)
def test_what_a_list_may_be_asked_for(model, signing, root):
    """Its filters, links of a project to it, and spans of time."""
    for query in ALLOWED[model]:
        answer = root.get(f"/admin/jwtkit/{model}/?{query.format(kid=signing.kid)}")
        assert answer.status_code == 200, query


NINES = "9" * 40
NONSENSE = (
    "id=x",
    "id__in=x",
    "id__gt=",
    f"id__in={NINES}",
    f"id={NINES}",
    f"id__gte={NINES}",
    "id__isnull=x",
)


@pytest.mark.parametrize("query", NONSENSE)
@pytest.mark.parametrize("model", ALLOWED)
def test_a_value_that_fits_no_column_is_no_500(model, query, root):
    """Django goes back to the list, or finds nothing."""
    root.raise_request_exception = False
    assert root.get(f"/admin/jwtkit/{model}/?{query}").status_code in {200, 302}
    assert root.get(f"/admin/jwtkit/keyevent/?at__gte={query}").status_code in {200, 302}
