"""The pages of sessions: logins, read-only, and the actions that end them."""

import html
import json
import sys
import uuid
from base64 import urlsafe_b64decode as b64decode
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import path

from django_jwtkit import keys, moments, sessions
from django_jwtkit.admin import SessionAdmin, SessionsInline
from django_jwtkit.admin.sessions.devices import device_of
from django_jwtkit.admin.sessions.states import REASONS
from django_jwtkit.admin.sessions.story import STORIES
from django_jwtkit.errors import SessionEnded
from django_jwtkit.jose import unverified_header
from django_jwtkit.sessions import Session

LIST = "/admin/jwtkit/session/"
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice")


@pytest.fixture
def logins(alice):
    """Three of alice and one of bob, by their tokens."""
    phone = RequestFactory().post("/", headers={"user-agent": "A phone <b>"}, REMOTE_ADDR="198.51.100.7")
    bob = User.objects.create_user("bob")
    return [sessions.start(user, request=phone) for user in (alice, alice, alice, bob)]


def ask(client, chosen, action="end_selected", **more):
    """Press the button on the list."""
    boxes = [str(session.pk) for session in chosen]
    return client.post(LIST, {"action": action, "_selected_action": boxes, "index": "0", **more})


def confirm(client, chosen, action="end_selected", **more):
    """Press the button on the page that asks."""
    boxes = [str(session.pk) for session in chosen]
    return client.post(LIST, {"action": action, "_selected_action": boxes, "confirmed": "yes", **more})


def many(user, count):
    """Write `count` sessions of a user at once."""
    sessions.start(user)
    row = Session.objects.values().get()
    Session.objects.bulk_create(Session(**{**row, "id": uuid.uuid4()}) for _ in range(count - 1))


def live():
    return Session.objects.filter(ended_at=None)


def messages_on(answer):
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


class TestWhatIsShown:
    def test_the_list_tells_who_is_logged_in_from_where(self, logins, root):
        """What the client sent is text, not markup."""
        page = root.get(LIST).content.decode()
        assert page.count('<span class="jwtkit-badge jwtkit-live">Live</span>') == 4
        assert "198.51.100.7" in page
        assert "A phone &lt;b&gt;" in page
        assert "alice" in page

    def test_each_state_has_its_word_and_its_filter(self, logins, alice, root):
        """Live, expired, ended with its reason."""
        first, second, *_ = Session.objects.filter(user=alice)
        sessions.end(first.pk, reason="lost phone")
        Session.objects.filter(pk=second.pk).update(expires_at=moments.now() - timedelta(days=1))
        for state, count in {"live": 2, "expired": 1, "ended": 1}.items():
            answer = root.get(f"{LIST}?state={state}")
            assert answer.context["cl"].result_count == count
            assert answer.content.decode().count(f"jwtkit-badge jwtkit-{state}") == count
        assert "lost phone" in root.get(LIST).content.decode()

    def test_a_session_that_will_be_refused_says_why(self, logins, alice, root):
        """Its dates say live, its user does not."""
        alice.set_password("another")
        alice.save()
        User.objects.filter(username="bob").update(is_active=False)
        page = root.get(LIST).content.decode()
        assert "jwtkit-live" not in page
        assert page.count('<span class="jwtkit-badge jwtkit-refused">Dead</span>') == 4
        assert page.count("will be refused: the password or SECRET_KEY has changed") == 3
        assert page.count("will be refused: the user is inactive") == 1

    @pytest.mark.parametrize("query", ["ali", "198.51.100.7", "{pk}"])
    def test_a_session_is_found_by_user_address_and_id(self, alice, root, query):
        """The id is what logs and `sid` claims hold."""
        request = RequestFactory().post("/", REMOTE_ADDR="198.51.100.7")
        sessions.start(alice, request=request)
        sessions.start(User.objects.create_user("bob"))
        rows = (
            root.get(LIST, {"q": query.format(pk=Session.objects.get(user=alice).pk)}).context["cl"].queryset
        )
        assert [session.user for session in rows] == [alice]

    def test_a_list_costs_a_fixed_number_of_queries(self, logins, root):
        """Users come with their sessions."""
        root.get(LIST)
        with CaptureQueriesContext(connection) as many:
            root.get(LIST)
        Session.objects.exclude(pk=Session.objects.first().pk).delete()
        with CaptureQueriesContext(connection) as few:
            root.get(LIST)
        assert len(few) == len(many)

    @pytest.mark.threat("LEAK-006", "LEAK-001")
    def test_no_page_shows_a_token_or_a_password_stamp(self, logins, root):
        """Nor can they be read out by a filter in the address, or searched for."""
        session = Session.objects.first()
        for address in (LIST, f"{LIST}{session.pk}/change/", f"{LIST}{session.pk}/history/"):
            page = root.get(address).content.decode()
            assert session.auth_hash not in page
            assert not [pair for pair in logins if pair.refresh in page or pair.access in page]
        for lookup in ("auth_hash__startswith", "counter", "user__password__startswith", "rotated_at__gt"):
            assert root.get(LIST, {lookup: "1"}).status_code == 400
        assert root.get(LIST, {"q": session.auth_hash[:12]}).context["cl"].result_count == 0


class TestEnd:
    def test_pressing_the_button_asks_first(self, logins, root):
        """The page names the sessions; nothing has ended."""
        answer = ask(root, live())
        assert answer.status_code == 200
        for session in live():
            assert str(session.pk) in answer.content.decode()
        assert live().count() == 4

    def test_on_confirmation_the_chosen_sessions_end_and_no_others(self, logins, root):
        """Their refresh tokens are dead at once."""
        chosen = live().filter(user__username="bob")
        answer = confirm(root, list(chosen))
        assert answer.status_code == 302
        assert "1 session has ended." in messages_on(answer)
        with pytest.raises(SessionEnded):
            sessions.refresh(logins[3].refresh)
        assert live().count() == 3

    def test_all_sessions_of_a_user_end_by_one_of_them(self, logins, alice, root):
        """Whoever reports a stolen phone wants them all ended."""
        chosen = list(live().filter(user=alice)[:1])
        assert (
            ask(root, chosen, "end_all_of_these_users").content.decode().count("<strong>alice</strong>") == 3
        )
        confirm(root, chosen, "end_all_of_these_users")
        assert {session.user.username for session in live()} == {"bob"}

    def test_all_across_the_pages_end_too(self, logins, root):
        """Without one hidden field a session, of which Django takes a thousand at most."""
        first = list(live()[:1])
        page = ask(root, first, select_across="1").content.decode()
        assert page.count('name="_selected_action"') == 1
        assert 'name="select_across" value="1"' in page
        confirm(root, first, select_across="1")
        assert not live().exists()

    def test_it_is_written_down_who_ended_it(self, logins, root):
        """In the row, and in the admin's log."""
        session = live().first()
        confirm(root, [session])
        session.refresh_from_db()
        assert session.end_reason == "admin"
        entry = LogEntry.objects.get(object_id=str(session.pk))
        assert (entry.user.username, entry.get_change_message()) == ("all", "Ended.")

    def test_what_has_ended_already_stays_as_it_is(self, logins, root):
        """Its reason is its own."""
        session = live().first()
        sessions.end(session.pk, reason="logout")
        assert "Nothing to end." in ask(root, [session]).content.decode()
        assert "0 sessions have ended." in messages_on(confirm(root, [session]))
        session.refresh_from_db()
        assert session.end_reason == "logout"
        assert not LogEntry.objects.exists()

    def test_who_may_only_look_may_not_end(self, logins, browser):
        """The action is neither offered nor taken."""
        looker = browser("view_session")
        assert "End selected sessions" not in looker.get(LIST).content.decode()
        confirm(looker, live())
        assert live().count() == 4

    def test_the_permission_suffices(self, logins, browser):
        """No superuser is needed."""
        confirm(browser("view_session", "end_session"), live())
        assert not live().exists()

    def test_a_foreign_form_cannot_end_a_session(self, logins, root):
        """Django's CSRF check stands before the action."""
        root.handler.enforce_csrf_checks = True
        assert confirm(root, live()).status_code == 403
        assert live().count() == 4

    def test_a_link_cannot_end_a_session(self, logins, root):
        """Actions go by POST."""
        root.get(
            LIST, {"action": "end_selected", "_selected_action": str(live().first().pk), "confirmed": "yes"}
        )
        assert live().count() == 4

    @pytest.mark.parametrize("page", ["{pk}/end/", "user/{user}/end/"])
    def test_a_page_ends_a_session_or_all_of_its_user(self, logins, alice, root, page):
        """It asks first, and goes back to where it was pressed."""
        session = live().filter(user=alice).first()
        address = LIST + page.format(pk=session.pk, user=alice.pk)
        assert str(session.pk) in root.get(address).content.decode()
        assert live().count() == 4
        answer = root.post(address, {"confirmed": "yes"})
        assert answer.status_code == 302
        assert live().count() == (3 if "pk" in page else 1)
        assert root.get(answer.url).status_code == 200

    @pytest.mark.parametrize("page", ["nonsense/end/", "user/nonsense/end/", "user/999999/end/"])
    def test_a_page_of_nothing_is_not_found(self, logins, root, page):
        """Whatever stands in the address."""
        assert root.get(LIST + page).status_code == 404
        assert root.post(LIST + page, {"confirmed": "yes"}).status_code == 404

    def test_a_page_that_ends_wants_the_permission(self, logins, browser):
        """To look is not to end."""
        session = live().first()
        looker = browser("view_session")
        for page in (f"{session.pk}/end/", f"user/{session.user_id}/end/"):
            assert looker.post(LIST + page, {"confirmed": "yes"}).status_code == 403
        assert live().count() == 4

    def test_many_end_in_batches_and_are_written_down_together(self, alice, root, monkeypatch, settings):
        """Thousands cost an UPDATE a batch, and one entry in the admin's log. The page counts them all."""
        many(alice, 2500)
        monkeypatch.setattr("django_jwtkit.admin.sessions.listing.pages.LISTED", 100)
        page = ask(root, live()[:1], select_across="1").content.decode()
        assert "These 2500 sessions will end at once" in page.replace(",", "")
        with CaptureQueriesContext(connection) as statements:
            answer = confirm(root, live()[:1], select_across="1")
        assert "2500 sessions have ended." in messages_on(answer)
        texts = [statement["sql"] for statement in statements]
        updates = [text for text in texts if text.startswith("UPDATE") and "jwtkit_session" in text]
        assert len(updates) == 3
        assert LogEntry.objects.get().object_repr == "2500 sessions"

    @pytest.mark.parametrize("is_checked", [True, False])
    def test_the_page_says_how_long_access_tokens_stay_good(self, logins, root, settings, is_checked):
        """A logout is not the whole truth without it. The page knows the setting."""
        settings.JWTKIT = {"ACCESS_TOKEN_LIFETIME": timedelta(minutes=7), "CHECK_SESSION": is_checked}
        page = ask(root, live()).content.decode()
        assert ("are refused at once: each request asks for the session" in page) is is_checked
        assert ("stay good for up to 7 minutes: CHECK_SESSION is off." in page) is not is_checked

    def test_a_row_that_is_open_leads_to_its_end(self, logins, root, browser):
        """For a user with the permission."""
        sessions.end(live().filter(user__username="bob").get().pk)
        page = root.get(LIST).content.decode()
        assert page.count(">End…</a>") == 3
        assert f'href="{LIST}{live().first().pk}/end/" aria-label="End the session of alice"' in page
        assert ">End…</a>" not in browser("view_session").get(LIST).content.decode()


class TestFilters:
    def test_by_last_use_by_reason_and_by_user(self, logins, alice, root):
        """What an operator knows of a login: when, why, and whose."""
        first, second, *_ = Session.objects.filter(user=alice)
        sessions.end(first.pk, reason="logout")
        Session.objects.filter(pk=second.pk).update(last_used_at=moments.now() - timedelta(days=8))
        counts = {"used=day": 3, "used=week": 3, "used=month": 4, "used=before": 0, "reason=logout": 1}
        counts |= {"reason=admin": 0, f"user__exact={alice.pk}": 3, "state=nonsense": 4}
        for query, count in counts.items():
            assert root.get(f"{LIST}?{query}").context["cl"].result_count == count, query

    @pytest.mark.parametrize("query", ["user__exact={alice}", "q=ali"])
    def test_the_state_is_exact_where_the_list_is_about_few_users(self, logins, alice, root, query):
        """A changed password is found by loading the user."""
        alice.set_password("another")
        alice.save()
        later = sessions.start(alice)
        query = query.format(alice=alice.pk)
        assert count_of(root, f"state=refused&{query}") == 3
        live_ones = root.get(f"{LIST}?state=live&{query}")
        assert [str(row.pk) for row in live_ones.context["cl"].result_list] == [sid_of(later)]
        assert "passwords not compared" not in live_ones.content.decode()
        assert count_of(root, f"state=open&{query}") == 4

    def test_the_state_of_many_users_says_that_no_password_was_compared(self, logins, alice, root, settings):
        """In the filter, and on the overview, which counts the same."""
        alice.set_password("another")
        alice.save()
        page = root.get(f"{LIST}?state=live")
        assert page.context["cl"].result_count == 4
        assert "Live, passwords not compared" in page.content.decode()
        overview = html.unescape(root.get("/admin/jwtkit/").content.decode())
        assert "4 live sessions</a>, passwords not compared" in overview

    def test_no_password_is_compared_where_a_search_finds_many(self, logins, root, monkeypatch):
        """Each user costs a hash or more."""
        monkeypatch.setattr("django_jwtkit.admin.sessions.listing.passwords.FEW", 0)
        assert "Dead, passwords not compared" in root.get(f"{LIST}?q=bob&state=live").content.decode()
        assert "passwords not compared" in root.get(f"{LIST}?q=%00&state=live").content.decode()

    def test_a_stamp_under_a_fallback_is_live(self, logins, alice, root, settings):
        """As everywhere else."""
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 50, [settings.SECRET_KEY]
        assert count_of(root, f"state=live&user__exact={alice.pk}") == 3
        settings.SECRET_KEY_FALLBACKS = []
        assert count_of(root, f"state=live&user__exact={alice.pk}") == 0

    def test_a_user_is_found_by_their_address_too(self, logins, alice, root):
        """Support knows the e-mail, not the name."""
        User.objects.filter(pk=alice.pk).update(email="someone@example.com")
        assert root.get(LIST, {"q": "someone@"}).context["cl"].result_count == 3

    def test_more_than_the_list_holds_is_said(self, logins, root, monkeypatch):
        """No number that is untrue."""
        monkeypatch.setattr("django_jwtkit.admin.sessions.listing.pages.LISTED", 2)
        page = root.get(LIST).content.decode()
        assert "more than 2 such sessions" in page
        assert "more than 2 sessions" in page
        assert "2 results" not in page


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
            "Chrome 130 on Windows",
        ),
        ("curl/8.1", "curl 8"),
        ("x" * 300, "x" * 60 + "…"),
        ("", ""),
    ],
)
def test_a_device_is_told_in_words(user_agent, words):
    """Chosen by the client: nothing of it is trusted."""
    assert device_of(user_agent) == words


def test_without_the_extra_the_user_agent_is_shown(monkeypatch):
    """Its beginning."""
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    assert device_of.__wrapped__("Mozilla/5.0 (Windows)") == "Mozilla/5.0 (Windows)"


class Users(UserAdmin):
    inlines = (SessionsInline,)


site = admin.AdminSite()
site.register(User, Users)
site.register(Session, SessionAdmin)
urlpatterns = [path("admin/", site.urls)]


@pytest.mark.urls(__name__)
class TestOnThePageOfAUser:
    def test_live_sessions_stand_on_it(self, logins, alice, root):
        """With links to them, and to the end of all."""
        first = Session.objects.filter(user=alice).first()
        sessions.end(first.pk)
        page = root.get(f"/admin/auth/user/{alice.pk}/change/").content.decode()
        assert page.count('<span class="jwtkit-badge jwtkit-live">') == 2
        assert f"/admin/jwtkit/session/user/{alice.pk}/end/" in page
        sessions.end_all(alice)
        page = root.get(f"/admin/auth/user/{alice.pk}/change/").content.decode()
        assert f"/admin/jwtkit/session/user/{alice.pk}/end/" not in page

    def test_the_newest_are_shown_and_the_others_counted(self, alice, root):
        """With a link to the list of them."""
        many(alice, 13)
        page = root.get(f"/admin/auth/user/{alice.pk}/change/").content.decode()
        assert page.count('<span class="jwtkit-badge jwtkit-live">') == 10
        link = f'<a href="/admin/jwtkit/session/?user__exact={alice.pk}&amp;state=open">3 more</a>'
        assert link in page
        assert root.get(f"{LIST}?user__exact={alice.pk}&state=open").context["cl"].result_count == 13

    def test_the_others_are_counted_to_a_bound(self, alice, root, monkeypatch):
        """A machine that logs in each minute has a million."""
        monkeypatch.setattr("django_jwtkit.admin.sessions.inline.LISTED", 2)
        many(alice, 13)
        assert ">more than 2 more<" in root.get(f"/admin/auth/user/{alice.pk}/change/").content.decode()

    def test_a_user_with_a_thousand_sessions_can_be_saved(self, alice, root):
        """Their sessions are text: the form has no field of them, and changes none."""
        many(alice, 1009)
        address = f"/admin/auth/user/{alice.pk}/change/"
        before = list(Session.objects.order_by("pk").values())
        answer = root.get(address)
        assert "jwtkit_sessions-0" not in answer.content.decode()
        form = answer.context["adminform"].form
        data = {name: form.initial.get(name) for name in ("username", "first_name", "last_name", "email")}
        joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        answer = root.post(address, {**data, **joined, "first_name": "Alice"})
        assert answer.status_code == 302
        alice.refresh_from_db()
        assert (alice.first_name, alice.is_active) == ("Alice", False)
        assert list(Session.objects.order_by("pk").values()) == before

    def test_a_new_user_can_be_added(self, root):
        """The page has a place for their sessions before there are any."""
        words = {"username": "carol", "password1": "a long phrase", "password2": "a long phrase"}
        assert root.post("/admin/auth/user/add/", {**words, "usable_password": "true"}).status_code == 302
        assert User.objects.filter(username="carol").exists()


class TestNothingCanBeChanged:
    @pytest.mark.parametrize("door", ["add/", "{pk}/delete/", "{pk}/change/"])
    def test_even_a_superuser_adds_changes_and_deletes_nothing(self, logins, root, door):
        """Sessions begin with a login and end with an action."""
        before = list(Session.objects.values())
        address = LIST + door.format(pk=Session.objects.first().pk)
        assert root.post(address, {"post": "yes", "counter": "0"}).status_code == 403
        assert list(Session.objects.values()) == before

    @pytest.mark.parametrize("by_action", [False, True])
    def test_a_user_with_sessions_can_be_deleted(self, logins, alice, browser, by_action):
        """Sessions that nobody may delete must not keep their user alive."""
        keeper = browser("view_user", "delete_user")
        page = f"/admin/auth/user/{alice.pk}/delete/"
        many = {"action": "delete_selected", "_selected_action": str(alice.pk), "post": "yes"}
        answer = keeper.post("/admin/auth/user/", many) if by_action else keeper.post(page, {"post": "yes"})
        assert answer.status_code == 302
        assert not User.objects.filter(username="alice").exists()
        assert Session.objects.count() == 1

    def test_without_permission_sessions_are_not_even_seen(self, logins, browser):
        """Nor is the list mentioned in the index."""
        nobody = browser("view_storedkey")
        assert "/jwtkit/session/" not in nobody.get("/admin/").content.decode()
        assert nobody.get(LIST).status_code == 403

    def test_pages_need_no_inline_style_or_script(self, logins, root):
        """They work under `Content-Security-Policy: default-src 'self'`."""
        answers = [root.get(LIST), root.get(f"{LIST}{Session.objects.first().pk}/change/"), ask(root, live())]
        for page in (answer.content.decode() for answer in answers):
            assert " style=" not in page
            assert "<style" not in page


def count_of(client, query):
    """Return how many sessions a list has."""
    return client.get(f"{LIST}?{query}").context["cl"].result_count


def page_of(client, session, site="admin"):
    return client.get(f"/{site}/jwtkit/session/{session.pk}/change/").content.decode()


def sid_of(pair):
    return json.loads(b64decode(pair.access.split(".")[1] + "=="))["sid"]


def revoked(pair):
    """Revoke the key that signed the refresh token."""
    keys.revoke(unverified_header(pair.refresh)["kid"], reason="leaked")


class TestTheStory:
    """An operator hears "I was logged out", and knows a name."""

    @pytest.mark.parametrize("reason", sorted(REASONS))
    def test_each_end_of_ours_is_explained(self, logins, root, reason):
        """No reason is without words for the event and for the remedy."""
        session = live().first()
        sessions.end(session.pk, reason=reason)
        page = page_of(root, session)
        assert str(STORIES[reason].happened) in html.unescape(page)
        assert str(STORIES[reason].advice) in html.unescape(page)
        assert "End this session" not in page

    def test_an_end_of_the_projects_own_says_so(self, logins, root):
        """And its reason stands on the page."""
        session = live().first()
        sessions.end(session.pk, reason="lost phone")
        page = page_of(root, session)
        assert "for a reason of its own" in page
        assert "lost phone" in page

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"expires_at": -DAY, "ends_by": DAY}, "not used for too long"),
            ({"expires_at": -DAY, "ends_by": -DAY}, "reached its absolute limit"),
        ],
    )
    def test_the_two_limits_are_told_apart(self, logins, root, change, words):
        """One is renewed by use, the other never."""
        session, now = live().first(), moments.now()
        Session.objects.filter(pk=session.pk).update(**{name: now + span for name, span in change.items()})
        assert words in page_of(root, session)
        assert words in root.get(LIST).content.decode()

    def test_a_changed_secret_key_is_not_taken_for_a_password(self, logins, root, settings):
        """One stamp has both, so the page names both, and how to tell."""
        secret, settings.SECRET_KEY = settings.SECRET_KEY, "x" * 50
        root.force_login(User.objects.get(username="all"))
        page = html.unescape(page_of(root, live().first()))
        assert "the user's password has changed, or SECRET_KEY has" in page
        assert "put the old one into SECRET_KEY_FALLBACKS, and they go on" in page
        settings.SECRET_KEY_FALLBACKS = [secret]
        assert sessions.refresh(logins[0].refresh)

    def test_who_ended_it_in_the_admin_is_named(self, logins, root, caplog):
        """Else the log knows."""
        first, second = live()[:2]
        confirm(root, [first])
        sessions.end(second.pk)
        assert "<dd>all, <time" in page_of(root, first)
        with caplog.at_level("INFO", "django_jwtkit.sessions"):
            assert "the log line session_ended (INFO) has it" in page_of(root, second)
        with caplog.at_level("WARNING", "django_jwtkit.sessions"):
            assert "writes no line session_ended, which has level INFO" in page_of(root, second)

    def test_an_ended_session_has_no_end_before_it(self, logins, root):
        """But when it ended."""
        first, second = live()[:2]
        sessions.end(first.pk)
        assert "<dt>Ends by</dt>" not in page_of(root, first)
        assert "<dt>Ended</dt><dd><time" in page_of(root, first)
        assert "<dt>Ends by</dt><dd><time" in page_of(root, second)
        assert "<dt>Ended</dt>" not in page_of(root, second)

    def test_refreshes_and_strays_are_counted(self, logins, root, settings):
        """Where a setting has nothing counted, the page names it."""
        session = live().first()
        assert "<dt>Refreshes</dt><dd>none yet</dd><dt>Strays</dt><dd>none so far</dd>" in page_of(
            root, session
        )
        columns = {"counter": 7, "rotated_at": moments.now(), "strays": 2, "stray_counter": 6}
        Session.objects.filter(pk=session.pk).update(**columns)
        page = page_of(root, session)
        assert "<dt>Refreshes</dt><dd>7, the last one <time" in page
        assert "2 refreshes in a row went to a second client too, the last one was no. 6" in page
        settings.JWTKIT = {"ROTATE_REFRESH": False, "RECORD_CLIENT": False}
        page = page_of(root, live().last())
        assert "not counted: ROTATE_REFRESH is off" in page
        assert "not counted: RECORD_CLIENT is off" in page

    def test_a_session_whose_key_is_revoked_is_not_live(self, logins, alice, root):
        """Its dates say live; the list, its filter, the overview and the page do not."""
        revoked(logins[0])
        later = sessions.start(alice)
        assert root.get(f"{LIST}?state=live").context["cl"].result_count == 1
        page = root.get(f"{LIST}?state=refused").content.decode()
        assert page.count("will be refused: its key has been revoked") == 4
        assert "1 live session" in root.get("/admin/jwtkit/").content.decode()
        dead = page_of(root, Session.objects.exclude(pk=sid_of(later)).first())
        assert "The key of its refresh token has been revoked" in dead
        assert "The session is live, and its next refresh succeeds." in page_of(
            root, Session.objects.get(pk=sid_of(later))
        )

    def test_a_denied_key_ends_its_sessions_too(self, logins, root, settings):
        """`DENY_KIDS` needs no row."""
        kid = unverified_header(logins[0].refresh)["kid"]
        settings.JWTKIT = {"DENY_KIDS": [kid[:12]]}
        assert root.get(f"{LIST}?state=live").context["cl"].result_count == 0

    def test_without_rotation_the_login_counts(self, alice, root, settings):
        """Then the token is as old as its session, whenever it was last used."""
        settings.JWTKIT = {"ROTATE_REFRESH": False}
        pair, now = sessions.start(alice), moments.now()
        keys.rotate("refresh", at_once=True, force=True)
        Session.objects.update(last_used_at=now + DAY)
        revoked(pair)
        assert root.get(f"{LIST}?state=live").context["cl"].result_count == 0

    @pytest.mark.parametrize(
        ("checked", "ago", "words"),
        [
            (True, 0, "refused at once: each request asks for the session"),
            (False, 0, "may still be accepted for another"),
            (False, 1, "expired, all of them"),
        ],
    )
    def test_the_page_says_whether_access_tokens_still_live(
        self, logins, root, settings, checked, ago, words
    ):
        """By CHECK_SESSION, and by their lifetime."""
        settings.JWTKIT = {"CHECK_SESSION": checked}
        session = live().first()
        sessions.end(session.pk)
        Session.objects.filter(pk=session.pk).update(ended_at=moments.now() - ago * DAY)
        assert words in page_of(root, session)

    def test_links_need_the_permission_for_where_they_lead(self, logins, root, browser):
        """The key's page, the inspector."""
        session = live().first()
        for client, count in ((root, True), (browser("view_session"), False)):
            page = page_of(client, session)
            assert ("/admin/jwtkit/storedkey/" in page[page.index("jwtkit-story") :]) is count
            assert ("/admin/jwtkit/inspect/" in page[page.index("jwtkit-story") :]) is count

    def test_a_page_costs_as_much_among_many_sessions(self, logins, alice, root):
        """Not a question more."""
        session, counts = live().first(), []
        for _ in range(2):
            page_of(root, session)
            with CaptureQueriesContext(connection) as queries:
                page_of(root, session)
            counts.append(len(queries))
            for _ in range(5):
                sessions.start(alice)
        assert counts[0] == counts[1]
