"""The columns of the history of keys."""

from django.contrib.admin import display
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.admin.badges import labelled
from django_jwtkit.admin.dates import NOTHING, exact
from django_jwtkit.admin.sentences import history, name_source
from django_jwtkit.keys import KeyEvent
from django_jwtkit.wording import escape

from .actions import name_action


@display(description=gettext_lazy("when"), ordering="at")
def when(event: KeyEvent) -> SafeString:
    return exact(event.at)


@display(description=gettext_lazy("action"), ordering="action")
def action(event: KeyEvent) -> SafeString:
    name = name_action(event.action)
    return format_html('<span class="jwtkit-event jwtkit-{}">{}</span>', event.action, name)


@display(description=gettext_lazy("what"), ordering="detail")
def what(event: KeyEvent) -> SafeString:
    return history(event)


@display(description=gettext_lazy("author"), ordering="who")
def author(event: KeyEvent) -> SafeString:
    return labelled(_("author"), escape(event.who) or NOTHING)


@display(description=gettext_lazy("through"), ordering="source")
def through(event: KeyEvent) -> SafeString:
    return labelled(_("through"), name_source(event.source))
