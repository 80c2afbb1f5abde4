"""The Python in our documents runs: the blocks of a page in turn, in a project like the reader's."""

import json
import re
import sys
import textwrap
from inspect import signature
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.core import checks
from django.dispatch import Signal
from markdown_it import MarkdownIt

from django_jwtkit import keys, signals, tokens
from django_jwtkit.jose import unverified_header
from django_jwtkit.jose.remote import Answer, Fetcher
from testproject import settings as project

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")})


def blocks(page: Path) -> list[tuple[int, str]]:
    """Return the Python blocks of a page, each with its first line."""
    parsed = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    fences = [token for token in parsed if token.type == "fence" and token.info.split()[:1] == ["python"]]
    return [(token.map[0] + 1, textwrap.dedent(token.content)) for token in fences if token.map]


# Pages about a neighbour: a project that has it runs their code, in tests/neighbours.
ELSEWHERE = {
    "adrf",
    "allauth",
    "channels",
    "django-ninja",
    "one-time-codes",
    "openapi",
    "scheduled-jobs",
    "strawberry",
}
WITH_CODE = [page for page in PAGES if blocks(page) and page.stem not in ELSEWHERE]


# The first line of a block that stands for a file of the reader's project.
FILE = re.compile(r"# (\w+(?:/\w+)*)\.py\n")
TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)


@pytest.fixture
def reader(db, settings, monkeypatch):
    """Return the reader's module, with settings, a user, an access token and our JWKS."""
    settings.JWTKIT = {"ISSUER": "https://api.example.com"}
    monkeypatch.setenv("SEALING_KEY", "Zk3v-9QmXw7_tR2pLs8Yb4NcHj6Fd1Ga0UeKiOo5Vx3")
    user = get_user_model().objects.create_user("alice", password="correct horse")
    token, jwks = tokens.issue(user), keys.jwks()
    # Every site that a page names publishes our keys.
    monkeypatch.setattr(Fetcher, "get", lambda *_: Answer(json.dumps(jwks).encode()))
    reader = ModuleType("reader")
    vars(reader).update(
        INSTALLED_APPS=list(project.INSTALLED_APPS[:-2]),
        user=user,
        access_token=token,
        tokens_key=unverified_header(token)["kid"],
        jwks=jwks,
        settings=settings,
    )
    monkeypatch.setitem(sys.modules, "reader", reader)
    for signal in vars(signals).values():
        if isinstance(signal, Signal):  # a receiver of a page must not be called in another test
            monkeypatch.setattr(signal, "receivers", list(signal.receivers))
    return reader


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_of_a_page_runs(page: Path, reader, settings, monkeypatch, request):
    """No example is out of date. A failure names the line of the page."""
    for line, code in blocks(page):
        if file := FILE.match(code):
            monkeypatch.setitem(sys.modules, file[1].replace("/", "."), reader)
        exec(compile("\n" * (line) + code, str(page), "exec"), vars(reader))
        for name in TEST.findall(code):
            test = vars(reader)[name]
            test(*map(request.getfixturevalue, signature(test).parameters))
        if "urlpatterns" in code:
            settings.ROOT_URLCONF = "reader"
        if "JWTKIT" in code and isinstance(vars(reader).get("JWTKIT"), dict):
            settings.JWTKIT = reader.JWTKIT
            assert [fault for fault in checks.run_checks() if fault.level >= checks.ERROR] == []


def test_the_pages_have_code():
    """The README, at least."""
    assert SimpleNamespace(name="README.md").name in [page.name for page in WITH_CODE]


@pytest.mark.parametrize("page", sorted(ELSEWHERE))
def test_a_page_about_a_neighbour_is_run_there(page: str):
    """No page is left out here and forgotten there."""
    projects = (ROOT / "tests" / "neighbours").rglob("*.py")
    assert any(f'"{page}"' in project.read_text(encoding="utf-8") for project in projects)
