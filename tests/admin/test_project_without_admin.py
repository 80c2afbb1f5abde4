"""A project without Django's admin, which is none of our dependencies."""

import subprocess
import sys

import pytest

PROJECT = """
from django.conf import settings
from django.core.management import call_command
settings.configure(
    SECRET_KEY="the-secret-of-a-project-without-an-admin-0123456789",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "django_jwtkit"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="django_jwtkit.drf.urls",
)
import django
django.setup()
call_command("check")
from django.template import engines
print(engines["django"].from_string("{{ word }}").render({"word": "hello"}))
"""


@pytest.mark.once
def test_a_project_without_the_admin_renders_templates():
    """Django imports the tags of every installed app for the first template."""
    done = subprocess.run([sys.executable, "-c", PROJECT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["hello"]), done.stderr
