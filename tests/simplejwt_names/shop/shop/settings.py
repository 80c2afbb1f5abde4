"""A small shop with mobile clients: HS256 with a secret of its own, or RS256."""

import os
from datetime import timedelta
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[1]
SECRET_KEY = "the-secret-of-a-shop-and-of-nobody-else-0123456789"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
AUTH_USER_MODEL = "people.Customer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "people",
]
MIDDLEWARE = []
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
    }
]
if "SHOP_POSTGRESQL" in os.environ:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "NAME": os.environ["SHOP_POSTGRESQL"],
            "USER": "postgres",
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("SHOP_SQLITE", BASE_DIR / "db.sqlite3"),
            "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"},  # migrate runs beside the server
        }
    }

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=int(os.environ.get("SHOP_ACCESS", "300"))),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": os.environ.get("SHOP_ROTATE", "1") == "1",
    "BLACKLIST_AFTER_ROTATION": os.environ.get("SHOP_ROTATE", "1") == "1",
    "ALGORITHM": os.environ.get("SHOP_ALGORITHM", "HS256"),
    "SIGNING_KEY": "an-old-signing-secret-of-the-shop-0123456789",
    "VERIFYING_KEY": "",
    "TOKEN_OBTAIN_SERIALIZER": "people.serializers.LoginSerializer",
    "USER_ID_FIELD": "uuid",
    "LEEWAY": 5,
}
if SIMPLE_JWT["ALGORITHM"] == "RS256":
    SIMPLE_JWT |= {
        "SIGNING_KEY": (BASE_DIR / "old-key.pem").read_text(),
        "VERIFYING_KEY": (BASE_DIR / "old-key.pub").read_text(),
    }
