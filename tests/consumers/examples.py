"""The examples of the page about other services: what a reader copies is what the tests run."""

from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "other-services.md"
ISSUER: Final = "https://api.example.com"
AUDIENCE: Final = "orders"


def fenced(page: Path) -> dict[str, str]:
    """Return the first block of code below each heading."""
    blocks: dict[str, str] = {}
    heading, before = "", None
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if before is not None and before.type == "heading_open":
            heading = token.content
        elif token.type == "fence":
            blocks.setdefault(heading, token.content)
        before = token
    return blocks


def example(heading: str, issuer: str, keys: str = "") -> str:
    """Return the example below `heading`, with `issuer` in the place of ours; its keys may lie at `keys`."""
    text = fenced(PAGE)[heading].replace(f"{ISSUER}/.well-known", f"{keys or issuer}/.well-known")
    return text.replace(ISSUER, issuer)
