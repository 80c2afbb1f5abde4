"""The URLs of the test project."""

from django.contrib import admin
from django.urls import include, path

from testproject import api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/me/", api.MeView.as_view(), name="me"),
    path("api/payments/", api.PaymentView.as_view(), name="payments"),
    path("api/payments/read/", api.PaymentReadView.as_view(), name="payments_read"),
    path("api/", include("django_jwtkit.drf.urls")),
    path("", include("django_jwtkit.wellknown.urls")),
]
