"""Plain English in the source, as far as a program can judge it: names, pronouns and words.

`python -m tests.support.language [FOLDER ...]` prints each finding with its file and line.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# These quote the phrases.
QUOTING = {ROOT / f"tests/{name}.py" for name in ("support/language", "test_language", "test_docs_language")}
FOLDERS = ("django_jwtkit", "tests", "testproject", "demo", "bench")

# A name says what the value is, not what was done to get it.
UNCLEAR_NAMES = frozenset(
    ["asked", "found", "given", "held", "known", "left", "made", "one", "seen", "shown", "told", "whole"]
)

# What a function that returns a bool begins with: a predicate, or a verb whose success it returns.
PREDICATES = ("is_", "has_", "can_", "may_", "must_", "are_", "have_", "needs_", "should_")
VERBS = (
    "check",
    "claim",
    "confirm",
    "end",
    "log",
    "move",
    "note",
    "report",
    "swap",
    "verify",
    "wait",
    "revoke",
    "try",
    "start",
)
# Names that Django, the REST framework, simplejwt, `logging` and Python ask for; `private` is our public one.
FOREIGN = re.compile(
    r"__\w+__|has_\w*permission|allow_\w+|filter|lookup_allowed|readable|private|get_current|can_fast_delete"
    r"|default_user_authentication_rule|save|exists"
)

# Not in a question: "who" and "what" as a subject, of which nobody knows who or what that is. "Whom" is in no
# sentence that could not be plainer.
BEFORE = r"for|to|by|from|of|with|than|that|if|as|where|when|while|because|until|unless|so"
BEGINNING = r"(?:^|[.;:!]\s+|[(\"—]\s*)"
VERB = (
    r"(?:is|are|was|were|has|have|had|may|must|can|can't|could|will|would|does|did|should|might|needs?|wants|"
    r"comes?|came|goes|happen(?:s|ed)|makes?|made|tells?|says?|stands?|lies|works|passes|fails|looks|remains|"
    r"counts|matters|begins|ends|holds?|gets|got|took|takes|gives|keeps|reads|reaches|belongs|else)"
)
HEADLESS = (
    re.compile(r"\bwhom(?:ever)?\b", re.IGNORECASE),
    re.compile(rf"{BEGINNING}who\s(?!.*\?)", re.IGNORECASE),
    re.compile(rf"{BEGINNING}what\s{VERB}\b(?!.*\?)", re.IGNORECASE),
    re.compile(rf"\b(?:{BEFORE})\s+who\b", re.IGNORECASE),
    re.compile(rf"\b(?:that|because|so|until|unless|while)\s+what\s{VERB}\b", re.IGNORECASE),
)
PERSON = re.compile(r"\b(?:he|him|his|himself)\b", re.IGNORECASE)
WORDS = {
    re.compile(rf"\b{word}\b", re.IGNORECASE): better
    for word, better in {
        r"mend(?:s|ed|ing)?": "fix",
        r"for ever": "permanently",
        r"laid to rest": "archived",
        r"all the same": "anyway",
        r"shall not|shan't": "must not",
        r"hindrances?": "blocked by",
        r"papers": "members",
        r"unasked": "without confirmation",
        r"unsaid": "left out",
    }.items()
}


class Finding(NamedTuple):
    """A place in a file, and what is wrong there."""

    path: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}"


def read(path: Path) -> list[Finding]:
    """Return the findings in a Python file, by line."""
    source = path.read_text(encoding="utf-8")
    problems = {*check_names(ast.parse(source)), *check_texts(source)}
    name = path.relative_to(ROOT).as_posix()
    return [Finding(name, line, problem) for line, problem in sorted(problems)]


def check_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the names that the code binds and that do not say what they stand for."""
    for node in ast.walk(tree):
        for name in bound_names(node):
            if name.strip("_") in UNCLEAR_NAMES:
                yield node.lineno, f"the name {name!r} does not say what the value is"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_well_named(node):
            yield (
                node.lineno,
                f"the name {node.name!r} does not say that a bool is returned, or says so falsely",
            )


def bound_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that `node` binds: variables, parameters, attributes, functions and classes."""
    match node:
        case (
            ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name)
        ):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.alias(asname=str(name)):
            yield name


def is_well_named(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether `function` is named like a predicate exactly where it returns a bool."""
    name = function.name.lstrip("_")
    if function.returns is None or FOREIGN.fullmatch(function.name) or name.startswith("test_"):
        return True
    returns = ast.unparse(function.returns).strip("'\"")
    if name.startswith(("is_", "has_", "can_")):
        return returns.endswith("bool") or returns.startswith(("TypeGuard", "TypeIs", "Callable"))
    return returns != "bool" or name.startswith(PREDICATES) or name.partition("_")[0] in VERBS


def check_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the phrases in comments and strings that a reader stumbles over."""
    for line, text in texts(source):
        flat = " ".join(text.split())
        for pattern in HEADLESS:
            for match in pattern.finditer(flat):
                yield line, f"a pronoun without an antecedent: {excerpt(flat, match)}"
        for match in PERSON.finditer(flat):
            yield line, f"a person is 'they': {excerpt(flat, match)}"
        for pattern, better in WORDS.items():
            for match in pattern.finditer(flat):
                yield line, f"write {better!r}: {excerpt(flat, match)}"


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield each block of comments and each string of more than one word, with its first line."""
    start, block, last = 0, list[str](), -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1:
                if block:
                    yield start, " ".join(block)
                start, block = token.start[0], []
            block.append(token.string.lstrip("#: "))
            last = token.start[0]
    if block:
        yield start, " ".join(block)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def excerpt(text: str, match: re.Match[str]) -> str:
    """Return a few words around a match."""
    return f"…{text[max(match.start() - 25, 0) : match.end() + 35]}…"


def rooms() -> dict[str, list[Path]]:
    """Return the source files by room: the first two folders of their path."""
    files = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    by_room: dict[str, list[Path]] = {}
    for path in files:
        if path not in QUOTING:
            by_room.setdefault("/".join(path.relative_to(ROOT).parent.parts[:2]), []).append(path)
    return by_room


def main(folders: Iterable[str]) -> int:
    """Print the findings in `folders`, by default in all; return how many there are."""
    prefixes = tuple(folders) or FOLDERS
    paths = [path for room, files in rooms().items() if room.startswith(prefixes) for path in files]
    findings = [finding for path in paths for finding in read(path)]
    for finding in findings:
        print(finding)
    return len(findings)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
