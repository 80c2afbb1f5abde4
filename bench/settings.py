"""A project with ours, simplejwt and knox side by side: HS256 for all, and a hasher that costs nothing."""

import os
from datetime import timedelta

from testproject.settings import DATABASES_BY_NAME

SECRET_KEY = "a-secret-of-the-bench-and-of-nobody-else-0123456789-0123456789"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.urls"
WSGI_APPLICATION = "bench.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "knox",
    "django_jwtkit",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
if name := os.environ.get("BENCH_DATABASE"):  # "postgresql", "mariadb"; "sqlite" is a file
    DATABASES = {
        "default": {**DATABASES_BY_NAME[name], "NAME": os.environ.get("BENCH_DATABASE_NAME", "bench")}
    }

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # what is left of a login is the token's
JWTKIT = {
    "ALGORITHM": "HS256",
    "KEY_RINGS": {
        "partners": {"ALGORITHM": "ES256", "PUBLISH": True},  # something for the JWKS
        **{f"rebuilt-{size}": {} for size in (1, 10, 1000, 10000)},
    },
}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}
