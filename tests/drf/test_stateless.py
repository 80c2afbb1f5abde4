"""Authentication without a database."""

import pytest
from rest_framework.test import APIRequestFactory

from django_jwtkit import tokens
from django_jwtkit.drf import JWTStatelessAuthentication


@pytest.mark.urls("tests.drf.project")
def test_no_query_at_all(api, alice, pair, django_assert_num_queries):
    """With a warm keyring, and also under `CHECK_SESSION`."""
    api.get("/stateless/", pair.access)
    with django_assert_num_queries(0):
        answer = api.get("/stateless/", pair.access)
    assert answer.json() == {"username": str(alice.pk), "claims": tokens.verify(pair.access)}


def test_permissions_come_from_a_claim(alice):
    """From the list of strings that the project's own function has put there, and for no single object."""
    text = tokens.issue(alice, claims={"permissions": ["blog.add_post", "blog.view_post", 5]})
    request = APIRequestFactory().get("/", headers={"authorization": f"Bearer {text}"})
    user, claims = JWTStatelessAuthentication().authenticate(request)
    assert user.has_perm("blog.add_post")
    assert user.has_perms(["blog.add_post", "blog.view_post"])
    assert user.has_module_perms("blog")
    assert not user.has_perm("blog.delete_post")
    assert not user.has_perm("blog.add_post", obj=alice)
    assert not user.has_module_perms("blo")
    assert user.claims == claims


@pytest.mark.threat("USR-013")
@pytest.mark.parametrize("permissions", [None, "blog.add_post", {"blog.add_post": 1}, 5, [["blog.add_post"]]])
def test_no_claim_makes_a_superuser(permissions):
    """And a claim of another type gives nothing."""
    user = tokens.TokenUser({"sub": "1", "is_staff": True, "is_superuser": True, "permissions": permissions})
    assert (user.is_staff, user.is_superuser, user.is_active, user.is_anonymous) == (
        False,
        False,
        True,
        False,
    )
    assert not user.has_perm("blog.add_post")


@pytest.mark.parametrize("name", ["save", "groups", "email", "set_password", "is_verified"])
def test_what_needs_the_database_is_refused_clearly(name):
    """The message says what to use instead."""
    with pytest.raises(AttributeError, match=f"no '{name}'.*Use JWTAuthentication"):
        getattr(tokens.TokenUser({"sub": "1"}), name)


def test_a_token_user_is_its_subject():
    """Equal by `sub`, and usable as a key."""
    first, same, other = (
        tokens.TokenUser({"sub": "1"}),
        tokens.TokenUser({"sub": "1", "jti": "x"}),
        tokens.TokenUser({"sub": "2"}),
    )
    assert first == same
    assert first != other
    assert first != "1"
    assert len({first, same, other}) == 2
    assert (str(first), first.pk, first.get_username()) == ("1", "1", "1")
