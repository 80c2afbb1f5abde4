"""The page of endpoints lists each path and name that we serve."""

import re
from pathlib import Path

import pytest

from django_jwtkit.drf import cookie_urls, urls
from django_jwtkit.wellknown import urls as public

PAGE = Path(__file__).resolve().parents[2] / "docs" / "http-endpoints.md"
ROW = re.compile(r"^\| `(?:GET|POST|DELETE) ([^`]+)` \| `(\w+)` \|", re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "patterns"),
    [
        ("Tokens in bodies", urls.urlpatterns),
        ("Tokens in cookies", cookie_urls.urlpatterns),
        ("Public documents", public.urlpatterns),
    ],
)
def test_each_endpoint_is_documented(heading, patterns):
    """Paths without a name serve another one's document."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    served = {(str(pattern.pattern), pattern.name) for pattern in patterns if pattern.name}
    assert set(ROW.findall(section)) == served
