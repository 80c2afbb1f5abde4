"""The contents of a release, and the rules that a reader of the source may rely on."""

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "django_jwtkit"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 300
MOST_MODULES = 8
WEAK_RANDOMNESS = {"random", "uuid1", "uuid3", "uuid5", "getnode"}
# Rooms over the aim: simplejwt has as many modules as the package whose names they are.
ROOMIER = {"simplejwt": 10}
SECRET = re.compile(r"(.*_)?(signature|mac|tag|digest|secret|check_value|auth_hash)", re.IGNORECASE)


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The wheel as it would be published, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return zipfile.Path(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_whole_package(wheel: zipfile.Path):
    """Templates, static files and py.typed ride along with the code; caches do not."""
    files = [name for name in wheel.root.namelist() if not name.endswith("/")]
    packed = {name for name in files if name.startswith("django_jwtkit/")}
    present = {file for file in PACKAGE.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    assert packed == {file.relative_to(ROOT).as_posix() for file in present}
    assert {"django_jwtkit/py.typed"} <= packed
    assert {".html", ".css"} <= {Path(name).suffix for name in packed}


def test_the_wheel_holds_nothing_else(wheel: zipfile.Path):
    """Neither tests nor the test project land in site-packages."""
    assert {name.partition("/")[0] for name in wheel.root.namelist()} == {
        "django_jwtkit",
        "django_jwtkit-0.1.0.dist-info",
    }


def test_the_wheel_needs_three_distributions(wheel: zipfile.Path):
    """Django, DRF and cryptography; anything else is an extra."""
    metadata = (wheel / "django_jwtkit-0.1.0.dist-info" / "METADATA").read_text(encoding="utf-8")
    needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE)
    assert sorted(needed) == ["cryptography", "django", "djangorestframework"]


@pytest.mark.threat("CFG-009")
def test_what_is_needed_has_no_known_hole(wheel: zipfile.Path):
    """cryptography had CVE-2026-26007 until 46.0.5; for what comes SECURITY.md asks for patch releases."""
    metadata = (wheel / "django_jwtkit-0.1.0.dist-info" / "METADATA").read_text(encoding="utf-8")
    least = dict(re.findall(r"^Requires-Dist: ([\w-]+)>=([\d.]+)$", metadata, re.MULTILINE))
    assert tuple(map(int, least["cryptography"].split("."))) >= (46, 0, 5)
    assert tuple(map(int, least["django"].split("."))) >= (5, 2)
    assert "the newest patch release of Django" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_jose_works_without_django():
    """A consumer of our JWKS needs no Django: here it can't even be imported."""
    code = (
        "import sys\n"
        "sys.modules['django'] = sys.modules['rest_framework'] = None\n"
        "from django_jwtkit.jose import Key, jwt\n"
        "key = Key.generate('ES256')\n"
        "text = jwt.encode({'sub': '1', 'exp': 4102444800}, key)\n"
        "print(jwt.decode(text, key.public(), algorithms={'ES256'})['sub'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_the_package_itself_is_empty():
    """Importing `django_jwtkit` loads nothing, so each room can be had alone."""
    assert (PACKAGE / "__init__.py").read_text() == ""


@pytest.mark.threat("CFG-008")
@pytest.mark.parametrize("file", SOURCES, ids=named)
def test_no_assert_guards_anything(file: Path):
    """`python -O` drops asserts, and whatever they guarded."""
    assert [node.lineno for node in ast.walk(tree(file)) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize("file", [file for file in SOURCES if "simulat" not in named(file)], ids=named)
def test_nothing_is_drawn_from_a_weak_source(file: Path):
    """Secrets and ids come from the operating system, never from `random`. A simulation has neither."""
    assert WEAK_RANDOMNESS.isdisjoint(names(tree(file)))


@pytest.mark.parametrize("file", SOURCES, ids=named)
def test_secrets_are_not_compared_byte_by_byte(file: Path):
    """`==` on a secret tells by its time how much of it was right: use `hmac.compare_digest`."""
    guilty = [ast.unparse(node) for node in ast.walk(tree(file)) if is_comparison_of_secret(node)]
    assert guilty == []


@pytest.mark.parametrize("file", [file for file in SOURCES if file.parent.name != "migrations"], ids=named)
def test_a_file_can_be_read_in_one_go(file: Path):
    """A file that gets longer wants to be two; a migration can't be."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("room", sorted({file.parent for file in SOURCES} - {PACKAGE}), ids=named)
def test_a_room_can_be_seen_at_a_glance(room: Path):
    """At most eight modules beside the door; a command and a migration is a file each."""
    modules = [file.name for file in room.glob("*.py") if file.name != "__init__.py"]
    most = ROOMIER.get(room.name, MOST_MODULES)
    assert len(modules) <= most or room.name in {"commands", "migrations"}


@pytest.mark.parametrize("door", [file for file in SOURCES if file.name == "__init__.py"], ids=named)
def test_no_module_is_hidden_by_its_door(door: Path):
    """A function of the same name would be imported in its place, and patched in its place."""
    modules = {path.stem for path in door.parent.iterdir() if path.suffix == ".py" or path.is_dir()}
    imports = [node for node in ast.walk(tree(door)) if isinstance(node, ast.ImportFrom) and node.module]
    assert modules.isdisjoint(alias.asname or alias.name for node in imports for alias in node.names)


def names(module: ast.Module) -> Iterator[str]:
    """Every name that a module imports or reads from an import, whole or as an attribute."""
    for node in ast.walk(module):
        match node:
            case ast.Import(names=imported):
                yield from (alias.name.partition(".")[0] for alias in imported)
            case ast.ImportFrom(module=source, names=imported):
                yield from chain([source or ""], (alias.name for alias in imported))
            case ast.Attribute(attr=attribute, value=ast.Name(id="uuid" | "random")):
                yield attribute


def is_comparison_of_secret(node: ast.AST) -> bool:
    """Tell whether `node` is `a == b` or `a != b` with a side that is named like a secret."""
    if not isinstance(node, ast.Compare) or not any(isinstance(op, (ast.Eq, ast.NotEq)) for op in node.ops):
        return False
    return any(
        isinstance(side, (ast.Name, ast.Attribute)) and SECRET.fullmatch(ast.unparse(side).rpartition(".")[2])
        for side in (node.left, *node.comparators)
    )


@pytest.mark.parametrize("text", ["tag == seen", "row.auth_hash != old", "x == self.signature"])
def test_the_search_for_comparisons_finds_some(text: str):
    """The rule above can fail."""
    assert is_comparison_of_secret(ast.parse(text, mode="eval").body)


def test_a_page_of_the_admin_is_registered_by_our_own_decorator():
    """Django's own fails while it is making a default site with our mixin, whose module imports ours."""
    pages = {named(file) for file in SOURCES if "@admin.register(" in file.read_text(encoding="utf-8")}
    assert pages == set()


def test_no_process_loads_what_reads_certificates_until_it_is_shown_one():
    """`cryptography.x509` takes 2 MB and 12 ms of each worker's start."""
    code = (
        "import sys; from django_jwtkit.jose import Key; name = 'cryptography.x509'; "
        "Key.from_dict({'kty': 'oct', 'k': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'}, alg='HS256'); "
        "is_loaded = name in sys.modules; "
        "Key.from_dict({'kty': 'oct', 'k': 'MAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'}, alg='HS256'); "
        "print(is_loaded, name in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("False True\n", 0), done.stderr
