"""Where a project's source uses simplejwt: imports and dotted paths, by `ast`, and url names."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from django.apps import apps
from django.conf import settings

OLD: Final = "rest_framework_simplejwt"
NEW: Final = "django_jwtkit.contrib.simplejwt"
OURS: Final = Path(__file__).resolve().parents[2]
URL_NAMES: Final = (
    *("token_obtain_pair", "token_refresh", "token_verify", "token_blacklist"),
    *("token_obtain_sliding", "token_refresh_sliding"),
)
REVERSERS: Final = frozenset({"reverse", "reverse_lazy", "redirect", "resolve_url"})
URL_TAG: Final = re.compile(r"\{%\s*url\s+[\"'](" + "|".join(URL_NAMES) + r")[\"']")
LIBRARIES: Final = frozenset({"site-packages", "dist-packages", "node_modules", "__pycache__"})
BIGGEST: Final = 2_000_000  # octets of a file that somebody has written

# What the prefix alone does not settle, by what is imported, called or named.
BY_HAND: Final = {
    "SlidingToken": "There are no sliding tokens: use a pair of tokens.",
    "TokenBackend": "Keys are the rings' business: use tokens.issue() and tokens.verify().",
    "backends": "There is no such module: use tokens.issue() and tokens.verify().",
    "set_jti": "A refresh token that was handed out is renewed by sessions.refresh(text).",
    "token_blacklist": "Keep the app installed until the last old token has expired.",
    "api_settings": "It has the names and hooks of SIMPLE_JWT; the rest is JWTKIT.",
}


class Usage(NamedTuple):
    """A place in the source, what stands there, and what to write or do instead."""

    file: Path
    line: int
    text: str
    instead: str


def find_usages(folders: Iterable[Path]) -> Iterator[Usage]:
    """Yield what uses the old package: imports, dotted paths in strings, and what must be changed by hand."""
    for file in _files(folders, ".py"):
        tree = _parse(file)
        if isinstance(tree, Usage):
            yield tree
        elif OLD in _read(file):
            yield from sorted(_usages_in(file, tree), key=lambda usage: usage.line)


def find_url_names(folders: Iterable[Path]) -> Iterator[Usage]:
    """Yield where url names of simplejwt are looked up, in Python and in templates."""
    instead = "Stays with contrib.simplejwt.urls; with django_jwtkit.drf.urls it is 'jwtkit:{}'."
    folders = list(folders)
    for file in _files(folders, ".py"):
        tree = _parse(file)
        if not isinstance(tree, Usage):
            for line, name in _reversed_names(tree):
                yield Usage(file, line, name, instead.format(name))
    for file in (*_files(folders, ".html"), *_files(folders, ".txt")):
        for number, text in enumerate(_read(file).splitlines(), 1):
            for name in URL_TAG.findall(text):
                yield Usage(file, number, name, instead.format(name))


def project_folders() -> list[Path]:
    """Return where the project's own source is: `BASE_DIR` and its apps, without libraries and without us."""
    base = getattr(settings, "BASE_DIR", None)
    folders = [Path(config.path).resolve() for config in apps.get_app_configs()]
    folders = [each for each in folders if not LIBRARIES & set(each.parts) and not each.is_relative_to(OURS)]
    if isinstance(base, str | Path):
        folders.append(Path(base).resolve())
    return [
        each
        for each in dict.fromkeys(folders)
        if not any(each.is_relative_to(o) for o in folders if o != each)
    ]


def _files(folders: Iterable[Path], suffix: str) -> Iterator[Path]:
    for folder in folders:
        for file in sorted(folder.rglob(f"*{suffix}")):
            parts = set(file.relative_to(folder).parts)
            if not LIBRARIES & parts and not any(part.startswith(".") for part in parts) and file.is_file():
                yield file


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace") if file.stat().st_size <= BIGGEST else ""
    except OSError:
        return ""


def _parse(file: Path) -> ast.Module | Usage:
    try:
        return ast.parse(_read(file))
    except (SyntaxError, ValueError) as error:
        return Usage(
            file, getattr(error, "lineno", None) or 1, "", f"It cannot be read: {type(error).__name__}."
        )


def _usages_in(file: Path, tree: ast.Module) -> Iterator[Usage]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if _is_old(module):
                imported = ", ".join(alias.name for alias in names)
                text = f"from {module} import {imported}"
                yield Usage(file, node.lineno, text, _instead(module, [alias.name for alias in names]))
            case ast.Import(names=names):
                for alias in names:
                    if _is_old(alias.name):
                        yield Usage(file, node.lineno, f"import {alias.name}", _instead(alias.name, []))
            case ast.Constant(value=str(value)) if _is_old(value) and " " not in value:
                yield Usage(file, node.lineno, f'"{value}"', _instead(value, value.split(".")))
            case ast.Attribute(attr="set_jti"):
                yield Usage(file, node.lineno, ".set_jti()", BY_HAND["set_jti"])


def _is_old(name: str) -> bool:
    return name == OLD or name.startswith(f"{OLD}.")


def _instead(path: str, names: Iterable[str]) -> str:
    """Return what to write in the place of `path`, and what must be done by hand about `names`."""
    by_hand = [BY_HAND[name] for name in dict.fromkeys((*path.split(".")[1:], *names)) if name in BY_HAND]
    if path == OLD or path.endswith(".token_blacklist"):
        return by_hand[0] if by_hand else "Remove it from INSTALLED_APPS when the last old token has expired."
    return " ".join((NEW + path.removeprefix(OLD), *by_hand))


def _reversed_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=value), *_]
            ):
                if name in REVERSERS and value in URL_NAMES:
                    yield node.lineno, str(value)
