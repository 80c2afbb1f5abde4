"""What Sentry is sent, by the real sentry-sdk, of requests that fail."""

import json
import re
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.contrib.sentry import FILTERED, scrubber

ROOT = Path(__file__).parents[2]
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLTY0LW9jdGV0cw"
JWE = "eyJhbGciOiJkaXIifQ..aXYtb2YtMTI.Y2lwaGVydGV4dA.dGFnLW9mLTE2"


def story(how):
    """Run the project in a process of its own: Sentry changes Django for good."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.contrib.sentry_project", how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def leaks_in(events):
    """The secrets that stand in the events."""
    sent = json.dumps(events["events"])
    return {secret for secret in events["secrets"] if secret in sent}


@pytest.mark.threat("LEAK-005")
def test_no_secret_is_sent():
    """Login, refresh and an authenticated view: request, locals, messages, breadcrumbs, extra, spans."""
    events = story("scrubbed")
    assert events["statuses"] == [500, 500, 503, 500, 200]
    assert leaks_in(events) == set()
    sent = json.dumps(events["events"])
    assert not re.search(r"eyJ[\w-]{6,}\.", sent)
    assert "correct+horse" not in sent
    errors = [event for event in events["events"] if event.get("exception") or event.get("logentry")]
    assert len(errors) >= 5
    frames = [
        frame
        for event in errors
        for value in event.get("exception", {}).get("values", ())
        for frame in value["stacktrace"]["frames"]
    ]
    assert {"authenticate_user", "post"} & {frame["function"] for frame in frames}
    assert any("raise ValueError(line)" in (frame.get("context_line") or "") for frame in frames)


def test_the_search_finds_secrets():
    """Without the scrubber there are some: this test can fail."""
    events = story("plain")
    assert len(leaks_in(events)) > 2


@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        JWE,
        f"Bearer {TOKEN}",
        f"a%20{TOKEN}&b=1",
        f"'{TOKEN}'",
        f"({TOKEN},)",
        f"x{TOKEN}",
        TOKEN[:60],
        "refresh=0123456789",
        "?next=/&password=hunter22&x=1",
        '{"password": "hunter22", "x": 1}',
        "{'new_password1': 'hunter22'}",
        '"{\\"password\\": \\"hunter22\\"}"',
        "password: hunter22",
        b"password=hunter22",
        bytearray(TOKEN.encode()),
    ],
)
def test_a_secret_is_found_in_any_text(text):
    """In whatever stands around it."""
    event = {"message": text, "extra": {"deep": [{"in": (text,)}]}}
    scrubber().scrub_event(event)
    text = json.dumps(event)
    assert "hunter22" not in text
    assert "0123456789" not in text
    assert "eyJzdWIiOiIxIn0" not in text
    assert "Y2lwaGVydGV4dA" not in text
    assert FILTERED in text


@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize(
    "name", ["password", "new_password1", "refresh", "access", "REFRESH", "HTTP_AUTHORIZATION"]
)
def test_what_has_a_secret_s_name_is_removed_wherever_it_stands_again(name):
    """A local variable of Django's has no name that tells."""
    frame = {"function": "clean", "lineno": 1, "module": "django.forms", "vars": {"value": "'hunter22x'"}}
    event = {
        "request": {"data": {name: "hunter22x"}},
        "exception": {"values": [{"stacktrace": {"frames": [frame]}}]},
    }
    scrubber().scrub_event(event)
    assert "hunter22x" not in json.dumps(event)


def test_what_is_no_secret_stays():
    """An event that tells nothing helps nobody; what the project still uses is not changed."""
    extra = {"order": 5, "path": "/api/orders/", "version": "1.2.3", "module": "eyed3.core.files.of.music"}
    event = {"message": "order 5 failed", "extra": extra}
    scrubber().scrub_event(event)
    assert event == {"message": "order 5 failed", "extra": extra}
    mine = {"password": "hunter22"}
    scrubber().scrub_event({"extra": mine})
    assert mine == {"password": "hunter22"}


PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----\n"
LONG = TOKEN.replace("IxIn0", "IxIiwiZXhwIjoxNzk1ODkxNzAyfQ")
SECRET_HALF = "rLOR-ohe0hV_0OliI5Jre9ZvQdYSxDpzheArIy7WVMI"


@pytest.mark.threat("LEAK-005")
@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (TOKEN.replace(".", "%2E"), "eyJ"),
        (f"https://shop.example/#x={TOKEN.replace('.', '%2e')}&y=1", "eyJ"),
        (LONG.split("."), "eyJ"),
        (dict(enumerate(LONG.split("."))), "eyJ"),
        *((b64encode(b"x" * n + TOKEN.encode()).decode(), "V5S") for n in (1, 4)),
        (b64encode(TOKEN.encode()), "ZXlK"),
        (f"queue/{b64encode(TOKEN.encode()).decode()}", "ZXlK"),
        ("Authorization: Basic YWxpY2U6aHVudGVyMjI=", "YWxpY2U"),
        (PEM, "MIGH"),
        (repr(PEM), "MIGH"),
        (PEM.replace("PRIVATE", "ENCRYPTED PRIVATE").encode(), "MIGH"),
        (PEM[:48], "MIGH"),
        ({"kty": "EC", "d": SECRET_HALF}, SECRET_HALF),
        ({"keys": [{"kty": "oct", "k": SECRET_HALF}]}, SECRET_HALF),
        (json.dumps({"kty": "EC", "d": SECRET_HALF}), SECRET_HALF),
        (json.dumps(json.dumps({"kty": "EC", "d": SECRET_HALF})), SECRET_HALF),
        (repr({"kty": "RSA", "dp": SECRET_HALF}), SECRET_HALF),
    ],
)
def test_a_secret_in_disguise_is_found(value, secret):
    """Split, escaped or wrapped once more; keys as they are written."""
    event = {"extra": {"x": value}, "exception": {"values": [{"value": value}]}}
    scrubber().scrub_event(event)
    assert secret not in str(event)


def test_what_looks_like_one_stays():
    """Public keys, hashes and paths."""
    public = {"kty": "EC", "x": SECRET_HALF, "y": SECRET_HALF}
    values = [
        public,
        json.dumps(public),
        "a1" * 64,
        "/usr/lib/python3/dist-packages/" * 3,
        b64encode(bytes(90)).decode(),
    ]
    event = {"extra": {"x": values}}
    scrubber().scrub_event(event)
    assert event == {"extra": {"x": values}}


def test_options_are_sentry_s_own():
    """A name more, and personal data as the project likes."""
    event = {"extra": {"iban": "DE00", "remote_addr": "192.0.2.1"}}
    scrubber(denylist=["iban"], send_default_pii=True).scrub_event(event)
    assert event["extra"] == {"iban": FILTERED, "remote_addr": "192.0.2.1"}


@pytest.mark.threat("DOS-014")
@pytest.mark.parametrize("part", ["eyJ", "token", "password", "a", 'password="', "eyJ.", "password ", "\\"])
def test_a_long_text_takes_one_pass(part):
    """Strangers write what is scrubbed."""
    event = {"message": part * (200_000 // len(part))}
    began = time.thread_time()
    scrubber().scrub_event(event)
    assert time.thread_time() - began < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_any_event_is_scrubbed(event):
    """Whatever it holds; also what holds itself."""
    event["self"] = event
    scrubber().scrub_event(event)


def test_without_sentry_one_line_says_what_to_install(monkeypatch):
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "sentry_sdk.scrubber", None)
    with pytest.raises(ImportError) as caught:
        scrubber()
    assert str(caught.value).count("\n") == 0
    assert 'pip install "django-jwtkit[sentry]"' in str(caught.value)


def test_nothing_of_sentry_is_imported_before_it_is_asked_for():
    """The package works without it."""
    code = "import sys, django_jwtkit.contrib.sentry; print('sentry_sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
