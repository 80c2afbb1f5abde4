"""The command that says what a project that comes from simplejwt has to change: run in such a project."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import keys, sessions, tokens

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "tests" / "simplejwt_names" / "shop"
OURS = '\nINSTALLED_APPS += ["django_jwtkit"]\nJWTKIT = {}\n'


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The shop, with our app installed and its tables made."""
    folder = tmp_path_factory.mktemp("shop") / "shop"
    shutil.copytree(SHOP, folder)
    settings = folder / "shop" / "settings.py"
    settings.write_text(settings.read_text() + OURS)
    done = manage(folder, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return folder


def manage(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the shop's manage.py."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **environment}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def survey(shop):
    """What the command says to programs."""
    return json.loads(manage(shop, "migrate_from_simplejwt", "--json").stdout)


@pytest.fixture(scope="module")
def report(shop):
    """What the command says to people, as lines."""
    done = manage(shop, "migrate_from_simplejwt")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_settings_become_ours(survey):
    """Also those whose defaults differ: a client would notice."""
    lines = survey["jwtkit"]
    assert lines["ACCESS_TOKEN_LIFETIME"] == "timedelta(minutes=5)"
    assert lines["REFRESH_TOKEN_LIFETIME"] == "timedelta(days=7)"
    assert lines["USER_ID_FIELD"] == "'uuid'"
    assert lines["LEEWAY"] == "timedelta(seconds=5)"
    assert lines["ACCEPT_SIMPLEJWT"].startswith('{"UNTIL": datetime(')
    assert "ROTATE_REFRESH" not in lines


def test_clients_that_keep_their_refresh_token_go_on(shop):
    """Without rotation there, which is simplejwt's default."""
    survey = json.loads(manage(shop, "migrate_from_simplejwt", "--json", SHOP_ROTATE="0").stdout)
    assert survey["jwtkit"]["ROTATE_REFRESH"] == "False"


def test_what_is_dropped_has_a_reason(survey):
    """And no secret is shown."""
    dropped = {row["setting"]: row["reason"] for row in survey["dropped"]}
    assert "rotate by themselves" in dropped["SIGNING_KEY"]
    assert "serializer_class" in dropped["TOKEN_OBTAIN_SERIALIZER"]
    assert "an-old-signing-secret" not in json.dumps(survey)


def test_code_is_named_by_file_and_line(survey):
    """Imports, dotted paths in the settings, and what to write instead."""
    places = {(row["file"], row["line"]): (row["text"], row["instead"]) for row in survey["code"]}
    text, instead = places["people/serializers.py", 3]
    assert text == "from rest_framework_simplejwt.serializers import TokenObtainPairSerializer"
    assert instead == "django_jwtkit.contrib.simplejwt.serializers"
    assert {file for file, _ in places} == {"people/serializers.py", "shop/settings.py", "shop/urls.py"}
    assert "Keep the app installed" in next(why for what, why in places.values() if "token_blacklist" in what)


def test_url_names_are_found_in_templates_and_tests(survey):
    """With what becomes of each."""
    assert [(row["file"], row["text"]) for row in survey["url_names"]] == [
        ("people/tests.py", "token_obtain_pair"),
        ("templates/login.html", "token_obtain_pair"),
    ]


def test_tables_and_the_end_of_old_tokens_are_told(survey):
    """In UTC."""
    assert [row["table"] for row in survey["tables"]] == [
        "token_blacklist_outstandingtoken",
        "token_blacklist_blacklistedtoken",
    ]
    assert survey["until"].endswith("T00:00:00Z")
    assert survey["last_seen"] is None


@pytest.mark.django_db
def test_the_last_old_token_is_told(run, settings):
    """When it was accepted; the bridge notes it."""
    theirs = pytest.importorskip("rest_framework_simplejwt.tokens")
    settings.JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": keys.now() + timedelta(days=7)}}
    user = get_user_model().objects.create_user("ada")
    sessions.load_simplejwt_user(tokens.simplejwt.verify(str(theirs.AccessToken.for_user(user))))
    assert run("migrate_from_simplejwt", "--json").data["last_seen"].endswith("Z")


def test_the_plain_report_fits_a_terminal(report):
    """And ends with the page that has the steps."""
    assert max(map(len, report)) <= 80
    assert report[-1].endswith("docs/coming-from-simplejwt.md")


def test_the_settings_can_be_pasted(shop, report):
    """The dict is source: pasted, it passes our checks."""
    begin, end = (
        next(i for i, line in enumerate(report) if line == f"    {text}") for text in ("JWTKIT = {", "}")
    )
    pasted = "\n".join(line.removeprefix("    ") for line in (report[begin - 2], *report[begin : end + 1]))
    copy = shop.parent / "pasted"
    shutil.copytree(shop, copy)
    settings = copy / "shop" / "settings.py"
    settings.write_text(settings.read_text().replace("\nJWTKIT = {}\n", f"\n{pasted}\n"))
    done = manage(copy, "check", "--tag", "jwtkit", "--fail-level", "ERROR")
    assert done.returncode == 0, done.stderr


def test_it_changes_nothing(shop):
    """Neither files nor rows."""
    before = {file: file.read_bytes() for file in sorted(shop.rglob("*")) if file.is_file()}
    manage(shop, "migrate_from_simplejwt")
    after = {file: file.read_bytes() for file in sorted(shop.rglob("*")) if file.is_file()}
    assert {file for file in before if before[file] != after[file]} == set()


def test_a_file_that_cannot_be_read_is_named(shop):
    """And the others are still looked at."""
    broken = shop / "people" / "broken.py"
    broken.write_text("def (:\n")
    try:
        survey = json.loads(manage(shop, "migrate_from_simplejwt", "--json").stdout)
    finally:
        broken.unlink()
    row = next(row for row in survey["code"] if row["file"] == "people/broken.py")
    assert "cannot be read" in row["instead"]
    assert len(survey["code"]) > 3


@pytest.mark.django_db
def test_a_project_without_simplejwt_has_little_to_do(run):
    """The command still says so, and succeeds."""
    outcome = run("migrate_from_simplejwt", "--json")
    assert outcome.code == 0
    assert outcome.data["tables"] == []
