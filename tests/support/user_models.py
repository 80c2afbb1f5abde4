"""A project with a user model of its own, in a process of its own, on an empty database in memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.processes import ROOT

SETTINGS = """
from testproject.settings import *

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [name for name in INSTALLED_APPS if "admin" not in name and name != "testproject"] + ["shop"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.drf.project"
AUTH_USER_MODEL = "shop.User"
SILENCED_SYSTEM_CHECKS = ["auth.E003", "auth.W004"]
"""

HEAD = """
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
"""

OPENING = """
import json, logging
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from rest_framework.test import APIClient
from django_jwtkit import sessions, tokens
from shop.models import *
call_command("migrate", run_syncdb=True, verbosity=0)
LINES, User = [], get_user_model()
class Keep(logging.Handler):
    def emit(self, record):
        LINES.append(f"{record.levelname} {record.getMessage()}")
logging.getLogger("django_jwtkit").addHandler(Keep())
def add(model=User, password="correct horse", **fields):
    user = model(**fields)
    user.set_password(password)
    user.save()
    return user
def log_in(**body):
    client, body = APIClient(raise_request_exception=False), {"password": "correct horse", **body}
    return client.post("/api/token/", body, format="json")
def me(access):
    return APIClient().get("/me/", headers={"authorization": f"Bearer {access}"})
"""


def play(folder: Path, models: str, script: str, *, settings: str = "", **files: str) -> Any:
    """Return what `script` leaves in `answer`, run in a project whose app `shop` has these `models`."""
    (folder / "shop").mkdir()
    pages = {"__init__": "", "models": HEAD + models, **files}
    for name, text in pages.items():
        (folder / "shop" / f"{name}.py").write_text(text)
    (folder / "shop_settings.py").write_text(SETTINGS + settings)
    (folder / "script.py").write_text(f"{OPENING}{script}\nprint(json.dumps(answer))\n")
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "shop_settings",
        "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))),
    }
    done = subprocess.run(
        [sys.executable, str(folder / "script.py")],
        check=False,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
