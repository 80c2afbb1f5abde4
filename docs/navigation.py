"""The navigation of the documentation site, as the start page has it."""

import os
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Final

from markdown_it import MarkdownIt

START: Final = "docs/index"
H2: Final = ("heading_open", "h2")
QUESTIONS: Final = "How do I …"  # its links lead to headings, not to pages


def sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the sections of the start page, each with the pages that no section before it has."""
    tokens, listed = MarkdownIt("commonmark").enable("table").parse(text), {START}
    titles = [number for number, token in enumerate(tokens) if (token.type, token.tag) == H2]
    for begin, end in pairwise([*titles, len(tokens)]):
        title = tokens[begin + 1].content
        if title != QUESTIONS:
            parts = chain.from_iterable(token.children or () for token in tokens[begin:end])
            links = [str(part.attrs["href"]) for part in parts if part.type == "link_open"]
            pages = dict.fromkeys(page_of(link) for link in links if link.partition("#")[0].endswith(".md"))
            yield title, [page for page in pages if page not in listed]
            listed.update(pages)


def page_of(link: str) -> str:
    """Return the page of a link in the start page, as Sphinx names it."""
    return os.path.normpath(os.path.join("docs", link.partition("#")[0])).removesuffix(".md")
