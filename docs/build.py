"""Build the documentation site into build/docs, and open it: `python3 run.py docs`, or `docs --no-open`."""

import sys
import webbrowser
from pathlib import Path
from typing import Final

from sphinx.cmd.build import build_main

ROOT: Final = Path(__file__).resolve().parent.parent
SITE: Final = ROOT / "build" / "docs"
# A warning is an error, such as one about a page in no section of docs/index.md.
OPTIONS: Final = ("-b", "html", "-W", "--keep-going", "-q", "-j", "auto", "-c", str(ROOT / "docs"))
FAILED: Final = "docs: Sphinx found the faults above.\n      Fix them, then try: python3 run.py docs"


def main(*options: str) -> int:
    """Build the site, and open it; return 1 if the pages have faults."""
    if build_main([*OPTIONS, str(ROOT), str(SITE)]):
        print(FAILED, file=sys.stderr)
        return 1
    start = SITE / "index.html"
    print(f"The site: {start}")
    if "--no-open" not in options:
        webbrowser.open(start.as_uri())
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
