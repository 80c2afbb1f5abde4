"""A banner on each page of a project's own admin while a key is not healthy."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.messages import ERROR, get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from django_jwtkit.admin.registering import take_waiting
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.health import recent_health

from .visible import keys_page

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as Base
else:
    Base = object

OVERVIEW = "app_list"


class KeyHealthMixin(Base):
    """For a project's own `AdminSite`: while a key is not healthy, each page says so, with a link.

    It is shown to users that may view keys. A process reads the health once a minute, so a page costs no
    query. Where the health can't be read, the banner says that.
    """

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        take_waiting(self)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        banner = self.key_health_banner(request)
        return {**context, "messages": _WithBanner(request, banner)} if banner else context

    def key_health_banner(self, request: HttpRequest) -> str:
        """Return the banner for this request, empty for none."""
        match = request.resolver_match
        is_overview = match is not None and match.url_name == OVERVIEW and "jwtkit" in match.kwargs.values()
        page = None if is_overview or not self.has_permission(request) else keys_page(self, request)
        if page is None:
            return ""
        health = recent_health()
        if health.is_ok:
            return ""
        # Where the project hides keys from a user, no name of one is shown.
        words = (
            _("Some keys are not healthy.")
            if page.may_hide_rows(request)
            else sentence(health.faults[0].message)
        )
        address = reverse(f"admin:{OVERVIEW}", args=("jwtkit",), current_app=self.name)
        return format_html('{} <a href="{}">{}</a>', words, address, _("Keys and tokens"))


class _WithBanner:
    """The messages of a request behind a banner, read when the page is written: a view may still add some."""

    def __init__(self, request: HttpRequest, banner: str) -> None:
        self._request, self._banner = request, banner

    def __len__(self) -> int:
        return 1 + len(get_messages(self._request))

    def __iter__(self) -> Iterator[Message]:
        yield Message(ERROR, self._banner, extra_tags="jwtkit-health")
        yield from get_messages(self._request)
