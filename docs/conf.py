"""Sphinx's settings for the documentation site, which `python3 run.py docs` builds.

The pages are those that GitHub shows. The start page, docs/index.md, is the only list of them. Each of its
`##` sections is a section of the navigation, with the pages that it links to, in this order.
"""

import os
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import django
from sphinx.application import Sphinx

ROOT: Final = Path(__file__).resolve().parent.parent
DECISIONS: Final = "docs/decisions"

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testproject.settings")
django.setup()

from docs import navigation  # noqa: E402 - found by the path above

metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
project = "django_jwtkit"
author = metadata["authors"][0]["name"]
version = release = metadata["version"]
project_copyright = author

root_doc = navigation.START
include_patterns = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**.md"]
exclude_patterns = [".*", "build", "dist", "tests", "bench", "demo", "django_jwtkit"]
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_heading_anchors = 4  # as GitHub makes them
highlight_language = "text"  # of a block that names none
# A page may skip a level of headings, and show a language that GitHub highlights and Pygments does not.
suppress_warnings = ["myst.header", "misc.highlighting_failure"]

default_role = "code"  # docstrings have one backtick around names, as the pages do
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_inherit_docstrings = False
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "DoesNotExist, MultipleObjectsReturned"}  # of each model
toc_object_entries_show_parents = "hide"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 160
add_module_names = False

html_theme = "furo"
html_title = f"django_jwtkit {version}"
html_static_path = ["_static"]
html_extra_path = ["_extra"]
html_css_files = ["site.css"]
html_search_scorer = str(ROOT / "docs" / "_static" / "scorer.js")
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}


def add_navigation(app: Sphinx, name: str, source: list[str]) -> None:
    """Give the start page its navigation, and the page of decisions each decision."""
    if name == navigation.START:
        for title, pages in navigation.sections(source[0]):
            source[0] += toctree(f":caption: {title}", *(f"/{page}" for page in pages))
    elif name == DECISIONS:
        source[0] += toctree(":glob:", "decisions/*")


def toctree(option: str, *pages: str) -> str:
    lines = "\n".join(pages)
    return f"\n\n```{{toctree}}\n:hidden:\n{option}\n\n{lines}\n```\n"


def drop_aliases(app: Sphinx, *details: Any) -> None:
    """Leave out what Python itself says of each field of a named tuple. Its lines come last."""
    lines = details[-1]
    if lines and lines[0].startswith("Alias for field number"):
        lines.clear()


def copy_pictures(app: Sphinx, error: Exception | None) -> None:
    """Copy the pictures to where the HTML of the README expects them: Sphinx knows those of Markdown only."""
    if error is None:
        shutil.copytree(ROOT / "docs" / "images", app.outdir / "docs" / "images", dirs_exist_ok=True)


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.connect("source-read", add_navigation)
    app.connect("autodoc-process-docstring", drop_aliases)
    app.connect("build-finished", copy_pictures)
