"""The site of the demo's admin: while a key is not healthy, each page says so."""

from django.contrib.admin import AdminSite

from django_jwtkit.admin import KeyHealthMixin


class DemoAdmin(KeyHealthMixin, AdminSite):
    pass
