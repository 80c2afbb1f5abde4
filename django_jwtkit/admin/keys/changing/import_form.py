"""The form for a public key that verifies until a date: PEM or JWK, pasted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, TokenError
from django_jwtkit.jose import Key, encoding, jwa
from django_jwtkit.moments import aware
from django_jwtkit.wording import Message, iso_exact, words_of

NEITHER: Final = gettext_noop("This is neither a PEM nor the JSON of a JWK.")
SEVERAL: Final = gettext_noop("This is a JWK Set: take out of it the one key to import.")
LONGEST: Final = 16 * 1024  # characters


class ImportForm(forms.Form):
    """A private or symmetric key is refused, and is not shown again."""

    ring = forms.ChoiceField(label=gettext_lazy("Ring"))
    text = forms.CharField(
        label=gettext_lazy("Public key, as PEM or JWK"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "ltr", "spellcheck": "false", "autocomplete": "off"}),
    )
    algorithm = forms.ChoiceField(label=gettext_lazy("Algorithm"), required=False)
    until = forms.DateTimeField(
        label=gettext_lazy("Verifies until"), help_text=gettext_lazy("For instance 2027-01-31 12:00.")
    )

    def __init__(self, data: QueryDict | None, *, rings: Sequence[str]) -> None:
        super().__init__(data)
        rings = [ring for ring in rings if conf().rings[ring].use == "sig"]
        names = [name for name in jwa.SIGNATURES if not jwa.FITS[name].is_symmetric]
        ring = cast("forms.ChoiceField", self.fields["ring"])
        ring.choices = [(name, name) for name in rings]
        algorithm = cast("forms.ChoiceField", self.fields["algorithm"])
        algorithm.choices = [("", _("the key's own, or the ring's")), *((name, name) for name in names)]
        self.key: Key | None = None

    def clean_until(self) -> datetime:
        """Return the field. Raises `ValidationError` for one in the past, or without a date in UTC."""
        try:
            until = aware(self.cleaned_data["until"])
        except ValueError as error:
            raise ValidationError(_("In UTC this must be a date of the years 1 to 9999.")) from error
        if until <= keys.now():
            raise ValidationError(_("This is in the past: the key would verify nothing."))
        return until

    @property
    def summary(self) -> str:
        """What the page showed of a valid form: only that is imported."""
        if self.key is None:
            return ""
        until: datetime = self.cleaned_data["until"]
        return f"{self.thumbprint} {self.key.alg} {self.cleaned_data['ring']} {iso_exact(until)}"

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint() if self.key else ""

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Read the key. Raises `ValidationError` for one that is damaged, private or symmetric."""
        fields: dict[str, Any] = self.cleaned_data
        if {"ring", "text"} <= fields.keys() and "algorithm" in fields:
            try:
                self.key = _read(fields["text"], fields["algorithm"], keys.policy(fields["ring"]).algorithm)
            except (KeyUnusableError, TokenError) as error:
                self.add_error("text", sentence(words_of(error)))
            else:
                self._refuse_secret()
        return fields

    def _refuse_secret(self) -> None:
        if self.key is None or not (self.key.private or self.key.is_symmetric):
            return
        self.key = None
        self.data = {**{name: self.data[name] for name in self.data}, "text": ""}  # it is never sent back
        self.add_error(
            "text",
            _(
                "This is a secret, and not a public key. It has been in a browser now: treat it as leaked. "
                "A private key is imported by command only: manage.py import_key."
            ),
        )


@sensitive_variables()
def _read(text: str, algorithm: str, fallback: str) -> Key:
    """Return the key in `text`. Raises `KeyUnusableError`, `TokenError`."""
    if "-----BEGIN " in text:
        return Key.from_pem(text, alg=algorithm or fallback)
    try:
        jwk = encoding.loads(text.strip().encode())
    except TokenError as error:
        raise KeyUnusableError(Message(NEITHER)) from error
    if "keys" in jwk:
        raise KeyUnusableError(Message(SEVERAL))
    return Key.from_dict(jwk, alg=algorithm or (None if "alg" in jwk else fallback))
