"""Settings of the demo: the test project, with times so short that a visitor sees each promise kept.

`JWTKIT_SQLITE` names the database, `JWTKIT_DEMO_URL` the address; `python -m testproject.demo` sets both.
"""

import os
from datetime import timedelta

from testproject.settings import *  # noqa: F403

LANGUAGE_CODE = "en"

JWTKIT = {
    "ISSUER": os.environ.get("JWTKIT_DEMO_URL", "http://127.0.0.1:8000"),
    "AUDIENCE": "demo",
    "CHECK_SESSION": True,  # a logout holds on the very next request
    "KEYRING_MAX_AGE": timedelta(seconds=1),  # another process's rotation is seen within a second
    "SIGNING_MAX_AGE": timedelta(seconds=5),
    # All consumers are on this machine, so that the next key may sign after a quarter of a minute, not a day.
    "CLOCK_SKEW": timedelta(seconds=1),
    "JWKS_MAX_AGE": timedelta(seconds=2),
    "CONSUMER_CACHE": timedelta(seconds=5),
    "KEY_RINGS": {
        "access": {"MAX_LIFETIME": timedelta(days=60)}
    },  # long, so that the timeline has retired keys
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django_jwtkit": {"handlers": ["stderr"], "level": "INFO"}},
}
