"""Data that many tests read: the threat catalogue, and the vectors of the RFCs in `../shared`."""

import json
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared"
THREATS = Path(__file__).with_name("threats.json")


def path(name: str) -> Path:
    """Return the path of a file or folder of `shared`, or skip the test that asks for it."""
    found = FOLDER / name
    if not found.exists():
        pytest.skip(f"needs ../shared/{name} beside the checkout")
    return found


@cache
def threats() -> dict[str, dict[str, object]]:
    """Return the catalogue, id to entry."""
    return {entry["id"]: entry for entry in json.loads(THREATS.read_text(encoding="utf-8"))["attacks"]}
