"""No token, no stamp and no password in a log, a repr, a dump or an error report."""

import io

import pytest
from django.core.management import call_command
from django.views.debug import ExceptionReporter

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import ServiceUnavailable, TokenError
from tests.support.aging import let_pass


def fails(user):
    """The project's claims function on a bad day."""
    raise RuntimeError("no claims today")


def secrets_of(*pairs):
    """Each segment of each token, header apart: it names a key and no secret."""
    return [segment for pair in pairs for token in pair for segment in token.split(".")[1:]]


@pytest.mark.threat("LEAK-001", "LEAK-002", "LEAK-012")
def test_the_whole_life_of_a_session_logs_no_token(alice, caplog, heard):
    """Started, refreshed, retried, reused, refused; the signals neither."""
    caplog.set_level("DEBUG")
    first = sessions.start(alice)
    second = sessions.refresh(first.refresh)
    let_pass()  # else the session rests, and the third is the second again
    third = sessions.refresh(second.refresh)
    for pair in (first, second, third):
        with pytest.raises(TokenError) as refusal:
            sessions.refresh(pair.refresh)
        assert not any(secret in str(refusal.value) for secret in secrets_of(pair))
    text = caplog.text + str([record.__dict__ for record in caplog.records]) + str(heard.all)
    assert [record.event for record in caplog.records if record.name == "django_jwtkit.sessions"] == [
        "session_started",
        "session_ended",
        "refresh_reused",
    ]
    for secret in (*secrets_of(first, second, third), tokens.password_stamps.auth_hash(alice)):
        assert secret not in text


@pytest.mark.threat("LEAK-016")
def test_signals_carry_no_token(alice, heard):
    """Ids and reasons only."""
    pair = sessions.start(alice)
    sessions.refresh(pair.refresh)
    sessions.end_all(alice)
    assert {name for name, _ in heard.all} == {"session_started", "session_ended"}
    for secret in secrets_of(pair):
        assert secret not in str([(name, {**arguments, "session": None}) for name, arguments in heard.all])


@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize("step", ["start", "refresh"])
def test_an_error_report_shows_no_token(alice, pair, settings, step):
    """Django's, with the locals of every frame: ours hide them."""
    settings.DEBUG = False
    settings.JWTKIT = {"CLAIMS_FUNCTION": f"{__name__}.fails"}
    steps = {"start": lambda: sessions.start(alice), "refresh": lambda: sessions.refresh(pair[1])}
    with pytest.raises(ServiceUnavailable) as error:
        steps[step]()
    assert isinstance(error.value.__cause__, RuntimeError)
    reporter = ExceptionReporter(None, error.type, error.value, error.tb)
    # The frames of this test hold the pair; a project's own would, too.
    frames = [
        frame for frame in reporter.get_traceback_data()["frames"] if "django_jwtkit" in frame["filename"]
    ]
    assert frames
    for secret in secrets_of(pair):
        assert secret not in str([frame["vars"] for frame in frames])


@pytest.mark.threat("LEAK-008")
def test_a_dump_holds_no_token(pair):
    """There is none in the table."""
    out = io.StringIO()
    call_command("dumpdata", "jwtkit.session", stdout=out)
    assert str(tokens.verify(pair.access)["sid"]) in out.getvalue()
    for secret in (*secrets_of(pair), tokens.verify(pair.refresh, kind=tokens.REFRESH)["jti"]):
        assert secret not in out.getvalue()


@pytest.mark.threat("LEAK-003")
def test_nothing_that_a_client_sends_is_logged(alice, request_from, caplog):
    """A user agent is stored, printable, and never written into a log line."""
    caplog.set_level("DEBUG")
    pair = sessions.start(alice, request=request_from(agent="x\r\nFAKE \x1b[31mline\u202e"))
    sessions.refresh(pair.refresh, request=request_from(agent="FAKE"))
    sessions.end_all(alice)
    assert "FAKE" not in caplog.text
