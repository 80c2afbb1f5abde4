"""Two users and their logins, as the tests of the REST framework's face have them."""

from tests.drf.conftest import alice, bob, expired, later, pair

__all__ = ["alice", "bob", "expired", "later", "pair"]
