"""The measurements and their environment: `docs/_data/performance.json`, a section for each measurement."""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cryptography.hazmat.backends.openssl import backend

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "_data" / "performance.json"

VERSIONS = (
    "django",
    "djangorestframework",
    "cryptography",
    "pyjwt",
    "joserfc",
    "djangorestframework-simplejwt",
    "django-rest-knox",
    "django-allauth",
    "gunicorn",
)

Records = dict[str, dict[str, Any]]


def setting() -> dict[str, str]:
    """Return the machine, its load, and the versions."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    named = {
        "machine": machine(),
        "load": load(),
        "python": python,
        "openssl": backend.openssl_version_text(),
    }
    return named | {package: _version(package) for package in VERSIONS}


def machine() -> str:
    """Return cores, architecture and system, and the processor's name on Linux."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if "model name" in line]
    processor = f", {names[0]}" if names else ""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}{processor}"


def load() -> str:
    """Return how many processes wanted a core in the last minute, this one included."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def read(file: Path = RESULTS) -> Records:
    """Return all sections by name."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(section: str, content: dict[str, Any], file: Path = RESULTS) -> Records:
    """Replace the content of `section`, and return all sections."""
    records = {**read(file), section: content}
    ordered = dict(sorted(records.items()))
    file.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return ordered


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
