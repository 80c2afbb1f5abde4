"""The optional extras: what each one installs, and the one line that is raised where it is missing."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from typing import Final, NamedTuple


class Requirement(NamedTuple):
    """A distribution, and the lowest version of it that works here."""

    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution}>={self.version}"


RELEASE: Final = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,9}")

# As in pyproject.toml. An extra of several distributions stands here with the one that is imported.
EXTRAS: Final[Mapping[str, Requirement]] = {
    "allauth": Requirement("django-allauth", "65.13"),
    "channels": Requirement("channels", "4.2"),
    "health_check": Requirement("django-health-check", "4"),
    "ninja": Requirement("django-ninja", "1.5"),
    "opentelemetry": Requirement("opentelemetry-api", "1.30"),
    "sentry": Requirement("sentry-sdk", "2"),
    "spectacular": Requirement("drf-spectacular", "0.28"),
}


@contextmanager
def require(extra: str) -> Iterator[None]:
    """Run the imports of `extra`; raise one `ImportError` that names the command where they can't work.

    The neighbour is missing, or older than `EXTRAS` says. Use it around the imports, with nothing else in it.
    """
    requirement = EXTRAS[extra]
    installed = _installed(requirement.distribution)
    if installed is not None and _parts(installed) < _parts(requirement.version):
        raise ImportError(f"{_message(extra)} (installed: {installed})")
    try:
        yield
    except ImportError as error:
        raise ImportError(_message(extra)) from error


def _message(extra: str) -> str:
    module = f"django_jwtkit.contrib.{extra.replace('-', '_')}"
    return f'{module} needs {EXTRAS[extra]}: pip install "django-jwtkit[{extra}]"'


def _installed(distribution: str) -> str | None:
    """Return the installed version, None where nothing says which one it is."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _parts(version: str) -> list[int]:
    """Return the release of `version` as numbers: `2.1rc1` counts as `2.1`."""
    release = RELEASE.match(version)
    return [int(part) for part in release[0].split(".")] if release else []
