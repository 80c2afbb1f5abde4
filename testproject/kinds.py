"""The project's own kinds of token."""

from datetime import timedelta
from typing import Final

from django_jwtkit import tokens

# An order to pay names an account and an amount, so it is encrypted.
PAYMENT: Final = tokens.TokenKind("payment", typ="payment+jwt", lifetime=timedelta(minutes=5), encrypted=True)
