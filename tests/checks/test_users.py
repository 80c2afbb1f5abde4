"""Faults of the users and of what the project says about them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.test.utils import isolate_apps

from django_jwtkit import tokens
from django_jwtkit.checks.project import users

MINUTE = timedelta(minutes=1)


class AuthRouter:
    """The router of Django's manual: users live in a database of their own."""

    route_app_labels = frozenset({"auth", "contenttypes"})

    def db_for_read(self, model, **hints):
        return "auth_db" if model._meta.app_label in self.route_app_labels else None

    def db_for_write(self, model, **hints):
        return self.db_for_read(model)

    def allow_relation(self, first, second, **hints):
        return True

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return db == "auth_db" if app_label in self.route_app_labels else None


class Together(AuthRouter):
    """The same with sessions and keys beside the users."""

    route_app_labels = frozenset({"auth", "contenttypes", "jwtkit"})


class Primary:
    """Everything is written here and read from a replica, users as well."""

    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "default"


class UsersFromReplica:
    """Only users are read from a replica."""

    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label == "auth" else None


class SessionsElsewhere:
    """Only what is ours is written elsewhere."""

    def db_for_write(self, model, **hints):
        return "tokens" if model._meta.app_label == "jwtkit" else None


@pytest.mark.parametrize("router", [AuthRouter, SessionsElsewhere])
def test_users_in_another_database_are_an_error(report, router):
    """A foreign key crosses no database: each login would fail, and only then."""
    said = report(DATABASE_ROUTERS=[router()])["E028"]
    for word in ("auth.User", '"jwtkit"', "migrate --database", "router"):
        assert word in said


@pytest.mark.parametrize("routers", [[], [Together()], [Primary()], [UsersFromReplica()]])
def test_users_beside_their_sessions_are_none(report, routers):
    """Whatever is read from where: we ask the database that is written to."""
    assert "E028" not in report(DATABASE_ROUTERS=routers)


def asked_method(self):
    """Answer when it is called."""
    return True


@pytest.mark.parametrize("method", [asked_method, staticmethod(asked_method), lambda self: True])
def test_an_is_active_that_is_a_method_is_an_error(report, monkeypatch, method):
    """It would be true of everybody, so it is taken for true of nobody."""
    monkeypatch.setattr(User, "is_active", method)
    assert "auth.User.is_active" in report({})["E029"]


@pytest.mark.parametrize("value", [True, 1, property(lambda self: True)])
def test_an_is_active_that_answers_is_none(report, value):
    """A field, a property, a constant; or none at all."""
    assert "E029" not in report({})
    assert users._activity(type("Person", (), {"is_active": value})) == []
    assert users._activity(type("Person", (), {})) == []


def no_parameter():
    """Take nothing."""


def three(user, session, request):
    """Take more than there is."""


def keyword(user, *, session):
    """Take the session by name only."""


def one_argument(user):
    """Take the user."""


def two(user, session):
    """Take both."""


def more(user, request=None, *, scope=""):
    """Take the user, and what the project passes."""


@pytest.mark.parametrize("name", ["no_parameter", "three", "keyword"])
def test_a_claims_function_that_no_login_could_call(report, name):
    """Found at start."""
    assert name in report({"CLAIMS_FUNCTION": f"{__name__}.{name}"})["E030"]


@pytest.mark.parametrize(
    "path", [f"{__name__}.one_argument", f"{__name__}.two", f"{__name__}.more", "builtins.dict"]
)
def test_a_claims_function_that_can_be_called(report, path):
    """With the user, or with the session too; of one written in C nobody knows."""
    assert "E030" not in report({"CLAIMS_FUNCTION": path})


@isolate_apps()
def test_a_relation_is_no_user_id_field():
    """Its value is a row; the column beside it is a field like any other."""

    class Member(models.Model):  # noqa: DJ008
        class Meta:
            app_label = "people"

    class Person(models.Model):  # noqa: DJ008
        member = models.OneToOneField(Member, models.CASCADE)

        class Meta:
            app_label = "people"

    assert [each.id for each in users._user_id_field(Person, "member")] == ["jwtkit.E013"]
    assert list(users._user_id_field(Person, "member_id")) == []


@pytest.mark.parametrize("name", ["pk", "id"])
def test_the_primary_key_is_one_field_by_either_name(report, name):
    """Neither is worth a word where it is a number."""
    assert report({"USER_ID_FIELD": name}) == {}


@pytest.mark.parametrize("name", ["pk", "id"])
def test_a_primary_key_that_people_log_in_with(report, monkeypatch, name):
    """By either name it goes to another person when it is freed."""
    monkeypatch.setattr(User, "USERNAME_FIELD", "id")
    assert "User.id" in report({"USER_ID_FIELD": name})["W003"]


OWN = tokens.TokenKind(
    "test-long-note", typ="test-long-note+jwt", lifetime=MINUTE, encrypted=True, ring="notes"
)
ASKED = tokens.TokenKind("test-asked-note", typ="test-asked-note+jwt", lifetime=MINUTE, ring="notes")


@pytest.mark.parametrize(("encrypt", "kinds"), [((), {OWN.name}), ((ASKED.name,), {OWN.name, ASKED.name})])
def test_a_kind_of_the_project_s_own_that_nobody_could_read(report, encrypt, kinds):
    """ML-DSA-87 inside a JWE passes 8 KiB, whoever asks for the encryption: the kind or the setting."""
    notes = {"KEY_RINGS": {"notes": {"ALGORITHM": "ML-DSA-87"}}, "ENCRYPT": encrypt}
    said = report(notes)["E009"]
    assert {name for name in (OWN.name, ASKED.name) if f"{name!r} tokens" in said} == kinds
    assert "encrypted=False" in said
    notes["KEY_RINGS"]["notes"]["ALGORITHM"] = "ML-DSA-65"
    assert "E009" not in report(dict(notes))
