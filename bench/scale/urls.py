"""The test project's, and the page of a user with the sessions of that user in it."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin

from django_jwtkit.admin import SessionsInline
from testproject.urls import urlpatterns

__all__ = ["urlpatterns"]

admin.site.unregister(get_user_model())


@admin.register(get_user_model())
class UserWithSessionsAdmin(UserAdmin):
    inlines = (SessionsInline,)
