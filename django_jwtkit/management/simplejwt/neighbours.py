"""Other packages that import simplejwt by themselves, and what to do about each."""

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final, NamedTuple


class Neighbour(NamedTuple):
    package: str
    version: str
    advice: str


class Advice(NamedTuple):
    package: str
    text: str


ADVICE: Final[Mapping[str, Advice]] = {
    "djoser": Advice(
        "djoser",
        "Replace djoser.urls.jwt in the urls by django_jwtkit.contrib.simplejwt.urls. Its other urls go on.",
    ),
    "dj-rest-auth": Advice(
        "dj_rest_auth",
        "Set REST_AUTH['USE_JWT'] to False, for it imports simplejwt, and log in at token/. Its other urls "
        "go on; its logout ends our session.",
    ),
    "drf-spectacular": Advice(
        "drf_spectacular", "Nothing: its extension for simplejwt is idle without the old class."
    ),
    "drf-yasg": Advice("drf_yasg", "Nothing: it reads serializers, and the names have the same ones."),
    "django-ninja-jwt": Advice("ninja_jwt", "It has tokens of its own, which are not accepted here."),
}
"""By distribution: the package that it installs, and what to do."""


def find_neighbours() -> Iterator[Neighbour]:
    """Yield those that are installed."""
    for distribution, advice in ADVICE.items():
        if find_spec(advice.package) is not None:
            yield Neighbour(distribution, _version(distribution), advice.text)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
