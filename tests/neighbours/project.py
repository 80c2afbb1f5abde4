"""A project with djoser or dj-rest-auth, set up as the page says.

`python -m tests.neighbours.project djoser` prints what a client sees, as JSON.
"""

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

PAGES = Path(__file__).resolve().parents[2] / "docs"
PASSWORD = "a-password-of-ada"
APPS = {
    "djoser": ["djoser"],
    "dj-rest-auth": ["dj_rest_auth"],
}


def block(name: str) -> dict[str, Any]:
    """Return what the code of the neighbour's page makes."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    code = re.search(r"^```python$(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def configure(name: str) -> None:
    """Set Django up, with the settings that the page has for `name`."""
    more = {"REST_AUTH": block(name)["REST_AUTH"]} if name == "dj-rest-auth" else {}
    settings.configure(
        SECRET_KEY="the-secret-of-a-project-with-neighbours-0123456789",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="neighbours_urls",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "rest_framework",
            "django_jwtkit",
            *APPS[name],
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["django_jwtkit.drf.JWTAuthentication"]},
        JWTKIT={},
        **more,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def urls(name: str) -> ModuleType:
    """Return the urls that the page has for `name`, with those of the neighbour."""
    module = ModuleType("neighbours_urls")
    if name == "djoser":
        module.urlpatterns = [*block(name)["urlpatterns"], path("auth/", include("djoser.urls"))]
    else:
        ours = path("api/", include("django_jwtkit.drf.urls"))
        module.urlpatterns = [ours, path("auth/", include("dj_rest_auth.urls"))]
    sys.modules["neighbours_urls"] = module
    return module


def main(name: str) -> None:
    configure(name)
    urls(name)
    from django.contrib.auth import get_user_model
    from django.test import Client

    get_user_model().objects.create_user("ada", "ada@example.com", PASSWORD)

    def ask(method: str, where: str, body: object = None, token: str = "") -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        sent = json.dumps(body or {})
        answer = Client().generic(method, where, sent, content_type="application/json", headers=headers)
        return answer.status_code, json.loads(answer.content or b"null")

    steps = {"djoser": _djoser, "dj-rest-auth": _dj_rest_auth}[name]
    print(json.dumps(steps(ask)))


def _djoser(ask: Any) -> dict[str, Any]:
    credentials = {"username": "ada", "password": PASSWORD}
    _, pair = ask("POST", "/auth/jwt/create/", credentials)
    _, other = ask("POST", "/auth/jwt/create/", credentials)
    passwords = {"current_password": PASSWORD, "new_password": "another-password-9"}
    return {
        "me": ask("GET", "/auth/users/me/", token=pair["access"]),
        "verify": ask("POST", "/auth/jwt/verify/", {"token": pair["access"]}),
        "refresh": ask("POST", "/auth/jwt/refresh/", {"refresh": pair["refresh"]})[0],
        "set_password": ask("POST", "/auth/users/set_password/", passwords, pair["access"])[0],
        "afterwards": ask("POST", "/auth/jwt/refresh/", {"refresh": other["refresh"]}),
    }


def _dj_rest_auth(ask: Any) -> dict[str, Any]:
    credentials = {"username": "ada", "password": PASSWORD}
    _, pair = ask("POST", "/api/token/", credentials)
    _, other = ask("POST", "/api/token/", credentials)
    passwords = {"new_password1": "another-password-9", "new_password2": "another-password-9"}
    return {
        "user": ask("GET", "/auth/user/", token=pair["access"]),
        "logout": ask("POST", "/auth/logout/", token=pair["access"]),
        "ended": ask("POST", "/api/token/refresh/", {"refresh": pair["refresh"]}),
        "other": ask("POST", "/api/token/refresh/", {"refresh": other["refresh"]})[0],
        "password": ask("POST", "/auth/password/change/", passwords, other["access"])[0],
        "afterwards": ask("POST", "/api/token/refresh/", {"refresh": other["refresh"]}),
    }


if __name__ == "__main__":
    main(sys.argv[1])
