"""The columns and fields of a key, a function for each."""

import json

from django.contrib.admin import display
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.badges import short_id
from django_jwtkit.admin.dates import NOTHING, date, span
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.snapshots import Entry, fault_of

from .states import outlook, state_badge


@display(description=gettext_lazy("key"), ordering="kid")
def name(key: StoredKey) -> SafeString:
    return short_id(key.kid)


@display(description=gettext_lazy("state"))
def state(key: StoredKey) -> SafeString:
    now = keys.now()
    badge = state_badge(key.state(now))
    return format_html('{}<span class="jwtkit-outlook">{}</span>', badge, outlook(key, now))


@display(description=gettext_lazy("published"), ordering="published_at")
def published(key: StoredKey) -> str:
    return date(key.published_at, keys.now())


@display(description=gettext_lazy("signs"), ordering="sign_from")
def signs(key: StoredKey) -> str:
    """Return from when until when it signs; a dash for a key that never does."""
    if key.sign_from is None:
        return NOTHING
    now = keys.now()
    if key.sign_until is None:
        return format_html(_("from {}"), date(key.sign_from, now))
    return format_html("{} – {}", date(key.sign_from, now), date(key.sign_until, now))


@display(description=gettext_lazy("verifies until"))
def verifies_until(key: StoredKey) -> str:
    return date(key.verify_until, keys.now())


@display(description=gettext_lazy("revoked"))
def revoked(key: StoredKey) -> str:
    return date(key.revoked_at, keys.now())


@display(description=gettext_lazy("revoke"))
def revocation(key: StoredKey) -> str:
    """Return a link to the page that revokes; nothing for a key that is not trusted."""
    if key.state() in (State.EXPIRED, State.REVOKED):
        return ""
    # Relative to the list, so that it stays on the admin site that the list is on.
    return format_html('<a href="{}/revoke/">{}</a>', key.pk, _("Revoke…"))


@display(description=gettext_lazy("longest token"))
def longest_token(key: StoredKey) -> str:
    return span(key.max_lifetime)


@display(description=gettext_lazy("private part"))
def private_part(key: StoredKey) -> str:
    """Return whether it is stored, never the part itself."""
    return (
        _("Stored and sealed; no page shows it.")
        if key.sealed
        else _("Not stored: destroyed, or never imported.")
    )


@display(description=gettext_lazy("public part"))
def public_part(key: StoredKey) -> str:
    """Return the public members as they are published, and nothing else that the row may hold."""
    if not key.public_jwk:
        return _("None: the key is symmetric.")
    try:
        jwk = Entry.of(key, None).public().to_dict()
    except KeyUnusableError:
        return _("Damaged.")
    return format_html('<pre class="jwtkit-jwk">{}</pre>', json.dumps(jwk, indent=2))


@display(description=gettext_lazy("check"))
def check(key: StoredKey) -> str:
    """Return why it cannot be used here, if it cannot."""
    fault = fault_of(key, keys.now())
    if not fault:
        return _("Usable.")
    return format_html('<strong class="jwtkit-error">{}</strong>', fault)
