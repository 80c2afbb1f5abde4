"""The German of the admin: complete, with the values of the English, and compiled from what can be read."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from babel.messages.pofile import read_po
from django.utils.translation import template

import django_jwtkit

pytestmark = pytest.mark.once

PACKAGE: Final = Path(django_jwtkit.__file__).parent
CATALOGUE: Final = PACKAGE / "locale/de/LC_MESSAGES"
OF_THE_API: Final = {"drf", "contrib"}  # in English; what they do mark is Django's own
MARKS: Final = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
QUOTED: Final = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
IN_TEMPLATES: Final = re.compile(rf"\b(?:n?gettext|_)\({QUOTED}(?:,\s*{QUOTED})?")
PLACEHOLDER: Final = re.compile(r"%\(\w+\)s|%[sd]|\{\w*(?:!r)?\}")


def of_python(text: str) -> Iterator[tuple[str, ...]]:
    """Yield what a module marks: a text, or the singular and the plural."""
    for call in ast.walk(ast.parse(text)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS:
            yield tuple(ast.literal_eval(text) for text in call.args[: MARKS[call.func.id]] if is_text(text))


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def of_template(text: str) -> Iterator[tuple[str, ...]]:
    """Yield what a template marks, in the code that Django makes of it for its own extraction."""
    for match in IN_TEMPLATES.finditer(template.templatize(text)):
        yield tuple(ast.literal_eval(part) for part in match.groups() if part)


def marked() -> set[tuple[str, ...]]:
    """Return all that the package marks for translation."""
    kinds = {".py": of_python, ".html": of_template}
    files = (path for path in PACKAGE.rglob("*") if path.suffix in kinds)
    ours = (path for path in files if path.relative_to(PACKAGE).parts[0] not in OF_THE_API)
    return {texts for path in ours for texts in kinds[path.suffix](path.read_text(encoding="utf-8")) if texts}


def catalogue() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return the German by the English."""
    with (CATALOGUE / "django.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="de") if message.id]
    return {as_tuple(message.id): as_tuple(message.string) for message in messages if not message.fuzzy}


def as_tuple(texts: object) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)  # type: ignore[arg-type]


def test_nothing_is_missing_and_nothing_is_left_over() -> None:
    """The fix: `makemessages -l de`, the German, `compilemessages`, in the folder of the package."""
    german, english = catalogue(), marked()
    assert len(english) > 400
    assert sorted(english - german.keys()) == [], "without German"
    assert sorted(german.keys() - english) == [], "no longer used"
    assert [texts for texts, words in german.items() if not all(words)] == []


def test_each_text_has_the_values_of_the_english() -> None:
    """A placeholder that is missing would hide a fact; one that is wrong would be an error 500."""
    for english, german in catalogue().items():
        allowed = sorted(PLACEHOLDER.findall(english[-1]))
        for text in german:
            values = sorted(PLACEHOLDER.findall(text))
            assert values == allowed or (len(german) > 1 and values == PLACEHOLDER.findall(english[0])), text


def test_what_is_shown_is_what_can_be_read() -> None:
    """The compiled file has the same texts as the one that people edit."""
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for english, german in catalogue().items():
        forms = [compiled.ngettext(*english, number) for number in (1, 2)] if german[1:] else []
        assert forms == list(german) or compiled.gettext(english[0]) == german[0]
