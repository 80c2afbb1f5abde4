"""What the log and the signals are told: the reason, once, and never a secret."""

import logging
import sys
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.views import TokenObtainPairView, TokenRefreshView
from django_jwtkit.errors import MalformedToken
from django_jwtkit.jose.wire.encoding import b64u_encode
from django_jwtkit.signals import token_rejected
from django_jwtkit.transport import report

PASSWORD = "correct horse battery staple"
pytestmark = pytest.mark.urls("tests.drf.project")


@pytest.fixture
def reported(caplog):
    """The log records and the signals of a test."""
    heard = []

    def hear(signal, sender, **fields):
        heard.append(fields)

    token_rejected.connect(hear)
    caplog.set_level(logging.DEBUG)
    yield lambda: ([record for record in caplog.records if record.name == "django_jwtkit.transport"], heard)
    token_rejected.disconnect(hear)


@pytest.mark.threat("AUD-LOG-001", "LEAK-016")
@pytest.mark.parametrize("code", ["expired", "wrong_type", "bad_signature", "malformed"])
def test_a_refused_token_is_reported_once(api, expired, pair, reported, code):
    """With its reason and its kid, to the log and to the signal."""
    broken = pair.access[:-20] + "A" * 20
    texts = {"expired": expired, "wrong_type": pair.refresh, "bad_signature": broken, "malformed": "x"}
    text = texts[code]
    assert api.get("/me/", text).status_code == 401
    records, heard = reported()
    assert len(records) == len(heard) == 1
    assert (records[0].event, records[0].reason, heard[0]["code"]) == ("token_rejected", code, code)
    assert records[0].kid == heard[0]["kid"]
    assert bool(heard[0]["kid"]) is (code != "malformed")
    assert text == "x" or text not in records[0].getMessage()


def test_introspection_reports_too(api, admin_user, reported):
    """The log says why a token is not active, the answer does not."""
    answer = api.post("/api/token/introspect/", {"token": "x.y.z"}, tokens.issue(admin_user))
    assert answer.json() == {"active": False}
    records, heard = reported()
    assert len(records) == len(heard) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/token/refresh/", {"refresh": "x.y.z"}),
        ("/api/token/verify/", {"token": "x.y.z"}),
        ("/api/token/revoke/", {"token": "x.y.z"}),
    ],
)
@pytest.mark.django_db
def test_the_endpoints_report_too(api, reported, path, body):
    """Also where the answer is 200."""
    api.post(path, body)
    records, heard = reported()
    assert len(records) == len(heard) == 1


@pytest.mark.threat("AUD-LOG-002")
def test_a_receiver_that_breaks_changes_no_answer(api, pair, caplog):
    """The signal is sent robustly."""

    def broken(**fields):
        raise RuntimeError("a receiver's own trouble")

    token_rejected.connect(broken)
    try:
        assert api.get("/me/", "a.b.c").status_code == 401
    finally:
        token_rejected.disconnect(broken)


@pytest.mark.threat("LEAK-003")
def test_nobody_writes_log_lines_with_a_token(api, reported, pair):
    """Neither a line break nor an escape sequence gets into a message."""
    for name in ("kid", "alg", "typ"):
        evil = (
            b'{"alg": "ES256", "typ": "at+jwt", "kid": "k", "%s": "\\nCRITICAL \\u001b[31m \\u202e"}'
            % name.encode()
        )
        api.post("/api/token/verify/", {"token": f"{b64u_encode(evil)}.e30.AAAA"})
    report(MalformedToken("as if a message had repeated \n\x1b[31m\u202e"), "x")
    records, _ = reported()
    assert len(records) == 4
    assert all(record.getMessage().isprintable() for record in records)


@pytest.mark.threat("LEAK-001", "LEAK-002")
def test_no_token_and_no_password_is_logged(api, alice, reported, caplog):
    """At any level, in any logger, through the whole of a life."""
    pair = api.log_in().json()
    later = api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).json()
    api.log_in(password=PASSWORD + "x")
    api.get("/me/", later["access"])
    api.get("/me/", later["access"] + "x")
    api.post("/api/token/verify/", {"token": later["refresh"] + "x"})
    api.post("/api/logout/", token=later["access"])
    api.post("/api/token/refresh/", {"refresh": later["refresh"]})
    text = caplog.text + repr([vars(record) for record in caplog.records])
    for token in (*pair.values(), *later.values()):
        assert all(part not in text for part in token.split(".")[1:])
    assert PASSWORD not in text


class TroubleError(Exception):
    """What nobody expects."""


def pages(request):
    """Django's error pages of the exception that is being handled, as production mails them."""
    kind, error, trace = sys.exc_info()
    reporter = ExceptionReporter(request, kind, error, trace.tb_next)  # without the test's own locals
    return reporter.get_traceback_text() + reporter.get_traceback_html()


@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("place", ["login", "refresh", "header"])
def test_an_error_page_shows_neither_token_nor_password(alice, pair, monkeypatch, kind, place):
    """Wherever the error comes up."""

    def fail(*args, **kwargs):
        raise TroubleError

    monkeypatch.setattr(sessions, "start", fail)
    monkeypatch.setattr(sessions, "refresh", fail)
    monkeypatch.setattr(tokens.users, "load", fail)
    factory = RequestFactory(raise_request_exception=False)
    secret = {"login": {"password": PASSWORD}, "refresh": {"refresh": pair.refresh}, "header": {}}
    fields = {"username": "alice", **secret[place]}
    if kind != "application/json":
        fields = urlencode(fields)
    request = factory.post("/", fields, content_type=kind, headers={"authorization": f"Bearer {pair.access}"})
    ask = {
        "login": TokenObtainPairView.as_view(),
        "refresh": TokenRefreshView.as_view(),
        "header": lambda django_request: JWTAuthentication().authenticate(django_request),
    }[place]
    page = ""
    try:
        ask(request)
    except TroubleError:
        page = pages(request)
    assert "TroubleError" in page
    assert PASSWORD not in page
    for text in pair:
        assert text.split(".")[1] not in page


@pytest.mark.threat("AUD-LOG-001")
@pytest.mark.parametrize("way", ["refresh", "header"])
def test_a_refusal_by_a_session_names_it(api, pair, reported, settings, way):
    """What helps somebody who asks why they were logged out: the line has the id that their token has."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    sid = tokens.verify(pair.access)["sid"]
    sessions.end(sid)
    if way == "refresh":
        api.post("/api/token/refresh/", {"refresh": pair.refresh})
    else:
        api.get("/me/", pair.access)
    ((record,), _) = reported()
    assert (record.reason, record.sid) == ("session_ended", sid)


@pytest.mark.parametrize("sid", [None, "x", 5])
def test_a_refusal_names_no_session_that_is_none(api, alice, reported, sid):
    """Nor before a good signature, nor what is not a session's id."""
    text = tokens.issue(alice, kind=tokens.REFRESH, sid=sid, counter=1)
    api.post("/api/token/refresh/", {"refresh": text})
    ((record,), _) = reported()
    assert record.sid is None
