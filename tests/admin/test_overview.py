"""The overview at `admin/jwtkit/`: the verdict first, a row a ring, and each fault on the first screen."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import path

from django_jwtkit import keys
from django_jwtkit.admin import KeyEventAdmin, KeyHealthMixin, SessionAdmin, StoredKeyAdmin
from django_jwtkit.keys import KeyEvent, State, StoredKey
from django_jwtkit.sessions import Session
from tests.keys.rows import key_in
from tests.support import unhealthy

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
OVERVIEW = "/admin/jwtkit/"


class OwnSite(KeyHealthMixin, AdminSite):
    """A project's own admin."""


own = OwnSite(name="own")
own.register(StoredKey, StoredKeyAdmin)
own.register(KeyEvent, KeyEventAdmin)
own.register(Session, SessionAdmin)
urlpatterns = [path("admin/", admin.site.urls), path("own/", own.urls)]


def words(response):
    """What a reader reads, in one line."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode().partition('id="content-main"')[2])
    return " ".join(text.replace("&#x27;", "'").split())


def test_a_healthy_project_reads_so_in_one_line(root):
    """The verdict, then the rings with both keys, the job, the sealing, the JWKS and the sessions."""
    keys.rotate("access", at_once=True, force=True)
    text = words(root.get(OVERVIEW))
    assert text.startswith("> All keys of 4 rings are in order. Next change: ")
    assert f"{key_in(State.ACTIVE).kid[:12]}… signs since" in text
    assert f"{key_in(State.STANDBY).kid[:12]}… in 89 days , published; everybody knows it in 24 hours" in text
    assert "1 more verifies, until" in text
    assert "encrypts since" in text
    assert re.search(r"[0-9]+ keys under \S+ , which seals new keys JWKS", text)
    assert "0 live sessions" in text
    assert re.search(r"\d system checks? fails?\. Ring", text)
    assert "jwtkit.W008" in text


@pytest.mark.parametrize("state", unhealthy.STATES, ids=lambda state: state.__name__)
def test_what_is_wrong_stands_above_all_else(state, browser, settings):
    """The fault and its remedy, before the first row; the row says it, too."""
    unhealthy.make(state, settings)
    top, _, rows = words(browser("all").get(OVERVIEW)).partition(" Ring Now Next ")
    fault, remedy = unhealthy.STATES[state]
    assert top.startswith("> Something is wrong.")
    assert fault in top
    assert remedy in top
    if fault == "can't be opened":
        assert rows.count("can't sign") == 3
        assert rows.count("can't encrypt") == 1


def test_a_revoked_key_is_out_of_the_picture(root):
    """Its successor signs, and the last events say why."""
    lost = key_in(State.ACTIVE)
    keys.revoke(lost.kid, reason="a laptop was stolen", by="olga")
    text = words(root.get(OVERVIEW))
    assert text.startswith("> All keys of 4 rings are in order.")
    assert f"{lost.kid[:12]}… signs" not in text
    assert "a laptop was stolen" in text


@pytest.mark.parametrize(("language", "attributes"), [("ar", ' lang="en" dir="ltr"'), ("de", ""), ("en", "")])
def test_words_without_a_translation_run_from_left_to_right(root, settings, language, attributes):
    """An English sentence in an Arabic page would have its number and its full stop at the wrong end."""
    settings.LANGUAGE_CODE = language
    for page in (OVERVIEW, f"{OVERVIEW}storedkey/import/"):
        assert f'<div class="jwtkit-page"{attributes}>' in root.get(page).content.decode()


def test_the_queries_are_as_many_for_each_number_of_rings(root, settings):
    """With 4 rings as with 34."""
    root.get(OVERVIEW)
    with CaptureQueriesContext(connection) as few:
        root.get(OVERVIEW)
    settings.JWTKIT = {**settings.JWTKIT, "KEY_RINGS": {f"r{number}": {} for number in range(30)}}
    for number in range(30):
        keys.rotate(f"r{number}")
    with CaptureQueriesContext(connection) as many:
        text = words(root.get(OVERVIEW))
    assert text.count("Rotate…") == 34
    assert len(many) <= len(few)


@pytest.mark.parametrize(
    ("permissions", "sees", "hides"),
    [
        (("view_storedkey",), "All keys of 4 rings are in order", "Rotate…|live sessions|Last events"),
        (("view_storedkey", "rotate_key"), "Rotate…", "live sessions"),
        (("view_session",), "0 live sessions", "All keys|signs since|Sealing|jwtkit.W"),
        (("view_keyevent",), "Key events", "All keys|signs since|Last events"),
    ],
)
def test_each_user_sees_what_they_may_view(browser, permissions, sees, hides):
    """By the permissions of the pages that it leads to."""
    text = words(browser(*permissions).get(OVERVIEW))
    assert sees in text
    assert not re.search(hides, text)


def test_a_page_without_script_and_style(root):
    """`default-src 'self'` holds."""
    page = root.get(OVERVIEW).content.decode()
    assert "style=" not in page.partition('id="content-main"')[2]
    assert "<script" not in page.partition('id="content-main"')[2].partition("</main>")[0]


def test_a_site_of_ones_own_warns_on_every_page(root, settings):
    """One banner, on pages that have nothing to do with keys too; the overview says it itself."""
    unhealthy.make(unhealthy.overdue_job, settings)
    for page in ("/own/", "/own/jwtkit/session/", "/own/password_change/"):
        text = root.get(page).content.decode()
        assert text.count("rotate_keys last ran 7 days ago") == 1
        assert 'href="/own/jwtkit/"' in text
    assert "messagelist" not in root.get("/own/jwtkit/").content.decode()
    assert "rotate_keys last ran" not in root.get("/admin/").content.decode()


def test_a_banner_costs_no_query(root):
    """The health is read once a minute."""
    root.get("/own/password_change/")
    with CaptureQueriesContext(connection) as done:
        root.get("/own/password_change/")
    assert not [query for query in done if "jwtkit_" in query["sql"]]


def test_nobody_without_the_permission_reads_the_banner(browser, client, settings):
    """Neither before the login nor without `view_storedkey`."""
    unhealthy.make(unhealthy.overdue_job, settings)
    for visitor in (client, browser("view_session")):
        assert "rotate_keys" not in visitor.get("/own/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_where_nothing_can_be_read_the_pages_say_so(root, take_away):
    """On the overview and in the banner; no page is a 500, also in a transaction of the request's own."""
    root.get("/own/")
    take_away(StoredKey)
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        text = root.get("/own/password_change/").content.decode().replace("&#x27;", "'")
        assert "The health of the keys can't be read" in text
        assert "manage.py migrate" in words(root.get(OVERVIEW))
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False


def test_the_messages_of_a_view_stay(root, settings):
    """The banner stands before them."""
    unhealthy.make(unhealthy.overdue_job, settings)
    lost = key_in(State.ACTIVE)
    keys.revoke(lost.kid, reason="leaked")
    page = root.get(f"/own/jwtkit/storedkey/{lost.pk}/revoke/", follow=True).content.decode()
    assert page.index("rotate_keys last ran") < page.index("This key has already been revoked")
