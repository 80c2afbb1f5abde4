"""What axe-core has to say of a page of the admin."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from demo.story.player import CHECKOUT

if TYPE_CHECKING:
    from playwright.sync_api import Page

NODE: Final = Path(os.environ.get("JWTKIT_NODE", CHECKOUT / ".tox" / "node"))
AXE: Final = NODE / "node_modules" / "axe-core" / "axe.min.js"
# Django's own: its breadcrumbs, its sidebar, its filter, its header.
FOREIGN: Final = ("link-in-text-block", "target-size")
RULES: Final = ("wcag2a", "wcag2aa", "wcag21aa", "best-practice")
RUN: Final = "([place, rules]) => axe.run(place, {runOnly: rules})"


def serious_faults(page: "Page", place: str = "#content", rules: Sequence[str] = RULES) -> list[str]:
    """Return what is serious or worse in `place`, all its details open. Skip where axe-core is missing."""
    if not AXE.is_file():
        words = f"needs axe-core: npm install --prefix {NODE} axe-core@4"
        (pytest.fail if os.environ.get("JWTKIT_DEMAND_BROWSER") == "1" else pytest.skip)(words)
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    report = page.evaluate(RUN, [place, list(rules)])
    assert "color-contrast" in {rule["id"] for rule in report["passes"]}, "axe has looked at nothing"
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in report["violations"]
        if rule["impact"] in {"serious", "critical"} and rule["id"] not in FOREIGN
        for node in rule["nodes"]
    ]
