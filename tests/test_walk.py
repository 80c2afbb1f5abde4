"""How far a reader has to walk who follows one request: files entered, and how often each."""

import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

import django_jwtkit
from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTAuthentication

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

PACKAGE = f"{Path(django_jwtkit.__file__).parent}/"
CONF = "conf/current.py"


@contextmanager
def entries():
    """Count the entries into each file of the package: calls from another one of its files, or from outside.

    Frames of Django and others do not count: a call through them comes from the last file of ours.
    """
    entered, files = Counter(), []

    def follow(frame, event, _):
        file = frame.f_code.co_filename
        if not file.startswith(PACKAGE):
            return
        if event == "call":
            if not files or files[-1] != file:
                entered[file.removeprefix(PACKAGE)] += 1
            files.append(file)
        elif event == "return" and files:
            files.pop()

    before = sys.getprofile()
    sys.setprofile(follow)
    try:
        yield entered
    finally:
        sys.setprofile(before)


@pytest.fixture
def pairs():
    """Some logins of one user, in a process that has verified, issued and refreshed before."""
    user = get_user_model().objects.create_user("alice", password="correct horse battery staple")
    pairs = [sessions.start(user) for _ in range(4)]
    warm = sessions.refresh(pairs.pop().refresh)
    JWTAuthentication().authenticate(request(warm.access))
    return pairs


def request(text):
    return Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {text}"))


def test_a_new_token_takes_18_files_to_its_user(pairs):
    """From the header to `request.user`, none of them more than 3 times."""
    incoming = request(pairs[0].access)
    with entries() as entered:
        user, _ = JWTAuthentication().authenticate(incoming)
    assert user.get_username() == "alice"
    assert len(entered) <= 18, sorted(entered)
    assert max(entered.values()) <= 3, entered.most_common(3)


def test_verifying_reads_the_settings_once(pairs):
    """And hands them down."""
    with entries() as entered:
        tokens.verify(pairs[0].access)
    assert entered[CONF] == 1


def test_a_refresh_reads_the_settings_no_more_than_5_times(pairs):
    """Verified, judged, and two tokens issued."""
    with entries() as entered:
        sessions.refresh(pairs[0].refresh)
    assert 1 <= entered[CONF] <= 5
