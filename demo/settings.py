"""Settings of the demo: the test project with short times, so that a visitor can watch each promise.

`JWTKIT_SQLITE` names the database, `JWTKIT_DEMO_URL` the address, `JWTKIT_DEMO_PARTNER` the folder with a
partner's key; `python -m demo` sets all three.
`JWTKIT_DEMO_ACCESS_SECONDS` is the lifetime of access tokens, if it isn't the usual one.
"""

import os
from datetime import timedelta
from pathlib import Path

from demo import partner
from testproject.settings import *  # noqa: F403 - settings build on settings
from testproject.settings import INSTALLED_APPS

OWN_ADMIN = {"django.contrib.admin": "demo.admin_app.DemoAdminConfig"}
INSTALLED_APPS = [*(OWN_ADMIN.get(app, app) for app in INSTALLED_APPS), "demo"]
ROOT_URLCONF = "demo.urls"
LANGUAGE_CODE = "en"

# The API takes tokens from the header, and from the cookies of the browser app.
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["django_jwtkit.drf.JWTCookieAuthentication"]}

# A partner's tokens are accepted by its public key, which lies in a file: nothing is fetched.
PARTNER = os.environ.get(partner.FOLDER)
ENTRY = {"AUDIENCE": "demo", "JWKS": str(Path(PARTNER or "") / partner.PUBLIC)}

JWTKIT = {
    "ISSUER": os.environ.get("JWTKIT_DEMO_URL", "http://127.0.0.1:8000"),
    "AUDIENCE": "demo",
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=int(os.environ.get("JWTKIT_DEMO_ACCESS_SECONDS", "300"))),
    # Over plain HTTP not every browser keeps a Secure cookie. Only the demo needs this, on its one machine.
    "COOKIES": {"SECURE": False},
    "TRUSTED_ISSUERS": {partner.ISSUER: ENTRY} if PARTNER else {},
    "CHECK_SESSION": True,  # a logout takes effect with the next request
    "KEYRING_MAX_AGE": timedelta(seconds=1),  # a process notices another's rotation within a second
    "SIGNING_MAX_AGE": timedelta(seconds=5),
    # All consumers are on this machine, so the next key may sign after 15 seconds, not a day.
    "CLOCK_SKEW": timedelta(seconds=1),
    "JWKS_MAX_AGE": timedelta(seconds=2),
    "CONSUMER_CACHE": timedelta(seconds=5),
    "KEY_RINGS": {"access": {"MAX_LIFETIME": timedelta(days=60)}},  # so that the timeline has retired keys
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django_jwtkit": {"handlers": ["stderr"], "level": "INFO"}},
}
