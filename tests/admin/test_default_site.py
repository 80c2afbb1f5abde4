"""A project that replaces Django's own admin site by one with our mixin, as Django's documents show it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
APPS = """
from django.contrib.admin.apps import AdminConfig


class ShopAdminConfig(AdminConfig):
    default_site = "shop_site.ShopAdmin"
"""
SITE = """
from django.contrib.admin import AdminSite

from django_jwtkit.admin import KeyHealthMixin


class ShopAdmin(KeyHealthMixin, AdminSite):
    pass
"""
START = """
import django
from django.conf import settings
from testproject import settings as ours

own = {{name: value for name, value in vars(ours).items() if name.isupper()}}
apps = [app for app in own.pop("INSTALLED_APPS") if app != "django.contrib.admin"]
apps.insert({place}, "shop_apps.ShopAdminConfig")
settings.configure(**own, INSTALLED_APPS=apps)
django.setup()
from django.contrib import admin
print(type(admin.site._wrapped).__name__, *sorted(model.__name__ for model in admin.site._registry))
"""


@pytest.mark.parametrize("place", [0, 99], ids=["admin before ours", "admin behind ours"])
def test_the_default_site_may_have_the_mixin(tmp_path, place):
    """Its module imports ours while Django makes the site; our pages are on it anyway."""
    (tmp_path / "shop_apps.py").write_text(APPS)
    (tmp_path / "shop_site.py").write_text(SITE)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-W", "error", "-c", START.format(place=place)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    name, *models = done.stdout.split()
    assert name == "ShopAdmin"
    assert {"StoredKey", "KeyEvent", "Session", "User"} <= set(models)
