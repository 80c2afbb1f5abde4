"""Two workers of gunicorn share one fetch: none refuses a good token, however they start and are asked."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from django_jwtkit.issuers import TrustedKeySet
from django_jwtkit.jose import Key
from tests.jose.remote.publisher import unused_port
from tests.support.processes import ROOT

from .conftest import KEY, jwks, sign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
SECOND = Key.generate("ES256", kid="k2")
PATIENCE = 60.0  # seconds in which the server must be up
SLOW = 0.3  # seconds that the provider takes, so that many requests meet one fetch


@pytest.fixture
def api(publisher, tmp_path):
    """The port of an API with two workers, forked from one that has loaded Django."""
    port, log = unused_port(), tmp_path / "gunicorn.log"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.issuers.worker",
        "JWTKIT_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "JWTKIT_TEST_PROVIDER": publisher.url,
    }
    options = ["--workers", "2", "--threads", "4", "--preload", "--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *options, "--log-level", "warning", "testproject.wsgi"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=file, stderr=file)
    deadline = time.monotonic() + PATIENCE
    while _ask(port, "") == 0:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(timeout=PATIENCE)


def _ask(port, token):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/stateless/")
    request.add_header("Authorization", f"Bearer {token}" if token else "Other x")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def ask_all(port, texts):
    """Ask for each token, eight at a time, and count the answers."""
    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(lambda text: _ask(port, text), texts))


def test_two_workers_share_one_fetch_and_refuse_no_good_token(api, publisher):
    published = [KEY]

    def answer(handler):
        time.sleep(SLOW)
        handler.answer(json.dumps(jwks(*published)).encode())

    publisher.behaviour = answer
    iss = publisher.url
    good, new = sign(iss=iss), sign(key=SECOND, iss=iss)
    assert ask_all(api, [good] * 40) == {200: 40}
    assert publisher.fetches == 1
    published.append(SECOND)
    assert ask_all(api, [new] * 40) == {200: 40}
    assert publisher.fetches == 2
    forged = [sign(key=Key.generate("ES256", kid=f"forged-{number}"), iss=iss) for number in range(200)]
    assert ask_all(api, forged) == {401: 200}
    assert ask_all(api, [good, new] * 20) == {200: 40}
    assert publisher.fetches == 2
    assert TrustedKeySet.objects.get().error == ""
