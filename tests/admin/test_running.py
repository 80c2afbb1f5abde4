"""One page runs the rotation of all rings: the plans, a button, and the result for each ring."""

import re
import uuid

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import path

from django_jwtkit.admin import StoredKeyAdmin
from django_jwtkit.admin.keys.changing import SOURCE
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey
from django_jwtkit.keys.changing import execution
from tests.admin.test_operations import words_of
from tests.keys.rows import key_in, wipe
from tests.support import unhealthy

LIST = "/admin/jwtkit/storedkey/"
ALL = f"{LIST}due/"
RINGS = ("access", "refresh", "kinds", "encryption")
pytestmark = pytest.mark.django_db


class OfTwo(StoredKeyAdmin):
    """A project's own: this admin sees the keys of two rings."""

    def get_queryset(self, request):
        return super().get_queryset(request).filter(ring_id__in=["access", "refresh"])


two = admin.AdminSite(name="two")
two.register(StoredKey, OfTwo)
urlpatterns = [path("admin/", admin.site.urls), path("two/", two.urls)]


@pytest.fixture
def due(past, settings):
    """Something to do in the rings `access` and `kinds`, and nothing in the others."""
    settings.JWTKIT = {"KEY_RINGS": {ring: {"ALGORITHM": "Ed25519"} for ring in ("access", "kinds")}}


def has_new_key(ring):
    """Whether `ring` has a key of the new algorithm."""
    return StoredKey.objects.filter(ring_id=ring, alg="Ed25519").exists()


def results(answer):
    """The results that the answer lists, by ring."""
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td><span class="[^"]*">(.*?)<', answer.content.decode())
    return dict(rows)


class TestPage:
    def test_it_shows_the_plans_and_does_nothing(self, due, root):
        """The plans of the rings in which something is due; one line for all others."""
        page = words_of(root.get(ALL))
        assert "Run the rotation of all rings" in page
        for ring in ("access", "kinds"):
            assert f"Ring {ring} switches to Ed25519, as configured." in page
        assert "Nothing is due in 2 rings: refresh, encryption." in page
        assert not any(map(has_new_key, RINGS))

    def test_it_says_that_the_job_is_not_cured(self, due, root, settings):
        """The warning of the overview stays until the job itself has run."""
        assert "does not show that the job works" in words_of(root.get(ALL))
        unhealthy.overdue_job(settings)
        before = list(Ring.objects.order_by("pk").values_list("last_run"))
        answer = root.post(ALL)
        assert "does not show that the job works" in words_of(answer)
        assert list(Ring.objects.order_by("pk").values_list("last_run")) == before
        assert "rotate_keys last ran 7 days ago" in words_of(root.get("/admin/jwtkit/"))

    def test_without_anything_due_there_is_no_button(self, past, root):
        """Nothing can be pressed that does nothing."""
        page = words_of(root.get(ALL))
        assert "Nothing is due in 4 rings" in page
        assert "Run rotation now" not in root.get(ALL).content.decode()
        assert "Run rotation now" not in root.get(f"{LIST}due/access/").content.decode()

    def test_a_ring_without_a_plan_says_why(self, due, root, settings):
        """And can't be run; the others can."""
        rings = settings.JWTKIT["KEY_RINGS"]
        settings.JWTKIT = {"KEY_RINGS": {**rings, "access": {"ALGORITHM": "HS256", "USE": "enc"}}}
        page = words_of(root.get(ALL))
        assert "Ring kinds switches to Ed25519" in page
        assert "HS256" in page

    def test_many_rings_with_nothing_to_do_are_counted(self, past, root, settings):
        """A thousand names would hide the one ring that matters."""
        settings.JWTKIT = {"KEY_RINGS": {f"r{each:02}": {} for each in range(20)}}
        root.post(ALL)
        settings.JWTKIT = {"KEY_RINGS": {**settings.JWTKIT["KEY_RINGS"], "access": {"ALGORITHM": "Ed25519"}}}
        for answer, tense in ((root.get(ALL), "is"), (root.post(ALL), "was")):
            assert f"Nothing {tense} due in 23 rings." in words_of(answer)
            assert "r07" not in words_of(answer)

    def test_the_queries_are_as_many_for_each_number_of_rings(self, due, root, settings):
        """Forty rings cost no more than ten."""
        counts = []
        for number in (10, 40):
            settings.JWTKIT = {"KEY_RINGS": {f"r{each:02}": {} for each in range(number)}}
            root.get(ALL)
            with CaptureQueriesContext(connection) as queries:
                page = words_of(root.get(ALL))
            assert f"Something is due in {number} rings." in page
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestPermission:
    def test_looking_alone_does_not_suffice(self, due, browser):
        """Nor does the permission to rotate without looking."""
        for client in (
            browser("view_storedkey"),
            browser("rotate_key"),
            browser("view_storedkey", "revoke_key"),
        ):
            assert client.get(ALL).status_code == 403
            assert client.post(ALL).status_code == 403
        assert not has_new_key("access")

    def test_the_permission_suffices(self, due, browser):
        """No superuser is needed."""
        assert browser("view_storedkey", "rotate_key").post(ALL).status_code == 200
        assert has_new_key("access")

    def test_links_lead_there_for_those_who_may(self, past, root, browser, settings):
        """From the warning on the overview, and from the plans in the list of keys."""
        unhealthy.overdue_job(settings)
        looker = browser("view_storedkey")
        for address in ("/admin/jwtkit/", LIST):
            assert f'href="{ALL}"' in root.get(address).content.decode(), address
            assert f'href="{ALL}"' not in looker.get(address).content.decode(), address

    def test_many_rings_without_a_next_key_are_run_by_one_link(self, past, root):
        """Instead of a link for each; in the rows they stay."""
        for ring in ("access", "refresh"):
            wipe(ring)
        overview, listed = (root.get(address).content.decode() for address in ("/admin/jwtkit/", LIST))
        verdict = overview[overview.index("jwtkit-verdict") : overview.index("</section>")]
        assert f'href="{ALL}"' in verdict
        assert f"{LIST}due/access/" not in verdict
        assert f"{LIST}due/access/" in overview
        assert f'href="{ALL}"' in listed[: listed.index("jwtkit-group")]

    def test_a_foreign_form_cannot_run_it(self, due, root):
        """Django's CSRF check stands before our page."""
        root.handler.enforce_csrf_checks = True
        assert root.post(ALL).status_code == 403
        assert not has_new_key("access")

    @pytest.mark.threat("TEN-006")
    @pytest.mark.urls(__name__)
    def test_rings_that_are_hidden_are_neither_shown_nor_run(self, due, root):
        """Where a project hides rows, the rings are those with a key that this user sees."""
        address = "/two/jwtkit/storedkey/due/"
        page = words_of(root.get(address))
        assert "only those that you may see are run" in page
        answer = words_of(root.post(address))
        for text in (page, answer):
            assert "kinds" not in text
            assert "encryption" not in text
        assert has_new_key("access")
        assert not has_new_key("kinds")


class TestOutcome:
    def test_each_ring_has_changed_or_had_nothing_to_do(self, due, root):
        """Said ring by ring, with the steps that were taken."""
        answer = root.post(ALL)
        page = words_of(answer)
        assert results(answer) == {"access": "Changed", "kinds": "Changed"}
        assert "2 rings have changed." in page
        assert page.count("A new Ed25519 key") == 2
        assert "Nothing was due in 2 rings: refresh, encryption." in page
        assert has_new_key("access")
        assert has_new_key("kinds")

    def test_it_is_written_down_who_did_it(self, due, root):
        """In the history of each ring, and in the admin's log."""
        root.post(ALL)
        for ring in ("access", "kinds"):
            assert KeyEvent.objects.filter(who="all", source=SOURCE, ring_id=ring).exists()
        targets = {entry.object_id for entry in LogEntry.objects.all()}
        assert targets == {str(key_in(State.ACTIVE, ring).pk) for ring in ("access", "kinds")}

    def test_the_same_click_twice_does_it_once(self, due, root):
        """The second one finds nothing to do."""
        root.post(ALL)
        number = StoredKey.objects.count()
        answer = root.post(ALL)
        assert results(answer) == {}
        assert "Nothing was due in 4 rings" in words_of(answer)
        assert StoredKey.objects.count() == number

    def test_a_ring_that_fails_keeps_no_other_from_its_run(self, due, root, settings):
        """It is named with the reason; the others have changed."""
        rings = settings.JWTKIT["KEY_RINGS"]
        settings.JWTKIT = {"KEY_RINGS": {**rings, "access": {"ALGORITHM": "HS256", "USE": "enc"}}}
        answer = root.post(ALL)
        page = words_of(answer)
        assert results(answer) == {"access": "Failed", "kinds": "Changed"}
        assert "1 ring could not be changed." in page
        assert "HS256" in page
        assert has_new_key("kinds")
        assert f'href="{ALL}"' in answer.content.decode(), "it can be tried again"

    def test_a_database_that_refuses_one_ring_keeps_no_other_from_its_run(self, due, root):
        """Such as one whose lock on a row lasts too long."""

        def refuse(execute, sql, params, many, context):
            if sql.startswith("UPDATE") and "jwtkit_ring" in sql and "access" in params:
                raise OperationalError("Lock wait timeout exceeded")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(refuse):
            answer = root.post(ALL)
        assert results(answer) == {"access": "Failed", "kinds": "Changed"}
        assert has_new_key("kinds")
        assert not has_new_key("access")

    def test_a_ring_that_another_process_has_changed_is_not_claimed(self, due, root, monkeypatch):
        """Between our look and our write the job has rotated."""
        monkeypatch.setattr(execution, "PATIENCE", 0.1)

        def job(execute, sql, params, many, context):
            if sql.startswith("UPDATE") and "jwtkit_ring" in sql and "access" in params:
                params = (*params[:-1], uuid.uuid4().hex)  # what we have seen is no longer there
            return execute(sql, params, many, context)

        with connection.execute_wrapper(job):
            answer = root.post(ALL)
        assert results(answer) == {"access": "Not done here", "kinds": "Changed"}
        assert "Another process has changed this ring." in words_of(answer)
        assert not KeyEvent.objects.filter(who="all", ring_id="access").exists()
        assert has_new_key("kinds")
