"""Which user of ours a foreign token means: never one whose primary key its subject happens to be."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, connections

from django_jwtkit import issuers, tokens
from django_jwtkit.errors import ServiceUnavailable, UserInactive, UserNotFound
from django_jwtkit.issuers import ExternalIdentity

from .conftest import ISS, sign

pytestmark = pytest.mark.django_db
HERE = "tests.issuers.users"


def user_of(**claims):
    return issuers.load_user(issuers.verify(sign(**claims)))


def test_a_linked_subject_is_its_user(trust, alice):
    trust(USER="linked")
    issuers.link(alice, issuer=ISS, subject="7")
    assert user_of(sub="7") == alice


@pytest.mark.parametrize("mode", ["linked", "create", "stateless"])
def test_a_subject_that_equals_a_primary_key_is_another_user(trust, alice, mode):
    trust(USER=mode)
    try:
        user = user_of(sub=str(alice.pk))
    except UserNotFound:
        assert mode == "linked"
    else:
        assert user != alice
        assert user.pk != alice.pk


@pytest.mark.parametrize("subject", ["alice", "ALICE", "alice "])
def test_subjects_are_compared_letter_by_letter(trust, alice, subject):
    trust(USER="linked")
    issuers.link(alice, issuer=ISS, subject="Alice")
    with pytest.raises(UserNotFound):
        user_of(sub=subject)


def test_a_link_is_of_one_issuer(trust, alice):
    trust(USER="linked")
    issuers.link(alice, issuer="https://other.example.com", subject="7")
    with pytest.raises(UserNotFound):
        user_of(sub="7")


def test_a_link_moves_with_the_next_one(trust, alice):
    trust(USER="linked")
    bob = get_user_model().objects.create_user("bob")
    issuers.link(alice, issuer=ISS, subject="7")
    issuers.link(bob, issuer=ISS, subject="7")
    assert user_of(sub="7") == bob
    assert ExternalIdentity.objects.count() == 1


@pytest.mark.parametrize("subject", ["", "x" * 2049])
def test_a_subject_that_no_token_has_cannot_be_linked(alice, subject):
    with pytest.raises(ValueError, match="subject must have"):
        issuers.link(alice, issuer=ISS, subject=subject)


@pytest.mark.parametrize("user", [None, 7, Group(pk=7)])
def test_only_users_can_be_linked(user, db):
    with pytest.raises(TypeError):
        issuers.link(user, issuer=ISS, subject="7")


def test_a_user_is_made_with_the_first_token(trust):
    trust(USER="create")
    user = user_of(sub="x" * 2048, email="admin@example.com", is_staff=True, is_superuser=True)
    assert user_of(sub="x" * 2048) == user
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_superuser, user.email) == (False, False, "")


@pytest.mark.parametrize("mode", ["linked", "create"])
def test_an_inactive_user_is_refused(trust, mode):
    trust(USER="create")
    user = user_of()
    user.is_active = False
    user.save()
    trust(USER=mode)
    with pytest.raises(UserInactive):
        user_of()


def test_a_stateless_user_is_the_token(trust, alice):
    trust(USER="stateless", PERMISSIONS_CLAIM="perms")
    user = user_of(sub=str(alice.pk), perms=["orders.read", 7], permissions=["orders.write"])
    assert (user.pk, user.issuer, user.subject) == (f"{ISS}|{alice.pk}", ISS, str(alice.pk))
    assert user.get_all_permissions() == {"orders.read"}
    own = tokens.TokenUser({"sub": user.pk})
    assert user != own
    assert own != user
    assert user != alice
    assert alice != user


def test_a_function_may_find_the_user(trust, alice):
    alice.email = "a@example.com"
    alice.save()
    trust(USER=f"{HERE}.by_email")
    assert user_of(email="a@example.com") == alice
    trust(USER=f"{HERE}.nobody")
    with pytest.raises(UserNotFound):
        user_of()


@pytest.mark.parametrize("name", ["broken", "of_another_model", "missing"])
def test_a_function_that_fails_is_not_the_tokens_fault(trust, name, caplog):
    trust(USER=f"{HERE}.{name}")
    with pytest.raises(ServiceUnavailable, match="USER of issuer"):
        user_of()
    assert "raised" in caplog.text


def test_groups_that_are_mapped_follow_the_token(trust, django_assert_num_queries):
    trust(USER="create", GROUPS_CLAIM="groups", GROUPS={"clerk": "Clerks", "boss": "Bosses"})
    clerks, bosses, others = (Group.objects.create(name=name) for name in ("Clerks", "Bosses", "Others"))
    user = user_of(groups=["clerk", "Others"])
    assert list(user.groups.all()) == [clerks]
    user.groups.add(others, bosses)
    user_of(groups=["clerk"])
    assert set(user.groups.all()) == {clerks, others}
    token = issuers.verify(sign(groups=["clerk"]))
    with django_assert_num_queries(2):
        issuers.load_user(token)
    user_of()
    assert list(user.groups.all()) == [others]


def test_a_group_that_does_not_exist_is_none(trust):
    trust(USER="create", GROUPS_CLAIM="groups", GROUPS={"clerk": "Nobody made this one"})
    assert not user_of(groups=["clerk"]).groups.exists()


def test_the_last_sight_of_a_user_is_noted_once_an_hour(trust, alice, django_assert_num_queries):
    trust(USER="linked")
    issuers.link(alice, issuer=ISS, subject="7")
    user_of()
    assert ExternalIdentity.objects.get().last_seen_at is not None
    token = issuers.verify(sign())
    with django_assert_num_queries(1):
        issuers.load_user(token)


@pytest.mark.django_db(transaction=True)
def test_ten_first_logins_at_once_make_one_user(trust):
    trust(USER="create")
    token = issuers.verify(sign())

    def load(_):
        try:
            return issuers.load_user(token).pk
        finally:
            connections.close_all()

    workers = 1 if connection.vendor == "sqlite" and connection.is_in_memory_db() else 10
    with ThreadPoolExecutor(workers) as pool:
        users = set(pool.map(load, range(10)))
    assert len(users) == 1
    assert get_user_model().objects.count() == ExternalIdentity.objects.count() == 1
