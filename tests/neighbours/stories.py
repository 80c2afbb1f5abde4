"""Projects with a neighbour, each set up by the code of its page, in a process of its own.

These packages read their settings at import. A project is a module with `main(name)`, which returns what a
client sees; `tell(main)` prints it, and `story` reads it.
"""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a-password-of-ada"
APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


@cache
def story(module: str, name: str, package: str) -> dict[str, Any]:
    """Return what the project `module` tells of `name`; skip the test where `package` is missing."""
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: tox -e neighbours-api")
    command = [sys.executable, "-W", "ignore", "-m", f"tests.neighbours.{module}", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def tell(main: Callable[[str], dict[str, Any]]) -> None:
    """Print what `main` returns for the argument of the process."""
    print(json.dumps(main(sys.argv[1])))


def blocks(page: str, language: str = "python") -> list[str]:
    """Return the blocks of `page` in `language`."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}$(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def follow(page: str, count: int, names: dict[str, Any], start: int = 0) -> dict[str, Any]:
    """Run `count` blocks of `page` in `names`, from the block `start` on, and return the names."""
    names.setdefault("__name__", page)
    for code in blocks(page)[start : start + count]:
        exec(code, names)
    return names


def _mails_in_memory(version: tuple[Any, ...]) -> dict[str, object]:
    """Return the setting for it: Django 6.1 has another one, and warns of the old one."""
    backend = "django.core.mail.backends.locmem.EmailBackend"
    return {"EMAIL_BACKEND": backend} if version < (6, 1) else {"MAILERS": {"default": {"BACKEND": backend}}}


def configure(**more: Any) -> None:
    """Set Django up with a database in memory, and migrate it."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    usual: dict[str, Any] = {
        "SECRET_KEY": "the-secret-of-a-project-with-neighbours-0123456789",
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": "neighbours_urls",
        "USE_TZ": True,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        **_mails_in_memory(django.VERSION),
        "INSTALLED_APPS": [*APPS, "rest_framework", "django_jwtkit"],
        "MIDDLEWARE": MIDDLEWARE,
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        "REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": ["django_jwtkit.drf.JWTAuthentication"]},
        "JWTKIT": {},
    }
    settings.configure(**usual | {name: value for name, value in more.items() if name.isupper()})
    django.setup()
    call_command("migrate", verbosity=0)


def serve(urlpatterns: list[Any]) -> None:
    """Make `urlpatterns` those of the project."""
    module = ModuleType("neighbours_urls")
    module.urlpatterns = urlpatterns
    sys.modules["neighbours_urls"] = module


@contextmanager
def uvicorn_serves(application: Any) -> Iterator[str]:
    """Serve an ASGI application on a free port; yield host and port."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def ask(method: str, where: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """Send JSON to the project, with `headers`; return status and JSON of the answer."""
    from django.test import Client

    sent = json.dumps({} if body is None else body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Client().generic(method, where, sent, content_type="application/json", headers=named)
    return answer.status_code, json.loads(answer.content or b"null")
