"""A row is inserted as `save` inserts it: the same statement, the same error, the same state afterwards.

But for RETURNING: what the database computes is read when somebody asks for it.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from django.db import connection, models, transaction
from django.db.models.functions import Lower
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext, isolate_apps

from django_jwtkit import db, keys, sessions
from django_jwtkit.db import UTCDateTimeField
from django_jwtkit.moments import aware
from django_jwtkit.sessions import Session
from tests.db.test_compiled import COMPILED, KEY, ODD, REFUSALS, is_kept, project_models, tables

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 29, 12, 0, 0, 123456).astimezone()


def save(row, alias):
    row.save(using=alias, force_insert=True)


class Outcome(NamedTuple):
    answer: object
    is_broken: bool  # the transaction
    state: tuple[bool, str]
    content: dict[str, object]
    statements: list[str]


def outcome(row, insert) -> Outcome:
    """Return what `insert` raises, what has become of `row` and of the transaction, and the statements."""
    with transaction.atomic(), CaptureQueriesContext(connection) as statements:
        try:
            answer: object = insert(row, "default")
        except REFUSALS as error:
            answer = [kind.__name__ for kind in type(error).__mro__], str(error)
        is_broken = connection.needs_rollback
        transaction.set_rollback(True)
    computed = {field.attname for field in row._meta.concrete_fields if field.generated}
    content = {name: value for name, value in vars(row).items() if name not in {"_state", *computed}}
    state = row._state.adding, row._state.db
    # (psycopg cannot write a statement with a NUL down.)
    texts = [(statement["sql"] or "").partition(" RETURNING ")[0] for statement in statements]
    return Outcome(answer, is_broken, state, content, texts)


@pytest.fixture
def alice(django_user_model):
    keys.make_missing("default")
    return django_user_model.objects.create_user("alice")


FIELDS = ("id", "user_id", "created_at", "ended_at", "auth_hash", "counter", "strays", "address", "claims")
MOMENTS = (NOW, NOW.replace(tzinfo=None), NOW.astimezone().isoformat(), "9999-12-31")


@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")
@pytest.mark.parametrize("field", FIELDS)
def test_odd_values_of_a_session_are_stored_or_refused_as_the_orm_does(alice, field):
    """Whichever value comes first."""
    usual = {"user_id": alice.pk, "expires_at": NOW, "ends_by": NOW, "created_at": NOW, "last_used_at": NOW}
    odd = (*ODD, *MOMENTS, Lower("claims"), Lower(models.Value("A")))
    for value in (*odd, *reversed(odd)):
        if field == "id" and value is None:
            continue  # another key each time
        fields = {"id": KEY, **usual, field: value}
        assert outcome(Session(**fields), db.insert) == outcome(Session(**fields), save), value
    assert is_kept(db.insert, Session) or COMPILED == "0"


CASES = {
    "a number": ("Number", {"id": 1, "name": "alice", "at": NOW}, False),  # its field is one that returns
    "a number without its key": ("Number", {"name": "alice", "at": NOW}, False),
    "an identifier": ("Identifier", {"id": KEY, "flags": {"a": [1, None]}}, True),
    "an identifier of another type": ("Identifier", {"id": str(KEY)}, True),
    "a text": ("Text", {"code": "alice"}, True),
    "a text without its key": ("Text", {"code": None}, False),
    "a child": ("Child", {"id": 1, "name": "alice", "at": NOW}, False),
    "a proxy": ("Proxy", {"id": 1, "name": "alice", "at": NOW}, False),
}


@pytest.mark.parametrize("case", CASES)
@isolate_apps()
def test_a_row_of_any_model_is_inserted_as_it_is_saved(case):
    """What the database makes itself, and a row in two tables, is left to the ORM."""
    name, fields, is_usual = CASES[case]
    model = project_models()[name]
    with tables(model):
        for _ in range(2):
            actual, expected = outcome(model(**fields), db.insert), outcome(model(**fields), save)
            if case == "a number without its key":
                expected.content["id"] = actual.content["id"]  # a sequence does not go back
            assert actual == expected
        assert is_kept(db.insert, model) == is_usual or COMPILED == "0"


class Stamp(models.CharField):
    """A field that makes its value when a row is saved."""

    def pre_save(self, model_instance, add):
        setattr(model_instance, self.attname, "made by the field")
        return super().pre_save(model_instance, add)


@isolate_apps()
def test_a_field_that_makes_its_value_makes_it():
    """Into the row and into the object: the time of a field of Django's, or what a project's likes."""

    class Made(models.Model):  # noqa: DJ008 - never shown
        id = models.UUIDField(primary_key=True)
        at = models.DateTimeField(auto_now=True)
        since = UTCDateTimeField(auto_now_add=True)
        day = models.DateField(auto_now_add=True)
        text = Stamp(max_length=20)

        class Meta:
            app_label = "shop"

    with tables(Made):
        row = Made(id=KEY)
        db.insert(row, "default")
        stored = Made.objects.get()
        # With USE_TZ off Django makes a naive time, and our field reads an aware one.
        for name in ("at", "since"):
            assert aware(getattr(stored, name)) == aware(getattr(row, name))
        assert stored.day == row.day
        assert stored.text == row.text == "made by the field"
    assert is_kept(db.insert, Made) or COMPILED == "0"


def test_a_key_that_is_taken_is_refused_as_the_orm_refuses_it(alice):
    sessions.start(alice)
    taken = Session.objects.get()
    fields = {field.attname: getattr(taken, field.attname) for field in Session._meta.concrete_fields}
    assert outcome(Session(**fields), db.insert) == outcome(Session(**fields), save)


def test_a_related_object_that_is_not_saved_is_refused(alice, django_user_model):
    """By Django, which compares the two."""
    row = Session(user=django_user_model(username="bob"), expires_at=NOW, ends_by=NOW)
    with pytest.raises(ValueError, match="unsaved related object"):
        db.insert(row, "default")


def test_what_is_inserted_can_be_read_and_saved_again(alice):
    row = Session(user_id=alice.pk, expires_at=NOW, ends_by=NOW + timedelta(1), address="2001:DB8::1")
    db.insert(row, "default")
    stored = Session.objects.get()
    assert (stored.pk, stored.user, stored.expires_at) == (row.pk, alice, NOW)
    assert row.expires_on == stored.expires_on == NOW.astimezone(UTC).date()  # the database's
    row.counter = 7
    row.save()
    assert Session.objects.get().counter == 7


@pytest.mark.parametrize("signal", [pre_save, post_save])
def test_a_receiver_of_the_signals_of_a_session_gets_them(alice, listen, signal):
    """An audit log of the project, say."""
    sessions.start(alice)
    heard = listen(signal)
    sessions.start(alice)
    (row,) = [each["instance"] for each in heard if isinstance(each["instance"], Session)]
    assert Session.objects.filter(pk=row.pk).exists()
