"""Make `.venv`, install what a command needs, and run it. An old Python must be able to parse this."""

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
import textwrap

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
STAMP = os.path.join(VENV, "installed")

PYTEST = ["-m", "pytest", "-n", "auto", "--dist", "worksteal"]
# Unless options say what to run: `.ci/run` runs all, with what takes a process or a browser for each step.
QUICK = ("-m", "not once and not slow and not runbook and not model and not race")
LINT = (["-m", "ruff", "check", "--no-cache"], ["-m", "ruff", "format", "--no-cache", "--check"])
FORMAT = (
    ["docs/picture.py"],
    ["docs/reference.py"],
    ["-m", "ruff", "check", "--no-cache", "--fix"],
    ["-m", "ruff", "format", "--no-cache"],
)
TYPES = (["-m", "mypy"], ["-m", "pyright", "--pythonpath", PYTHON])
FLOORS = (["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],)

# command: (dependency groups of pyproject.toml, what .venv's Python runs in turn, what it does)
COMMANDS = {
    "demo": ((), (["-m", "demo"],), "the main features on SQLite, shown in the terminal, then served"),
    "test": (("test",), (PYTEST,), "the quick tests, or those that pytest's options name"),
    "check": (("lint", "types", "floors"), LINT + TYPES + FLOORS, "lint, types and floors, before a commit"),
    "lint": (("lint",), LINT, "rules and format, by ruff"),
    "format": (
        ("lint",),
        FORMAT,
        "fix rules and format as far as ruff can, and rewrite what docs/ takes from the source",
    ),
    "types": (("types",), TYPES, "mypy and pyright, strict"),
    "docs": (
        ("docs",),
        (["docs/build.py"],),
        "build the documentation site, and open it; --no-open only builds",
    ),
    "pictures": (
        ("browser", "pictures"),
        (["docs/pictures.py"],),
        "take the pictures of the README and of docs/ anew, in Chromium",
    ),
    "bench": (("bench", "postgresql"), (["-m", "bench"],), "measure ours and other packages"),
}


def fail(what, remedy):
    sys.exit("run.py: {}\n        {}".format(what, remedy))


def check_python():
    if sys.version_info < (3, 11):
        have = ".".join(map(str, sys.version_info[:3]))
        fail("this is Python {}; 3.11 or newer is needed.".format(have), "Try: python3.11 run.py")
    if importlib.util.find_spec("ensurepip") is None:
        remedy = "Try: apt install python3.{}-venv".format(sys.version_info[1])
        fail("this Python has no ensurepip, so it can't make .venv.", remedy)


def run(command, what, remedy):
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        fail("{}: {}".format(what, lines[-1]), remedy)


def install(groups):
    """Make .venv for this pyproject.toml and this Python, or add the groups that it lacks."""
    import tomllib  # not in an old Python

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        text = file.read()
    stamp, installed = hashlib.sha256(text + sys.version.encode()).hexdigest(), set()
    if os.path.exists(PYTHON) and os.path.exists(STAMP):
        with open(STAMP) as file:
            installed = set(file.read().split())
    if stamp in installed and installed.issuperset(groups):
        return
    print("Installing into .venv (this once) ...", flush=True)
    project = tomllib.loads(text.decode())
    if stamp not in installed:
        installed = {stamp}
        python = getattr(sys, "_base_executable", sys.executable)
        run(
            [python, "-m", "venv", "--clear", VENV],
            "can't make .venv",
            "Check the free space and the permissions.",
        )
    lines = sum((project["dependency-groups"][group] for group in groups), project["project"]["dependencies"])
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--retries=2", *lines]
    run(pip, "pip can't install", "Check the network, or pip's own index setting, and run this again.")
    with open(STAMP, "w") as file:
        file.write(" ".join(installed.union(groups)))


def call(arguments):
    with subprocess.Popen([PYTHON, *arguments], cwd=ROOT) as child:
        while child.returncode is None:
            with contextlib.suppress(KeyboardInterrupt):  # the child gets it too, and cleans up
                child.wait()
        return child.returncode


def describe(command):
    """Return the lines of a command for a terminal of 80 columns."""
    text = "  {:10}{}".format(command, COMMANDS[command][2])
    return textwrap.fill(text, 79, subsequent_indent=" " * 12)


def main(name="", *options):
    check_python()
    if name not in COMMANDS:
        sys.exit("\n".join(["usage: python3 run.py COMMAND [its options]", *map(describe, COMMANDS)]))
    groups, calls, _ = COMMANDS[name]
    if name == "test" and not options:
        options = QUICK
    install(groups)
    # A command with several programs stops at the first that fails.
    return next((code for code in (call([*each, *options]) for each in calls) if code), 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
