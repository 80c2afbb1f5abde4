"""The pages of the keys: what they show, what they never show, and that nothing can be changed on them."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import django_jwtkit
from django_jwtkit import keys, moments
from django_jwtkit.admin.sentences import history
from django_jwtkit.conf import conf
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey, import_key
from tests.keys.rows import key_in
from tests.support import unhealthy

LIST = "/admin/jwtkit/storedkey/"
STYLES = sorted((Path(django_jwtkit.__file__).parent / "static" / "jwtkit").glob("*.css"))
pytestmark = pytest.mark.django_db


def pages(key):
    """Each address at which the admin shows something of keys."""
    return [
        "/admin/",
        "/admin/jwtkit/",
        LIST,
        f"{LIST}?q={key.kid}",
        f"{LIST}?state=retired",
        f"{LIST}{key.pk}/change/",
        f"{LIST}{key.pk}/history/",
        f"{LIST}{key.pk}/revoke/",
        f"{LIST}revoke/ring/access/",
        f"{LIST}rotate/access/",
        f"{LIST}due/access/",
        f"{LIST}make/access/",
        f"{LIST}import/",
        "/admin/jwtkit/keyevent/",
        f"/admin/jwtkit/keyevent/{KeyEvent.objects.filter(kid=key.kid).first().pk}/change/",
    ]


class TestWhatIsShown:
    def test_the_list_tells_the_state_of_each_key_in_words(self, past, root):
        """Colour alone would be lost on many eyes."""
        page = root.get(LIST).content.decode()
        for key in StoredKey.objects.all():
            assert key.kid in page
        for name in ("Standby", "Active", "Expired"):
            assert re.search(rf'<span class="jwtkit-badge jwtkit-{name.lower()}">{name}</span>', page)
        assert re.search(r"signs for another \d+ days", page)

    def test_the_words_come_before_the_picture(self, past, root):
        """The picture has the line of today, twice: for a screen and for a phone."""
        page = root.get(LIST).content.decode()
        assert 'viewBox="0 0 1000 ' in page
        assert 'viewBox="0 0 360 ' in page
        assert page.count('class="jwtkit-now"') == 2
        assert page.index("In use and next") < page.index("<figure")

    def test_each_bar_is_a_link_that_says_its_dates(self, past, root):
        """For the mouse, the keyboard and a screen reader; the same stands in a table."""
        page = root.get(LIST).content.decode()
        figure = page[page.index("<figure") : page.index("</figure>")]
        key = StoredKey.objects.filter(ring_id="access").order_by("-sign_from").first()
        link = f'<a href="{LIST}{key.pk}/change/" class="jwtkit-bar'
        bar = re.search(link + r'[^"]*" aria-label="([^"]+)"', figure)
        assert bar
        assert re.search(r"published .+ · signs from .+ · verifies until ", bar[1])
        assert f'<th scope="row"><a href="{LIST}{key.pk}/change/">' in figure

    def test_keys_stand_in_three_groups(self, past, root):
        """Ended keys are folded, and come into the list by a filter."""
        import_key("access", Key.generate("ES256").public(), verify_until=moments.now() + timedelta(days=7))
        page = root.get(LIST).content.decode()
        groups = [page.index(title) for title in ("In use and next", "Still verify", "ended keys</summary>")]
        assert groups == sorted(groups)
        assert "Ended</h2>" not in page
        assert "Ended</h2>" in root.get(f"{LIST}?state=ended").content.decode()

    def test_an_encryption_key_encrypts_and_decrypts(self, past, root):
        """It never signs, in no word of the list, the picture or its page."""
        key = key_in(State.ACTIVE, "encryption")
        page = root.get(f"{LIST}{key.pk}/change/").content.decode()
        body = page[page.index("jwtkit-lead") : page.index("jwtkit-events-title")]
        assert "Encrypts for another" in body
        assert "Decrypts until" in body
        assert "Signs" not in body.replace("Signs or encrypts", "")

    def test_a_page_names_its_zone_once(self, signing, root, settings):
        """All its times are local."""
        settings.TIME_ZONE = "America/Los_Angeles"
        for page in (LIST, f"{LIST}{signing.pk}/change/", f"{LIST}rotate/access/"):
            text = root.get(page).content.decode()
            assert text.count("Time zone: America/Los_Angeles.") == 1
            assert " UTC" not in re.sub(r'(title|datetime)="[^"]*"', "", text[text.index("jwtkit-") :])

    @pytest.mark.parametrize("language", ["de", "en"])
    def test_coordinates_are_written_for_machines(self, past, root, settings, language):
        """A thousands separator, or a comma for the point, would break the picture."""
        settings.USE_THOUSAND_SEPARATOR, settings.LANGUAGE_CODE = True, language
        page = root.get(LIST).content.decode()
        page = page[page.index("<figure") : page.index("</figure>")]
        for attribute in re.findall(r'(?:\bx|\by|x1|x2|y1|y2|width|height|viewBox)="([^"]*)"', page):
            assert re.fullmatch(r"[\d ]+", attribute)

    def test_the_next_run_is_foretold(self, past, root, settings):
        """What `rotate_keys` would do stands on the page before it does it."""
        assert "Nothing is due." in root.get(LIST).content.decode()
        settings.JWTKIT = {"ALGORITHM": "Ed25519"}
        assert "Ring access switches to Ed25519, as configured." in root.get(LIST).content.decode()

    def test_with_few_rings_each_plan_is_in_sight(self, past, root):
        """Nothing is folded but the ended keys and the table below the picture."""
        page = root.get(LIST).content.decode()
        plans = page[page.index("The next run of rotate_keys") :]
        assert "<details" not in plans
        assert plans.count("Nothing is due.") == 4

    def test_a_state_can_be_picked(self, past, root):
        """The filter goes by the clock, as the state does."""
        picked = root.get(f"{LIST}?state=active").context["cl"].queryset
        assert {key.state() for key in picked} == {State.ACTIVE}
        assert picked.count() == 4

    def test_the_filter_counts(self, past, root):
        """Django asks each choice for its number."""
        page = root.get(f"{LIST}?_facets=True").content.decode()
        assert "Active (4)" in page
        assert "Revoked (0)" in page

    def test_the_page_of_a_key_tells_its_history(self, signing, root):
        """The events of this key, and its public part."""
        page = root.get(f"{LIST}{signing.pk}/change/").content.decode()
        assert "jwtkit-events-title" in page
        for event in KeyEvent.objects.filter(kid=signing.kid):
            assert str(history(event)) in page
        assert json.loads(signing.public_jwk)["x"] in page

    def test_the_page_of_a_symmetric_key_has_no_public_part(self, past, root):
        """All that there is of it is secret."""
        key = StoredKey.objects.filter(ring_id="refresh").first()
        assert "None: the key is symmetric." in root.get(f"{LIST}{key.pk}/change/").content.decode()

    def test_an_imported_key_that_only_verifies_shows_no_turn(self, past, root):
        """It has a word of its own."""
        import_key(
            "access", Key.generate("ES256").public(), verify_until=moments.now() + timedelta(days=7, hours=1)
        )
        page = root.get(f"{LIST}?state=verify_only").content.decode()
        assert "verifies for another 7 days" in page
        assert ", verifies for another 7 days</td>" in page
        assert re.search(r"verifies for another 7 days</td><td[^>]+>[^<]+</td><td[^>]+>–</td>", page)

    def test_the_page_of_a_revoked_key_promises_no_trust(self, signing, root):
        """And it says when the private part was destroyed, which the history knows."""
        keys.revoke(signing.kid, reason="test")
        text = re.sub(r"<[^>]+>", "", root.get(f"{LIST}{signing.pk}/change/").content.decode())
        assert "no time any more: the revocation has ended all trust in it" in text
        assert "after it stops signing" not in text
        assert re.search(r"The private part was destroyed: \w+\.? \d+, \d{4}, ", text)

    def test_the_sums_of_a_page_have_the_time_of_day(self, past, root):
        """A day and seven minutes would be the same day."""
        text = re.sub(r"<[^>]+>", "", root.get(f"{LIST}{key_in(State.EXPIRED).pk}/change/").content.decode())
        time = r"\w+\.? \d+, \d{4}, [\d:]+ [ap]\.m\."
        assert re.search(rf"By its dates\s*{time} \+ [\w ]+ = {time}", text)
        assert re.search(rf"Signs\s*{time} – {time}", text)

    def test_the_list_has_the_rings_in_the_order_of_the_settings(self, past, root):
        """As the overview and the picture have them; by name, encryption came before kinds."""
        lines = root.get(LIST).context["cl"].result_list
        assert list(dict.fromkeys(key.ring_id for key in lines if key.group == 0)) == list(conf().rings)

    def test_the_events_are_a_list_too(self, past, root):
        """Each event with its author, source, time and reason."""
        page = root.get("/admin/jwtkit/keyevent/?source=test").content.decode()
        assert "A new ES256 key" in page

    def test_a_list_costs_a_fixed_number_of_queries(self, past, root):
        """Not one a key: the page stays quick when the history grows."""
        root.get(LIST)
        with CaptureQueriesContext(
            connection,
        ) as few:
            root.get(f"{LIST}?state=active")
        with CaptureQueriesContext(connection) as many:
            root.get(f"{LIST}?state=expired")
        assert len(many) == len(few)

    def test_a_key_that_is_not_there_is_answered_with_the_list(self, past, root):
        """A stale bookmark is no error."""
        assert root.get(f"{LIST}999999/change/").status_code == 302
        assert root.get(f"{LIST}999999/revoke/").status_code == 404

    def test_the_admin_starts_without_our_tables(self, root):
        """Its index asks nothing of them, so an unmigrated database hurts nobody there."""
        with CaptureQueriesContext(connection) as query:
            assert root.get("/admin/").status_code == 200
        assert not [query for query in query.captured_queries if "jwtkit_" in query["sql"]]


class TestWhatIsNeverShown:
    @pytest.mark.threat("LEAK-006", "LEAK-001")
    def test_no_page_holds_a_private_part(self, signing, root):
        """Neither sealed nor open, not even in a hidden field."""
        sealed = [text for text in StoredKey.objects.values_list("sealed", flat=True) if text]
        assert sealed
        for address in pages(signing):
            answer = root.get(address)
            assert answer.status_code == 200, address
            page = answer.content.decode()
            assert not [text for text in sealed if text[:40] in page or text[-40:] in page], address
            assert '"d"' not in page.replace("&quot;", '"')

    @pytest.mark.threat("LEAK-006")
    @pytest.mark.parametrize("column", ["sealed", "public_jwk", "open_slot"])
    def test_a_column_cannot_be_read_out_by_filtering(self, signing, root, column):
        """Django would answer `?sealed__startswith=e` and so give the text away, letter by letter."""
        for lookup in (column, f"{column}__startswith", f"ring__keys__{column}__startswith"):
            assert root.get(LIST, {lookup: "e"}).status_code == 400

    @pytest.mark.threat("LEAK-006")
    def test_a_private_part_cannot_be_searched_for(self, signing, root):
        """The search goes over kid and ring."""
        assert root.get(LIST, {"q": signing.sealed[:20]}).context["cl"].result_count == 0
        assert root.get(LIST, {"q": signing.kid[:20]}).context["cl"].result_count == 1

    @pytest.mark.parametrize("file", STYLES, ids=lambda path: path.name)
    def test_a_theme_may_lack_each_variable_of_djangos(self, file):
        """Each has a fallback: unfold and jazzmin have others, and black on black cannot be read."""
        assert not re.findall(r"var\(--(?!jwtkit)[\w-]+\)", file.read_text())

    def test_pages_need_no_inline_style_or_script(self, signing, root):
        """They work under `Content-Security-Policy: default-src 'self'`."""
        for address in pages(signing):
            page = root.get(address).content.decode()
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), address
            assert not re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", page), address


class TestNothingCanBeChanged:
    @pytest.mark.threat("KEY-018", "LEAK-007")
    @pytest.mark.parametrize("door", ["add/", "{pk}/delete/", "{pk}/change/"])
    def test_even_a_superuser_adds_changes_and_deletes_nothing(self, signing, root, door):
        """A key's algorithm cannot be edited, nor an attacker's key brought in."""
        before = list(StoredKey.objects.values())
        address = LIST + door.format(pk=signing.pk)
        data = {"alg": "HS256", "ring": "access", "kid": "mine", "post": "yes"}
        assert root.post(address, data).status_code == 403
        assert list(StoredKey.objects.values()) == before

    @pytest.mark.threat("LEAK-007")
    def test_there_is_no_permission_to_add_or_change(self, db):
        """Nobody can hand out by accident what does not exist."""
        root = User(is_superuser=True, is_active=True)
        ours = {name for name in root.get_all_permissions() if name.startswith("jwtkit.")}
        assert not [name for name in ours if re.search(r"\.(add|change|delete)_", name)]

    def test_events_are_only_read(self, past, root):
        """The history is append-only."""
        event = KeyEvent.objects.first()
        for door in ("add/", f"{event.pk}/change/", f"{event.pk}/delete/"):
            assert root.post(f"/admin/jwtkit/keyevent/{door}", {"post": "yes"}).status_code == 403

    def test_without_permission_keys_are_not_even_seen(self, signing, browser):
        """Staff without `view_storedkey`: neither in the index nor by address."""
        nobody = browser()
        assert "storedkey" not in nobody.get("/admin/").content.decode()
        for address in (LIST, f"{LIST}{signing.pk}/change/"):
            assert nobody.get(address).status_code == 403

    def test_strangers_are_sent_to_the_login(self, signing, client):
        """Our own pages too."""
        doors = (
            "rotate/access/",
            "due/access/",
            "make/access/",
            "import/",
            "revoke/ring/access/",
            "revoked/",
        )
        for door in (*doors, "revoke/sealing/x/", f"{signing.pk}/revoke/"):
            for answer in (client.get(LIST + door), client.post(LIST + door)):
                assert answer.status_code == 302
                assert answer.url.startswith(reverse("admin:login"))


class TestAnOverdueJob:
    """It is no fault of a key, and yet the end of its order: said wherever a key is said to be active."""

    MEANS = "Tokens are issued and accepted, but no key is made, replaced or destroyed."

    def pages(self, client, *states):
        keys = [key_in(state) for state in states]
        return [client.get(f"{LIST}{key.pk}/change/").content.decode() for key in keys]

    @pytest.mark.parametrize("state", [unhealthy.overdue_job, unhealthy.job_that_never_ran])
    def test_the_page_of_the_key_that_signs_says_so(self, state, signing, root, settings):
        """Although its standby is there; with the consequence, and the way to the remedy."""
        Ring.objects.update(last_run=None)
        unhealthy.make(state, settings)
        active, standby = self.pages(root, State.ACTIVE, State.STANDBY)
        assert re.search(r"Ring access: rotate_keys (last ran 7 days ago|has never run since)", active)
        assert self.MEANS in active
        assert "The overview says what to do." in active
        assert self.MEANS not in standby

    def test_the_list_says_so_beside_each_key_that_signs(self, past, root, settings):
        """And above all of them, what it means."""
        unhealthy.make(unhealthy.overdue_job, settings)
        page = root.get(LIST).content.decode()
        assert self.MEANS in page[: page.index("In use and next")]
        assert page.count('<span class="jwtkit-error">rotate_keys is overdue</span>') == 4
        assert self.MEANS not in root.get(f"{LIST}?state=standby").content.decode()

    def test_the_list_says_since_when(self, past, root, settings):
        """In one ring by its sentence; others by their names, however many."""
        unhealthy.make(unhealthy.overdue_job, settings)
        top = root.get(LIST).content.decode().partition("In use and next")[0]
        assert top.count("rotate_keys last ran 7 days ago") == 1
        assert "Ring access: rotate_keys" in top
        assert re.search(r"The same in:\s+encryption, kinds, refresh", top)

    def test_the_list_says_when_the_job_ran_also_where_all_is_well(self, past, root):
        """In the ring in which that is longest ago."""
        Ring.objects.update(last_run=moments.now() - timedelta(hours=3))
        Ring.objects.filter(name="kinds").update(last_run=moments.now() - timedelta(hours=5))
        assert "rotate_keys last ran 5 hours ago" in root.get(LIST).content.decode()
        Ring.objects.filter(name="kinds").update(last_run=None)
        assert "rotate_keys has not run yet in every ring" in root.get(LIST).content.decode()

    def test_while_the_job_runs_nothing_is_said(self, signing, root, settings):
        """Nor where a ring was made a moment ago, and has not seen the job yet."""
        for last_run in (moments.now(), None):
            Ring.objects.update(last_run=last_run)
            (page,) = self.pages(root, State.ACTIVE)
            for text in (page, root.get(LIST).content.decode()):
                assert self.MEANS not in text
                assert "rotate_keys is overdue" not in text

    def test_it_costs_one_query_where_the_job_never_ran_and_none_elsewhere(self, past, root):
        """However many rings the list shows."""
        counts = {}
        for last_run in (moments.now(), None):
            Ring.objects.update(last_run=last_run)
            root.get(LIST)
            with CaptureQueriesContext(connection) as queries:
                root.get(LIST)
            counts[last_run] = len(queries)
        assert counts[None] == max(counts.values()) == min(counts.values()) + 1
