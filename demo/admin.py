"""The admin of users, with the live sessions of each on their page."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin

from django_jwtkit.admin import SessionsInline


class PeopleAdmin(UserAdmin):  # type: ignore[type-arg] # generic in its stubs only
    inlines = (SessionsInline,)


admin.site.unregister(get_user_model())
admin.site.register(get_user_model(), PeopleAdmin)
