"""The test project with drf-spectacular, set up as the page says."""

from testproject.settings import *  # noqa: F403
from testproject.settings import INSTALLED_APPS as APPS
from testproject.settings import REST_FRAMEWORK as REST

INSTALLED_APPS = [*APPS, "drf_spectacular"]
REST_FRAMEWORK = {**REST, "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
