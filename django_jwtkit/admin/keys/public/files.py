"""The public part of a key as a file, for the operator of a service that takes no JWKS."""

from collections.abc import Mapping
from typing import Final

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename

from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.snapshots import can_verify

from .reading import read_public_key

FORMS: Final[Mapping[str, str]] = {
    "jwk": "application/jwk+json",  # RFC 7517 §8.5.1
    "pem": "application/x-pem-file",  # the customary one: none is registered
}
"""The content type by the form, which is also the extension of the file."""


def public_file(key: StoredKey, form: str) -> HttpResponse:
    """Return the public part of `key` in `form`, one of `FORMS`.

    Raises `Http404` for a symmetric key, and for one that does not verify here: its row may be planted.
    """
    public, _damage = read_public_key(key)
    if public is None or not can_verify(key):
        raise Http404(key.kid)
    text: str = getattr(public, form)
    name = get_valid_filename(f"{key.kid}.{form}")
    headers = {
        "Content-Disposition": str(content_disposition_header(as_attachment=True, filename=name)),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(f"{text.rstrip()}\n", content_type=FORMS[form], headers=headers)
