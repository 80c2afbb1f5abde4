"""From page to page: an operator follows links, and no link leads to a refusal."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages

from django_jwtkit import keys, sessions
from django_jwtkit.jose import unverified_header
from django_jwtkit.keys import KeyEvent, State, StoredKey, sealing
from django_jwtkit.sessions import Session
from tests.keys.rows import key_in, wipe
from tests.support import unhealthy

ROOT = "/admin/jwtkit/"
KEYS, SESSIONS, EVENTS, INSPECT = (
    f"{ROOT}{name}/" for name in ("storedkey", "session", "keyevent", "inspect")
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice")


@pytest.fixture
def pair(past, alice):
    return sessions.start(alice)


def content(client, address):
    return client.get(address).content.decode().partition('id="content"')[2]


def links(client, address):
    """The addresses of ours that a page offers."""
    body = content(client, address)
    addresses = {unescape(link) for link in re.findall(r'href="([^"#]+)', body)}
    own = {f"{address.partition('?')[0]}{link}" if link.startswith("?") else link for link in addresses}
    return {link for link in own if link.startswith(ROOT) and "export" not in link}


def key_page(ring="refresh", state=State.ACTIVE):
    return f"{KEYS}{key_in(state, ring).pk}/change/"


def leave_alone(pair):
    """Change nothing."""


def end_session(pair):
    sessions.end(Session.objects.get().pk)


def revoke_ring(pair):
    """Revoke all keys of a ring that makes no new ones."""
    kids = list(StoredKey.objects.filter(ring_id="kinds").values_list("kid", flat=True))
    keys.revoke(*kids, reason="leaked")


def forget_all(pair):
    wipe()
    keys.forget()


@pytest.mark.parametrize("change", [leave_alone, end_session, revoke_ring, forget_all])
def test_no_link_leads_to_a_refusal(pair, root, change):
    """Each answers with a page that says something, and not with the list and a message."""
    change(pair)
    pages = [ROOT, KEYS, SESSIONS, EVENTS, f"{KEYS}?state=ended"]
    pages += [f"{KEYS}{key.pk}/change/" for key in StoredKey.objects.all()[:12]]
    pages += [f"{SESSIONS}{session.pk}/change/" for session in Session.objects.all()]
    for link in sorted({link for page in pages for link in links(root, page)}):
        answer = root.get(link)
        assert answer.status_code == 200, link
        assert [str(message) for message in get_messages(answer.wsgi_request)] == [], link


@pytest.mark.parametrize("state", unhealthy.STATES, ids=lambda state: state.__name__)
def test_what_is_wrong_leads_to_the_page_that_fixes_it(state, browser, settings):
    """For those who may fix it; others read the command."""
    unhealthy.make(state, settings)
    verdict = {}
    for user in (("all",), ("view_storedkey",)):
        body = content(browser(*user), ROOT)
        verdict[user] = body[body.index("jwtkit-verdict") : body.index("</section>")]
    has_page = bool(re.search(rf'href="{KEYS}(\d+/revoke/|due/(\w+/)?|rotate/\w+/)"', verdict[("all",)]))
    # A sealing key that is missing is put back into the settings, which no page does.
    assert has_page is ("can't be opened" not in unhealthy.STATES[state][0])
    assert not re.search("revoke/|due/|rotate/", verdict[("view_storedkey",)])


def test_an_emergency_begins_on_the_first_page(pair, browser, root):
    """With the pages that this user may use, and no others."""
    newest = next(iter(sealing.sealing_keys()))
    for permissions, expected in {
        ("all",): {KEYS, f"{KEYS}revoke/sealing/{newest}/", SESSIONS, INSPECT},
        ("view_storedkey", "revoke_key"): {KEYS, f"{KEYS}revoke/sealing/{newest}/"},
        ("view_storedkey", "view_session"): {SESSIONS},
        ("view_storedkey",): set(),
    }.items():
        body = content(browser(*permissions) if permissions != ("all",) else root, ROOT)
        start = body.find('id="jwtkit-emergencies"')
        section = body[start : body.index("</section>", start)] if start >= 0 else ""
        assert set(re.findall(r'href="([^"#]+)', section)) == expected, permissions


def test_a_leaked_sealing_key_is_chosen_by_its_name(past, browser, settings):
    """Another one in front of it seals no key yet: the page that revokes is that of the one before."""
    (old,) = sealing.sealing_keys()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"
    new = next(iter(sealing.sealing_keys()))
    root = browser("all")
    body = content(root, ROOT)
    (address,) = re.findall(rf'href="({KEYS}revoke/sealing/[^"]+)">The sealing key “{old}”', body)
    assert "revoke/sealing/" + new not in body
    number = sealing_count(root, old)
    assert number > 1
    assert sealing_count(root, new) == 0
    assert content(root, address).count('<h2><code dir="ltr" class="jwtkit-id">') == number
    keys.rotate("access", at_once=True, force=True)
    assert f"revoke/sealing/{new}" in content(root, ROOT)


def sealing_count(client, key_id):
    """Return the number of keys under a sealing key that the overview names."""
    return int(re.search(rf"(\d+) keys? under <code[^>]*>{re.escape(key_id)}<", content(client, ROOT))[1])


class TestFromAKey:
    def test_to_its_sessions_and_their_number(self, pair, alice, root, browser):
        """Of the key that signs refresh tokens: the others carry no logins."""
        page, number = key_page(), key_in(State.ACTIVE, "refresh").pk
        assert "1 session</a> rest on it" in content(root, page)
        assert f"{SESSIONS}?key={number}" in links(root, page)
        assert root.get(f"{SESSIONS}?key={number}").context["cl"].result_count == 1
        assert "session/?key" not in content(root, key_page("access"))
        assert "session/?key" not in content(browser("view_storedkey"), page)
        keys.revoke(unverified_header(pair.refresh)["kid"], reason="leaked")
        assert "are refused because of it" in content(root, f"{KEYS}{number}/change/")

    @pytest.mark.parametrize("number", ["999999999", "x", "9" * 40, "-1", "1;2"])
    def test_another_number_filters_nothing_in(self, pair, root, number):
        """Nor is it an error."""
        assert root.get(f"{SESSIONS}?key={number}").context["cl"].result_count == 0

    def test_the_filter_wants_the_permission_for_keys(self, pair, browser):
        """Else it would tell whose token a key has signed."""
        number = key_in(State.ACTIVE, "refresh").pk
        page = browser("view_session").get(f"{SESSIONS}?key={number}")
        assert page.context["cl"].result_count == 0
        assert key_in(State.ACTIVE, "refresh").kid[:12] not in page.content.decode()

    def test_to_its_events_for_those_who_may_view_them(self, past, root, browser):
        """The table is the same for all."""
        key = key_in(State.ACTIVE)
        event = KeyEvent.objects.filter(kid=key.kid).first()
        for client, is_linked in ((root, True), (browser("view_storedkey"), False)):
            addresses = links(client, key_page("access"))
            assert (f"{EVENTS}{event.pk}/change/" in addresses) is is_linked
            assert (f"{EVENTS}?kid={key.kid}" in addresses) is is_linked

    def test_to_the_steps_where_its_sealing_key_is_the_newest(self, past, root):
        """In the order that works: after resealing, the keys can no longer be found by it."""
        page = unescape(content(root, f"{KEYS}revoke/sealing/{next(iter(sealing.sealing_keys()))}/"))
        steps = ("Make a new sealing key", "SECRET_KEY_FALLBACKS", "Restart every host", "--all-sealed-under")
        places = [page.index(step) for step in steps]
        assert places == sorted(places)
        assert "Do not run reseal_keys before" in page
        assert "<form" not in page

    def test_a_denied_key_is_not_said_to_be_published(self, past, root, settings):
        """It is not in the JWKS, whatever its dates are."""
        settings.JWTKIT = {"DENY_KIDS": [key_in(State.ACTIVE).kid]}
        page = content(root, key_page("access"))
        assert "DENY_KIDS names it, so it is not in the JWKS" in page
        assert "published since" not in page


def test_an_event_leads_to_its_key_its_ring_and_the_others(past, root, browser):
    """And not to Django's history, which would be empty."""
    key = key_in(State.ACTIVE)
    page = f"{EVENTS}{KeyEvent.objects.filter(kid=key.kid).first().pk}/change/"
    expected = {f"{KEYS}{key.pk}/change/", f"{KEYS}?ring__name__exact=access", f"{EVENTS}?kid={key.kid}"}
    assert expected <= links(root, page)
    assert not [link for link in links(browser("view_keyevent"), page) if "storedkey" in link]
    assert "/history/" not in content(root, page)


class TestFromAToken:
    def inspect(self, client, token):
        page = client.post(INSPECT, {"token": token}).content.decode()
        return set(re.findall(r'href="([^"#]+)', page.partition('id="content-main"')[2]))

    def test_to_its_key_its_session_and_the_user(self, pair, alice, root):
        """Also when its key has been revoked, and nothing of it is verified any more."""
        session, kid = Session.objects.get(), unverified_header(pair.access)["kid"]
        expected = {
            f"{KEYS}{StoredKey.objects.get(kid=kid).pk}/change/",
            f"{SESSIONS}{session.pk}/change/",
            f"{SESSIONS}?user__exact={alice.pk}",
        }
        assert expected <= self.inspect(root, pair.access)
        keys.revoke(kid, reason="leaked")
        assert expected <= self.inspect(root, pair.access)

    def test_only_to_what_the_user_may_view(self, pair, browser):
        """The inspector alone opens no other page."""
        addresses = self.inspect(browser("introspect_token"), pair.access)
        assert not [link for link in addresses if link.startswith((KEYS, SESSIONS))]


class TestWithoutANextKey:
    @pytest.fixture
    def alone(self, past, settings):
        """A ring whose signing key has no successor, as after a job that has not run for long."""
        unhealthy.no_standby(settings)
        keys.forget()

    def test_each_page_leads_to_the_run_that_makes_one(self, alone, root, browser):
        """The overview, the list, the key and the page of the rotation, which is not to be waited on."""
        due = f"{KEYS}due/access/"
        for page in (ROOT, KEYS, key_page("access"), f"{KEYS}rotate/access/"):
            assert due in links(root, page), page
        rotate = unescape(content(root, f"{KEYS}rotate/access/"))
        assert "cannot know a key that is made now" in rotate
        assert ">Reload<" not in rotate
        looker = browser("view_storedkey")
        assert not [page for page in (ROOT, KEYS, key_page("access")) if due in links(looker, page)]

    def test_then_the_page_of_the_rotation_can_be_waited_on(self, alone, root):
        """A link, and no script that reloads."""
        root.post(f"{KEYS}due/access/", {"signing": key_in(State.ACTIVE).kid})
        page = content(root, f"{KEYS}rotate/access/")
        assert f'href="{KEYS}rotate/access/">Reload<' in page
        assert "refresh" not in re.findall(r"<meta[^>]*>", page)


def test_a_ring_counts_a_user_of_two_keys_once(pair, alice, root):
    """Above what each key means alone."""
    keys.rotate("refresh", at_once=True, force=True)
    sessions.start(alice)
    page = re.sub(r"\s+", " ", content(root, f"{KEYS}revoke/ring/refresh/"))
    assert page.count("1 user (1 session).") == 2
    assert "each user counted once: 1 user (2 sessions)." in page


def test_above_several_keys_stands_how_many_they_are(past, browser, settings):
    """In one ring or in all that a sealing key has sealed; above a single key, nothing."""
    root = browser("all")
    number = StoredKey.objects.filter(ring_id="access", archived=False, revoked_at=None).count()
    assert f"All together: {number} keys, in 1 ring." in content(root, f"{KEYS}revoke/ring/access/")
    assert "All together" not in content(root, f"{KEYS}{key_in(State.ACTIVE).pk}/revoke/")
    (old,) = sealing.sealing_keys()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"
    superuser = User.objects.get(username="all")
    root.force_login(superuser)  # the session was signed with the secret of before
    page = content(root, f"{KEYS}revoke/sealing/{old}/")
    assert re.search(r"All together: \d+ keys, in 4 rings\.", page)


def test_revoking_leads_to_rotating_instead(past, root, browser):
    """Where one ring is meant, and the user may rotate it."""
    for page in (f"{key_in(State.ACTIVE).pk}/revoke/", "revoke/ring/access/"):
        assert f"{KEYS}rotate/access/" in links(root, KEYS + page)
        assert f"{KEYS}rotate/access/" not in links(browser("view_storedkey", "revoke_key"), KEYS + page)
        User.objects.get(username="view_storedkey-revoke_key").delete()


def test_copying_needs_no_script_to_be_absent(past, root):
    """Texts to copy are marked; the buttons come with the script alone."""
    page = root.get(key_page("access")).content.decode()
    for name in ("Key ID", "JWK", "PEM", "Thumbprint (RFC 7638)"):
        assert f'data-copy="{name}"' in page
    assert "jwtkit/copy.js" in page
    assert "jwtkit-copy" not in page


@pytest.mark.parametrize("page", [KEYS, ROOT])
def test_a_whole_key_id_is_copied_where_only_its_beginning_is_shown(page, past, root):
    """In the list and on the overview."""
    text = root.get(page).content.decode()
    assert f'data-copy="Key ID" data-copy-text="{key_in(State.ACTIVE).kid}"' in text
    assert "jwtkit/copy.js" in text


def test_only_the_job_ends_the_warning_that_it_is_overdue(past, root, browser, settings):
    """The warning says so, and leads to what the job would do; to the plans alone for those who may look."""
    unhealthy.overdue_job(settings)
    for client, page in ((root, f"{KEYS}due/"), (browser("view_storedkey"), f"{KEYS}#jwtkit-rings-title")):
        body = content(client, ROOT)
        verdict = body[body.index("jwtkit-verdict") : body.index("</section>")]
        assert "a run by hand in the admin does not show that the job works" in verdict
        assert re.findall(r'href="([^"]+)', verdict) == [page]


def test_the_command_of_a_remedy_can_be_copied(past, root, settings):
    """Without the words around it."""
    unhealthy.overdue_job(settings)
    body = unescape(content(root, ROOT))
    assert 'in 1 day: <code dir="ltr" data-copy="">python manage.py rotate_keys</code>' in body


@pytest.mark.parametrize("user", ["{pk}", "999999", "x", "9" * 40])
def test_a_user_without_a_live_session_is_not_to_be_logged_out(pair, alice, root, user):
    """The list of their sessions offers the end of all while there is one."""
    address = f"{SESSIONS}?user__exact={user.format(pk=alice.pk)}"
    end = f"{SESSIONS}user/{alice.pk}/end/"
    assert (end in links(root, address)) is (user == "{pk}")
    sessions.end_all(alice)
    assert not [link for link in links(root, address) if link.endswith("/end/")]
