"""The admin shows how each trusted issuer stands, fetches its keys on request, and unlinks its subjects."""

import json
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.urls import path, reverse

from django_jwtkit import issuers, moments
from django_jwtkit.admin import TrustedKeySetAdmin
from django_jwtkit.issuers import ExternalIdentity, TrustedKeySet
from django_jwtkit.jose import Key, KeySet
from tests.jose.remote.publisher import publisher as published

FIXED = "https://fixed.example.com"
LIST = "/admin/jwtkit/trustedkeyset/"
IDENTITIES = "/admin/jwtkit/externalidentity/"
KEY = Key.generate("ES256", kid="k1")
SET = KeySet([KEY.public()]).to_dict()
ODD = {**Key.generate("ES256", kid="odd").public().to_dict(), "use": "enc"}
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Hidden(TrustedKeySetAdmin):
    """A project's own, which hides all rows."""

    def get_queryset(self, request):
        return super().get_queryset(request).filter(issuer="nobody")


hidden = admin.AdminSite(name="hidden")
hidden.register(TrustedKeySet, Hidden)
urlpatterns = [path("admin/", admin.site.urls), path("hidden/", hidden.urls)]


class Remote:
    """An issuer that publishes one good key and an odd one, until it is down."""

    def __init__(self, server):
        self.iss, self.url = server.url, server.url
        self.is_down = False
        server.behaviour = self._answer

    def _answer(self, handler):
        handler.answer(json.dumps({"keys": [*SET["keys"], ODD]}).encode(), 503 if self.is_down else 200)


@pytest.fixture
def remote(settings):
    issuers.forget()
    with published() as server:
        remote = Remote(server)
        settings.JWTKIT = {
            "ISSUER": "https://api.example.com",
            "TRUSTED_ISSUERS": {
                FIXED: {"AUDIENCE": "orders", "JWKS": SET},
                remote.iss: {"AUDIENCE": "orders", "JWKS_URL": remote.url, "PRIVATE_ADDRESSES": True},
            },
        }
        yield remote
    issuers.forget()


def page_of(name):
    return f"{LIST}{next(each.id for each in standings() if each.issuer.name == name)}/"


def standings():
    return [issuers.standing_of(issuer) for issuer in issuers.named_issuers().values()]


def test_each_issuer_of_the_settings_is_listed_fetched_or_not(remote, root):
    page = root.get(LIST).content.decode()
    assert page.count('<th scope="row">') == 2
    assert "never fetched" in page
    assert "fixed in the settings" in page
    assert not TrustedKeySet.objects.exists()


def test_the_keys_are_fetched_by_a_button(remote, root):
    address = page_of(remote.iss)
    assert "There are no usable keys" in root.get(address + "change/").content.decode()
    answer = root.post(address + "fetch/", follow=True)
    page = answer.content.decode()
    assert "The keys have been fetched." in page
    assert '<code dir="ltr">k1</code>' in page
    assert "skipped" in page
    assert "its use is" in page
    assert remote.url in page


def test_a_fetch_that_fails_says_why(remote, root):
    root.post(page_of(remote.iss) + "fetch/")
    remote.is_down = True
    answer = root.post(page_of(remote.iss) + "fetch/", follow=True)
    assert "503" in " ".join(str(message) for message in get_messages(answer.wsgi_request))
    page = answer.content.decode()
    assert "failing" in page
    assert '<code dir="ltr">k1</code>' in page  # the old set goes on


def test_what_one_process_has_fetched_the_page_of_another_shows(remote, root):
    root.post(page_of(remote.iss) + "fetch/")
    issuers.forget()
    assert '<code dir="ltr">k1</code>' in root.get(page_of(remote.iss) + "change/").content.decode()


def test_a_link_never_fetches(remote, root):
    assert root.get(page_of(remote.iss) + "fetch/").status_code == 405
    assert root.post(page_of(FIXED) + "fetch/").status_code == 404
    assert root.post(LIST + "0" * 64 + "/fetch/").status_code == 404
    assert not TrustedKeySet.objects.exists()


def test_a_fetch_needs_its_permission(remote, browser):
    viewer = browser("view_trustedkeyset")
    assert viewer.post(page_of(remote.iss) + "fetch/").status_code == 403
    assert "Fetch now" not in viewer.get(page_of(remote.iss) + "change/").content.decode()
    fetcher = browser("view_trustedkeyset", "fetch_keys")
    assert "Fetch now" in fetcher.get(page_of(remote.iss) + "change/").content.decode()
    assert "Fetch now" not in fetcher.get(page_of(FIXED) + "change/").content.decode()
    stranger = browser("fetch_keys")
    for address in (LIST, page_of(FIXED) + "change/"):
        assert stranger.get(address).status_code == 403


def test_an_issuer_that_is_no_longer_trusted_is_listed_apart(remote, root):
    row = TrustedKeySet.objects.create(digest="0" * 64, issuer="https://gone.example.com")
    assert "No longer trusted" in root.get(LIST).content.decode()
    assert root.get(f"{LIST}{row.pk}/change/").status_code == 200


def test_a_row_that_is_hidden_hides_its_issuer(remote, root):
    root.post(page_of(remote.iss) + "fetch/")
    assert remote.iss not in root.get("/hidden/jwtkit/trustedkeyset/").content.decode()


def test_a_fixed_set_that_cannot_be_read_says_why(remote, root, settings, tmp_path):
    trusted = {FIXED: {"AUDIENCE": "orders", "JWKS": str(tmp_path / "missing.json")}}
    settings.JWTKIT = {**settings.JWTKIT, "TRUSTED_ISSUERS": trusted}
    assert "failing" in root.get(LIST).content.decode()


OVERVIEW = "/admin/jwtkit/"


def overview_of(client):
    return client.get(OVERVIEW).content.decode().partition('id="content-main"')[2]


def test_where_all_keys_can_be_fetched_the_overview_is_silent(remote, root):
    """Also of an issuer of which nobody has asked yet."""
    assert remote.iss not in overview_of(root)
    root.post(page_of(remote.iss) + "fetch/")
    assert remote.iss not in overview_of(root)


def test_the_overview_names_an_issuer_that_cannot_be_fetched(remote, root):
    """With the error, with what that means for its tokens, and with a link."""
    remote.is_down = True
    root.post(page_of(remote.iss) + "fetch/")
    page = overview_of(root)
    assert "Something is wrong." in page
    assert f"The keys of issuer {remote.iss} are not available: " in page
    assert "Its tokens are answered with 503." in page
    assert f'href="{page_of(remote.iss)}change/"' in page


def test_the_overview_says_how_long_known_keys_are_good(remote, root):
    """The last success was a moment ago."""
    root.post(page_of(remote.iss) + "fetch/")
    remote.is_down = True
    root.post(page_of(remote.iss) + "fetch/")
    page = overview_of(root)
    assert "Those that are known verify until" in page
    assert "answered with 503" not in page


def test_the_overview_names_an_issuer_whose_keys_are_too_old(remote, root):
    """No fetch has failed, for none was tried; the list of issuers does not call that good."""
    root.post(page_of(remote.iss) + "fetch/")
    TrustedKeySet.objects.update(fetched_at=moments.now() - timedelta(hours=25))
    issuers.forget()
    page = overview_of(root)
    assert f"The keys of issuer {remote.iss} were last fetched 1 day 1 hour ago." in page
    assert "too old" in root.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("permissions", "sees"), [(("view_trustedkeyset",), True), (("view_storedkey",), False)]
)
def test_the_overview_names_issuers_to_users_that_may_view_them(permissions, sees, remote, root, browser):
    """By the permission of their own page, whether or not the user may view keys."""
    remote.is_down = True
    root.post(page_of(remote.iss) + "fetch/")
    assert (remote.iss in overview_of(browser(*permissions))) is sees
    assert remote.iss not in root.get("/hidden/jwtkit/").content.decode()


@pytest.fixture
def identity(remote):
    return issuers.link(User.objects.create_user("alice"), issuer=FIXED, subject="subject-7")


def test_identities_are_listed_with_their_users(identity, root, browser):
    page = root.get(IDENTITIES, {"issuer": FIXED}).content.decode()
    assert "subject-7" in page
    assert "alice" in page
    assert f"{IDENTITIES}?issuer=" in root.get(LIST).content.decode()
    assert f"{IDENTITIES}?issuer=" not in browser("view_trustedkeyset").get(LIST).content.decode()


def test_a_link_is_removed_after_a_confirmation(identity, root):
    chosen = {"action": "unlink_selected", "_selected_action": [identity.pk]}
    assert "Unlink" in root.post(IDENTITIES, chosen).content.decode()
    assert ExternalIdentity.objects.exists()
    root.post(IDENTITIES, {**chosen, "confirmed": "yes"})
    assert not ExternalIdentity.objects.exists()
    assert User.objects.filter(username="alice").exists()
    assert LogEntry.objects.get().object_repr == "alice"


def test_only_users_with_the_permission_unlink(identity, browser):
    chosen = {"action": "unlink_selected", "_selected_action": [identity.pk], "confirmed": "yes"}
    browser("view_externalidentity").post(IDENTITIES, chosen)
    assert ExternalIdentity.objects.exists()
    browser("view_externalidentity", "unlink_identity").post(IDENTITIES, chosen)
    assert not ExternalIdentity.objects.exists()


def test_a_user_is_deleted_with_their_identities(identity, root):
    address = reverse("admin:auth_user_delete", args=[identity.user.pk])
    assert root.post(address, {"post": "yes"}).status_code == 302
    assert not ExternalIdentity.objects.exists()


def test_a_subject_cannot_reverse_the_page(root):
    """Another issuer chooses it: an override of the direction is written as its code."""
    user = User.objects.create_user("alice")
    link = issuers.link(user, issuer=FIXED, subject="7\u202efdp.exe")
    for page in (IDENTITIES, f"{IDENTITIES}{link.pk}/change/"):
        body = root.get(page).content.decode()
        assert "\u202e" not in body
        assert "7\\u202efdp.exe" in body
