"""The forms that confirm a change of keys."""

from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.keys import Plan, State


class RotateForm(forms.Form):
    """Valid for the active key that the page showed: the same click sent twice must not rotate twice."""

    signing = forms.CharField(required=False, widget=forms.HiddenInput)
    force = forms.BooleanField(
        label=gettext_lazy("Rotate anyway"),
        error_messages={
            "required": gettext_lazy("Tick this box to rotate although it is not safe yet, or wait.")
        },
    )

    def __init__(self, data: Mapping[str, str] | None, *, plan: Plan, unsafe: bool) -> None:
        self.current = " ".join(key.kid for key in plan.before if key.state(plan.now) is State.ACTIVE)
        super().__init__(data, initial={"signing": self.current})
        if not unsafe:
            del self.fields["force"]

    def clean_signing(self) -> str:
        """Return the field. Raises `ValidationError` if a different key is signing now."""
        if self.cleaned_data["signing"] != self.current:
            raise ValidationError(
                _("A different key is signing now. Go back to the list and review the plan again.")
            )
        return self.current


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        help_text=gettext_lazy(
            "Kept with the key and visible to everyone who may see it: no secrets, please."
        ),
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True, "autocomplete": "off"}),
    )
