"""Every link between our own pages leads somewhere, and pages that are made are up to date."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs import navigation, reference

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")})
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
HTML_TARGET = re.compile(r'(?:href|src|srcset)="([^"]+)"')
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def parsed(page: Path) -> list[Token]:
    return tokens(page.read_text(encoding="utf-8"))


def targets(text: str) -> Iterator[str]:
    """Yield where the links and pictures of a page lead, in Markdown as in HTML."""
    for block in tokens(text):
        for part in (block, *(block.children or ())):
            yield from (str(part.attrs[name]) for name in ("href", "src") if name in part.attrs)
            yield from HTML_TARGET.findall(part.content) if part.type.startswith("html_") else ()


def links(page: Path) -> list[str]:
    """Return the targets that are not on another site."""
    text = page.read_text(encoding="utf-8")
    return [target for target in targets(text) if not ELSEWHERE.match(target)]


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


def test_each_page_is_in_a_section_of_the_start_page():
    """The navigation of the site is made of them. A new page needs a line in docs/index.md."""
    start = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = {page for _, pages in navigation.sections(start) for page in pages}
    pages = {name_of(page).removesuffix(".md") for page in PAGES if page not in DECISIONS}
    assert pages - listed - {navigation.START} == set(), "add a line for it to docs/index.md"


@pytest.mark.parametrize("name", reference.PAGES)
def test_what_a_page_takes_from_the_source_is_up_to_date(name: str):
    """Commands with their options, checks, decisions: `python3 run.py format` writes them."""
    page = ROOT / "docs" / name
    assert page.read_text(encoding="utf-8") == reference.fill(name), "run: python docs/reference.py"


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_says_why_and_what_else(page: Path):
    """Context, decision, consequences, alternatives: a reader can overrule it knowingly."""
    assert anchors(page) >= {"context", "decision", "consequences", "alternatives"}


def test_decisions_are_counted():
    """Other pages and comments name them by number, which is in the name of the file and in the title."""
    assert [page.name[:4] for page in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]
    titles = [page.read_text(encoding="utf-8").split(maxsplit=2)[:2] for page in DECISIONS]
    assert titles == [["#", f"{n}."] for n in range(1, len(DECISIONS) + 1)]


def test_contributing_is_one_screen():
    """Anyone who wants to help reads it to the end."""
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 60


def test_no_line_of_the_changelog_stands_twice():
    """A merge may put an entry under two versions."""
    lines = [line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line]
    assert [line for line in set(lines) if lines.count(line) > 1 and not line.startswith("###")] == []
