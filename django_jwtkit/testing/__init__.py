"""Helpers for the tests of a project: clients that are logged in, tokens, and an issuer without a network."""

from .issuer import FakeIssuer, fake_issuer
from .users import client_for, expired_token_for, token_for

__all__ = ["FakeIssuer", "client_for", "expired_token_for", "fake_issuer", "token_for"]
