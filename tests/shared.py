"""What lies beside the checkout, in `../shared`: vectors of the RFCs and the catalogue of threats."""

import json
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared"


def path(name: str) -> Path:
    """Return the path of a file or folder of `shared`, or skip the test that asks for it."""
    found = FOLDER / name
    if not found.exists():
        pytest.skip(f"needs ../shared/{name} beside the checkout")
    return found


@cache
def threats() -> dict[str, dict[str, object]]:
    """Return the catalogue, id to entry, or skip."""
    return {entry["id"]: entry for entry in json.loads(path("threats.json").read_text())["attacks"]}
