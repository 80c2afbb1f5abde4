"""The settings and the project around them."""

import secrets
from pathlib import Path

import pytest
from django.core import management
from django.db import models
from django.test.utils import isolate_apps

import django_jwtkit
from django_jwtkit.checks import check_order
from django_jwtkit.checks.project import commands
from django_jwtkit.checks.project.users import _user_id_field

SESSION = "rest_framework.authentication.SessionAuthentication"
OURS = "django_jwtkit.drf.JWTAuthentication"


@pytest.mark.parametrize("name", ["CLAIMS_FUNCTION", "USER_LOADER", "CLIENT_ADDRESS", "KEYRING_SCOPE"])
@pytest.mark.parametrize("path", ["nowhere.at.all", "nodots", ".", "a..b", "datetime.UTC", "django.nothing"])
def test_a_path_that_leads_to_no_function(report, name, path):
    """Found at start, not at the first login."""
    assert path in report({name: path})["E011"]


def test_a_path_that_leads_to_a_function(report):
    """Nothing is said."""
    assert report({"CLAIMS_FUNCTION": "json.dumps"}) == {}


@pytest.mark.threat("SUB-021")
def test_what_people_log_in_with_is_no_id(report):
    """A freed user name goes to another person, and the tokens with it."""
    assert "User.username" in report({"USER_ID_FIELD": "username"})["W003"]


@pytest.mark.parametrize(
    ("field", "number"), [("nothing", "E012"), ("email", "E013"), ("first_name", "E013"), ("groups", "E013")]
)
def test_a_field_that_does_not_name_one_user(report, field, number):
    """Missing, not unique, or not a column."""
    assert field in report({"USER_ID_FIELD": field})[number]


@isolate_apps()
def test_a_field_that_may_be_null_names_nobody():
    """`None` is not an id; a constraint is as good as `unique=True`."""

    class Person(models.Model):
        code = models.CharField(max_length=9, unique=True, null=True)  # noqa: DJ001 - just that is the fault
        number = models.IntegerField()

        class Meta:
            app_label = "people"
            constraints = (models.UniqueConstraint(fields=("number",), name="one_number"),)

        def __str__(self):
            return self.code

    assert [each.id for each in _user_id_field(Person, "code")] == ["jwtkit.E013"]
    assert list(_user_id_field(Person, "number")) == []


def test_a_cache_and_a_kind_that_do_not_exist(report):
    """With what there is instead."""
    said = report({"SESSION_CACHE": "redis", "CHECK_SESSION": True, "ENCRYPT": ["acess"]})
    assert "default" in said["E014"]
    assert "'access'" in said["E015"]


def test_a_session_cache_that_nobody_asks(report):
    """CHECK_SESSION is off."""
    assert "CHECK_SESSION" in report({"SESSION_CACHE": "default"})["W007"]


def test_another_apps_command_of_the_same_name(report, monkeypatch):
    """An operator who types `rotate_keys` should know whose."""
    commands_by_app = dict(management.get_commands()) | {"rotate_keys": "fernet_keys"}
    monkeypatch.setattr(commands, "get_commands", lambda: commands_by_app)
    assert "fernet_keys" in report({})["W005"]


def test_every_command_of_ours_is_watched():
    """The folder is the list: a command that is added is watched too."""
    folder = Path(django_jwtkit.__file__).parent / "management" / "commands"
    assert set(commands.COMMANDS) == {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert "simulate_rotation" in commands.COMMANDS


@pytest.mark.threat("CFG-011")
def test_another_authentication_class_speaks_first(report):
    """A refused token would be answered 403 instead of 401."""
    assert (
        "SessionAuthentication"
        in report(REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [SESSION, OURS]})["W006"]
    )
    assert report(REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [OURS, SESSION]}) == {}


@pytest.mark.parametrize(
    "junk", [None, 5, {"DEFAULT_AUTHENTICATION_CLASSES": 5}, {"DEFAULT_AUTHENTICATION_CLASSES": [5]}]
)
def test_junk_in_the_rest_framework_is_not_ours_to_judge(settings, junk):
    """Our check stays quiet and upright."""
    settings.REST_FRAMEWORK = junk
    assert check_order() == []


GOOD = secrets.token_urlsafe(32)


def test_sealing_keys_that_are_good(report, tmp_path):
    """Text, bytes, or a file."""
    (tmp_path / "seal").write_text(secrets.token_urlsafe(32) + "\n")
    keys = [
        {"id": "1", "key": GOOD},
        {"id": "2", "key": secrets.token_bytes(32)},
        {"id": "3", "path": tmp_path / "seal"},
    ]
    assert report({"SEALING_KEYS": keys}) == {}


def test_two_sealing_keys_of_one_id(report):
    """A row names its sealing key by that id."""
    assert (
        "'1'" in report({"SEALING_KEYS": [{"id": "1", "key": GOOD}, {"id": "1", "key": GOOD[::-1]}]})["E016"]
    )


@pytest.mark.threat("KEY-005", "LEAK-002")
@pytest.mark.parametrize(
    "secret",
    [
        "short",
        "0" * 64,
        "correct horse battery staple xyz",
        "please-changeme-please-changeme-9481726350",
        b"\x00" * 32,
    ],
)
def test_a_weak_sealing_key_is_an_error_that_does_not_show_it(report, secret):
    """At least 32 bytes and 128 bits of estimated entropy, and no word of tutorials."""
    said = report({"SEALING_KEYS": [{"id": "seal-1", "key": secret}]})["E017"]
    assert "seal-1" in said
    assert str(secret) not in said


@pytest.mark.parametrize("path", ["missing", "", "a\0b", 5, ["x"]])
def test_a_sealing_key_that_cannot_be_read(report, tmp_path, path):
    """With the path, not a traceback."""
    where = str(tmp_path / path) if path == "missing" else path
    said = report({"SEALING_KEYS": [{"id": "1", "path": where}]})
    assert {"E002", "E017"} & said.keys()


@pytest.mark.threat("KEY-004")
def test_the_secret_key_is_no_sealing_key(report, settings):
    """It would be sealed with what signs the cookies."""
    assert "SECRET_KEY" in report({"SEALING_KEYS": [{"id": "1", "key": settings.SECRET_KEY}]})["E018"]
