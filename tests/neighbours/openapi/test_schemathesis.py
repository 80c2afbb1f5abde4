"""Schemathesis reads the document, and finds no contradiction between it and the answers."""

import json

import pytest

from tests.neighbours.openapi.conftest import run

pytestmark = pytest.mark.once

# NUL is refused in any text, and no schema says so.
CONFIGURATION = """\
seed = 20
[generation]
allow-x00 = false
max-examples = 20
"""


def test_schemathesis_finds_no_contradiction(live_server, alice, document, tmp_path):
    """20 examples of each operation and the edges of each type: no 500, only answers that are promised."""
    pytest.importorskip("schemathesis", reason="tox -e neighbours-api")
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    output = run(
        tmp_path,
        *("schemathesis.cli", "--config-file", configuration, "run", file),
        *(
            "--url",
            live_server.url,
            "--phases",
            "coverage,fuzzing",
            "--exclude-path-regex",
            "^/(notes|schema|sliding)",
        ),
        SCHEMATHESIS_HOOKS="tests.neighbours.openapi.fresh_logins",
        SHOP_URL=live_server.url,
    )
    assert "Tested: 20\n" in output
