"""What has happened to keys, to read. The rows are append-only; so is this page."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from django_jwtkit.keys import KeyEvent

from .cells import wording
from .readonly import ReadOnlyAdmin, section


@admin.display(description=gettext_lazy("key"), ordering="kid")
def key_name(event: KeyEvent) -> SafeString:
    return wording.short(event.kid)


@admin.display(description=gettext_lazy("action"), ordering="action")
def action(event: KeyEvent) -> SafeString:
    return format_html('<span class="jwtkit-event jwtkit-{0}">{0}</span>', event.action)


@admin.register(KeyEvent)
class KeyEventAdmin(ReadOnlyAdmin[KeyEvent]):
    lookups = frozenset({"id", "ring", "kid", "action", "at", "door"})
    list_display = ("at", action, key_name, "ring", "who", "door", "detail")
    list_filter = ("action", "ring", "door")
    list_select_related = ("ring",)
    search_fields = ("kid", "who", "detail")
    fieldsets = ((None, section("at", action, "kid", "ring", "who", "door", "detail")),)
