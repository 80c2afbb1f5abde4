"""The demo's addresses, with the sessions of a user on the user's page."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin

from django_jwtkit.admin import SessionsInline


class PeopleAdmin(UserAdmin):  # type: ignore[type-arg] # generic in its stubs only
    inlines = (SessionsInline,)


admin.site.unregister(get_user_model())
admin.site.register(get_user_model(), PeopleAdmin)

from demo.urls import urlpatterns  # noqa: E402, F401 - Django's admin lists its addresses when it is asked for them
