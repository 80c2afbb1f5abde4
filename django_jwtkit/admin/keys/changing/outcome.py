"""What a page does after a change: the admin's log, a message, and the way back."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join

from django_jwtkit import keys
from django_jwtkit.admin.read_only import ReadOnlyAdmin
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import Plan, StoredKey
from django_jwtkit.keys.planning import signer
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.wording import words_of

SOURCE: Final = "admin"

KeysAdmin = ReadOnlyAdmin[StoredKey]


def refuse(admin: KeysAdmin, request: HttpRequest, error: JWTKitError) -> HttpResponse:
    """Return to the list with the refusal in words."""
    admin.message_user(request, sentence(words_of(error)), messages.ERROR)
    return to_list(admin)


def to_list(admin: KeysAdmin) -> HttpResponse:
    return HttpResponseRedirect(admin.address("changelist"))


def report(admin: KeysAdmin, request: HttpRequest, plan: Plan) -> None:
    """Say in a message what `plan` has done, and note it in the admin's log."""
    note_plan(admin, request, plan)
    words = format_html_join(" ", "{}", ((sentence(message),) for message in plan.messages))
    admin.message_user(request, words, messages.SUCCESS)


def note_plan(admin: KeysAdmin, request: HttpRequest, plan: Plan) -> None:
    """Write `plan` into the admin's log, as a change of the key that signs after it."""
    note(admin, request, plan, _target(plan))


def note(admin: KeysAdmin, request: HttpRequest, plan: Plan, target: StoredKey | keys.Ring) -> None:
    """Write `plan` into the admin's log, as a change of `target`: a key has a page to link to."""
    words = " ".join(plan.sentences())
    admin.log_change(request, target, words)  # type: ignore[arg-type] # a ring is as good an object as a key


def _target(plan: Plan) -> StoredKey | keys.Ring:
    """Return the key that signs after `plan`; the ring where none does."""
    signing = signer(plan.after, plan.now)
    row = stored_keys().filter(kid=signing.kid).first() if signing else None
    return row or keys.Ring(name=plan.ring)
