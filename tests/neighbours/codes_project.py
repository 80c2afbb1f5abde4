"""A project with one-time codes of django-otp and with django-axes, set up as the page says.

`python -m tests.neighbours.codes_project axes` prints what a client sees, as JSON.
"""

from typing import Any

from .stories import APPS, MIDDLEWARE, PASSWORD, ask, configure, follow, serve, tell

PAGE = "one-time-codes"
TRIES = 20


def main(name: str) -> dict[str, Any]:
    """Log in by code, then guess codes: against `axes`, or against our own throttle."""
    names: dict[str, Any] = {
        "INSTALLED_APPS": [*APPS, "rest_framework", "django_jwtkit"],
        "MIDDLEWARE": [*MIDDLEWARE],
    }
    follow(PAGE, 1, names)
    if name == "axes":
        follow(PAGE, 1, names, start=3)
    else:
        follow(PAGE, 1, names, start=2)
    # django-otp's own delay would refuse the right code too, and hide what the others do.
    configure(**names, OTP_TOTP_THROTTLE_FACTOR=0, SILENCED_SYSTEM_CHECKS=["axes.W002"])
    serve(follow(PAGE, 1, names, start=1)["urlpatterns"])
    from django.contrib.auth import get_user_model

    for account in ("ada", "bob"):
        get_user_model().objects.create_user(account, f"{account}@example.com", PASSWORD)
    return {**_logins(), **_guesses(name)}


def _log_in(account: str, code: str | None = None) -> tuple[int, Any]:
    body = {"username": account, "password": PASSWORD}
    return ask("POST", "/api/token/", body if code is None else {**body, "code": code})


def _device(account: str) -> Any:
    from django.contrib.auth import get_user_model
    from django_otp.plugins.otp_totp.models import TOTPDevice

    user = get_user_model().objects.get(username=account)
    return TOTPDevice.objects.get_or_create(user=user, name="app")[0]


def _code(account: str) -> str:
    """Return a code that is good now, and was not used before."""
    from django_otp.oath import totp

    device = _device(account)
    type(device).objects.filter(pk=device.pk).update(last_t=-1)
    return f"{totp(device.bin_key):06}"


def _logins() -> dict[str, Any]:
    from django_jwtkit import tokens

    _device("ada")
    good, pair = _log_in("ada", code := _code("ada"))
    plain, other = _log_in("bob")
    return {
        "good": [good, tokens.verify(pair["access"])["amr"]],
        "twice": _log_in("ada", code)[0],
        "missing": _log_in("ada"),
        "no device": [plain, tokens.verify(other["access"])["amr"]],
    }


def _guesses(name: str) -> dict[str, Any]:
    from django_jwtkit import sessions

    sessions.rows().delete()  # a known device is not throttled
    steps: dict[str, Any] = {"guesses": sorted({_log_in("ada", "wrong!")[0] for _ in range(TRIES)})}
    if name == "axes":
        from axes.models import AccessAttempt

        steps["counted"] = AccessAttempt.objects.get(username="ada").failures_since_start
    status, answer = _log_in("ada", _code("ada"))
    steps["locked"] = [status, sorted(answer)]
    steps["others"] = _log_in("bob")[0]
    return steps


if __name__ == "__main__":
    tell(main)
