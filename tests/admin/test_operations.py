"""Rotating and revoking in the admin: asked for, confirmed, carried out once, and written down."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpRequest
from django.urls import path

from django_jwtkit import errors, keys, moments, sessions
from django_jwtkit.admin import StoredKeyAdmin
from django_jwtkit.admin.keys.changing import SOURCE
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, State, StoredKey, sealing
from django_jwtkit.keys.changing import execution
from django_jwtkit.sessions import Session
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


def revoke(client, key, reason="x", **more):
    """Send the form of the page that revokes `key`, with its beginning typed."""
    return client.post(f"{LIST}{key.pk}/revoke/", {"reason": reason, "confirmation": key.kid[:8], **more})


def words_of(answer):
    """The text of a page as people read it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", answer.content.decode())).split())


def messages_on(answer):
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


class TestRotate:
    def test_the_page_shows_the_plan_and_does_nothing(self, signing, root):
        """A link that is followed, or prefetched, must not rotate."""
        page = words_of(root.get(ROTATE))
        assert "Safe: key" in page
        assert "and consumers need 1 day 7 minutes" in page
        assert f"Key {signing.kid[:12]}… has been signing for " in page
        assert f"Key {signing.kid[:12]}… stops signing now" in page
        assert page.index("Before") < page.index("After")
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
        assert (entry.user.username, entry.object_id) == ("all", str(key_in(State.ACTIVE).pk))
        assert f"Key {signing.kid[:12]} stops signing now" in entry.get_change_message()

    def test_the_same_click_twice_rotates_once(self, signing, root):
        """The second one was meant for keys that have changed since."""
        root.post(ROTATE, {"signing": signing.kid})
        second = active()
        answer = root.post(ROTATE, {"signing": signing.kid, "force": "on"})
        assert answer.status_code == 200
        assert "A different key is signing now" in answer.content.decode()
        assert answer.content.decode().count('<ul class="errorlist"') == 1
        assert active() == second

    def test_an_unsafe_rotation_wants_a_tick(self, signing, root):
        """The page says for how long; without the tick nothing is done."""
        root.post(ROTATE, {"signing": signing.kid})
        second = active()
        page = words_of(root.get(ROTATE))
        assert "Not safe yet: consumers that cache the public keys may not know key" in page
        assert re.search(r"would refuse its tokens for another 1 day [67] minutes, until ", page)
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
        assert "Run rotation now" not in root.get(due).content.decode()

    def test_a_ring_without_consumers_is_not_warned_about_them(self, past, root):
        """Its keys are published nowhere: only our own processes must know the next one."""
        page = f"{LIST}rotate/refresh/"
        assert "and no other service needs it" in words_of(root.get(page))
        root.post(page, {"signing": key_in(State.ACTIVE, "refresh").kid})
        second = words_of(root.get(page))
        assert "another of our processes may not have read key" in second
        assert "onsumers" not in second

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
        page = words_of(root.get(f"{LIST}{signing.pk}/revoke/"))
        assert f"Key {standby.kid[:12]}… signs at once" in page
        assert f"Key {standby.kid[:12]}… signs from now on" in page
        assert signing.kid in page
        assert active() == signing.kid

    def test_on_confirmation_the_key_is_refused_and_the_standby_signs(self, signing, root):
        """With the reason kept, in the row and in the log."""
        revoke(root, signing, "the backup was stolen")
        signing.refresh_from_db()
        assert (signing.state(), signing.reason) == (State.REVOKED, "the backup was stolen")
        assert active() != signing.kid
        assert "the backup was stolen" in LogEntry.objects.get(object_id=str(signing.pk)).get_change_message()
        assert KeyEvent.objects.filter(kid=signing.kid, action="revoked", who="all", source=SOURCE).exists()

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 256, "null\0"])
    def test_without_a_good_reason_nothing_is_revoked(self, signing, root, reason):
        """It is what somebody will read in a year."""
        answer = revoke(root, signing, reason)
        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()
        assert active() == signing.kid

    def test_no_reason_is_chosen_beforehand(self, signing, root):
        """Another one is stored in its own words alone, and wants them."""
        page = root.get(f"{LIST}{signing.pk}/revoke/").content.decode()
        assert '<option value="" selected>Choose a reason</option>' in page
        refused = revoke(root, signing, kind="another", reason="")
        assert "Choose a reason or write one" in words_of(refused)
        revoke(root, signing, kind="another", reason="a whim")
        assert StoredKey.objects.get(pk=signing.pk).reason == "a whim"

    def test_a_row_that_was_changed_is_not_over_with_the_revocation(self, signing, root):
        """The page of the result says that someone could write to the database."""
        done = root.get(revoke(root, signing, kind="its row was changed", reason="").url)
        assert "Someone could write to the database." in words_of(done)

    def test_a_reason_is_text_and_not_markup(self, signing, root):
        """It is shown to other people."""
        revoke(root, signing, "<script>alert(1)</script>")
        for address in (LIST, f"{LIST}{signing.pk}/change/", "/admin/", "/admin/jwtkit/keyevent/"):
            assert "<script>alert" not in root.get(address).content.decode()

    def test_revoking_twice_is_nothing_to_do(self, signing, root):
        """The reason of the first time stands."""
        for reason in ("first", "second"):
            answer = revoke(root, signing, reason)
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
            assert revoke(client, signing).status_code == 403
            for page in ("revoke/ring/access/", "revoke/sealing/x/", f"revoked/?keys={signing.pk}"):
                assert client.get(LIST + page).status_code == 403
                assert client.post(LIST + page, {"reason": "x"}).status_code == 403
        assert active() == signing.kid

    def test_the_permission_suffices(self, signing, browser):
        """And shows its doors, on the list and on the key's page."""
        keeper = browser("view_storedkey", "revoke_key")
        assert f'href="{LIST}{signing.pk}/revoke/"' in keeper.get(LIST).content.decode()
        assert f"{LIST}{signing.pk}/revoke/" in keeper.get(f"{LIST}{signing.pk}/change/").content.decode()
        assert revoke(keeper, signing).status_code == 302
        assert active() != signing.kid


class TestConsequences:
    def test_the_page_tells_what_the_command_tells(self, past, root, django_user_model):
        """Tokens, people, who takes over, and how long it may still be accepted here."""
        user = django_user_model.objects.create_user("alice")
        for _ in range(2):
            sessions.start(user)
        key = key_in(State.ACTIVE, "refresh")
        page = words_of(root.get(f"{LIST}{key.pk}/revoke/"))
        for words in (
            "Every refresh token that it signed is refused: its users must log in again.",
            "1 user (2 sessions).",
            "Their access tokens are not refused by that: they stay good for up to 5 minutes",
            "Our own processes may accept it for another 10 seconds.",
            "so all processes know it.",
        ):
            assert words in page
        assert "JWKS" not in page

    def test_the_result_says_again_whom_it_hit(self, past, root, django_user_model):
        """And how long their access tokens are good, until they are not."""
        sessions.start(django_user_model.objects.create_user("alice"))
        key = key_in(State.ACTIVE, "refresh")
        done = revoke(root, key).url
        page = words_of(root.get(done))
        assert "1 user (1 session)." in page
        assert "they stay good for up to 5 minutes" in page
        assert "Our own processes refuse it within 10 seconds." in page
        StoredKey.objects.filter(pk=key.pk).update(revoked_at=moments.now() - timedelta(minutes=5))

        Session.objects.update(last_used_at=moments.now() - timedelta(minutes=6))
        page = words_of(root.get(done))
        assert "1 user (1 session)." in page
        assert "they stay good" not in page

    @pytest.mark.parametrize("is_checked", [True, False])
    def test_access_tokens_outlive_the_key_of_the_refresh_token(
        self, past, root, django_user_model, settings, is_checked
    ):
        """Also where sessions are checked: none has ended. The page says what would."""
        settings.JWTKIT = {"CHECK_SESSION": is_checked}
        access = sessions.start(django_user_model.objects.create_user("alice")).access
        key = key_in(State.ACTIVE, "refresh")
        page = words_of(root.get(f"{LIST}{key.pk}/revoke/"))
        assert ("end the sessions too (CHECK_SESSION is on)" in page) is is_checked
        assert ("even if the sessions are ended (CHECK_SESSION is off)" in page) is not is_checked
        revoke(root, key)
        me = {"headers": {"authorization": f"Bearer {access}"}}
        assert root.get("/api/me/", **me).status_code == 200
        Session.objects.update(ended_at=moments.now())
        assert (root.get("/api/me/", **me).status_code == 401) is is_checked

    @pytest.mark.parametrize("is_dead", ["inactive", "its key", "ended"])
    def test_only_live_sessions_are_counted(self, past, root, django_user_model, is_dead):
        """A session that is refused anyway loses nothing."""
        alice = django_user_model.objects.create_user("alice")
        sessions.start(alice)
        if is_dead == "inactive":
            django_user_model.objects.filter(pk=alice.pk).update(is_active=False)
        elif is_dead == "ended":
            sessions.end_all(alice)
        key = key_in(State.ACTIVE, "refresh")
        if is_dead == "its key":
            revoke(root, key)
            key = key_in(State.ACTIVE, "refresh")
        assert "session)." not in words_of(root.get(f"{LIST}{key.pk}/revoke/"))

    def test_consumers_of_a_public_key_may_accept_it_for_a_while(self, signing, root):
        """Said before and afterwards, with the time."""
        words = "Consumers that expire their cache may accept it for another 1 day"
        assert words in words_of(root.get(f"{LIST}{signing.pk}/revoke/"))
        done = root.get(revoke(root, signing, kind="leaked", reason="a laptop was stolen").url)
        assert words in words_of(done)
        for promise in (
            "leaked: a laptop was stolen",
            "Keep the log line key_revoked",
            "fetch the JWKS again",
        ):
            assert promise in words_of(done)

    def test_a_standby_has_signed_nothing(self, past, root):
        """No token is refused, nobody is logged out, and nothing has to be typed."""
        key = key_in(State.STANDBY)
        address = f"{LIST}{key.pk}/revoke/"
        page = words_of(root.get(address))
        assert "It has signed nothing yet: no token is refused." in page
        assert "To confirm, type" not in page.replace("  ", " ")
        assert root.post(address, {"kind": "a test"}).status_code == 302
        key.refresh_from_db()
        assert key.reason == "a test"

    @pytest.mark.parametrize("typed", ["", "wrong", "{kid}"])
    def test_a_key_that_signs_is_revoked_only_by_name(self, signing, root, typed):
        """Its first eight letters are typed: a slip of the mouse revokes nothing."""
        answer = revoke(root, signing, confirmation=typed.format(kid=signing.kid))
        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()
        assert active() == signing.kid

    def test_a_whole_ring_is_revoked_by_its_name(self, past, root):
        """As after a restored backup; new keys are made in the same transaction."""
        before = set(StoredKey.objects.filter(ring_id="kinds", archived=False).values_list("kid", flat=True))
        page = f"{LIST}revoke/ring/kinds/"
        assert all(kid in words_of(root.get(page)) for kid in before)
        assert root.post(page, {"kind": "leaked"}).status_code == 200
        done = root.post(page, {"kind": "leaked", "confirmation": "kinds"})
        assert all(kid in words_of(root.get(done.url)) for kid in before)
        states = {key.state() for key in StoredKey.objects.filter(kid__in=before)}
        assert states == {State.REVOKED}
        assert key_in(State.ACTIVE, "kinds").kid not in before

    def test_all_keys_under_a_leaked_sealing_key_are_revoked(self, past, root, settings):
        """Once another one seals: while it is the newest, new keys would be sealed under it too."""
        leaked = next(iter(sealing.sealing_keys()))
        page = f"{LIST}revoke/sealing/{leaked}/"
        answer = root.get(page)
        assert "it is the newest sealing key" in answer.content.decode()
        assert "manage.py revoke_key --all-sealed-under" in answer.content.decode()
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"
        root.force_login(User.objects.get(username="all"))
        assert page in root.get(f"{LIST}{key_in(State.ACTIVE).pk}/change/").content.decode()
        assert words_of(root.get(page)).count("is permanently revoked: for the reason below") == 8
        done = root.post(page, {"kind": "leaked", "confirmation": leaked})
        assert f"sealing={leaked.replace(' ', '+')}" in done.url
        next_steps = words_of(root.get(done.url))
        assert "manage.py reseal_keys" in next_steps
        assert f"Then take the sealing key “{leaked}” out of the settings of every host" in next_steps
        assert leaked not in {sealing.sealed_under(row) for row in StoredKey.objects.exclude(sealed="")}


class TestAdding:
    def test_a_key_is_made_after_its_plan_was_shown(self, past, root):
        """One that takes its turn after the standby's; another algorithm is warned about."""
        page = f"{LIST}make/access/"
        before = StoredKey.objects.count()
        assert "A new ES256 key is made; it signs from" in words_of(root.get(page))
        other = words_of(root.get(page, {"algorithm": "Ed25519"}))
        assert "must be able to verify Ed25519 before the key signs" in other
        assert StoredKey.objects.count() == before
        assert ">HS256</option>" not in root.get(page).content.decode()  # consumers have the public keys only
        line = line_on(root.get(page))
        assert root.post(page, {"algorithm": "none", "line": line}).status_code == 200
        answer = root.post(page, {"algorithm": "Ed25519", "line": line})
        assert "A new Ed25519 key" in messages_on(answer)
        assert StoredKey.objects.filter(alg="Ed25519").count() == 1

    @pytest.mark.parametrize("stale", [{}, {"algorithm": "ES256"}, {"algorithm": "ES256", "line": "other"}])
    def test_a_plan_that_was_not_shown_makes_no_key(self, past, root, stale):
        """Nor does the same click twice, or that of another tab, which showed other dates."""
        page = f"{LIST}make/access/"
        line, before = line_on(root.get(page)), StoredKey.objects.count()
        refused = root.post(page, stale)
        assert "No key was made. Review the new plan." in words_of(refused)
        assert StoredKey.objects.count() == before
        root.post(page, {"algorithm": "ES256", "line": line})
        again = root.post(page, {"algorithm": "ES256", "line": line})
        assert "have changed since the page was shown" in words_of(again)
        assert StoredKey.objects.count() == before + 1
        root.post(page, {"algorithm": "ES256", "line": line_on(again)})
        assert StoredKey.objects.count() == before + 2

    def test_only_what_was_shown_is_imported(self, past, root):
        """Another ring or another end wants another look, and the same click twice is refused."""
        key, page = Key.generate("ES256").public(), f"{LIST}import/"
        form = {"ring": "access", "text": as_jwk(key), "until": "2099-01-31 12:00"}
        form["confirmed"] = root.post(page, form).context["form"].summary
        for change in ({"ring": "refresh"}, {"until": "2098-01-31 12:00"}, {"confirmed": "x"}):
            assert "Nothing was imported. Compare it again." in words_of(root.post(page, form | change))
            assert not StoredKey.objects.filter(kid=key.thumbprint()).exists()
        assert "has been imported" in messages_on(root.post(page, form))
        assert "is stored here already" in messages_on(root.post(page, form))

    def test_a_public_key_is_imported_after_its_thumbprint_was_shown(self, past, root):
        """PEM or JWK; it verifies until the date, and never signs."""
        page, until = f"{LIST}import/", "2099-01-31 12:00"
        for key, text in ((key, write(key)) for write in (as_pem, as_jwk) for key in [Key.generate("ES256")]):
            form = {"ring": "access", "text": text, "until": until}
            assert key.thumbprint() in words_of(root.post(page, form))
            assert not StoredKey.objects.filter(kid=key.thumbprint()).exists()
            summary = root.post(page, form).context["form"].summary
            assert root.post(page, form | {"confirmed": summary}).status_code == 302
            row = StoredKey.objects.get(kid=key.thumbprint())
            assert (row.state(), row.sealed) == (State.VERIFY_ONLY, "")
            assert KeyEvent.objects.get(kid=row.kid, action="imported").who == "all"

    @pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
    def test_a_key_may_verify_until_the_end_of_the_calendar(self, past, root, settings, zone):
        """No page fails where the reader's zone has no date for that hour."""
        key, end = Key.generate("ES256").public(), datetime(9999, 12, 31, tzinfo=UTC)
        with pytest.raises(errors.KeyUnusableError, match="Trust must end by"):
            keys.import_key("access", key, verify_until=datetime.max.replace(tzinfo=UTC))
        row = keys.import_key("access", key, verify_until=end)
        settings.TIME_ZONE = zone
        revoked = f"{LIST}revoked/?keys={row.pk}"
        for page in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/revoke/", "/admin/jwtkit/"):
            assert root.get(page).status_code == 200
        keys.revoke(row.kid, reason="test")
        assert root.get(revoked).status_code == 200

    @pytest.mark.threat("LEAK-006")
    @pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
    def test_a_secret_is_refused_and_never_sent_back(self, past, root, algorithm):
        """By decision: it has been in a browser, so it is as good as leaked."""
        key = Key.generate(algorithm)
        secret = key.to_dict(private=True)
        form = {"ring": "access", "text": json.dumps(secret), "until": "2099-01-31 12:00"}
        answer = root.post(f"{LIST}import/", form | {"confirmed": key.thumbprint()})
        assert "treat it as leaked" in words_of(answer)
        assert str(secret["k" if algorithm == "HS256" else "d"]) not in answer.content.decode()
        assert not StoredKey.objects.filter(kid__in=[key.kid, key.thumbprint()]).exists()

    @pytest.mark.parametrize(
        ("text", "until", "words"),
        [
            ("garbage", "2099-01-31 12:00", "This is neither a PEM nor the JSON of a JWK."),
            ('{"keys": []}', "2099-01-31 12:00", "This is a JWK Set"),
            ("-----BEGIN PUBLIC KEY-----", "2099-01-31 12:00", "errorlist"),
            ("{}", "2001-01-31 12:00", "This is in the past"),
            ("{}", "9" * 40, "errorlist"),
            ("{}", "0001-01-01 00:00", "In UTC this must be a date of the years 1 to 9999."),
        ],
    )
    def test_nonsense_is_answered_in_words(self, past, root, settings, text, until, words):
        settings.TIME_ZONE = "Asia/Tokyo"
        answer = root.post(f"{LIST}import/", {"ring": "access", "text": text, "until": until})
        assert words in unescape(answer.content.decode())

    @pytest.mark.threat("KEY-018")
    def test_only_a_superuser_imports(self, past, browser):
        """The owner of the private part can forge a token of any user."""
        keeper = browser("view_storedkey", "rotate_key", "revoke_key")
        assert "import/" not in keeper.get(LIST).content.decode()
        assert keeper.get(f"{LIST}import/").status_code == 403
        assert keeper.post(f"{LIST}import/", {}).status_code == 403
        looker = browser("view_storedkey", "revoke_key")
        for client, status in ((keeper, 200), (looker, 403)):
            assert client.get(f"{LIST}make/access/").status_code == status


def line_on(answer):
    """Return the keys behind which the page of a new key says that it stands."""
    return re.search(r'name="line" value="([^"]+)"', answer.content.decode())[1]


def as_pem(key):
    return key.to_pem().decode()


def as_jwk(key):
    return json.dumps(key.public().to_dict())


class TestTransactions:
    @pytest.mark.django_db(transaction=True)
    def test_atomic_requests_do_not_stand_in_the_way(self, signing, root, monkeypatch):
        """Keys change in a transaction of their own, whatever the project wraps its requests in."""
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
        root.post(ROTATE, {"signing": signing.kid})
        second = active()
        assert second != signing.kid
        key = StoredKey.objects.get(kid=second)
        revoke(root, key)
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
        assert words_of(page).partition("The next run of")[2].count("can't be read") == 4
        assert "Active – cannot sign" in words_of(page)
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
        assert ">partners</text>" in page
        assert f'title="{key.kid}"' in page
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
        doors = ("rotate/access/", "due/access/", "make/access/", "revoke/ring/access/")
        for door in (*doors, f"{signing.pk}/revoke/", f"revoked/?keys={signing.pk}"):
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


def test_no_sentence_ends_in_two_full_stops(signing, root):
    """A time may end in one of its own: "2 p.m."."""
    for page in (ROTATE, f"{LIST}{signing.pk}/revoke/", f"{LIST}{signing.pk}/change/", f"{LIST}make/access/"):
        assert ".." not in words_of(root.get(page)), page
