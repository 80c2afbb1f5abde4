"""The settings of the walk, with the theme that `JWTKIT_THEME` names over the admin."""

import os

from tests.project.faces_settings import *  # noqa: F403 - settings build on settings
from tests.project.faces_settings import INSTALLED_APPS as BELOW
from tests.project.faces_settings import MIDDLEWARE as STRICT

APPS = {"unfold": "unfold", "jazzmin": "jazzmin", "grappelli": "grappelli", "daisy": "django_daisy"}

INSTALLED_APPS = [APPS[os.environ["JWTKIT_THEME"]], "django.contrib.humanize", *BELOW]
MIDDLEWARE = ["tests.neighbours.report_only.ReportOnly", *STRICT]
ROOT_URLCONF = "tests.neighbours.themes_urls"

JAZZMIN_UI_TWEAKS = {"default_theme_mode": "auto"}
DAISY_SETTINGS = {"SHOW_CHANGELIST_FILTER": True}
