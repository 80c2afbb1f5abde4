"""The admin of a project with many keys, rings and sessions: pages show a part, and ask for no more."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_jwtkit import moments, sessions
from django_jwtkit.admin.keys.conditions import CONDITIONS
from django_jwtkit.admin.keys.listing import DRAWN, RINGS
from django_jwtkit.admin.sessions import SessionAdmin, columns
from django_jwtkit.admin.sessions.listing import pages
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey
from django_jwtkit.sessions import Session

ROOT = "/admin/jwtkit/"
LIST = f"{ROOT}storedkey/"
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def lives(now):
    """Keys at each corner of each state: dates before, at and after `now`, or none."""
    dates = (None, now - 3 * HOUR, now - HOUR, now, now + HOUR)
    for begin in dates:
        for end in dates:
            for lifetime in (0 * HOUR, HOUR, 2 * HOUR):
                yield {"sign_from": begin, "sign_until": end, "max_lifetime": lifetime, "margin": lifetime}
    yield {"sign_from": now, "sign_until": None, "max_lifetime": HOUR, "revoked_at": now}


def add(count, kid="old", **columns):
    """Store `count` keys, by default of the ring `access`, whose turns ended hours ago, trusted still."""
    now = moments.now()
    row = {
        "ring_id": "access",
        "alg": "ES256",
        "use": "sig",
        "published_at": now - 900 * HOUR,
        "max_lifetime": 999 * HOUR,
        "margin": HOUR,
    }
    for age in range(count):
        turn = {"sign_from": now - (age + 801) * HOUR, "sign_until": now - (age + 800) * HOUR}
        StoredKey.objects.create(**row | turn | columns, kid=f"{kid}-{age}")


def test_the_database_knows_the_states(past):
    """Each condition picks exactly the rows that are in its state by the clock."""
    now = moments.now().replace(microsecond=0)
    for number, dates in enumerate(lives(now)):
        add(1, f"life-{number}", **dates)
    for moment in (now, now - HOUR, now + HOUR, now + timedelta(microseconds=1)):
        states = {row.pk: row.state(moment) for row in StoredKey.objects.all()}
        assert set(states.values()) == set(State)
        for state, condition in CONDITIONS.items():
            rows = StoredKey.objects.filter(condition(moment)).values_list("pk", flat=True)
            assert set(rows) == {pk for pk, own in states.items() if own is state}


def drawn(page):
    """The first of the pictures of a page."""
    return page[page.index("<figure") : page.index("</svg>", page.index("<figure"))]


def test_the_picture_shows_the_newest_of_the_ended_keys(past, root):
    """A long past is drawn no more than a short one, is not read for it, and can be asked for."""
    add(50, max_lifetime=0 * HOUR)
    page = root.get(LIST).content.decode()
    access = drawn(page)[: drawn(page).index(">refresh<")]
    assert access.count('class="jwtkit-bar ') == DRAWN
    newest = StoredKey.objects.filter(ring_id="access").order_by("sign_from").last()
    assert newest.kid[:12] in access
    assert "old-49" not in drawn(page)
    left_out = StoredKey.objects.count() - drawn(page).count('class="jwtkit-bar ')
    assert f"{left_out} ended keys are not drawn." in page
    assert 'href="?drawn=all"' in page
    everything = drawn(root.get(f"{LIST}?drawn=all").content.decode())
    assert everything.count('class="jwtkit-bar ') == StoredKey.objects.count()


def test_a_trusted_key_stays_in_the_picture_and_the_list(past, root):
    """However many were made or revoked since: they are drawn first."""
    add(1, "import", sign_from=None, sign_until=moments.now() + 900 * HOUR)
    add(30, "dead", published_at=moments.now(), revoked_at=moments.now())
    add(12, "retired")
    page = root.get(LIST).content.decode()
    for kid in ("import-0", *(f"retired-{number}" for number in range(12))):
        assert kid in drawn(page)
        assert f'title="{kid}"' in page[: page.index("ended keys</summary>")]
    assert drawn(page).count("dead-") == 0


@pytest.mark.parametrize("page", [LIST, f"{LIST}?state=ended", f"{LIST}{{pk}}/change/"])
def test_a_page_asks_as_much_of_a_thousand_keys_as_of_ten(page, past, root):
    """Not a question more."""
    key = StoredKey.objects.filter(ring_id="access").latest("pk")
    counts = []
    for number, (kid, end) in ((5, ("few", 999)), (495, ("many", 999)), (495, ("ended", 0))):
        add(number, kid, max_lifetime=end * HOUR)
        root.get(page.format(pk=key.pk))
        with CaptureQueriesContext(connection) as queries:
            assert root.get(page.format(pk=key.pk)).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts


def more_sessions(number):
    """Store `number` sessions more, each of a user of its own, from an address of its own."""
    now = moments.now()
    users = [User(username=f"user-{moments.steady()}-{serial}") for serial in range(number)]
    rows = [
        Session(user=user, address=f"192.0.2.{serial % 250}", expires_at=now + HOUR, ends_by=now + 9 * HOUR)
        for serial, user in enumerate(User.objects.bulk_create(users))
    ]
    Session.objects.bulk_create(rows)


def more_events(number):
    """Store `number` entries of the history more, of a key of the ring `access`."""
    kid = StoredKey.objects.filter(ring_id="access").latest("pk").kid
    for _ in range(number):
        KeyEvent(ring_id="access", kid=kid, action="rotated", source="command").save()


OF_SESSIONS = [f"{ROOT}session/", f"{ROOT}session/?state=live", f"{ROOT}session/?q=user", ROOT]
OF_EVENTS = [f"{ROOT}keyevent/", f"{ROOT}keyevent/?ring=access", ROOT]


@pytest.mark.parametrize(
    ("page", "add_rows"),
    [*((page, more_sessions) for page in OF_SESSIONS), *((page, more_events) for page in OF_EVENTS)],
)
def test_a_page_asks_no_more_of_a_thousand_rows_than_of_ten(page, add_rows, past, root):
    """Of sessions and of the history, also where the page lists a hundred of them."""
    counts = []
    for number in (10, 990):
        add_rows(number)
        root.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert root.get(page).status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1], counts


@pytest.fixture
def tenants(past, settings):
    """Forty rings of the project's own, each with a key."""
    names = [f"tenant-{number:02}" for number in range(40)]
    settings.JWTKIT = {"KEY_RINGS": {name: {} for name in names}}
    for name in names:
        Ring.objects.create(name=name)
        add(1, name, ring_id=name)
    return names


class TestManyRings:
    def test_a_page_shows_some_and_says_how_many_more(self, tenants, root):
        """Each ring has a plan made for it, which asks the database."""
        page = root.get(LIST).content.decode()
        plans = page[page.index("The next run of rotate_keys") :]
        assert plans.count('<th scope="row">') == RINGS
        assert f"{len(tenants) + 4 - RINGS} more rings; use the filter." in page

    def test_where_nothing_is_due_the_plans_are_folded(self, tenants, root):
        """Those with something to do stand first; the links of the others are in the page, too."""
        page = root.get(LIST).content.decode()
        plans = page[page.index("The next run of rotate_keys") :]
        above, _, folded = plans.partition("<details")
        assert "Nothing is due in 4 rings" in folded
        assert tenants[0] in above
        assert ">access<" not in above
        assert f'href="{LIST}rotate/access/"' in folded[: folded.index("</details>")]

    def test_the_picture_leaves_out_what_has_ended(self, tenants, root):
        """Else it is six times as high; the page says so, and draws all where that is asked."""
        add(3, "dead", ring_id=tenants[0], revoked_at=moments.now())
        page = root.get(LIST).content.decode()
        assert "dead-" not in drawn(page)
        assert tenants[0] in drawn(page)
        assert "ended keys are not drawn" in page
        assert "dead-2" in drawn(root.get(f"{LIST}?drawn=all").content.decode())
        assert "dead-2" in drawn(root.get(LIST, {"ring__name__exact": tenants[0]}).content.decode())

    def test_the_filter_chooses_one(self, tenants, root):
        """Its picture and its next plan, whichever ring it is."""
        page = root.get(LIST, {"ring__name__exact": tenants[-1]}).content.decode()
        plans = page[page.index("The next run of rotate_keys") :]
        assert plans.count('<th scope="row">') == 1
        assert drawn(page).count('class="jwtkit-bar ') == 1
        assert "more rings" not in page

    def test_the_number_of_queries_is_bounded(self, tenants, root, settings):
        """A thousand rings cost no more than twenty."""
        root.get(LIST)
        with CaptureQueriesContext(connection) as forty:
            root.get(LIST)
        rings = settings.JWTKIT["KEY_RINGS"]
        settings.JWTKIT = {"KEY_RINGS": dict(list(rings.items())[:25])}
        with CaptureQueriesContext(connection) as some:
            root.get(LIST)
        assert len(some) == len(forty)


class TestManySessions:
    def test_the_list_goes_along_an_index(self):
        """Two million rows are not sorted to show a hundred."""
        fields = [name.removeprefix("-") for name in SessionAdmin.ordering]
        assert fields in [index.fields for index in Session._meta.indexes]

    @pytest.mark.parametrize("sign", ["", "-"])
    def test_the_order_by_the_end_begins_along_an_index(self, logins, root, sign):
        """By the moment, and not by the day alone; the database sorts one day after another."""
        now = moments.now().replace(hour=12)
        for number, session in enumerate(Session.objects.all()):
            session.expires_at = now + number % 2 * 24 * HOUR - number * HOUR
            session.save()
        column = SessionAdmin.list_display.index(columns.expires) + 1
        answer = root.get(f"/admin/jwtkit/session/?o={sign}{column}")
        listed = answer.context["cl"].queryset
        assert listed.query.order_by[0].removeprefix("-") in [
            each.fields[0] for each in Session._meta.indexes
        ]
        ends = [session.expires_at for session in listed]
        assert ends == sorted(ends, reverse=sign == "-")

    @pytest.fixture
    def logins(self, root, monkeypatch):
        """Five sessions, in a list of three."""
        user = User.objects.create_user("alice")
        for _ in range(5):
            sessions.start(user)
        monkeypatch.setattr(pages, "LISTED", 3)

    def test_they_are_counted_once_and_not_to_the_end(self, logins, root):
        """A database looks at each row to count it."""
        with CaptureQueriesContext(connection) as queries:
            answer = root.get("/admin/jwtkit/session/?state=live")
        counting = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
        assert len(counting) == 1
        assert "LIMIT 3" in counting[0]
        assert answer.context["cl"].result_count == 3

    def test_the_list_says_where_it_ends(self, logins, root):
        """And where it does not."""
        notice = "the first 3 are listed"
        assert notice in root.get("/admin/jwtkit/session/").content.decode()
        assert notice not in root.get("/admin/jwtkit/session/?state=expired").content.decode()

    def test_to_end_all_across_the_pages_counts_them_all(self, logins, root):
        """The page that asks first is about those that will end, listed or not."""
        boxes = {"action": "end_selected", "_selected_action": str(Session.objects.first().pk)}
        page = root.post("/admin/jwtkit/session/", {**boxes, "select_across": "1", "index": "0"})
        assert page.context["count"] == 5

    @pytest.fixture
    def crew(self, db):
        """Sessions of two users, at one address each."""
        session_of = {}
        for name, address in (("alice", "192.0.2.17"), ("cafe", "2001:db8::17")):
            user = User.objects.create_user(name, email=f"{name}@ships.example")
            sessions.start(user)
            session_of[name] = Session.objects.get(user=user)
            Session.objects.filter(user=user).update(address=address)
        return session_of

    @pytest.mark.parametrize(
        ("term", "names"),
        [
            ("ALI", {"alice"}),
            ("afe", {"cafe"}),
            ("cafe", {"cafe"}),
            ("ships", {"alice", "cafe"}),
            ("cafe ships", {"cafe"}),
            ("cafe alice", set()),
            ("192.0.2.17", {"alice"}),
            ("192.0", {"alice"}),
            ("2001:DB8", {"cafe"}),
            ("::17", set()),
            ("nobody", set()),
            ("%", set()),
            ("auth_hash", set()),
            ("0" * 99, set()),
        ],
    )
    def test_a_search_finds_users_and_addresses(self, term, names, crew, root):
        """By a part of a name or e-mail address, by the beginning of an address, and by all words at once."""
        page = root.get("/admin/jwtkit/session/", {"q": term})
        assert {str(session.user) for session in page.context["cl"].result_list} == names

    @pytest.mark.parametrize("form", ["{}", "{:.8}", "{:.20}", "{:.4}"])
    def test_a_search_finds_an_id_by_its_beginning(self, form, crew, root):
        """In either case, and whole, with its dashes or without."""
        own = crew["alice"]
        for text in (str(own.pk), str(own.pk).upper()):
            page = root.get("/admin/jwtkit/session/", {"q": form.format(text)})
            assert own in page.context["cl"].result_list
        assert own in root.get("/admin/jwtkit/session/", {"q": own.pk.hex}).context["cl"].result_list

    def test_a_search_for_a_name_compares_users_only(self, crew, root):
        """Two million sessions are not read to find one of two hundred thousand users."""
        with CaptureQueriesContext(connection) as queries:
            root.get("/admin/jwtkit/session/", {"q": "user-7"})
        conditions = [query["sql"].partition(" WHERE ")[2] for query in queries if "LIKE" in query["sql"]]
        assert conditions
        for condition in conditions:
            assert " IN (SELECT " in condition
            assert "jwtkit_session" not in condition.partition(" IN (SELECT ")[2].partition(" ORDER BY ")[0]
            assert "address" not in condition.partition(" IN (SELECT ")[0]
