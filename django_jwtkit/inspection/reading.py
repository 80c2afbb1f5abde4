"""A bounded look at a token of which nothing is proven yet."""

from dataclasses import dataclass
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import issuers, tokens
from django_jwtkit.errors import JWTKitError, TokenError
from django_jwtkit.jose import encoding, unverified_header

from .findings import Claims

PARTS_OF_A_JWE: Final = 5
BEGINNING: Final = "eyJ"  # of a header in base64url, which begins with {"
PASTED: Final = "Authorization: Bearer"
AROUND: Final = " \t\r\n\"',"


@dataclass(frozen=True, kw_only=True, repr=False)
class Presented:
    """A token as it was presented. `header` and `claims` are of the signed token inside an encrypted one.

    `fault` is why it is no token, or could not be opened. `claims` are None where they cannot be read.
    """

    text: str
    header: Claims
    claims: Claims | None = None
    is_encrypted: bool = False
    is_opened: bool = False
    fault: JWTKitError | None = None


@sensitive_variables()
def find_token(text: str) -> str:
    """Return the token in `text`, also where the whole header was pasted, in quotes, or broken into lines."""
    text = text.strip(AROUND)
    for word in PASTED.split():
        if text[: len(word)].casefold() == word.casefold():
            text = text[len(word) :].lstrip()
    lines = text.split()
    is_one = sum(line.startswith(BEGINNING) for line in lines) == 1
    return "".join(lines) if is_one else text


@sensitive_variables()
def read(text: str, *, may_open: bool) -> Presented:
    """Read `text`; with `may_open` an encrypted token of ours is opened."""
    try:
        header = unverified_header(text, max_length=max(encoding.MAX_LENGTH, issuers.longest_token()))
    except TokenError as error:
        return Presented(text=text, header={}, fault=error)
    if text.count(".") + 1 != PARTS_OF_A_JWE:
        return Presented(text=text, header=header, claims=_claims_in(text))
    if not may_open:
        return Presented(text=text, header=header, is_encrypted=True)
    try:
        inner = tokens.decrypt(text)
        members = unverified_header(inner)
    except JWTKitError as error:
        return Presented(text=text, header=header, is_encrypted=True, fault=error)
    return Presented(text=text, header=members, claims=_claims_in(inner), is_encrypted=True, is_opened=True)


@sensitive_variables()
def _claims_in(text: str) -> Claims | None:
    try:
        return encoding.loads(encoding.b64u_decode(text.split(".")[1]))
    except TokenError:
        return None
