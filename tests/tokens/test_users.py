"""From a user to the `sub` claim and back, byte for byte."""

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404

from django_jwtkit import tokens
from django_jwtkit.errors import ServiceUnavailable, UserInactive, UserNotFound

ID = uuid.UUID("6f1c2c4e-9d0a-4d5e-8f65-0c9e4e5b7a11")
FOREIGN_SPELLINGS = [str(ID).upper(), f"{{{ID}}}", ID.urn, ID.hex]


def lenient_loader(claims):
    """Find the user of a UUID however it is spelled, as a careless project would."""
    user = get_user_model()(username="uuid")
    user.pk = uuid.UUID(claims["sub"])
    return user


def anybody(claims):
    """Return the same user whatever is asked."""
    return get_user_model().objects.first()


def nobody(claims):
    """Find none."""
    return


def raises(claims):
    """Fail as `objects.get` does."""
    return get_user_model().objects.get(username="nobody at all")


def callable_state(claims):
    """Return a user whose `is_active` is a method: always truthy, and no answer."""
    user = get_user_model().objects.get(pk=claims["sub"])
    user.is_active = lambda: False
    return user


def test_a_users_sub_finds_the_user(alice, django_assert_num_queries):
    """One query."""
    with django_assert_num_queries(1):
        assert tokens.users.load({"sub": tokens.users.subject(alice)}) == alice


@pytest.mark.threat(
    "SUB-001",
    "SUB-002",
    "SUB-003",
    "SUB-004",
    "SUB-005",
    "SUB-006",
    "SUB-007",
    "SUB-009",
    "SUB-010",
    "SUB-012",
)
@pytest.mark.parametrize(
    "sub",
    [
        42,
        None,
        True,
        ["1"],
        {"a": 1},
        1.0,
        "",
        "1 OR 1=1",
        "1\0",
        "\0",
        "9" * 5000,
        "nan",
        "1e1",
        "-1",
        "\ud800",
    ],
)
def test_what_is_no_id_finds_nobody(alice, sub):
    """And raises nothing else, whatever the database thinks of it."""
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": sub})


@pytest.mark.threat("SUB-014")
@pytest.mark.parametrize("sub", ["9" * 30, "-" + "9" * 30, str(2**63), str(2**64)])
def test_a_huge_integer_finds_nobody(alice, sub):
    """Not an OverflowError."""
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": sub})


@pytest.mark.threat("SUB-008", "SUB-011")
@pytest.mark.parametrize("spell", ["{} ", " {}", "0{}", "+{}", "{}_0", "{}\n"])
def test_another_spelling_of_an_id_finds_nobody(alice, spell):
    """int() forgives a good deal; the user's own spelling is compared afterwards."""
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": spell.format(alice.pk)})


@pytest.mark.threat("SUB-011")
def test_arabic_digits_find_nobody(alice):
    """int("٤٢") is 42."""
    digits = str(alice.pk).translate({ord("0") + n: chr(0x660 + n) for n in range(10)})
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": digits})


@pytest.mark.threat("SUB-013")
@pytest.mark.parametrize("sub", FOREIGN_SPELLINGS)
def test_another_spelling_of_a_uuid_finds_nobody(settings, sub):
    """Also where the project's own loader is lenient."""
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.lenient_loader"}
    assert tokens.users.load({"sub": str(ID)}).pk == ID
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": sub})


@pytest.mark.threat("SUB-021")
def test_a_folding_collation_finds_nobody(alice, settings):
    """Where names are ids, "ALICE" is not alice, whatever the database says."""
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    named = tokens.verify(tokens.issue(alice))
    assert tokens.users.load(named) == alice
    for sub in ("ALICE", "alice ", "álice"):
        with pytest.raises(UserNotFound):
            tokens.users.load({**named, "sub": sub})


@pytest.mark.threat("USR-003")
def test_a_deleted_user_is_not_found(alice):
    """The token is good, there is nobody any more."""
    sub = tokens.users.subject(alice)
    alice.delete()
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": sub})


@pytest.mark.threat("USR-001")
def test_an_inactive_user_is_refused(alice):
    """At the next request, not at the token's end."""
    get_user_model().objects.update(is_active=False)
    with pytest.raises(UserInactive):
        tokens.users.load({"sub": str(alice.pk)})


@pytest.mark.threat("USR-012", "USR-014")
def test_only_true_is_active(alice, settings):
    """A truthy object is no answer."""
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.callable_state"}
    with pytest.raises(UserInactive):
        tokens.users.load({"sub": str(alice.pk)})


@pytest.mark.parametrize("loader", ["nobody", "raises", "anybody"])
def test_a_loader_finds_the_user_of_the_token_or_nobody(alice, settings, loader):
    """The user that it returns is compared with `sub` as any other."""
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.{loader}"}
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": str(alice.pk + 1)})


def absent(claims):
    """A `USER_LOADER` as views look people up."""
    raise Http404


def of_tenant(claims):
    """A `USER_LOADER` that reads what older tokens lack."""
    return get_user_model().objects.get(username=claims["tenant"])


def denies(claims):
    """A `USER_LOADER` that answers by itself."""
    raise PermissionDenied


def test_a_loader_that_finds_no_page_finds_nobody(alice, settings):
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.absent"}
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": str(alice.pk)})


@pytest.mark.parametrize(("loader", "name"), [("of_tenant", "KeyError"), ("of_nowhere", "ImportError")])
def test_a_loader_that_fails_is_the_project_s_fault(alice, settings, caplog, loader, name):
    """Not the token's: 503, and the log says which function it was."""
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.{loader}"}
    with pytest.raises(ServiceUnavailable, match=rf"USER_LOADER .*{loader}.* {name}"):
        tokens.users.load({"sub": str(alice.pk)})
    (line,) = caplog.records
    assert (line.levelname, line.event, line.reason) == ("ERROR", "user_loader_failed", name)


def test_a_loader_may_answer_by_itself(alice, settings, caplog):
    """With what Django, or the REST framework, makes an answer of."""
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.denies"}
    with pytest.raises(PermissionDenied):
        tokens.users.load({"sub": str(alice.pk)})
    assert caplog.records == []


def test_a_loader_is_asked_even_where_a_user_came_along(alice, settings):
    """A join saves the query of our own rule, never that of the project's."""
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.nobody"}
    with pytest.raises(UserNotFound):
        tokens.users.load({"sub": str(alice.pk)}, joined=alice)


@pytest.mark.threat("USR-007", "LEAK-011")
def test_no_token_holds_anything_of_the_password(alice):
    """Neither the hash, nor a hash of it, nor the session auth hash."""
    alice.set_password("correct horse")
    claims = tokens.verify(tokens.issue(alice))
    assert tokens.password_stamps.auth_hash(alice) not in map(str, claims.values())
    assert claims.keys() == {"sub", "exp", "iat", "jti"}
