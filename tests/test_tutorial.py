"""The tutorial is followed to the letter: an empty project, a server, and a client on the command line."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from demo.stage import free_port
from tests.support import services
from tests.support.processes import ROOT
from tests.test_documents_run import FILE

pytestmark = pytest.mark.runbook

PAGE = ROOT / "docs" / "tutorial.md"
PYTHONS = Path(sys.executable).parent
BEFORE_US = ("python3 -m venv", ". .venv", "pip install")  # this environment has all that they bring
TOKEN = re.compile(r"eyJ[\w.-]+")


class Reader:
    """A person with an editor and two terminals."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port(0)
        self.servers: list[subprocess.Popen[bytes]] = []
        path = os.pathsep.join((str(PYTHONS), os.environ["PATH"]))
        ours = {name: text for name, text in os.environ.items() if not name.startswith(("DJANGO", "JWTKIT"))}
        self.shell = {**ours, "PATH": path, "PYTHONPATH": str(ROOT)}
        self.answer = ""

    def write(self, code: str) -> None:
        """Append to the settings, and write other files anew, as the page says."""
        file = self.folder / f"{FILE.match(code)[1]}.py"
        before = file.read_text() if file.name == "settings.py" else ""
        file.write_text(before + code.replace("8000", str(self.port)))

    def type(self, line: str) -> None:
        """Type a line into a terminal, and note the answer."""
        if match := re.fullmatch(r"([A-Z]+)=eyJ…", line):
            self.shell[match[1]] = re.search(rf'"{match[1].lower()}":"([^"]+)"', self.answer)[1]
        elif line.endswith("runserver"):
            self.serve()
        elif not line.startswith(BEFORE_US):
            self.answer = self.run(line.replace("8000", str(self.port)))

    def run(self, line: str) -> str:
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=self.shell, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def serve(self) -> None:
        command = [sys.executable, "manage.py", "runserver", "--noreload", str(self.port)]
        null = subprocess.DEVNULL
        self.servers.append(
            subprocess.Popen(command, cwd=self.folder, env=self.shell, stdout=null, stderr=null)
        )
        deadline = time.monotonic() + 60
        while not services.is_listening("127.0.0.1", self.port):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    if shutil.which("curl") is None:
        services.missing("needs curl")
    reader = Reader(tmp_path)
    yield reader
    for server in reader.servers:
        server.terminate()
        server.wait(timeout=10)


def test_the_tutorial_does_what_it_says(reader: Reader):
    """Each file, each command, and each answer of the API that the page shows."""
    answers = 0
    for block in MarkdownIt("commonmark").parse(PAGE.read_text(encoding="utf-8")):
        if block.type == "fence" and block.info == "python":
            reader.write(block.content)
        for line in block.content.splitlines() if block.info == "console" else ():
            if line.startswith("$ "):
                reader.type(line.removeprefix("$ "))
            else:
                assert shape(reader.answer) == shape(line)
                answers += 1
    assert answers == 3
    refused = reader.run(f"curl -s http://localhost:{reader.port}/api/token/refresh/ -d refresh=$REFRESH")
    assert '"code":"token_not_valid"' in refused
    assert "not provided" in reader.run(f"curl -s http://localhost:{reader.port}/api/me/")


def shape(answer: str) -> str:
    """Return an answer without what differs from run to run."""
    return re.sub(r'"(eyJ…|…|[0-9a-f]{8}-[0-9a-f-]{27})"', '"…"', TOKEN.sub("…", answer.strip()))
