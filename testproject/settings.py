"""Settings for the tests, the bench and the demo."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent

SECRET_KEY = "a-secret-of-the-test-project-and-of-nobody-else-0123456789"
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
USE_TZ = os.environ.get("JWTKIT_USE_TZ", "1") != "0"
TIME_ZONE = os.environ.get("JWTKIT_TIME_ZONE", "UTC")
ROOT_URLCONF = "testproject.urls"
WSGI_APPLICATION = "testproject.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_jwtkit",
    "testproject",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "testproject.csp.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Test runs that share a server each have a database of their own.
TEST_DATABASE = {"NAME": os.environ.get("JWTKIT_TEST_DATABASE")}

DATABASES_BY_NAME: dict[str, dict[str, object]] = {
    "sqlite": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("JWTKIT_SQLITE", str(BASE_DIR / "db.sqlite3")),
        "TEST": {"NAME": str(BASE_DIR / "test.sqlite3")},  # a file: several processes race on it
    },
    "postgresql": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "NAME": "test",
        "USER": "postgres",
        "TEST": TEST_DATABASE,
    },
    "mariadb": {
        "ENGINE": "django.db.backends.mysql",
        "HOST": "127.0.0.1",
        "NAME": "test",
        "USER": "root",
        "TEST": TEST_DATABASE,
    },
}
DATABASES = {"default": DATABASES_BY_NAME[os.environ.get("JWTKIT_DATABASE", "sqlite")]}
if USE_TZ:  # or Django refuses it
    DATABASES["default"]["TIME_ZONE"] = os.environ.get("JWTKIT_DATABASE_TIME_ZONE")
if name := os.environ.get(
    "JWTKIT_DATABASE_NAME"
):  # a process that a test has started, on the test's database
    DATABASES["default"]["NAME"] = name

STATIC_URL = "static/"

REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["django_jwtkit.drf.JWTAuthentication"]}
JWTKIT: dict[str, object] = {}
