"""What a token names: a user of AUTH_USER_MODEL by one field, or a subject that is no user."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import models
from django.test.utils import isolate_apps
from django.utils.functional import SimpleLazyObject

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import InvalidClaim, UserNotFound

MINUTE = timedelta(minutes=1)
SERVICE = tokens.TokenKind("test-service", typ="test-service+jwt", lifetime=MINUTE, subject=True)
SECRET_SERVICE = tokens.TokenKind(
    "test-secret-service", typ="test-secret-service+jwt", lifetime=MINUTE, subject=True, encrypted=True
)
LINK = tokens.TokenKind("test-link", typ="test-link+jwt", lifetime=timedelta(days=13))

with isolate_apps("tests"):

    class Customer(AbstractBaseUser):
        """Accounts of a second table, which count from 1 as well."""

        email = models.EmailField(unique=True)
        USERNAME_FIELD = "email"

        class Meta:
            app_label = "shop"

    class Boss(User):
        """The same row, seen otherwise."""

        class Meta:
            app_label = "shop"
            proxy = True

    class Employee(User):
        """A row more, counted by itself: employee 1 need not be user 1."""

        user_ptr = models.OneToOneField(User, models.CASCADE, parent_link=True)
        number = models.AutoField(primary_key=True)

        class Meta:
            app_label = "shop"


STRANGERS = {
    "None": lambda: None,
    "shop.Customer": lambda: Customer(pk=1, email="c@example.com"),
    "auth.Group": lambda: Group(pk=1),
    "AnonymousUser": AnonymousUser,
    "lazy AnonymousUser": lambda: SimpleLazyObject(AnonymousUser),
    "types.SimpleNamespace": lambda: SimpleNamespace(pk=1, id=1, is_active=True),
    "builtins.str": lambda: "1",
    "builtins.int": lambda: 1,
    "ModelBase": get_user_model,
}
CALLS = {
    "tokens.issue": tokens.issue,
    "tokens.issue of a kind": lambda user: tokens.issue(user, kind=LINK),
    "sessions.start": sessions.start,
    "sessions.end_all": sessions.end_all,
    "sessions.live": sessions.live,
}


@pytest.mark.threat("SUB-015")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("named", "make"), STRANGERS.items(), ids=STRANGERS)
def test_number_1_of_another_table_is_not_user_1(alice, call, named, make):
    """Both models are named; nothing is issued, started or ended."""
    pair = sessions.start(alice)
    with pytest.raises(TypeError, match=rf"auth\.User.*got .*{named.split()[-1]}"):
        call(make())
    assert sessions.check(tokens.verify(pair.access)) == alice
    assert sessions.Session.objects.count() == 1


def test_a_user_by_any_wrapping_is_a_user(alice):
    """A proxy, a subclass, `request.user` as Django's middleware hands it over."""
    for user in (alice, Boss.objects.get(pk=alice.pk), SimpleLazyObject(lambda: alice)):
        assert tokens.users.load(tokens.verify(tokens.issue(user))) == alice
        assert sessions.check(tokens.verify(sessions.start(user).access)) == alice
    assert sessions.live(Boss.objects.get(pk=alice.pk)).count() == 3
    assert sessions.end_all(SimpleLazyObject(lambda: alice)) == 3


def test_a_subclass_with_a_key_of_its_own_is_named_by_the_user_s(alice):
    """Employee 1 is user 7, say: whoever is user 1 is somebody else."""
    bob = get_user_model().objects.create(username="bob")
    employee = Employee(number=bob.pk, user_ptr=alice, id=alice.pk, username=alice.username, is_active=True)
    assert employee.pk == bob.pk
    assert tokens.verify(tokens.issue(employee))["sub"] == str(alice.pk)
    sessions.start(employee)
    assert (sessions.live(alice).count(), sessions.live(bob).count()) == (1, 0)
    assert (sessions.live(employee).count(), sessions.end_all(employee)) == (1, 1)


def customer_loader(claims):
    """Find the customer of that number."""
    return Customer(pk=claims["sub"], email="c@example.com")


def employee_loader(claims):
    """Find the user's employee, whose own number is another."""
    user = get_user_model().objects.get(pk=claims["sub"])
    return Employee(number=user.pk + 1, user_ptr=user, id=user.pk, username=user.username)


def test_a_loader_finds_a_user_of_ours(alice, settings):
    """Not a customer who has the same number; a subclass as well as the model itself."""
    claims = tokens.verify(tokens.issue(alice))
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.customer_loader"}
    with pytest.raises(UserNotFound, match=r"USER_LOADER.*auth\.User.*shop\.Customer"):
        tokens.users.load(claims)
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.employee_loader"}
    assert tokens.users.load(claims).id == alice.pk


@pytest.mark.parametrize("kind", [SERVICE, SECRET_SERVICE], ids=lambda kind: kind.name)
@pytest.mark.parametrize("subject", ["billing@clients", "1", "ünïcode name", "x" * 255])
def test_a_service_is_named_as_it_is(alice, kind, subject):
    """And is never the user of that number."""
    claims = tokens.verify(tokens.issue(subject=subject, kind=kind), kind=kind)
    assert claims["sub"] == subject
    for sub in (subject, str(alice.pk)):
        with pytest.raises(UserNotFound, match="no user"):
            tokens.users.load({**claims, "sub": sub})


def any_loader(claims):
    """Find somebody for whatever is asked."""
    return get_user_model().objects.get(pk=claims["sub"])


def test_no_loader_makes_a_service_a_user(alice, settings):
    """It is not even asked."""
    settings.JWTKIT = {"USER_LOADER": f"{__name__}.any_loader"}
    claims = tokens.verify(tokens.issue(subject=str(alice.pk), kind=SERVICE), kind=SERVICE)
    with pytest.raises(UserNotFound):
        tokens.users.load(claims)


@pytest.mark.parametrize(
    "subject", ["", "x" * 256, "a\nb", "a\0b", "\ud800", "a\u202eb", "\x1b[2J"], ids=ascii
)
def test_a_subject_is_printable_text(db, subject):
    """It stands in logs, and in others' columns."""
    with pytest.raises(ValueError, match="printable"):
        tokens.issue(subject=subject, kind=SERVICE)


@pytest.mark.parametrize("subject", [1, b"billing", ["billing"], True])
def test_a_subject_is_text(db, subject):
    """Nothing is written out for the caller."""
    with pytest.raises(TypeError, match="subject must be a str"):
        tokens.issue(subject=subject, kind=SERVICE)


def test_a_kind_and_what_it_names_fit(alice):
    """A user for a kind that names none, a subject for a kind of users, both, or neither."""
    wrong = [
        ({"kind": SERVICE}, "pass subject="),
        ({"user": alice, "kind": SERVICE}, "names no user"),
        ({"user": alice, "subject": "billing", "kind": SERVICE}, "names no user"),
        ({"subject": "billing"}, "subject=True"),
        ({"subject": "billing", "kind": LINK}, "subject=True"),
        ({"user": alice, "subject": "billing"}, "subject=True"),
        ({}, r"auth\.User"),
    ]
    for arguments, message in wrong:
        with pytest.raises(TypeError, match=message):
            tokens.issue(**arguments)
    with pytest.raises(TypeError, match="session"):
        tokens.issue(subject="billing", kind=SERVICE, sid="6f1c2c4e-9d0a-4d5e-8f65-0c9e4e5b7a11")


def test_a_kind_that_begins_to_name_no_user_takes_no_older_token(alice, sign, good):
    """Nor the other way round: `sub` would change its meaning."""
    with pytest.raises(InvalidClaim) as refused:
        tokens.verify(sign(good, kind=SERVICE), kind=SERVICE)
    assert refused.value.claim == "sub_field"
    with pytest.raises(InvalidClaim):
        tokens.verify(sign({**good, "sub_field": ""}))


@pytest.mark.threat("SUB-021")
@pytest.mark.parametrize("kind", [tokens.ACCESS, LINK], ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("before", "after"), [("username", "pk"), ("pk", "username"), ("username", "id"), ("id", "username")]
)
def test_a_token_of_another_user_id_field_names_nobody(alice, settings, before, after, kind):
    """A user who has registered the name "1" never becomes user 1, nor user 1 the owner of that name."""
    users = get_user_model().objects
    namesake = users.create(username=str(alice.pk))
    users.filter(pk=alice.pk).update(username=str(namesake.pk))
    settings.JWTKIT = {"USER_ID_FIELD": before}
    texts = [tokens.issue(user, kind=kind) for user in users.all()]
    settings.JWTKIT = {"USER_ID_FIELD": after}
    for text in texts:
        with pytest.raises(UserNotFound, match="USER_ID_FIELD"):
            tokens.users.load(tokens.verify(text, kind=kind))
    settings.JWTKIT = {"USER_ID_FIELD": before}
    for user, text in zip(users.all(), texts, strict=True):
        assert tokens.users.load(tokens.verify(text, kind=kind)) == user


@pytest.mark.parametrize(("before", "after"), [("pk", "id"), ("id", "pk")])
def test_the_primary_key_has_two_names(alice, settings, before, after):
    """Both mean one field, so its tokens live on."""
    settings.JWTKIT = {"USER_ID_FIELD": before}
    claims = tokens.verify(tokens.issue(alice))
    assert "sub_field" not in claims
    settings.JWTKIT = {"USER_ID_FIELD": after}
    assert tokens.users.load(claims) == alice


@pytest.mark.threat("SUB-021")
def test_a_refresh_outlives_the_switch(alice, settings):
    """The row knows its user, so nobody has to log in again; the new pair names by the new field."""
    namesake = get_user_model().objects.create(username=str(alice.pk))
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    pair = sessions.start(namesake)
    settings.JWTKIT = {"USER_ID_FIELD": "pk"}
    with pytest.raises(UserNotFound):
        sessions.check(tokens.verify(pair.access))
    claims = tokens.verify(sessions.refresh(pair.refresh).access)
    assert (claims["sub"], "sub_field" in claims) == (str(namesake.pk), False)
    assert sessions.check(claims) == namesake


def test_a_renamed_user_of_the_same_field_is_still_refused(alice, settings):
    """Only the field has changed its meaning above; here the name has."""
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    pair = sessions.start(alice)
    get_user_model().objects.filter(pk=alice.pk).update(username="alicia")
    with pytest.raises(UserNotFound):
        sessions.refresh(pair.refresh)


@pytest.mark.parametrize(
    "cnf", [{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}, {}, None, "x"], ids=str
)
def test_a_token_that_is_bound_to_a_key_is_refused(sign, good, cnf):
    """Nobody here checks that key (RFC 7800)."""
    assert tokens.verify(sign(good))
    with pytest.raises(InvalidClaim) as refused:
        tokens.verify(sign({**good, "cnf": cnf}))
    assert refused.value.claim == "cnf"
