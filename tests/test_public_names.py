"""The page that lists the public Python interface names what exists, and all that our examples use."""

import ast
import importlib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "python-api.md"
LISTED = re.compile(r"\.\. automodule:: (\S+)\n   :members:(.*(?:\n {13}.*)*)")
READERS = sorted({ROOT / "README.md", *ROOT.glob("docs/*.md")} - {PAGE})


def listed() -> dict[str, list[str]]:
    """Return the names that the page lists, by their module; no name stands for all of the module."""
    text = PAGE.read_text(encoding="utf-8")
    return {module: re.findall(r"\w+", names) for module, names in LISTED.findall(text)}


ROOMS = {module: set(names) for module, names in listed().items()}


def exports(module: ModuleType) -> set[str]:
    """Return what a module lends: its `__all__`, or what it defines."""
    return set(getattr(module, "__all__", vars(module)))


@pytest.mark.parametrize("room", ROOMS)
def test_each_listed_name_is_exported(room: str):
    """A name that a reader copies from the page can be imported."""
    assert exports(importlib.import_module(room)) >= ROOMS[room]


def test_no_name_is_listed_twice():
    """One line a name: a reader who finds it need not look for another."""
    assert {module: sorted(set(names)) for module, names in listed().items()} == {
        module: sorted(names) for module, names in listed().items()
    }


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each name that a piece of code takes from a module of ours, with that module."""
    rooms, foreign = {}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django_jwtkit"):
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                rooms[name.asname or name.name] = inner
                if inner not in ROOMS:
                    yield str(node.module), name.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            foreign |= {name.asname or name.name for name in node.names}  # PyJWT is called jwt, too
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id not in foreign
        ):
            yield rooms.get(node.value.id, ""), node.attr


def used(page: Path) -> set[tuple[str, str]]:
    """Return the names of listed modules that the Python of a page uses."""
    parsed = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    fences = [part.content for part in parsed if part.type == "fence" and part.info.split()[:1] == ["python"]]
    page_code = ast.parse("\n".join(map(textwrap.dedent, fences)))  # a block goes on from the one before
    return {(room, name) for room, name in imported(page_code) if ROOMS.get(room)}


@pytest.mark.parametrize("page", READERS, ids=lambda page: page.stem)
def test_our_examples_use_public_names_alone(page: Path):
    """What an example imports is a promise."""
    assert [f"{room}.{name}" for room, name in used(page) if name not in ROOMS[room]] == []


def test_examples_use_some():
    """The test above has something to find."""
    assert len(set().union(*map(used, READERS))) > 25
