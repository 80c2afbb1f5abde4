"""The columns and fields of a session, a function for each."""

from typing import Final

from django.contrib.admin import display
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_jwtkit import keys
from django_jwtkit.admin.badges import badge, labelled, short_id
from django_jwtkit.admin.dates import NOTHING, date, date_and_time
from django_jwtkit.conf import conf
from django_jwtkit.sessions import Session

from .devices import device_of
from .states import STATES

USER: Final = "user__exact"  # a filter in the address


@display(description=gettext_lazy("state"))
def state(session: Session) -> SafeString:
    now = keys.now()
    css, words = next((css, words) for css, words in STATES.items() if words.is_true(session, now))
    note = words.note(session)
    return format_html('{}<span class="jwtkit-outlook">{}</span>', badge(css, words.name), note)


@display(description=gettext_lazy("session"), ordering="id")
def name(session: Session) -> SafeString:
    return short_id(str(session.pk))


@display(description=gettext_lazy("user"), ordering="user")
def user(session: Session) -> SafeString:
    """Return the user, as a link to the list of all their sessions."""
    return format_html('<a href="?{}={}">{}</a>', USER, session.user_id, session.user)


@display(description=gettext_lazy("logged in"), ordering="created_at")
def created(session: Session) -> str:
    return date_and_time(session.created_at, keys.now())


@display(description=gettext_lazy("last used"), ordering="last_used_at")
def last_used(session: Session) -> SafeString:
    return labelled(_("last used"), date(session.last_used_at, keys.now()))


@display(description=gettext_lazy("expires"), ordering="expires_at")
def expires(session: Session) -> SafeString:
    return labelled(_("expires"), date(session.expires_at, keys.now()))


@display(description=gettext_lazy("ended"), ordering="ended_at")
def ended(session: Session) -> str:
    return date_and_time(session.ended_at, keys.now())


@display(description=gettext_lazy("ends by"), ordering="ends_by")
def ends_by(session: Session) -> str:
    return date_and_time(session.ends_by, keys.now())


@display(description=gettext_lazy("refreshes"))
def refreshes(session: Session) -> str:
    """Return how often the session was refreshed, and when last."""
    if not session.counter:
        return _("none yet") if conf().ROTATE_REFRESH else _("not counted: ROTATE_REFRESH is off")
    last = date(session.rotated_at, keys.now())
    return format_html(_("{count}, the last one {time}"), count=session.counter, time=last)


@display(description=gettext_lazy("strays"))
def strays(session: Session) -> str:
    """Return how many refreshes in a row went to a second client too, as when a token was stolen."""
    if not session.strays:
        return _("none so far") if conf().RECORD_CLIENT else _("not counted: RECORD_CLIENT is off")
    words = ngettext(
        "{count} refresh went to a second client too: no. {last}",
        "{count} refreshes in a row went to a second client too, the last one was no. {last}",
        session.strays,
    )
    return format_html(words, count=session.strays, last=session.stray_counter)


def link_to_end(session: Session, address: str) -> SafeString:
    """Return a link to the page that ends `session`."""
    label = _("End the session of %(user)s") % {"user": session.user}
    link = '<a class="jwtkit-danger-link" href="{}" aria-label="{}">{}</a>'
    return format_html(link, address, label, _("End…"))


@display(description=gettext_lazy("device"), ordering="user_agent")
def device(session: Session) -> SafeString:
    """Return the device in words, with the user agent, which the client chooses, in the title."""
    words = device_of(session.user_agent) or NOTHING
    return format_html('<span class="jwtkit-device" title="{}">{}</span>', session.user_agent, words)


@display(description=gettext_lazy("used from"), ordering="address")
def place(session: Session) -> SafeString:
    """Return the device, and the address below it, in every language left to right."""
    address = '{}<span class="jwtkit-outlook"><bdi dir="ltr">{}</bdi></span>'
    return format_html(address, device(session), session.address or NOTHING)


AHEAD: Final = (expires, ends_by)
"""The ends of a session that has not ended."""
