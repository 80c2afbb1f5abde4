"""Pages that list what the source has, and are written by hand, list all of it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.dispatch import Signal

from django_jwtkit import errors, signals
from django_jwtkit.conf.tables import RING_SETTINGS, SETTINGS, Settings
from django_jwtkit.wording import how_long

ROOT = Path(__file__).resolve().parent.parent
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in ROOT.glob("django_jwtkit/**/*.py")}
LOGGING = {"log_limited": 2, "_log": 1}  # functions of ours, and the argument that is the event


def rows(page: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the rows of the tables of a page: the names in the first cell, and all cells."""
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if names := re.findall(r"`(\w+)`", cells[0]) if cells else []:
            yield names, cells


def test_each_setting_has_one_row():
    """In docs/settings.md, which has a row for each setting of a ring too."""
    names = [name for row, _ in rows("settings.md") for name in row]
    assert sorted(names) == sorted([*SETTINGS, *RING_SETTINGS])


@pytest.mark.parametrize("name", SETTINGS)
def test_the_row_of_a_setting_has_its_default(name: str):
    """As Python, or as a duration in words."""
    default = getattr(Settings(), name)
    text = (
        "none"
        if default == timedelta()
        else how_long(default)
        if isinstance(default, timedelta)
        else f"`{default!r}`"
    )
    cell = next(cells[1] for row, cells in rows("settings.md") if name in row)
    assert cell == text.replace("'", '"')


def test_each_warning_about_production_is_explained():
    """In docs/before-production.md: what `check --deploy` adds."""
    page = (ROOT / "docs" / "before-production.md").read_text(encoding="utf-8")
    sources = (ROOT / "django_jwtkit" / "checks" / "deployment").glob("*.py")
    numbers = {number for file in sources for number in re.findall(r'"(W\d{3})"', file.read_text("utf-8"))}
    assert len(numbers) > 20
    assert [number for number in sorted(numbers) if number not in page] == []


def test_each_signal_has_a_row_with_its_arguments():
    """In docs/signals.md: those that the signal is sent with."""
    sent = {}
    for node in (node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Call)):
        path = ast.unparse(node.func).split(".")
        if path[-1] == "send_robust" and isinstance(getattr(signals, path[-2], None), Signal):
            sent[path[-2]] = {keyword.arg for keyword in node.keywords} - {"sender"}
    documented = {row[0]: set(re.findall(r"`(\w+)`", cells[1])) for row, cells in rows("signals.md")}
    assert sent == {name: documented.get(name) for name in sent}
    assert set(sent) == {name for name, each in vars(signals).items() if isinstance(each, Signal)}


def test_the_promised_versions_are_those_of_the_package():
    """In docs/promises.md: the lowest Python, and the lowest version of what is installed with us."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    least = [f"python{project['requires-python']}", *project["dependencies"]]
    page = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8").lower().replace(" rest ", "rest")
    for name, version in (each.split(">=") for each in least):
        assert f"| {name} | {version} and newer |" in page


def events(tree: ast.Module) -> Iterator[str]:
    """Yield the events that a module logs, as far as they are literals or constants of the module."""
    constants = {
        ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target): node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
    }
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Dict):
            values = [value for key, value in zip(node.keys, node.values, strict=True) if is_event(key)]
        elif isinstance(node, ast.Call):
            place = LOGGING.get(ast.unparse(node.func).rpartition(".")[2])
            values = [] if place is None else node.args[place : place + 1]
        for value in values:
            literal = constants.get(ast.unparse(value), value)
            if isinstance(literal, ast.Constant):
                yield str(literal.value)


def is_event(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == "event"


def unavailable(error: type[errors.JWTKitError] = errors.ServiceUnavailable) -> Iterator[str]:
    """Yield the codes of all reasons for a 503: each is an event."""
    yield error.code
    for each in error.__subclasses__():
        yield from unavailable(each)


def test_each_event_of_the_log_has_a_row():
    """In docs/logs.md."""
    logged = {event for tree in TREES.values() for event in events(tree)} | set(unavailable())
    assert len(logged) > 30
    documented = {name for row, _ in rows("logs.md") for name in row}
    assert logged - documented == set()
