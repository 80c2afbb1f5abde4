"""What was found, as a table for the terminal and the docs, as JSON, and with what it was found."""

import json
import os
import platform
import ssl
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

Row = dict[str, object]

PACKAGES = (
    "django",
    "djangorestframework",
    "cryptography",
    "pyjwt",
    "joserfc",
    "djangorestframework-simplejwt",
    "django-rest-knox",
)


def table(rows: Sequence[Row]) -> str:
    """A Markdown table: a line a comparison and contender; the ratio is to the first of its comparison."""
    lines = ["| measured | by | time | × ours |", "|---|---|---:|---:|"]
    for title, found in groupby(rows, key=lambda row: row["comparison"]):
        for place, row in enumerate(found):
            ratio = "" if place == 0 else f"{row['ratio']:.2f}"
            first = title if place == 0 else ""
            lines.append(
                f"| {first} | {row['contender']} | {_time(float(str(row['microseconds'])))} | {ratio} |"
            )
    return "\n".join(lines)


def setting() -> dict[str, str]:
    """The machine and the versions."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    named = {"machine": machine, "python": python, "python's openssl": ssl.OPENSSL_VERSION}
    return named | {package: version(package) for package in PACKAGES}


def write(rows: Iterable[Row], file: Path, rounds: int) -> None:
    """Write all as JSON."""
    whole = {"setting": setting(), "rounds": rounds, "results": list(rows)}
    file.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _time(microseconds: float) -> str:
    return f"{microseconds / 1000:.2f} ms" if microseconds >= 1000 else f"{microseconds:.2f} µs"
