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
    shown: list[str] = field(default_factory=list)
    settings: str = ""


def steps(page: Path) -> Iterator[Step]:
    """What a page tells its reader to do, in its order."""
    parsed = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    for token in (one for one in parsed if one.type == "fence" and one.map):
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
            step.shown.append(text)
    if step is not None:
        yield step


class Reader:
    """Who follows a page in a project, to the letter."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.meant: dict[str, str] = {}  # the page's kids, by their beginnings, and the run's
        self.known: set[str] = set()
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
        self.known.update(kid for (kid,) in self.scratch.query("SELECT kid FROM jwtkit_storedkey"))
        shown, lines = step.shown, printed.splitlines()
        if SECRETS in printed:  # its real path is longer, so that lines are broken elsewhere
            shown, lines = _unwrap(shown), _unwrap(lines)
        if step.shown and not self._same(shown, lines):
            page = "\n".join(step.shown)
            raise AssertionError(f"line {step.line}: {step.command}\nThe page:\n{page}\nThe run:\n{printed}")

    def _put_in(self, text: str) -> str:
        """`text` of the page, in this project: its kids and its files."""
        text = text.replace(SECRETS, f"{self.scratch.folder}/secrets/")
        return KID.sub(lambda found: self._real(found[0]), text)

    def _real(self, kid: str) -> str:
        whole = self.meant.get(kid[:12])
        return kid if whole is None else whole if len(kid) > 12 else whole[:12]

    def _as_a_page(self, text: str) -> str:
        return text.replace(f"{self.scratch.folder}/secrets/", SECRETS)

    def _same(self, shown: list[str], printed: list[str]) -> bool:
        """Whether `printed` has the shape of `shown`; then what its kids mean is remembered."""
        if not shown or not printed:
            return not printed and all(line == ANYTHING for line in shown)
        if shown[0] == ANYTHING:
            return self._same(shown[1:], printed) or self._same(shown, printed[1:])
        before = dict(self.meant)
        same = self._same_line(shown[0], printed[0]) and self._same(shown[1:], printed[1:])
        self.meant = self.meant if same else before
        return same

    def _same_line(self, shown: str, printed: str) -> bool:
        (theirs, told), (ours, real) = _without(KID, shown), _without(self._kids(), printed)
        if theirs != ours:
            return False
        meant = {kid[:12]: self._whole(one) for kid, one in zip(told, real, strict=True)}
        if any(self.meant.get(kid, one) != one for kid, one in meant.items()):
            return False
        self.meant |= meant
        return True

    def _kids(self) -> re.Pattern[str]:
        """The kids of the run, whole or as they are cut for people."""
        names = [name for kid in self.known for name in (kid, kid[:12])]
        return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")

    def _whole(self, kid: str) -> str:
        return next(one for one in self.known if one.startswith(kid))


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
