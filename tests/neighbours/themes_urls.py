"""The addresses of the walk, and those that a theme needs."""

from django.apps import apps
from django.urls import include, path

from demo.urls import urlpatterns as below

urlpatterns = [*below]
if apps.is_installed("grappelli"):
    urlpatterns.insert(0, path("grappelli/", include("grappelli.urls")))
