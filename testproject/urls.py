"""Where the test project answers."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("django_jwtkit.drf.urls")),
    path("", include("django_jwtkit.wellknown.urls")),
]
