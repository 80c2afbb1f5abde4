"""Programs that read the document: a generated client works, and schemathesis finds no contradiction."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from django_jwtkit import sessions
from tests.neighbours.openapi.conftest import PASSWORD

pytest.importorskip("drf_spectacular", reason="drf-spectacular is not installed: tox -e neighbours-api")

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.once

# NUL is refused in any text, and no schema says so.
CONFIGURATION = """\
seed = 20
[generation]
allow-x00 = false
max-examples = 20
"""


@pytest.fixture
def document_file(document, tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def run(folder, *command, **environment):
    """Return what `python -m` has printed. It may leave files in `folder`, its working directory."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_generated_client_logs_in_calls_and_refreshes(
    live_server, alice, document_file, tmp_path, monkeypatch
):
    """By openapi-python-client, with typed bodies; against the real views."""
    pytest.importorskip("openapi_python_client", reason="tox -e neighbours-api")
    configuration = tmp_path / "client.yaml"
    configuration.write_text("post_hooks: []\n", encoding="utf-8")
    files = ("--path", document_file, "--output-path", tmp_path / "shop", "--config", configuration)
    run(tmp_path, "openapi_python_client", "generate", *files, "--meta", "none", "--fail-on-warning")
    monkeypatch.syspath_prepend(str(tmp_path))
    shop, models = (importlib.import_module(name) for name in ("shop", "shop.models"))

    def call(operation, client, **more):
        module = importlib.import_module(f"shop.api.api.{operation}")
        return module.sync(client=client, **more)

    stranger = shop.Client(live_server.url)
    clients = [stranger]

    def log_in(token):
        clients.append(shop.AuthenticatedClient(live_server.url, token))
        return clients[-1]

    refused = call("api_token_create", stranger, body=models.JWTLogin(username="alice", password="x"))
    assert refused.detail == "No active account found with the given credentials"
    pair = call("api_token_create", stranger, body=models.JWTLogin(username="alice", password=PASSWORD))
    user = log_in(pair.access)
    (session,) = call("api_sessions_list", user)
    assert (session.id, session.current) == (sessions.rows().get().pk, True)
    pair = call("api_token_refresh_create", stranger, body=models.JWTRefresh(refresh=pair.refresh))
    user = log_in(pair.access)
    token = call("api_token_introspect_create", user, body=models.JWTToken(token=pair.access))
    assert (token.active, token.sid) == (True, session.id)
    assert call("api_logout_create", user) is None
    assert sessions.rows().get().ended_at is not None
    for client in clients:
        client.get_httpx_client().close()


def test_schemathesis_finds_no_contradiction(live_server, alice, document_file, tmp_path):
    """20 examples of each operation and the edges of each type: no 500, only answers that are promised."""
    pytest.importorskip("schemathesis", reason="tox -e neighbours-api")
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    output = run(
        tmp_path,
        *("schemathesis.cli", "--config-file", configuration, "run", document_file),
        *(
            "--url",
            live_server.url,
            "--phases",
            "coverage,fuzzing",
            "--exclude-path-regex",
            "^/(notes|schema)",
        ),
        SCHEMATHESIS_HOOKS="tests.neighbours.openapi.fresh_logins",
        SHOP_URL=live_server.url,
    )
    assert "Tested: 20\n" in output
