"""Rotating and revoking in the admin: asked for, confirmed, carried out once, and written down."""

import uuid

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpRequest
from django.urls import path

from django_jwtkit import errors, keys
from django_jwtkit.admin import StoredKeyAdmin
from django_jwtkit.admin.keys.actions import SOURCE
from django_jwtkit.keys import KeyEvent, State, StoredKey
from django_jwtkit.keys.changing import execution
from tests.keys.rows import key_in

LIST = "/admin/jwtkit/storedkey/"
ROTATE = f"{LIST}rotate/access/"
pytestmark = pytest.mark.django_db


class Tenant(StoredKeyAdmin):
    """A project's own: this admin sees the ring `refresh` only."""

    def get_queryset(self, request):
        return super().get_queryset(request).filter(ring_id="refresh")


tenants = admin.AdminSite(name="tenants")
tenants.register(StoredKey, Tenant)


class Broken(StoredKeyAdmin):
    """A project's own, with a bug right after the key has changed."""

    def log_change(self, request, obj, message):
        raise RuntimeError("a bug")


broken = admin.AdminSite(name="broken")
broken.register(StoredKey, Broken)
urlpatterns = [
    path("admin/", admin.site.urls),
    path("tenants/", tenants.urls),
    path("broken/", broken.urls),
]


def active():
    return key_in(State.ACTIVE).kid


def messages_on(answer):
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


class TestRotate:
    def test_the_page_shows_the_plan_and_does_nothing(self, signing, root):
        """A link that is followed, or prefetched, must not rotate."""
        page = root.get(ROTATE).content.decode()
        assert "Safe: all consumers know the next key" in page
        assert f"Key {signing.kid[:12]} stops signing now" in page
        assert active() == signing.kid

    def test_on_confirmation_the_standby_signs(self, signing, root):
        """And the old key goes on to verify."""
        answer = root.post(ROTATE, {"signing": signing.kid})
        assert answer.url == LIST
        assert active() != signing.kid
        signing.refresh_from_db()
        assert signing.state() is State.RETIRED

    def test_it_is_written_down_who_did_it(self, signing, root):
        """In the key's history and in the admin's log."""
        root.post(ROTATE, {"signing": signing.kid})
        assert KeyEvent.objects.filter(who="all", source=SOURCE, ring_id="access").exists()
        entry = LogEntry.objects.get()
        assert (entry.user.username, entry.object_id) == ("all", "access")
        assert f"Key {signing.kid[:12]} stops signing now" in entry.get_change_message()

    def test_the_same_click_twice_rotates_once(self, signing, root):
        """The second one was meant for keys that have changed since."""
        root.post(ROTATE, {"signing": signing.kid})
        second = active()
        answer = root.post(ROTATE, {"signing": signing.kid, "force": "on"})
        assert answer.status_code == 200
        assert "A different key is signing now" in answer.content.decode()
        assert active() == second

    def test_an_unsafe_rotation_wants_a_tick(self, signing, root):
        """The page says since when it would be safe; without the tick nothing is done."""
        root.post(ROTATE, {"signing": signing.kid})
        second = active()
        assert "Not safe yet" in root.get(ROTATE).content.decode()
        refused = root.post(ROTATE, {"signing": second})
        assert "Tick this box to rotate although it is not safe yet" in refused.content.decode()
        assert active() == second
        root.post(ROTATE, {"signing": second, "force": "on"})
        assert active() != second

    def test_what_is_due_can_be_done_by_hand(self, signing, root, settings):
        """Where the job has died, or the settings have changed."""
        settings.JWTKIT = {"ALGORITHM": "Ed25519"}
        due = f"{LIST}due/access/"
        assert "switches to Ed25519" in root.get(due).content.decode()
        answer = root.post(due, {"signing": signing.kid})
        assert "A new Ed25519 key" in messages_on(answer)
        assert active() == signing.kid
        assert "Nothing was due." in messages_on(root.post(due, {"signing": signing.kid}))

    def test_who_may_only_look_may_not_rotate(self, signing, browser):
        """Nor who may rotate but not look. Buttons show only to those who may press them."""
        looker, blind = browser("view_storedkey"), browser("rotate_key")
        for client in (looker, blind, browser("view_storedkey", "revoke_key")):
            assert client.get(ROTATE).status_code == 403
            assert client.post(ROTATE, {"signing": signing.kid}).status_code == 403
        assert "Rotate now" not in looker.get(LIST).content.decode()
        assert active() == signing.kid

    def test_the_permission_suffices(self, signing, browser):
        """No superuser is needed."""
        keeper = browser("view_storedkey", "rotate_key")
        assert ROTATE in keeper.get(LIST).content.decode()
        assert keeper.post(ROTATE, {"signing": signing.kid}).status_code == 302
        assert active() != signing.kid

    def test_a_foreign_form_cannot_rotate(self, signing, root):
        """Django's CSRF check stands before our page."""
        root.handler.enforce_csrf_checks = True
        assert root.post(ROTATE, {"signing": signing.kid}).status_code == 403
        assert active() == signing.kid

    def test_a_ring_that_does_not_exist_is_not_found(self, past, root):
        """Whatever stands in the address."""
        for ring in ("nonsense", "access/../refresh", "%00", "ACCESS"):
            assert root.get(f"{LIST}rotate/{ring}/").status_code in (301, 404)


class TestRevoke:
    def test_the_page_shows_who_takes_over(self, signing, root):
        """And does nothing yet."""
        standby = next(
            key for key in StoredKey.objects.filter(ring_id="access") if key.state() is State.STANDBY
        )
        page = root.get(f"{LIST}{signing.pk}/revoke/").content.decode()
        assert f"Key {standby.kid[:12]} signs from" in page
        assert signing.kid in page
        assert active() == signing.kid

    def test_on_confirmation_the_key_is_refused_and_the_standby_signs(self, signing, root):
        """With the reason kept, in the row and in the log."""
        root.post(f"{LIST}{signing.pk}/revoke/", {"reason": "the backup was stolen"})
        signing.refresh_from_db()
        assert (signing.state(), signing.reason) == (State.REVOKED, "the backup was stolen")
        assert active() != signing.kid
        assert "the backup was stolen" in LogEntry.objects.get(object_id=str(signing.pk)).get_change_message()
        assert KeyEvent.objects.filter(kid=signing.kid, action="revoked", who="all", source=SOURCE).exists()

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 256, "null\0"])
    def test_without_a_good_reason_nothing_is_revoked(self, signing, root, reason):
        """It is what somebody will read in a year."""
        answer = root.post(f"{LIST}{signing.pk}/revoke/", {"reason": reason})
        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()
        assert active() == signing.kid

    def test_a_reason_is_text_and_not_markup(self, signing, root):
        """It is shown to other people."""
        root.post(f"{LIST}{signing.pk}/revoke/", {"reason": "<script>alert(1)</script>"})
        for address in (LIST, f"{LIST}{signing.pk}/change/", "/admin/", "/admin/jwtkit/keyevent/"):
            assert "<script>alert" not in root.get(address).content.decode()

    def test_revoking_twice_is_nothing_to_do(self, signing, root):
        """The reason of the first time stands."""
        for reason in ("first", "second"):
            answer = root.post(f"{LIST}{signing.pk}/revoke/", {"reason": reason})
        assert "This key has already been revoked: first" in messages_on(answer)
        signing.refresh_from_db()
        assert signing.reason == "first"

    def test_who_may_only_look_or_rotate_may_not_revoke(self, signing, browser):
        """Its permission is its own."""
        for client in (
            browser("view_storedkey"),
            browser("revoke_key"),
            browser("view_storedkey", "rotate_key"),
        ):
            assert client.post(f"{LIST}{signing.pk}/revoke/", {"reason": "x"}).status_code == 403
        assert active() == signing.kid

    def test_the_permission_suffices(self, signing, browser):
        """And shows its doors, on the list and on the key's page."""
        keeper = browser("view_storedkey", "revoke_key")
        assert f'href="{signing.pk}/revoke/"' in keeper.get(LIST).content.decode()
        assert f"{LIST}{signing.pk}/revoke/" in keeper.get(f"{LIST}{signing.pk}/change/").content.decode()
        assert keeper.post(f"{LIST}{signing.pk}/revoke/", {"reason": "x"}).status_code == 302
        assert active() != signing.kid


class TestTransactions:
    @pytest.mark.django_db(transaction=True)
    def test_atomic_requests_do_not_stand_in_the_way(self, signing, root, monkeypatch):
        """Keys change in a transaction of their own, whatever the project wraps its requests in."""
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
        root.post(ROTATE, {"signing": signing.kid})
        second = active()
        assert second != signing.kid
        key = StoredKey.objects.get(kid=second)
        root.post(f"{LIST}{key.pk}/revoke/", {"reason": "x"})
        assert active() not in (signing.kid, second)


class TestRefusals:
    def test_a_refusal_of_ours_is_a_message(self, signing, root, settings):
        """Never a server error: here the ring asks for an algorithm that there is not."""
        settings.JWTKIT = {"KEY_RINGS": {"access": {"ALGORITHM": "HS256", "USE": "enc"}}}
        answer = root.post(f"{LIST}due/access/", {"signing": signing.kid})
        assert answer.status_code == 302
        with pytest.raises(errors.JWTKitError) as refusal:
            keys.rotate("access")
        assert str(refusal.value) in messages_on(answer)
        assert root.get(LIST).status_code == 200

    def test_a_lost_sealing_key_leaves_the_pages_alive(self, signing, root, settings, tmp_path):
        """The list says what is wrong, ring by ring; nothing can be rotated until it is fixed."""
        settings.JWTKIT = {"SEALING_KEYS": [{"id": "gone", "path": str(tmp_path / "gone.key")}]}
        page = root.get(LIST)
        assert page.status_code == 200
        assert page.content.decode().count("can&#x27;t be read") == 4
        answer = root.get(ROTATE)
        assert answer.status_code == 302
        assert "can't be read" in messages_on(answer)

    def test_whoever_comes_second_is_told(self, signing, root, monkeypatch):
        """Between our look and our write the job has rotated: nothing is done, and nothing is claimed."""

        monkeypatch.setattr(execution, "PATIENCE", 0.1)

        def job(execute, sql, params, many, context):
            if sql.startswith("UPDATE") and "jwtkit_ring" in sql:
                params = (
                    *params[:-1],
                    uuid.uuid4().hex,
                )  # what we have seen is no longer there
            return execute(sql, params, many, context)

        with connection.execute_wrapper(job):
            answer = root.post(ROTATE, {"signing": signing.kid})
        assert "Another process has changed this ring. Review the new plan." in messages_on(answer)
        assert active() == signing.kid
        assert not LogEntry.objects.exists()

    def test_a_ring_that_has_left_the_settings_keeps_its_keys_on_the_page(self, signing, root, settings):
        """They are drawn and listed, and can be revoked; there is nothing to rotate them to."""
        settings.JWTKIT = {"KEY_RINGS": {"partners": {"ALGORITHM": "ES256"}}}
        keys.rotate("partners")
        key = StoredKey.objects.filter(ring_id="partners").first()
        settings.JWTKIT = {}
        page = root.get(LIST).content.decode()
        assert f"partners: {key.kid[:12]}" in page
        assert "rotate/partners/" not in page
        assert root.get(f"{LIST}{key.pk}/revoke/").status_code == 200


@pytest.mark.urls(__name__)
class TestErrorPages:
    @pytest.mark.threat("LEAK-005")
    def test_an_error_page_shows_no_private_part(self, signing, root, settings):
        """Django prints every local variable of every frame; ours hold kids, dates and public parts."""
        settings.DEBUG = True
        root.raise_request_exception = False
        answer = root.post("/broken/jwtkit/storedkey/rotate/access/", {"signing": signing.kid})
        page = answer.content.decode()
        assert answer.status_code == 500
        assert signing.kid in page
        sealed = [text for text in StoredKey.objects.values_list("sealed", flat=True) if text]
        assert sealed
        assert not [text for text in sealed if text[:40] in page or text[-40:] in page]


@pytest.mark.urls(__name__)
class TestTenants:
    @pytest.mark.threat("TEN-006")
    def test_an_admin_acts_on_the_keys_that_he_sees_and_on_no_others(self, signing, root):
        """A subclass that narrows `get_queryset` has narrowed every page and every deed."""
        theirs = "/tenants/jwtkit/storedkey/"
        page = root.get(theirs).content.decode()
        assert not [key for key in StoredKey.objects.exclude(ring_id="refresh") if key.kid in page]
        assert "rotate/refresh/" in page
        assert "rotate/access/" not in page
        for door in ("rotate/access/", "due/access/", f"{signing.pk}/revoke/"):
            assert root.get(theirs + door).status_code == 404
            assert root.post(theirs + door, {"signing": signing.kid, "reason": "x"}).status_code == 404
        assert active() == signing.kid

    @pytest.mark.threat("TEN-006")
    def test_he_comes_back_to_his_own_site(self, past, root):
        """And not to the one where all keys are."""
        key = key_in(State.ACTIVE, "refresh")
        answer = root.post("/tenants/jwtkit/storedkey/rotate/refresh/", {"signing": key.kid})
        assert answer.url == "/tenants/jwtkit/storedkey/"

    @pytest.mark.threat("TEN-006")
    def test_the_rings_of_a_request_follow_its_queryset(self, past):
        """A ring without a key may be another tenant's: only users who see all rows see it."""
        StoredKey.objects.filter(ring_id="kinds").delete()
        assert Tenant(StoredKey, tenants).rings(HttpRequest()) == ["refresh"]
        assert "kinds" in StoredKeyAdmin(StoredKey, tenants).rings(HttpRequest())
