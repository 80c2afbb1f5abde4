"""A project with allauth's headless API, set up as its page says.

`python -m tests.neighbours.allauth_project headless` prints what a client sees, as JSON.
"""

import json
from typing import Any

from .stories import APPS, MIDDLEWARE, PASSWORD, ask, configure, follow, serve, tell

BASE = "/_allauth/app/v1"
DUMMY = "allauth.socialaccount.providers.dummy"


def main(name: str) -> dict[str, Any]:
    """Set the project up with the settings of the page, and tell each part of it."""
    apps = [*APPS, "django.contrib.messages", "rest_framework", "django_jwtkit", DUMMY]
    names = follow("allauth", 1, {"INSTALLED_APPS": apps, "MIDDLEWARE": [*MIDDLEWARE]})
    configure(**names, ACCOUNT_EMAIL_VERIFICATION="none", SOCIALACCOUNT_EMAIL_VERIFICATION="none")
    serve(follow("allauth", 1, names, start=1)["urlpatterns"])
    from django.contrib.auth import get_user_model

    create = get_user_model().objects.create_user
    ada, *_ = (create(name, f"{name}@example.com", PASSWORD) for name in ("ada", "bob", "eve"))
    return {**_logins(ada), **_endings(), **_new_password(), **_claims(names), **_atomic(names)}


def log_in(name: str = "bob") -> tuple[int, dict[str, Any]]:
    status, answer = ask("POST", f"{BASE}/auth/login", {"username": name, "password": PASSWORD})
    return status, answer.get("meta", {})


def me(access: str) -> int:
    return ask("GET", "/api/sessions/", authorization=f"Bearer {access}")[0]


def turn(refresh: str) -> tuple[int, dict[str, Any]]:
    status, answer = ask("POST", f"{BASE}/tokens/refresh", {"refresh_token": refresh})
    return status, answer.get("data", {})


def _logins(ada: Any) -> dict[str, Any]:
    """Log in by password, by a passkey, by a code and by a provider."""
    status, first = log_in("ada")
    steps = {"password": [status, sorted(first), first["expires_in"], me(first["access_token"])]}
    token = {"x_session_token": first["session_token"]}
    steps["again"] = sorted(ask("GET", f"{BASE}/auth/session", **token)[1]["meta"])
    steps["passkey"] = _passkey(token)
    steps["code"] = _code(ada)
    identity = json.dumps({"id": 7, "username": "grace", "email": "grace@example.com"})
    provided = {"provider": "dummy", "process": "login", "token": {"id_token": identity, "client_id": "x"}}
    status, answer = ask("POST", f"{BASE}/auth/provider/token", provided)
    steps["provider"] = [status, me(answer["meta"]["access_token"])]
    return steps


def _new_password() -> dict[str, Any]:
    """Change the password of a login, which ends it on both sides; then log in with the new one."""
    _, first = log_in("eve")
    token, place = {"x_session_token": first["session_token"]}, f"{BASE}/account/password/change"
    passwords = {"current_password": PASSWORD, "new_password": "another-password-9"}
    changed, _ = ask("POST", place, passwords, **token)
    ended = ask("GET", f"{BASE}/auth/session", **token)[0]
    body = {"username": "eve", "password": "another-password-9"}
    again, _ = ask("POST", f"{BASE}/auth/login", body)
    return {"new password": [changed, turn(first["refresh_token"])[0], ended, again]}


def _passkey(token: dict[str, str]) -> list[Any]:
    from .passkey import Passkey

    passkey, place = Passkey("testserver"), f"{BASE}/account/authenticators/webauthn"
    ask("POST", f"{BASE}/auth/reauthenticate", {"password": PASSWORD}, **token)
    _, answer = ask("GET", f"{place}?passwordless", **token)
    credential = passkey.create(answer["data"]["creation_options"])
    added, _ = ask("POST", place, {"name": "key", "credential": credential, "passwordless": True}, **token)
    _, answer = ask("GET", f"{BASE}/auth/webauthn/login")
    pending = {"x_session_token": answer["meta"]["session_token"]}
    credential = passkey.get(answer["data"]["request_options"])
    status, answer = ask("POST", f"{BASE}/auth/webauthn/login", {"credential": credential}, **pending)
    return [added, status, me(answer["meta"]["access_token"])]


def _code(user: Any) -> list[Any]:
    from allauth.mfa.totp.internal import auth

    auth.TOTP.activate(user, secret := auth.generate_totp_secret())
    status, pending = log_in("ada")
    token = {"x_session_token": pending["session_token"]}
    wrong = ask("POST", f"{BASE}/auth/2fa/authenticate", {"code": "000000"}, **token)
    code = auth.format_hotp_value(auth.hotp_value(secret, next(iter(auth.yield_hotp_counters_from_time()))))
    good, answer = ask("POST", f"{BASE}/auth/2fa/authenticate", {"code": code}, **token)
    return [status, "access_token" in pending, wrong[0], good, me(answer["meta"]["access_token"])]


def _endings() -> dict[str, Any]:
    """Refresh, and end logins from both sides."""
    _, first = log_in()
    status, second = turn(first["refresh_token"])
    steps = {"refresh": [status, sorted(second), second["refresh_token"] != first["refresh_token"]]}
    steps["garbage"] = turn("garbage")
    token = {"x_session_token": first["session_token"]}
    steps["logout"] = [ask("DELETE", f"{BASE}/auth/session", **token)[0], turn(second["refresh_token"])[0]]
    _, third = log_in()
    ours = ask("POST", "/api/logout/", authorization=f"Bearer {third['access_token']}")[0]
    steps["ours"] = [ours, ask("GET", f"{BASE}/auth/session", x_session_token=third["session_token"])[0]]
    (_, here), (_, there) = log_in(), log_in()
    token = {"x_session_token": here["session_token"]}
    listed = ask("GET", f"{BASE}/auth/sessions", **token)[1]["data"]
    others = [row["id"] for row in listed if not row["is_current"]]
    ended, _ = ask("DELETE", f"{BASE}/auth/sessions", {"sessions": others}, **token)
    steps["listed"] = [ended, turn(there["refresh_token"])[0], turn(here["refresh_token"])[0]]
    return steps


def _claims(names: dict[str, Any]) -> dict[str, Any]:
    """Issue the claims of the page's strategy."""
    import sys
    from types import ModuleType

    from django.test import override_settings

    from django_jwtkit import tokens

    follow("allauth", 1, names, start=3)
    sys.modules["shop"], sys.modules["shop.strategy"] = ModuleType("shop"), ModuleType("shop.strategy")
    sys.modules["shop.strategy"].ShopStrategy = names["ShopStrategy"]
    with override_settings(HEADLESS_TOKEN_STRATEGY="shop.strategy.ShopStrategy"):
        _, first = log_in()
        texts = first["access_token"], turn(first["refresh_token"])[1]["access_token"]
    return {"claims": [tokens.verify(text)["methods"] for text in texts]}


def _atomic(names: dict[str, Any]) -> dict[str, Any]:
    """Refresh and be refused while each view is a transaction; then lose the keys."""
    from django.db import connection
    from django.urls import clear_url_caches

    from django_jwtkit import keys

    serve(follow("allauth", 1, names, start=4)["urlpatterns"])
    clear_url_caches()
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    steps = {"atomic": [turn(log_in()[1]["refresh_token"])[0], turn("garbage")[0]]}
    keys.StoredKey.objects.all().delete()
    keys.forget()
    steps["without keys"] = ask("POST", f"{BASE}/auth/login", {"username": "bob", "password": PASSWORD})
    return steps


if __name__ == "__main__":
    tell(main)
