"""The forms that confirm a change of keys."""

from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.keys import Plan, State


class RotateForm(forms.Form):
    """Holds for the keys that were shown: the same click sent twice must not rotate twice."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    force = forms.BooleanField(
        label=gettext_lazy("Rotate all the same"),
        error_messages={
            "required": gettext_lazy("Tick this to rotate although it is not safe yet, or wait.")
        },
    )

    def __init__(self, data: Mapping[str, str] | None, *, plan: Plan, unsafe: bool) -> None:
        self.signing = " ".join(key.kid for key in plan.before if key.state(plan.now) is State.ACTIVE)
        super().__init__(data, initial={"seen": self.signing})
        if not unsafe:
            del self.fields["force"]

    def clean_seen(self) -> str:
        """Raises `ValidationError` when another key signs by now."""
        if self.cleaned_data["seen"] != self.signing:
            raise ValidationError(_("Another key signs by now. Go back to the keys and look again."))
        return self.signing


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        help_text=gettext_lazy(
            "Kept with the key and shown to everybody who may see it: no secrets, please."
        ),
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True, "autocomplete": "off"}),
    )
