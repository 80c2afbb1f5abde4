"""A copy of the shop that moves by the steps of the page, a process for each thing that is done in it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path(__file__).parent / "shop"
PAGE = ROOT / "docs" / "coming-from-simplejwt.md"
HEADING = re.compile(r"(\d)\. ")
PASSWORD = "a-password-of-ada"
BLACKLIST = "rest_framework_simplejwt.token_blacklist"
WITHOUT_THE_BRIDGE = """
del JWTKIT["ACCEPT_SIMPLEJWT"]
SIMPLE_JWT = {name: SIMPLE_JWT[name] for name in ("TOKEN_OBTAIN_SERIALIZER", "USER_ID_FIELD")}
"""
EXPIRE = """
from datetime import UTC, datetime
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
result = OutstandingToken.objects.update(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
"""

# What a process does: requests, one after the other, and what was answered.
ASK = """
import json, sys
import django
django.setup()
from django.test import Client
answers = []
for method, path, body, token in json.load(sys.stdin):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    sent = json.dumps(body or {})
    answer = Client().generic(method, path, sent, content_type="application/json", headers=headers)
    answers.append([answer.status_code, json.loads(answer.content or b"null")])
print(json.dumps(answers))
"""


def blocks(step: int, kind: str) -> list[str]:
    """Return the blocks of a step of the page: its settings ("python") or its commands ("console")."""
    contents, number = [], 0
    parsed = MarkdownIt("commonmark").parse(PAGE.read_text(encoding="utf-8"))
    for before, token in zip([None, *parsed], parsed, strict=False):
        if before is not None and before.type == "heading_open":
            heading = HEADING.match(token.content)
            number = int(heading[1]) if heading else 0
        if token.type == "fence" and number == step and token.info == kind:
            contents.append(token.content)
    return contents


@dataclass
class Shop:
    """The project in `folder`, with the environment of its deployment."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, **environment: str) -> "Shop":
        """Return a copy as simplejwt's users have it, with its tables."""
        shutil.copytree(SHOP, folder)
        key = rsa.generate_private_key(65537, 2048)
        private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = serialization.Encoding.PEM
        (folder / "old-key.pem").write_bytes(key.private_bytes(pem, *private))
        (folder / "old-key.pub").write_bytes(key.public_key().public_bytes(pem, public))
        shop = cls(folder, environment)
        shop.manage("migrate", "--verbosity", "0")
        return shop

    @property
    def settings(self) -> Path:
        return self.folder / "shop" / "settings.py"

    @property
    def env(self) -> dict[str, str]:
        paths = os.pathsep.join((str(self.folder), str(ROOT)))
        ours = {"PYTHONPATH": paths, "PYTHONWARNINGS": "ignore", "DJANGO_SETTINGS_MODULE": "shop.settings"}
        return {**os.environ, **ours, **self.environment}

    def run(self, *command: str, stdin: str = "") -> str:
        """Run a command in the project's folder; return what it printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def manage(self, *arguments: str) -> str:
        return self.run(sys.executable, "manage.py", *arguments)

    def check(self) -> str:
        """Return what the system checks say; an error of them is one of the test."""
        return self.run("/bin/sh", "-c", f"{sys.executable} manage.py check --tag jwtkit 2>&1")

    def shell(self, code: str) -> Any:
        """Return what `code` leaves in `result`."""
        lines = ["import django, json", "django.setup()", code, "print(json.dumps(result))"]
        return json.loads(self.run(sys.executable, "-c", "\n".join(lines)))

    def ask(self, *requests: tuple[str, str, dict[str, str] | None, str | None]) -> list[tuple[int, Any]]:
        """Return status and body of each answer, from one process of the server."""
        answers = json.loads(self.run(sys.executable, "-c", ASK, stdin=json.dumps(requests)))
        return [(status, body) for status, body in answers]

    # the steps of the page

    def install(self) -> None:
        """Step 1."""
        self._append(blocks(1, "python")[0])
        self.follow(1)

    def paste(self) -> None:
        """Step 2: the dict that the command has printed, over the empty one."""
        lines = self.manage("migrate_from_simplejwt").splitlines()
        begin = lines.index("    JWTKIT = {")
        end = lines.index("    }", begin)
        imports = next(line for line in lines if line.startswith("    from datetime"))
        source = "\n".join(line.removeprefix("    ") for line in (imports, *lines[begin : end + 1]))
        text = self.settings.read_text()
        assert text.count("\nJWTKIT = {}\n") == 1
        self.settings.write_text(text.replace("\nJWTKIT = {}\n", f"\n{source}\n"))
        self.check()

    def deploy_first(self) -> None:
        """Step 3."""
        self._append(blocks(3, "python")[0])

    def deploy_second(self) -> None:
        """Step 4."""
        self.follow(4)

    def follow(self, step: int) -> None:
        """Run the commands of a step."""
        for block in blocks(step, "console"):
            for line in block.splitlines():
                command = line.removeprefix("$ ").replace("python ", f"{sys.executable} ", 1)
                if not command.startswith("pip "):
                    self.run("/bin/sh", "-c", command)

    def clean_up(self) -> None:
        """Step 5, when every old token has expired."""
        self.shell(EXPIRE)
        self.follow(5)
        text = self.settings.read_text().replace(f'    "{BLACKLIST}",\n', "")
        self.settings.write_text(f"{text}\n{WITHOUT_THE_BRIDGE}")

    def copy(self, folder: Path) -> "Shop":
        """Return another shop of the same state."""
        shutil.copytree(self.folder, folder)
        return Shop(folder, dict(self.environment))

    def _append(self, lines: str) -> None:
        self.settings.write_text(f"{self.settings.read_text()}\n{lines}")
