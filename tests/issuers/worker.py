"""The settings of an API behind gunicorn that trusts one issuer, whose address the environment names."""

import os
from datetime import timedelta

from testproject.settings import *  # noqa: F403

ROOT_URLCONF = "tests.issuers.project"
WSGI_APPLICATION = "testproject.wsgi.application"
PROVIDER = os.environ["JWTKIT_TEST_PROVIDER"]
JWTKIT = {
    "ISSUER": "https://api.example.com",
    "TRUSTED_ISSUERS": {
        PROVIDER: {
            "AUDIENCE": "orders",
            "JWKS_URL": PROVIDER,
            "PRIVATE_ADDRESSES": True,
            "COOLDOWN": timedelta(minutes=10),  # longer than any machine takes for the test
            "REFRESH_EVERY": timedelta(hours=1),
            "USER": "stateless",
        }
    },
}
