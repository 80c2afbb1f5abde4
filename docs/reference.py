"""Write what pages list from the source: commands, checks, decisions, the demo's story.

Each page has a comment. All that is above it is written by hand, and all below it by this program.
"""

import argparse
import os
import re
import string
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import django
from django.core.management import load_command_class

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs"
BEGIN: Final = "<!-- The rest is written by docs/reference.py: run `python3 run.py format`. -->\n"

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testproject.settings")
    django.setup()


def cell(text: str) -> str:
    """Return `text` for a cell of a table, in which Markdown changes nothing but a `kid`."""
    return re.sub(r"\bkid\b", "`kid`", re.sub(r"([\\|*<>\[\]])", r"\\\1", text))


def commands() -> Iterator[str]:
    """Yield a section for each command, with its options."""
    folder = ROOT / "django_jwtkit" / "management" / "commands"
    for name in sorted(file.stem for file in folder.glob("[a-z]*.py")):
        command = load_command_class("django_jwtkit", name)
        parser = argparse.ArgumentParser(name, add_help=False)
        command.add_arguments(parser)
        yield f"\n## {name}\n\n{command.help}\n\n| argument | meaning |\n|---|---|\n"
        for action in parser._actions:  # noqa: SLF001 - argparse has no public list of them
            yield f"| {', '.join(spellings(action))} | {meaning(parser, action)} |\n"


def spellings(action: argparse.Action) -> list[str]:
    """Return how an argument is written, each way in a code span."""
    if not action.option_strings:
        return [f"`{action.metavar or action.dest}`"]
    value = "" if action.nargs == 0 else f" {value_of(action)}"
    return [f"`{option}{value}`" for option in action.option_strings]


def value_of(action: argparse.Action) -> str:
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest.upper())


def meaning(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Return the help of an argument, and whether it is required or may be repeated."""
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    if action.option_strings and action.required:
        text += " Required."
    if isinstance(action, argparse._AppendAction):  # noqa: SLF001 - the class of action="append"
        text += " May be repeated."
    return cell(text)


# Two checks have a message for each setting.
MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "E001": ("JWTKIT.{name} is not a setting.", "Did you mean {likeness}?"),
    "E002": ("JWTKIT.{name} must be {rule}.", "docs/settings.md lists what each setting takes."),
}


def checks() -> Iterator[str]:
    """Yield a row for each check, with its message and its remedy."""
    from django_jwtkit.checks.faults import FAULTS  # Django must be set up

    yield "\n| number | message | remedy |\n|---|---|---|\n"
    for number, (message, remedy) in sorted({**FAULTS, **MESSAGES}.items()):
        yield f"| {number} | {template(message)} | {template(remedy)} |\n"


def template(text: str) -> str:
    """Return a message with the names of its facts in italics."""
    parts = string.Formatter().parse(text)
    return "".join(cell(before) + (f"*{cell(name)}*" if name else "") for before, name, _, _ in parts)


def decisions() -> Iterator[str]:
    """Yield a link to each decision."""
    yield "\n"
    for page in sorted(DOCS.glob("decisions/[0-9]*.md")):
        title = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        number, _, title = title.partition(". ")
        yield f"{number}. [{title}](decisions/{page.name})\n"


def story() -> Iterator[str]:
    """Yield the steps of the demo."""
    from demo.story import STORY  # Django must be set up

    yield "\n"
    for number, step in enumerate(STORY, 1):
        yield f"{number}. **{cell(step.title)}.** {cell(step.sentence)}\n"


PAGES: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "commands.md": commands,
    "checks.md": checks,
    "decisions.md": decisions,
    "demo.md": story,
}


def fill(name: str) -> str:
    """Return the page `name`, with its second part made anew."""
    by_hand, begin, _ = (DOCS / name).read_text(encoding="utf-8").partition(BEGIN)
    if not begin:
        raise ValueError(f"docs/{name} must have the line {BEGIN.strip()}")
    return by_hand + begin + "".join(PAGES[name]())


if __name__ == "__main__":
    for each in PAGES:
        (DOCS / each).write_text(fill(each), encoding="utf-8")
