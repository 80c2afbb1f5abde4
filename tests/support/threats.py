"""Which attacks of the threat catalogue have a test: `python -m tests.support.threats` prints the table.

Read from the source of the tests, not from a run: the answer is the same under any selection.
"""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


@cache
def catalogue() -> dict[str, dict[str, object]]:
    """Return the threat catalogue, id to entry."""
    entries = json.loads((TESTS / "threats.json").read_text(encoding="utf-8"))["attacks"]
    return {entry["id"]: entry for entry in entries}


def answered() -> dict[str, set[str]]:
    """Return id -> the test files that carry `@pytest.mark.threat(id)`."""
    files = defaultdict(set)
    for file in sorted(TESTS.rglob("test_*.py")):
        for threat in ids(ast.parse(file.read_text(encoding="utf-8"))):
            files[threat].add(str(file.relative_to(TESTS)))
    return dict(files)


def ids(tree: ast.AST) -> Iterator[str]:
    """Yield the ids of all `….mark.threat("…", …)` in a module; they must be written out."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.threat"):
            for argument in call.args:
                yield from _written(argument)


def _written(argument: ast.expr) -> Iterator[str]:
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        message = f"line {argument.lineno}: write the ids of a threat marker out: {ast.unparse(argument)}"
        raise TypeError(message)
    yield argument.value


def missing(
    threats: Mapping[str, Mapping[str, object]], answered_ids: Mapping[str, object]
) -> dict[str, list[str]]:
    """Return class -> the ids of it that no test carries; each class of the catalogue is there."""
    table = {str(entry["class"]): [] for entry in threats.values()}
    for name, entry in threats.items():
        if name not in answered_ids:
            table[str(entry["class"])].append(name)
    return table


def main() -> None:
    threats = catalogue()
    for name, absent in missing(threats, answered()).items():
        total = sum(entry["class"] == name for entry in threats.values())
        print(f"{name:26}{total - len(absent):4} of {total:3}   {' '.join(absent)}")


if __name__ == "__main__":
    main()
