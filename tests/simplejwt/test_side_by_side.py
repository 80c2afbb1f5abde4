"""A project with simplejwt and its blacklist, in processes of its own: first both apps, then ours alone."""

import json

import pytest

from tests.support.scratch import Scratch, empty_databases

pytest.importorskip("rest_framework_simplejwt", reason="djangorestframework-simplejwt is not installed")

OLD_APPS = 'INSTALLED_APPS += ["rest_framework_simplejwt", "rest_framework_simplejwt.token_blacklist"]'
BRIDGE = """
from datetime import UTC, datetime
SIMPLE_JWT = {"SIGNING_KEY": "the old secret of a project that simplejwt has signed for"}
JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": datetime.now(UTC) + timedelta(days=30)}}
"""
ISSUE = """
import json
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken
alice = get_user_model().objects.create_user("alice")
good, bad = RefreshToken.for_user(alice), RefreshToken.for_user(alice)
bad.blacklist()
print("said", json.dumps([str(good), str(bad), str(good.access_token)]))
"""
USE = """
import json
from django_jwtkit import sessions, tokens
from django_jwtkit.errors import JWTKitError
def said(call):
    try:
        return type(call()).__name__
    except JWTKitError as error:
        return type(error).__name__
good, bad, access = {texts}
answers = [
    said(lambda: sessions.refresh(good)),
    said(lambda: sessions.refresh(bad)),
    said(lambda: sessions.load_simplejwt_user(tokens.simplejwt.verify(access))),
]
print("said", json.dumps(answers))
"""


@pytest.fixture
def project(transactional_db, tmp_path):
    with empty_databases(tmp_path, "side") as (database,):
        yield Scratch(tmp_path, database)


def said(project, code):
    """Return what the code prints after "said"."""
    done = project.manage("shell", "-c", code)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("said ")]
    return json.loads(line.removeprefix("said "))


def test_old_tokens_pass_with_the_old_app_and_without_it(project):
    """First both apps, then ours alone: good ones go on, a blacklisted one never does."""
    project.settings(f"{OLD_APPS}\n{BRIDGE}")
    missing = project.manage("check", "--database", "default")
    assert "jwtkit.E027" in missing.stderr
    migrated = project.manage("migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert "jwtkit.E0" not in project.manage("check", "--database", "default").stderr
    texts = said(project, ISSUE)
    assert said(project, USE.format(texts=texts)) == ["TokenPair", "SessionEnded", "User"]
    fresh = said(project, ISSUE.replace('"alice"', '"bob"'))
    project.settings(BRIDGE)
    assert said(project, USE.format(texts=fresh)) == ["TokenPair", "SessionEnded", "User"]
