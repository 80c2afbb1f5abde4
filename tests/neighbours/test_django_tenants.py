"""django-tenants for real: a project made as docs/tenants.md says, used as from the shell and by requests."""

import importlib.util
import json
import re
import textwrap

import pytest
from django.db import connection

from tests.support.processes import ROOT
from tests.support.scratch import Scratch, empty_databases
from tests.test_documents_run import blocks

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(importlib.util.find_spec("django_tenants") is None, reason="no django-tenants here"),
]

PAGE = ROOT / "docs" / "tenants.md"
SETTINGS = """
DATABASES["default"]["ENGINE"] = "django_tenants.postgresql_backend"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
ALLOWED_HOSTS = [".example.com"]
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware"]
ROOT_URLCONF = "myapp.urls"
TENANT_MODEL, TENANT_DOMAIN_MODEL = "myapp.Client", "myapp.Domain"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
"""
MODELS = """
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):
    name = models.CharField(max_length=100)


class Domain(DomainMixin):
    pass
"""
URLS = """
from django.urls import include, path

urlpatterns = [
    path("api/", include("django_jwtkit.drf.urls")),
    path("", include("django_jwtkit.wellknown.urls")),
]
"""
SIGN_UP = """
from django.contrib.auth import get_user_model
from django_tenants.utils import schema_context
from myapp.models import Client, Domain
for name, user in (("acme", "alice"), ("globex", "bob")):
    tenant = Client.objects.create(schema_name=name, name=name)
    Domain.objects.create(domain=f"{name}.example.com", tenant=tenant, is_primary=True)
    with schema_context(name):
        get_user_model().objects.create_user(user, password="correct horse")
"""
REQUESTS = """
import json
from itertools import cycle, islice
from django.test import Client
USERS = {"acme": "alice", "globex": "bob"}
browser, pairs, told = Client(raise_request_exception=False), {}, []

def at(name):
    return {"HTTP_HOST": f"{name}.example.com"}

def by(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}

def jwks(name):
    return {key["kid"] for key in browser.get("/.well-known/jwks.json", **at(name)).json()["keys"]}

for name in islice(cycle(USERS), 6):
    other = "globex" if name == "acme" else "acme"
    login = browser.post("/api/token/", {"username": USERS[name], "password": "correct horse"}, **at(name))
    pairs[name] = login.json()
    for whose in pairs:
        access, refresh = pairs[whose]["access"], pairs[whose]["refresh"]
        told.append({
            "at": name,
            "own": whose == name,
            "sessions": browser.get("/api/sessions/", **at(name), **by(access)).status_code,
            "verify": browser.post("/api/token/verify/", {"token": access}, **at(name)).status_code,
            "refresh": browser.post("/api/token/refresh/", {"refresh": refresh}, **at(name)).status_code,
        })
print(json.dumps({"told": told, "jwks": {name: sorted(jwks(name)) for name in USERS}}))
"""
KIDS = """
import json
from django_tenants.utils import schema_context
from django_jwtkit.keys import StoredKey
kids = {}
for name in ("acme", "globex"):
    with schema_context(name):
        kids[name] = sorted(StoredKey.objects.values_list("kid", flat=True))
print(json.dumps(kids))
"""


@pytest.fixture
def project(tmp_path):
    """A reader's project: the settings of the page, and those of django-tenants' own manual."""
    if connection.vendor != "postgresql":
        pytest.skip("schemas are PostgreSQL's")
    with empty_databases(tmp_path, "django_tenants") as (database,):
        app = tmp_path / "myapp"
        app.mkdir()
        for name, text in {"__init__": "", "models": MODELS, "urls": URLS}.items():
            (app / f"{name}.py").write_text(text)
        scratch, settings = Scratch(tmp_path, database), ""
        for _, code in blocks(PAGE):
            if file := re.match(r"# (myapp/\w+\.py)\n", code):
                (tmp_path / file[1]).write_text(code)
            elif code.startswith("# In settings.py:"):
                settings += textwrap.dedent(code)
        scratch.settings(settings + SETTINGS)
        yield scratch


@pytest.fixture
def manage(project):
    def manage(*arguments):
        done = project.manage(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return manage


def last_line(text):
    return json.loads(text.strip().splitlines()[-1])


@pytest.fixture
def tenants(manage):
    """Two tenants, made in the order in which the manual makes them."""
    manage("makemigrations", "myapp")
    manage("migrate_schemas", "--shared")
    manage("shell", "-c", SIGN_UP)
    return manage


@pytest.mark.runbook
@pytest.mark.threat("TEN-001", "TEN-002", "TEN-004", "TEN-005")
def test_alice_of_acme_is_not_bob_at_globex(tenants):
    """Both are user 1. Each host accepts its own tokens, and has its own JWKS, from the first request on."""
    said = last_line(tenants("shell", "-c", REQUESTS))
    assert len(said["told"]) == 11
    for row in said["told"]:
        wanted = 200 if row["own"] else 401
        assert (row["sessions"], row["verify"], row["refresh"]) == (wanted,) * 3, row
    owned = last_line(tenants("shell", "-c", KIDS))
    assert not set(owned["acme"]) & set(owned["globex"])
    for name, published in said["jwks"].items():
        assert published
        assert set(published) <= set(owned[name])


@pytest.mark.runbook
def test_the_commands_of_the_page_do_what_it_says(tenants, project):
    """`migrate_schemas` makes nothing twice; rotation works for all tenants, or for one."""
    before = last_line(tenants("shell", "-c", KIDS))
    assert {len(kids) for kids in before.values()} == {8}
    text = PAGE.read_text(encoding="utf-8")
    commands = [line.split()[2:] for line in text.splitlines() if line.startswith("python manage.py ")][:3]
    assert commands[0] == ["migrate_schemas"]
    for command in commands[:2]:
        tenants(*command)
        assert last_line(tenants("shell", "-c", KIDS)) == before
    refused = project.manage(*commands[2])
    assert refused.returncode == 3, "consumers do not know the next key yet"
    tenants(*commands[2], "--force")
    after = last_line(tenants("shell", "-c", KIDS))
    assert after["globex"] == before["globex"]
    assert set(after["acme"]) > set(before["acme"])
    checked = project.manage("check", "--database", "default")
    assert checked.returncode == 0
    assert "jwtkit." not in checked.stdout + checked.stderr, "in the public schema there is nothing of ours"


RENAME = """
from django.db import connection
from myapp.models import Client
Client.objects.filter(schema_name="acme").update(schema_name="acme2")
with connection.cursor() as cursor:
    cursor.execute("ALTER SCHEMA acme RENAME TO acme2")
"""


@pytest.mark.runbook
def test_the_keys_of_a_renamed_schema_come_along(tenants):
    """As the page says: until then none of them is trusted."""
    listing = ("tenant_command", "list_keys", "--schema=acme2", "--json")
    tenants("shell", "-c", RENAME)
    assert all(key["fault"] for key in last_line(tenants(*listing).replace("\n", ""))["keys"])
    assert "8 keys were moved" in tenants(
        "tenant_command", "reseal_keys", "--schema=acme2", "--scope-was=acme"
    )
    assert not any(key["fault"] for key in last_line(tenants(*listing).replace("\n", ""))["keys"])


@pytest.mark.runbook
def test_without_a_scope_check_says_so(project):
    """The fault would else be met by the second tenant's first user."""
    path = project.folder / "scratch_settings.py"
    path.write_text(path.read_text() + "\nJWTKIT = {}\n")
    done = project.manage("check")
    assert done.returncode == 1
    assert "jwtkit.E021" in done.stderr
