"""A walk through everything that shows something: no token, no password and no key is in it.

Every endpoint with every answer but those whose business tokens are, every page of the admin, every command,
a dump, what Python prints of our values, and Django's reports of a crash at each statement of each request.
"""

import io
import json
import os
import random
import sys
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter

from django_jwtkit import jose, keys, moments, sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.drf.serializers import (
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
    TokenSerializer,
)
from django_jwtkit.errors import TokenError
from django_jwtkit.jose.wire.encoding import b64u_encode
from tests.support.leaks import Ears

pytestmark = pytest.mark.django_db
PASSWORD = "open, says alice, and means it"
SEALING = "grcO7n8aUDm-8H7CNH8GbtCPXcdRJEfjQEMAAmtuVFU"
FORM = "application/x-www-form-urlencoded"
SEALED = b64u_encode(b'{"alg":"A256GCMKW')
OURS = "/django_jwtkit/"
CRASHES = int(os.environ.get("JWTKIT_CRASHES", "4"))  # a request
RINGS = ("access", "refresh", "kinds", "encryption")
MINUTE = timedelta(minutes=1)
TOKEN_SERIALIZERS = (TokenRefreshSerializer, TokenSerializer)


@pytest.fixture(autouse=True, params=[(), ("access",)], ids=["signed", "encrypted"])
def project(request, settings):
    """Whose access tokens are signed, or encrypted too; whose keys are sealed under a key of their own."""
    settings.JWTKIT = {"SEALING_KEYS": [{"id": "own", "key": SEALING}], "ENCRYPT": request.param}
    keys.StoredKey.objects.all().delete()
    cache.clear()
    keys.forget()
    for ring in RINGS:
        keys.rotate(ring)


@pytest.fixture
def alice(db):
    """A superuser, so that every page is hers."""
    return get_user_model().objects.create_superuser("alice", password=PASSWORD)


@pytest.fixture
def pair(alice):
    return sessions.start(alice)


@pytest.fixture
def secret(ears: Ears, pair):
    """Return the secrets: all that the run has noted, and all private keys that sign and decrypt now."""
    ears.note_text(SEALING)
    for ring in RINGS:
        ears.note_key(keys.signing_key(ring, now=moments.now(), lifetime=MINUTE).to_dict(private=True))
    assert ears.leaks(f"so {pair.access} is found")
    assert ears.leaks(f"and {PASSWORD} too")
    return ears


def requests(pair, sid):
    """Every endpoint: name, method, path, body, and the token in the header."""
    login = {"username": "alice", "password": PASSWORD}
    yield "login", "POST", "/api/token/", login, None
    yield "bad login", "POST", "/api/token/", login | {"password": PASSWORD + "x"}, None
    yield "refresh", "POST", "/api/token/refresh/", {"refresh": pair.refresh}, None
    yield "no refresh", "POST", "/api/token/refresh/", {"refresh": pair.access}, None
    yield "broken refresh", "POST", "/api/token/refresh/", {"refresh": pair.refresh[:-9]}, None
    yield "verify", "POST", "/api/token/verify/", {"token": pair.access}, None
    yield "bad verify", "POST", "/api/token/verify/", {"token": pair.access[:-9]}, None
    yield "introspect", "POST", "/api/token/introspect/", {"token": pair.access}, pair.access
    yield "sessions", "GET", "/api/sessions/", None, pair.access
    yield "bad header", "GET", "/api/sessions/", None, pair.access + " x"
    yield "one session", "DELETE", f"/api/sessions/{sid}/", None, pair.access
    yield "revoke", "POST", "/api/token/revoke/", {"token": pair.refresh}, None
    yield "logout", "POST", "/api/logout/", None, pair.access
    yield "logout all", "POST", "/api/logout/all/", None, pair.access
    yield "jwks", "GET", "/.well-known/jwks.json", None, None
    yield "not there", "GET", "/api/token/nowhere/", None, pair.access


NAMES = [name for name, *_ in requests(sessions.TokenPair("", ""), "")]


@pytest.fixture
def ask(pair):
    """Return a function that sends one of the requests, by its name; a crash is a 500."""
    sid = sessions.Session.objects.get().pk
    named = {name: rest for name, *rest in requests(pair, sid)}

    def ask(name, kind="application/json"):
        method, path, body, token = named[name]
        write = json.dumps if kind == "application/json" else urlencode
        headers = {"authorization": f"Bearer {token}"} if token else {}
        client = Client(raise_request_exception=False)
        return client.generic(method, path, write(body) if body else "", content_type=kind, headers=headers)

    return ask


@pytest.mark.threat("LEAK-001", "LEAK-002")
@pytest.mark.parametrize("name", NAMES)
def test_no_answer_holds_what_was_sent(secret, ask, name):
    """Login and refresh answer with tokens: with new ones, and with those alone."""
    answer = ask(name)
    answer_text = answer.content.decode() + str(dict(answer.headers))
    if name in {"login", "refresh"}:
        assert sorted(answer.json()) == ["access", "refresh"]
        answer_text = str(dict(answer.headers))
    assert answer.status_code < 500
    assert secret.leaks(answer_text) == []


def pages():
    """All pages of the admin for our models and for users, by following what is registered."""
    yield reverse("admin:index")
    for model in admin.site._registry:
        if model._meta.app_label not in {"jwtkit", "auth"}:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        for row in model._default_manager.all()[:12]:
            yield reverse(f"{name}_change", args=[row.pk])
            yield reverse(f"{name}_history", args=[row.pk])
    for ring in RINGS:
        yield reverse("admin:jwtkit_storedkey_rotate", args=[ring])
        yield reverse("admin:jwtkit_storedkey_due", args=[ring])
    for key in keys.StoredKey.objects.all():
        yield reverse("admin:jwtkit_storedkey_revoke", args=[key.pk])


@pytest.mark.threat("LEAK-007")
def test_no_page_of_the_admin_holds_a_secret(secret, alice, pair):
    """Neither before nor after its buttons were pressed."""
    sessions.refresh(pair.refresh)
    client = Client()
    client.force_login(alice)
    page_list = list(pages())
    assert len(page_list) > 30
    for page in page_list:
        answer = client.get(page, follow=True)
        assert answer.status_code == 200, page
        assert secret.leaks(answer.content.decode()) == [], page
    for page in (reverse("admin:jwtkit_storedkey_rotate", args=["kinds"]), page_list[-1]):
        answer = client.post(page, {"reason": "leaked", "confirm": "yes", "force": "on"}, follow=True)
        assert secret.leaks(answer.content.decode()) == [], page


def bare(leaks):
    """Return the secrets without sealed keys: those are JWEs that only the sealing key opens."""
    return [leak for leak in leaks if not leak.startswith(SEALED)]


@pytest.fixture
def piped(pair, monkeypatch):
    """An access token waits on stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pair.access.encode())))


COMMANDS = [
    "keys_status",
    "keys_status --json",
    "list_keys",
    "list_keys --json",
    "rotate_keys --dry-run",
    "rotate_keys --now --force --json",
    "generate_key --ring kinds",
    "export_jwks",
    "reseal_keys",
    "inspect_token",
    "prune_sessions",
    "revoke_key {kid} --reason leaked --noinput",
    "dumpdata",
    "check --tag jwtkit",
]


@pytest.mark.threat("LEAK-008")
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_a_secret(secret, piped, capsys, command):
    """However much it is asked to say; the dump is of all that the database holds, sealed keys as well."""
    kid = keys.StoredKey.objects.filter(ring_id="access").first().kid
    name, *options = command.format(kid=kid).split()
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *options, stdout=out, stderr=err, verbosity=3)
    printed = capsys.readouterr()
    text = out.getvalue() + err.getvalue() + printed.out + printed.err
    assert bare(secret.leaks(text)) == []


@pytest.mark.threat("LEAK-004", "LEAK-001")
def test_no_value_prints_its_secret(secret, pair, alice):
    """repr, str and f-strings of whatever holds a key or a token, and of the refusals."""
    key = keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    values = [pair, key, jose.KeySet([key]), conf(), *map(keys.keyring, RINGS), tokens.ACCESS, alice]
    values += [*keys.StoredKey.objects.all(), *keys.Ring.objects.all(), sessions.Session.objects.get()]
    values += [TokenObtainPairSerializer(data={"password": PASSWORD})]
    values += [
        serializer(data={"token": pair.access, "refresh": pair.refresh}) for serializer in TOKEN_SERIALIZERS
    ]
    for text in (pair.refresh, pair.access[:-9], pair.access + "x", pair.access.swapcase()):
        with pytest.raises(TokenError) as refusal:
            tokens.verify(text)
        values += [refusal.value, refusal.value.__cause__]
    for value in values:
        assert secret.leaks(f"{value!r} {value}") == [], type(value)


class TroubleError(Exception):
    """What nobody expects."""


@pytest.fixture
def reports():
    """Django's reports of the crashes in a test, each as a page and as text, as they are shown and mailed."""
    page_list = []

    def report(sender, request, **rest):
        reporter = ExceptionReporter(request, *sys.exc_info())
        page_list.append(reporter.get_traceback_html() + reporter.get_traceback_text())

    got_request_exception.connect(report)
    yield page_list
    got_request_exception.disconnect(report)


# Django calls these in the middle of its own frames, whose variables are not ours to hide: the password in
# `ModelBackend.authenticate` and `check_password`, whole rows in a compiler. What they call is left out too.
HOOKS = ("UTCDateTimeField.", "note_stored", "follow")


@contextmanager
def trouble_at(turn):
    """Crash at the so-manieth call of a function of ours; yield the names of those that were called."""
    called, within = [], []

    def look(frame, event, argument):
        if event not in {"call", "return"} or OURS not in frame.f_code.co_filename:
            return
        name = frame.f_code.co_qualname
        if name.startswith(HOOKS):
            within.append(name) if event == "call" else within.pop()
        elif event == "call" and not within:
            called.append(name)
            if len(called) == turn:
                raise TroubleError

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield called
    finally:
        sys.setprofile(before)


def crash_here_and_there(act, ready=dict):
    """Do `act` once, then again with a crash at one of our calls, each time at another.

    Each run walks elsewhere; `--randomly-seed` brings one back, `JWTKIT_CRASHES=400` walks nearly everywhere.
    """
    with trouble_at(0) as called:
        act(**ready())
    for turn in sorted(random.sample(range(1, len(called) + 1), min(CRASHES, len(called)))):
        keys.forget()
        fields = ready()
        with trouble_at(turn):
            answer = act(**fields)
        yield answer


# Trouble that meets a generator while it is closed can't be raised, and Python warns instead.
crashes = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@crashes
@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize(
    ("name", "kind"), [*((name, "application/json") for name in NAMES), ("login", FORM), ("refresh", FORM)]
)
def test_no_report_of_a_crash_shows_a_secret(secret, ask, reports, name, kind):
    """Wherever our code crashes during a request, with the locals of every frame."""
    for answer in crash_here_and_there(lambda: ask(name, kind)):
        assert answer.status_code == 200 or secret.leaks(answer.content.decode()) == []
    assert reports or name == "not there"
    for report in reports:
        assert secret.leaks(report) == []


@crashes
@pytest.mark.threat("LEAK-005")
def test_no_report_of_a_crash_in_a_rotation_shows_a_key(secret, alice, reports):
    """Neither a private key, old or new, nor what seals it."""
    client = Client(raise_request_exception=False)
    client.force_login(alice)

    page = reverse("admin:jwtkit_storedkey_rotate", args=["kinds"])

    def review():
        rows = keys.StoredKey.objects.filter(ring_id="kinds")
        return {"signing": next(key.kid for key in rows if key.state() is keys.State.ACTIVE)}

    def rotate(signing):
        return client.post(page, {"signing": signing, "force": "on"})

    for answer in crash_here_and_there(rotate, review):
        assert secret.leaks(answer.content.decode()) == []
    assert keys.StoredKey.objects.filter(ring_id="kinds").count() > 2
    assert reports
    for report in reports:
        assert bare(secret.leaks(report)) == []


@crashes
@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize("kind", ["access", "refresh", "encrypted"])
def test_no_report_of_a_crash_in_the_inspector_shows_the_token(secret, alice, pair, reports, settings, kind):
    """Neither in the frames, nor in what the form has posted."""
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    if kind == "encrypted":
        settings.JWTKIT = {**settings.JWTKIT, "ENCRYPT": ["access"]}
    token = pair.refresh if kind == "refresh" else tokens.issue(alice)
    page = reverse("admin:jwtkit_inspect_changelist")
    for answer in crash_here_and_there(lambda: client.post(page, {"token": token})):
        assert secret.leaks(answer.content.decode()) == []
    assert reports
    for report in reports:
        assert secret.leaks(report) == []
        assert token.rsplit(".", 1)[1] not in report


@crashes
@pytest.mark.threat("LEAK-015")
@pytest.mark.parametrize("debug", [False, True])
def test_no_report_shows_the_settings_secrets(ears, ask, reports, settings, debug):
    """With DEBUG Django shows all that the request has brought, and the settings: but not these."""
    settings.DEBUG = debug
    pages = [answer.content.decode() for answer in crash_here_and_there(lambda: ask("refresh"))]
    assert reports
    for page in (*reports, *pages):
        assert SEALING not in page
        assert settings.SECRET_KEY not in page
        assert not debug or page not in reports or "SEALING_KEYS" in page
    ears.said.clear()  # the pages with what the request has brought
