"""A project with djoser or dj-rest-auth, set up as the page says.

`python -m tests.neighbours.project djoser` prints what a client sees, as JSON.
"""

from typing import Any

from .stories import APPS, PASSWORD, ask, configure, follow, serve, tell

NEIGHBOURS = {"djoser": "djoser", "dj-rest-auth": "dj_rest_auth"}
CREDENTIALS = {"username": "ada", "password": PASSWORD}


def main(name: str) -> dict[str, Any]:
    """Set the project up with `name`, and return what a client sees."""
    names = {} if name == "djoser" else follow(name, 1, {})
    apps = [*APPS, "rest_framework", "django_jwtkit", NEIGHBOURS[name]]
    configure(**names, INSTALLED_APPS=apps)
    from django.contrib.auth import get_user_model
    from django.urls import include, path

    theirs = path("auth/", include(f"{NEIGHBOURS[name]}.urls"))
    ours = follow(name, 1, {})["urlpatterns"] if name == "djoser" else []
    serve([*ours, path("api/", include("django_jwtkit.drf.urls")), theirs])
    get_user_model().objects.create_user("ada", "ada@example.com", PASSWORD)
    return {"djoser": _djoser, "dj-rest-auth": _dj_rest_auth}[name]()


def _bearer(pair: dict[str, str]) -> dict[str, str]:
    return {"authorization": f"Bearer {pair['access']}"}


def _djoser() -> dict[str, Any]:
    _, pair = ask("POST", "/auth/jwt/create/", CREDENTIALS)
    _, other = ask("POST", "/auth/jwt/create/", CREDENTIALS)
    passwords = {"current_password": PASSWORD, "new_password": "another-password-9"}
    return {
        "me": ask("GET", "/auth/users/me/", **_bearer(pair)),
        "verify": ask("POST", "/auth/jwt/verify/", {"token": pair["access"]}),
        "refresh": ask("POST", "/auth/jwt/refresh/", {"refresh": pair["refresh"]})[0],
        "set_password": ask("POST", "/auth/users/set_password/", passwords, **_bearer(pair))[0],
        "afterwards": ask("POST", "/auth/jwt/refresh/", {"refresh": other["refresh"]}),
    }


def _dj_rest_auth() -> dict[str, Any]:
    _, pair = ask("POST", "/api/token/", CREDENTIALS)
    _, other = ask("POST", "/api/token/", CREDENTIALS)
    passwords = {"new_password1": "another-password-9", "new_password2": "another-password-9"}
    return {
        "user": ask("GET", "/auth/user/", **_bearer(pair)),
        "logout": ask("POST", "/auth/logout/", **_bearer(pair)),
        "ended": ask("POST", "/api/token/refresh/", {"refresh": pair["refresh"]}),
        "other": ask("POST", "/api/token/refresh/", {"refresh": other["refresh"]})[0],
        "password": ask("POST", "/auth/password/change/", passwords, **_bearer(other))[0],
        "afterwards": ask("POST", "/api/token/refresh/", {"refresh": other["refresh"]}),
    }


if __name__ == "__main__":
    tell(main)
