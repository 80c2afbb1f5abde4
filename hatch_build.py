"""What the build adds to pyproject.toml: the README for a package index, where relative links lead nowhere.

`JWTKIT_DOCUMENTATION_URL`, or `documentation` in pyproject.toml, says where the documentation site is. It has
the repository's pages at the same paths. Without it the README stays as it is.
"""

import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from hatchling.metadata.plugin.interface import MetadataHookInterface

VARIABLE: Final = "JWTKIT_DOCUMENTATION_URL"
README: Final = "README.md"
FENCE: Final = re.compile(r"^([ ]*```).*?^\1", re.MULTILINE | re.DOTALL)
# A target in Markdown or in an attribute of HTML that is neither a heading of the page nor on another site.
TARGET: Final = re.compile(r'(\]\(|(?:href|src|srcset)=")(?!#|[A-Za-z][A-Za-z0-9+.-]*:)([^)"\s]+)')


def absolute(text: str, base: str) -> str:
    """Return the README with its links and pictures on the site at `base`. Code stays as it is."""

    def on_site(match: re.Match[str]) -> str:
        page, mark, heading = match[2].partition("#")
        return match[1] + urljoin(f"{base.rstrip('/')}/", re.sub(r"\.md$", ".html", page) + mark + heading)

    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [TARGET.sub(on_site, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, TARGET.sub(on_site, text[end:])])


class CustomMetadataHook(MetadataHookInterface):
    """Called by hatchling for each build."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the README, and the site's address if there is one."""
        text = (Path(self.root) / README).read_text(encoding="utf-8")
        base = os.environ.get(VARIABLE) or self.config["documentation"]
        if base:
            text = absolute(text, base)
            metadata["urls"] = {"Documentation": urljoin(f"{base.rstrip('/')}/", "docs/index.html")}
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
