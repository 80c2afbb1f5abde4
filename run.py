"""Make `.venv`, install what a command needs, run it. Even an old Python must be able to read this."""

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
STAMP = os.path.join(VENV, "installed")

# command: (dependency groups of pyproject.toml, what .venv's Python runs, what it does)
COMMANDS = {
    "demo": ((), ["-m", "testproject.demo"], "the main job on SQLite, told in the terminal, then served"),
    "test": (("test",), ["-m", "pytest"], "the tests"),
    "bench": (("bench", "postgresql"), ["-m", "bench"], "how quick we are, and how others are"),
}


def fail(what, mend):
    sys.exit("run.py: {}\n        {}".format(what, mend))


def check_python():
    if sys.version_info < (3, 11):
        have = ".".join(map(str, sys.version_info[:3]))
        fail("this is Python {}; 3.11 or newer is needed.".format(have), "Try: python3.11 run.py")
    if importlib.util.find_spec("ensurepip") is None:
        mend = "Try: apt install python3.{}-venv".format(sys.version_info[1])
        fail("this Python has no ensurepip, so it can't make .venv.", mend)


def run(command, what, mend):
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        fail("{}: {}".format(what, said[-1]), mend)


def install(groups):
    """Make .venv anew, unless it was made from this pyproject.toml, by this Python, for these groups."""
    import tomllib  # not in an old Python

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        text = file.read()
    wanted = {hashlib.sha256(text + sys.version.encode()).hexdigest(), *groups}
    if os.path.exists(PYTHON) and os.path.exists(STAMP):
        with open(STAMP) as file:
            if wanted <= set(file.read().split()):
                return
    print("Installing into .venv (this once) ...", flush=True)
    told = tomllib.loads(text.decode())
    lines = sum((told["dependency-groups"][group] for group in groups), told["project"]["dependencies"])
    python = getattr(sys, "_base_executable", sys.executable)
    run([python, "-m", "venv", "--clear", VENV], "can't make .venv", "Check the disk and its rights.")
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--retries=2", *lines]
    run(pip, "pip can't install", "Check the network, or pip's own index setting, and run this again.")
    with open(STAMP, "w") as file:
        file.write(" ".join(wanted))


def main(name="", *options):
    check_python()
    if name not in COMMANDS:
        rows = "".join("\n  {:6}{}".format(command, row[2]) for command, row in COMMANDS.items())
        sys.exit("usage: python3 run.py COMMAND [its options]" + rows)
    install(COMMANDS[name][0])
    with subprocess.Popen([PYTHON, *COMMANDS[name][1], *options], cwd=ROOT) as child:
        while child.returncode is None:
            with contextlib.suppress(KeyboardInterrupt):  # the child has it too, and tidies up
                child.wait()
        return child.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
