"""The test project with two databases full of sessions, and then with many rings, and rings of many keys."""

from datetime import timedelta

from bench.scale import FEW_KEYS, MANY_KEYS, MANY_RINGS, PAGE_OF_KEYS
from testproject.settings import *  # noqa: F403 - settings build on settings
from testproject.settings import DATABASES_BY_NAME

SERVER = DATABASES_BY_NAME["postgresql"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},  # the keys
    "few": {**SERVER, "TEST": {"NAME": "jwtkit_few_sessions"}},
    "many": {**SERVER, "TEST": {"NAME": "jwtkit_many_sessions"}},
}
ROOT_URLCONF = "bench.scale.urls"
DATABASE_ROUTERS = ["bench.scale.routing.Router"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

JWTKIT: dict[str, object] = {"ALGORITHM": "HS256", "ACCESS_TOKEN_LIFETIME": timedelta(hours=1)}
WITH_RINGS: dict[str, object] = {
    **JWTKIT,
    "KEY_RINGS": {
        **{f"holds-{count}": {} for count in (FEW_KEYS, MANY_KEYS)},
        **{f"archived-{count}": {} for count in (FEW_KEYS, PAGE_OF_KEYS, MANY_KEYS)},
        **{f"tenant-{number}": {} for number in range(MANY_RINGS)},
    },
}
