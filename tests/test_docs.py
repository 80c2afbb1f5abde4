"""Every link between our own pages leads somewhere, and so does every heading that they name."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")})
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def parsed(page: Path) -> list[Token]:
    return tokens(page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """Yield the targets of a page's links and pictures that are not on another site."""
    for block in parsed(page):
        for token in block.children or ():
            target = token.attrs.get("href", token.attrs.get("src", ""))
            if target and not ELSEWHERE.match(str(target)):
                yield str(target)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings: lower case, no punctuation, hyphens for spaces."""
    titles = [after.content for here, after in pairwise(parsed(page)) if here.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path):
    """A link to a file finds it; a link to a heading finds that too."""
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_says_why_and_what_else(page: Path):
    """Context, decision, consequences, alternatives: a reader can overrule it knowingly."""
    assert anchors(page) >= {"context", "decision", "consequences", "alternatives"}


def test_decisions_are_counted():
    """Other pages and comments name them by number."""
    assert [page.name[:4] for page in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]


def test_contributing_is_one_screen():
    """Anyone who wants to help reads it to the end."""
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 60
