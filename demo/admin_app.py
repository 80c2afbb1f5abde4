"""The admin as an app, whose default site is the demo's own: it stands for `django.contrib.admin`.

A module of its own, for Django would take a class in `demo/apps.py` for the configuration of the demo.
"""

from django.contrib.admin.apps import AdminConfig


class DemoAdminConfig(AdminConfig):
    default_site = "demo.admin_site.DemoAdmin"
