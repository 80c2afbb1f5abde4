"""The forms that confirm a change of keys."""

from collections.abc import Mapping
from typing import Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from django_jwtkit.jose import jwa
from django_jwtkit.keys import Plan, Policy, State

REASONS: Final[Mapping[str, Promise]] = {
    gettext_noop("leaked"): gettext_lazy("It has leaked"),
    gettext_noop("its row was changed"): gettext_lazy("Its row was changed in the database"),
    gettext_noop("an employee left"): gettext_lazy("A person who had access has left"),
    gettext_noop("its algorithm is given up"): gettext_lazy("Its algorithm is given up"),
    gettext_noop("a test"): gettext_lazy("A test"),
}
"""By the words that are stored, which are English as all the history is."""

ANOTHER: Final = "another"  # reason, which is written in words and stored in these alone


class ConfirmForm(forms.Form):
    """A change that is confirmed by typing `expected`, where it is not empty."""

    confirmation = forms.CharField(
        widget=forms.TextInput(
            attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}
        ),
        error_messages={"required": gettext_lazy("Type it to confirm.")},
    )

    def __init__(
        self, data: Mapping[str, str] | None, *, expected: str, initial: dict[str, object] | None = None
    ) -> None:
        self.expected = expected
        super().__init__(data, initial=initial)
        if not expected:
            del self.fields["confirmation"]

    def clean_confirmation(self) -> str:
        """Return the field. Raises `ValidationError` unless it is what the page asks for."""
        text: str = self.cleaned_data["confirmation"]
        if text != self.expected:
            raise ValidationError(_("This is not what you were asked to type. Nothing was done."))
        return text


class RotateForm(ConfirmForm):
    """Valid for the active key that the page showed: the same click sent twice must not rotate twice."""

    signing = forms.CharField(required=False, widget=forms.HiddenInput)
    force = forms.BooleanField(
        label=gettext_lazy("Rotate anyway"),
        error_messages={
            "required": gettext_lazy("Tick this box to rotate although it is not safe yet, or wait.")
        },
    )

    def __init__(
        self, data: Mapping[str, str] | None, *, plan: Plan, unsafe: bool, expected: str = ""
    ) -> None:
        self.current = " ".join(key.kid for key in plan.before if key.state(plan.now) is State.ACTIVE)
        super().__init__(data, expected=expected, initial={"signing": self.current})
        if not unsafe or self.is_stale:  # a page that is out of date has one fault, not two
            del self.fields["force"]

    @property
    def is_stale(self) -> bool:
        """Whether the page showed another active key than there is now."""
        return self.is_bound and self.data.get("signing", "") != self.current

    def clean_signing(self) -> str:
        """Return the field. Raises `ValidationError` if a different key is signing now."""
        if self.cleaned_data["signing"] != self.current:
            raise ValidationError(
                _("A different key is signing now. Go back to the list and review the plan again.")
            )
        return self.current


class RevokeForm(ConfirmForm):
    """The reason, from a list or in words or both; and `expected` typed, where it is not empty."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        required=False,
        choices=[
            ("", gettext_lazy("Choose a reason")),
            *REASONS.items(),
            (ANOTHER, gettext_lazy("Another reason, in words")),
        ],
    )
    reason = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Kept with the key and visible to everyone who may see it: no secrets, please."
        ),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, object]:
        """Raise `ValidationError` without a reason."""
        fields: dict[str, object] = self.cleaned_data
        if not self.errors and not self.text:
            self.add_error("reason", _("Choose a reason or write one: it is what you will read in a year."))
        return fields

    @property
    def text(self) -> str:
        """The reason as it is stored."""
        parts = (self.cleaned_data.get("kind", ""), self.cleaned_data.get("reason", "").strip())
        return ": ".join(part for part in parts if part and part != ANOTHER)


class MakeForm(forms.Form):
    """The algorithm of a new key, one for the ring of `policy`."""

    algorithm = forms.ChoiceField(label=gettext_lazy("Algorithm"))

    def __init__(self, data: Mapping[str, str], *, policy: Policy) -> None:
        super().__init__(data)
        names = list({"sig": jwa.SIGNATURES, "enc": jwa.KEY_MANAGEMENT}[policy.use])
        if policy.has_consumers:  # they verify with a public key
            names = [name for name in names if not jwa.FITS[name].is_symmetric]
        field = cast("forms.ChoiceField", self.fields["algorithm"])
        field.choices = [(name, name) for name in names]
