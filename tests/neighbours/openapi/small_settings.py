"""A project of nothing but drf-spectacular and us: all our endpoints, without the admin."""

SECRET_KEY = "a-secret-of-a-small-project-with-openapi-0123456789"
ROOT_URLCONF = "tests.neighbours.openapi.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "drf_spectacular",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "django_jwtkit",
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["django_jwtkit.drf.JWTAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
JWTKIT = {}
