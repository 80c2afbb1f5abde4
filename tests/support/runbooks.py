"""Our pages for operators, carried out: their settings, their commands, and what is printed.

Dates, numbers of tokens and kids differ from run to run. A kid of a page stands for one of the run, the same
one throughout the page: it is bound where an output first shows it, and put into the commands after that.
"""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from tests.support.scratch import Scratch

PROMPT: Final = "$ "
ANYTHING: Final = "…"  # a line of a page for any number of lines
SECRETS: Final = "/run/secrets/"
KID: Final = re.compile(
    r"(?<![\w.-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])(?:[\w-]{43}|[0-9a-f]{32}|[\w-]{12})(?![\w-])", re.ASCII
)
VARIABLE: Final = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<day>"),
    (re.compile(r"^(Rejected: |  |CommandError: )\d+(?=: | good |$)"), r"\1<count>"),
    (re.compile(r"rejected \d+%"), "rejected <share>"),
    (re.compile(r"^Tokens: .*"), "Tokens: <counts>"),
    (re.compile(r"[░█▒│]+( *[░█▒│]+)*"), "<bar>"),
    (re.compile(r" +<day>( +<day>)*"), " <days>"),
)


@dataclass
class Step:
    """A command of a page and what the page shows of its output; or settings, if there is no command."""

    line: int
    command: str = ""
    expected: list[str] = field(default_factory=list)
    settings: str = ""


def steps(page: Path) -> Iterator[Step]:
    """What a page tells its reader to do, in its order."""
    parsed = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    for token in (each for each in parsed if each.type == "fence" and each.map):
        line, content = token.map[0] + 2, textwrap.dedent(token.content)
        if token.info == "text" and content.startswith("JWTKIT = "):
            yield Step(line, settings=content)
        if token.info == "console":
            yield from _commands(line, content.splitlines())


def _commands(line: int, lines: list[str]) -> Iterator[Step]:
    step = None
    for number, text in enumerate(lines, line):
        if text.startswith(PROMPT):
            if step is not None:
                yield step
            step = Step(number, command=text.removeprefix(PROMPT))
        elif step is not None:
            step.expected.append(text)
    if step is not None:
        yield step


class Reader:
    """An operator who follows a page in a project, to the letter."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.meant: dict[str, str] = {}  # the page's kids, by their beginnings, and the run's
        self.kids: set[str] = set()
        (scratch.folder / "secrets").mkdir()

    def follow(self, step: Step) -> None:
        """Do what `step` says. Raises `AssertionError` where another thing is printed than the page shows."""
        if step.settings:
            self.scratch.settings(self._put_in(step.settings))
            return
        program, script, *arguments = shlex.split(self._put_in(step.command))
        assert (program, script) == ("python", "manage.py"), step.command
        done = self.scratch.manage(*arguments)
        printed = self._as_a_page(done.stdout + done.stderr)
        self.kids.update(kid for (kid,) in self.scratch.query("SELECT kid FROM jwtkit_storedkey"))
        expected, lines = step.expected, printed.splitlines()
        if SECRETS in printed:  # its real path is longer, so that lines are broken elsewhere
            expected, lines = _unwrap(expected), _unwrap(lines)
        if step.expected and not self._is_same(expected, lines):
            page = "\n".join(step.expected)
            raise AssertionError(f"line {step.line}: {step.command}\nThe page:\n{page}\nThe run:\n{printed}")

    def _put_in(self, text: str) -> str:
        """`text` of the page, in this project: its kids and its files."""
        text = text.replace(SECRETS, f"{self.scratch.folder}/secrets/")
        return KID.sub(lambda match: self._real(match[0]), text)

    def _real(self, kid: str) -> str:
        full_kid = self.meant.get(kid[:12])
        return kid if full_kid is None else full_kid if len(kid) > 12 else full_kid[:12]

    def _as_a_page(self, text: str) -> str:
        return text.replace(f"{self.scratch.folder}/secrets/", SECRETS)

    def _is_same(self, expected: list[str], printed: list[str]) -> bool:
        """Whether `printed` has the shape of `expected`; then what its kids mean is remembered."""
        if not expected or not printed:
            return not printed and all(line == ANYTHING for line in expected)
        if expected[0] == ANYTHING:
            return self._is_same(expected[1:], printed) or self._is_same(expected, printed[1:])
        before = dict(self.meant)
        same = self._is_same_line(expected[0], printed[0]) and self._is_same(expected[1:], printed[1:])
        self.meant = self.meant if same else before
        return same

    def _is_same_line(self, expected: str, printed: str) -> bool:
        (theirs, page_kids), (ours, real) = _without(KID, expected), _without(self._kids(), printed)
        if theirs != ours:
            return False
        meant = {kid[:12]: self._full_kid(real_kid) for kid, real_kid in zip(page_kids, real, strict=True)}
        if any(self.meant.get(kid, real_kid) != real_kid for kid, real_kid in meant.items()):
            return False
        self.meant |= meant
        return True

    def _kids(self) -> re.Pattern[str]:
        """The key IDs of the run, in full or as they are cut for people."""
        names = [name for kid in self.kids for name in (kid, kid[:12])]
        return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")

    def _full_kid(self, kid: str) -> str:
        return next(each for each in self.kids if each.startswith(kid))


def _unwrap(lines: list[str]) -> list[str]:
    """Return `lines` with each further line of a sentence put behind its first one."""
    sentences: list[str] = []
    for line in lines:
        if sentences and line.startswith("    "):
            sentences[-1] += " " + line.strip()
        else:
            sentences.append(line)
    return sentences


def _without(kids: re.Pattern[str], line: str) -> tuple[str, list[str]]:
    """`line` without what differs from run to run, and the kids that stood in it."""
    for pattern, name in VARIABLE:
        line = pattern.sub(name, line)
    return kids.sub("<kid>", line).rstrip(), kids.findall(line)
