"""A project with ours, simplejwt, knox and allauth side by side: HS256 for all, and a cheap hasher."""

import os
from datetime import timedelta

from testproject.settings import DATABASES_BY_NAME

SECRET_KEY = "a-secret-of-the-bench-and-of-nobody-else-0123456789-0123456789"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.project.urls"
WSGI_APPLICATION = "bench.project.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "knox",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "django_jwtkit",
]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]  # allauth demands it of all

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
WAL = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"
TUNED = {  # as Django's documentation advises for production
    "sqlite": {"OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": WAL}},
    "postgresql": {},
    "mariadb": {},
}
if name := os.environ.get("BENCH_DATABASE"):  # "postgresql" or "mariadb"; "sqlite" is a file
    kept = {"NAME": os.environ["BENCH_DATABASE_NAME"], "CONN_MAX_AGE": 600}
    DATABASES = {"default": {**DATABASES_BY_NAME[name], **TUNED[name], **kept}}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # so that a login measures the tokens
ALGORITHMS = ("HS256", "RS256", "ES256", "Ed25519", "ML-DSA-65")  # each has a ring of its own here
LIFETIME = timedelta(hours=1)  # longer than any measurement
JWTKIT = {
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": LIFETIME,
    "REFRESH_GRACE": timedelta(0),  # or a session that has just turned rests, which costs half as much
    "KEY_RINGS": {
        "partners": {"ALGORITHM": "ES256", "PUBLISH": True},  # something for the JWKS
        **{f"by-{algorithm.lower()}": {"ALGORITHM": algorithm} for algorithm in ALGORITHMS},
        **{f"rebuilt-{size}": {} for size in (1, 10, 1000)},
    },
}
SIMPLE_JWT = {
    "UPDATE_LAST_LOGIN": True,  # as ours does at each login
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": LIFETIME,
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}

HEADLESS_ONLY = True
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"
HEADLESS_JWT_ALGORITHM = "HS256"  # like all here; by default it would be RS256
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = int(LIFETIME.total_seconds())
ACCOUNT_EMAIL_VERIFICATION = "none"  # no other login here has this step
ACCOUNT_RATE_LIMITS = False  # nor limits
