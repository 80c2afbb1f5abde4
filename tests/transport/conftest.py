"""Two users and their logins, as the tests of the REST framework's face have them."""

from tests.drf.conftest import _quick_and_clean, alice, bob, expired, later, pair

__all__ = ["_quick_and_clean", "alice", "bob", "expired", "later", "pair"]
