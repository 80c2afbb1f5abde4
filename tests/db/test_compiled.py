"""Statements that are compiled once answer as the ORM does, in the ORM's words, whatever is asked."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext, isolate_apps

from django_jwtkit import db, keys, sessions, tokens
from django_jwtkit.db import DatabaseNow, UTCDateTimeField
from django_jwtkit.db.compiled import selecting as memory
from django_jwtkit.sessions import Session
from django_jwtkit.sessions.checking import SessionState, _states_in
from django_jwtkit.sessions.table import rows_in

pytestmark = pytest.mark.django_db(transaction=True)

COMPILED = os.environ.get("JWTKIT_COMPILED")  # "0" turns off what is tested here
KEY = uuid.UUID("7b5a0d39-6f4e-4c1b-9d8e-0a1b2c3d4e5f")
ODD = (
    *(
        "1",
        "01",
        "+1",
        " 1",
        "1 ",
        "-1",
        "0",
        "1.0",
        "1e0",
        "٤٢",
        "1_0",
        "None",
        "True",
        "",
        "x",
        "9" * 30,
        "x" * 300,
    ),
    *("Alice", "alice", "ALICE", "alice ", "e\u0301", "\u00e9", "a\0b", "%s", "'; --", "%(x)s"),
    *(str(KEY), str(KEY).upper(), KEY.hex, f"{{{KEY}}}", KEY.urn, KEY),
    *(1, -1, 2**63, True, 1.0, None, [], [1], {}, b"1", timedelta(1)),
)
REFUSALS = (
    ValueError,
    TypeError,
    OverflowError,
    ValidationError,
    DatabaseError,
    ObjectDoesNotExist,
    MultipleObjectsReturned,
)


class Folded(models.CharField):
    """A field of a project: stored in capitals, read in small letters, compared without regard to either."""

    def get_prep_value(self, value):
        return None if value is None else str(value).upper()

    def from_db_value(self, value, expression, connection):
        return value.lower()


@Folded.register_lookup
class FoldedExact(models.lookups.Exact):
    """Its own text for the condition."""

    def process_lhs(self, compiler, connection, lhs=None):
        sql, params = super().process_lhs(compiler, connection, lhs)
        return f"UPPER({sql})", params


class Masked(models.CharField):
    """A field whose lookup writes another text for some values, and the column as Django does."""


@Masked.register_lookup
class MaskedExact(models.lookups.Exact):
    """Its own text for the value."""

    def process_rhs(self, compiler, connection):
        text, params = super().process_rhs(compiler, connection)
        return (f"LOWER({text})" if str(self.rhs).isupper() else text), params


CASES = {
    "number": ("Number", "pk", {"name": "alice"}),
    "identifier": ("Identifier", "pk", {"id": KEY}),
    "text": ("Text", "pk", {"code": "alice"}),
    "address": ("Address", "email", {"email": "alice"}),
    "own field": ("Own", "name", {"name": "alice"}),
    "own value": ("Mask", "name", {"name": "alice"}),
    "flag": ("Flag", "is_on", {"is_on": True}),
    "alias": ("Alias", "alias", {"alias": "alice"}),
    "child": ("Child", "pk", {"name": "alice"}),
    "child by a field of its parent": ("Child", "name", {"name": "alice"}),
    "proxy": ("Proxy", "pk", {"name": "alice"}),
    "not unique": ("Number", "name", {"name": "alice"}),
}


def project_models() -> dict[str, type[models.Model]]:
    """Return models as projects have them."""

    class Methods(models.QuerySet):
        def staff(self):
            return self.filter(name="alice")

    class Number(models.Model):  # noqa: DJ008
        name = models.CharField(max_length=30)
        at = UTCDateTimeField(default=keys.now)

        class Meta:
            app_label = "shop"
            ordering = ("-name",)

    class Identifier(models.Model):  # noqa: DJ008
        id = models.UUIDField(primary_key=True, default=uuid.uuid4)
        flags = models.JSONField(default=dict)
        objects = Methods.as_manager()

        class Meta:
            app_label = "shop"

    class Text(models.Model):  # noqa: DJ008
        code = models.CharField(max_length=60, primary_key=True)

        class Meta:
            app_label = "shop"

    class Address(models.Model):  # noqa: DJ008
        email = models.EmailField(unique=True)

        class Meta:
            app_label = "shop"

    class Own(models.Model):  # noqa: DJ008
        name = Folded(max_length=30, db_column="odd name")

        class Meta:
            app_label = "shop"

    class Mask(models.Model):  # noqa: DJ008
        name = Masked(max_length=300)

        class Meta:
            app_label = "shop"

    class Flag(models.Model):  # noqa: DJ008
        is_on = models.BooleanField()

        class Meta:
            app_label = "shop"

    class Alias(models.Model):  # noqa: DJ008
        alias = models.CharField(max_length=300)

        class Meta:
            app_label = "shop"

    class Child(Number):  # noqa: DJ008
        extra = models.IntegerField(default=7)

        class Meta:
            app_label = "shop"

    class Proxy(Number):  # noqa: DJ008
        class Meta:
            app_label = "shop"
            proxy = True

    own = (Number, Identifier, Text, Address, Own, Mask, Flag, Alias, Child, Proxy)
    return {kind.__name__: kind for kind in own}


@contextmanager
def tables(model: type[models.Model]) -> Iterator[None]:
    """Make the tables of `model` and of its parents."""
    concrete = [*model._meta.get_parent_list(), *([] if model._meta.proxy else [model])]
    with connection.schema_editor() as editor:
        for each in concrete:
            editor.create_model(each)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            for each in reversed(concrete):
                editor.delete_model(each)


def outcome(ask) -> tuple[object, list[str]]:
    """Return what `ask` returns or raises, and the statements that the database was sent."""
    with CaptureQueriesContext(connection) as statements:
        try:
            row = ask()
            answer: object = type(row), row.pk, {k: v for k, v in vars(row).items() if k != "_state"}
        except REFUSALS as error:
            answer = [kind.__name__ for kind in type(error).__mro__], str(error)
    return answer, [statement["sql"] for statement in statements]


@pytest.mark.parametrize("case", CASES)
@isolate_apps()
def test_odd_values_get_the_answer_of_the_orm_by_the_same_statement(case):
    """Whichever value comes first, and in whatever order they come."""
    name, field, fields = CASES[case]
    model = project_models()[name]

    def build(alias):
        return model._default_manager.using(alias)

    with tables(model):
        for _ in range(1 + (case == "not unique")):
            model.objects.create(**fields)
        for value in (*ODD, *reversed(ODD)):
            expected = outcome(lambda value=value: build("default").get(**{field: value}))
            actual = outcome(lambda value=value: db.fetch_one(build, "default", model, **{field: value}))
            if "MultipleObjectsReturned" in str(expected[0]):
                actual = actual[0], actual[1][:1]
            assert actual == expected, value
        assert is_kept(build) or COMPILED == "0", "nothing here is unusual: the statement must be kept"


def is_kept(build, *more) -> bool:
    """Whether this connection has a statement for the rows of `build`."""
    statements = memory._statements.get(connections["default"], {})
    wanted = (build, *more)
    return any(key[: len(wanted)] == wanted and statement for key, statement in statements.items())


@pytest.fixture
def alice(django_user_model):
    keys.make_missing("default")
    return django_user_model.objects.create_user("alice")


@pytest.mark.parametrize("dated", [False, True])
def test_a_session_comes_with_its_user_as_the_orm_joins_them(alice, dated):
    """One statement, the ORM's; nothing is read later."""
    pair = sessions.start(alice)
    claims, now = tokens.verify(pair.access), keys.now()
    queryset, find = Session.objects.select_related("user"), partial(sessions.find, claims, now)
    if dated:
        queryset = queryset.annotate(read_at=DatabaseNow())
        find = partial(sessions.checking.find_dated, claims, sessions.session_id(claims), now)
    for _ in range(2):
        with CaptureQueriesContext(connection) as expected:
            row = queryset.get(pk=claims["sid"])
        with CaptureQueriesContext(connection) as actual:
            session = find()
            assert session.user.username == "alice"
        assert [statement["sql"] for statement in actual] == [statement["sql"] for statement in expected]
        assert _content(session) == _content(row)
        assert _content(session.user) == _content(row.user)
        assert hasattr(session, "read_at") == dated


def test_a_check_reads_little_of_a_session_by_one_statement_of_the_orm(alice):
    """What it reads is what the ORM reads; the user is whole, and nothing is read later."""
    claims = tokens.verify(sessions.start(alice).access)
    fields = [name for name in SessionState._fields if name != "user"]
    for _ in range(2):
        with CaptureQueriesContext(connection) as expected:
            row = Session.objects.select_related("user").only(*fields).get(pk=claims["sid"])
        with CaptureQueriesContext(connection) as actual:
            state = db.fetch_one(_states_in, "default", get_user_model(), SessionState, pk=claims["sid"])
        assert [statement["sql"] for statement in actual] == [statement["sql"] for statement in expected]
        assert [getattr(state, name) for name in fields] == [getattr(row, name) for name in fields]
        assert _content(state.user) == _content(row.user) == _content(type(row.user).objects.get())


def test_a_check_is_the_same_by_the_orm_alone(alice, monkeypatch):
    """Where the project's manager leaves the statement to it."""
    pair = sessions.start(alice)
    claims = tokens.verify(pair.access)
    states = []
    for is_plain in (memory.is_plain, lambda manager: False):
        memory._statements.clear()
        monkeypatch.setattr(memory, "is_plain", is_plain)
        states.append(db.fetch_one(_states_in, "default", get_user_model(), SessionState, pk=claims["sid"]))
        assert sessions.check(claims) == alice
    assert states[0] == states[1]


def _content(row: models.Model) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name not in {"_state", "read_at"}}


CHANGES = (
    {"counter": 7},
    {"address": "2001:db8::1", "user_agent": "curl"},
    {"address": None, "rotated_at": DatabaseNow()},
    {"user_agent": Lower("user_agent")},  # only the ORM knows how
    {"counter": -1},
    {"address": "x" * 300},
    {"last_used_at": "no date"},
)


@pytest.mark.parametrize("changes", CHANGES, ids=",".join)
def test_a_row_is_changed_by_the_statement_of_the_orm(alice, changes):
    """The same text, the same number of rows, the same errors, the same row afterwards."""
    sessions.start(alice)
    pk = Session.objects.get().pk

    def change(ask, where):
        Session.objects.update(counter=0, address="192.0.2.1", user_agent="Firefox")
        with transaction.atomic(), CaptureQueriesContext(connection) as statements:
            try:
                answer: object = ask(where)
            except REFUSALS as error:
                answer = type(error), str(error), connection.needs_rollback
                transaction.set_rollback(True)
        after = _content(Session.objects.get())
        after.pop("rotated_at")
        return answer, [statement["sql"] for statement in statements], after

    for where in ({"pk": pk, "counter": 0, "ended_at": None}, {"pk": pk, "counter": 5, "ended_at": None}) * 2:
        expected = change(lambda where: rows_in("default").filter(**where).update(**changes), where)
        actual = change(lambda where: db.update(rows_in, "default", where, changes), where)
        assert actual == expected


def test_a_condition_is_not_taken_for_a_change(alice):
    """Two statements may have the same names in the same order, and mean another thing."""
    sessions.start(alice)
    pk = Session.objects.get().pk
    assert db.update(rows_in, "default", {"pk": pk, "counter": 0}, {"strays": 1}) == 1
    assert db.update(rows_in, "default", {"pk": pk}, {"counter": 5, "strays": 2}) == 1
    assert Session.objects.values_list("counter", "strays").get() == (5, 2)


def test_a_manager_of_the_project_is_asked_each_time(alice, monkeypatch):
    """It may filter by the tenant of the request: its statement must not be kept."""
    tenant = {"last_name": "acme"}

    class OfTenant(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(**tenant)

    model = get_user_model()
    manager = OfTenant()
    manager.model = model
    claims = tokens.verify(tokens.issue(alice))
    assert tokens.users.load(claims) == alice
    monkeypatch.setitem(vars(model._meta), "default_manager", manager)
    for name, is_there in (("acme", True), ("globex", False), ("acme", True)):
        tenant["last_name"] = name
        model._base_manager.update(last_name="acme")
        try:
            assert tokens.users.load(claims) == alice
        except tokens.users.UserNotFound:
            assert not is_there


def test_a_class_of_querysets_that_changes_what_is_read_is_left_to_the_orm():
    """Methods of its own are fine, Django's own replaced are not."""

    class Adding(models.QuerySet):
        def active(self):
            return self

    class Replacing(Adding):
        def get(self, *args, **kwargs):
            return super().get(*args, **kwargs)

    class Using(models.Manager):
        def using(self, alias):
            return super().using("default")

    assert memory.is_plain(models.Manager())
    assert memory.is_plain(get_user_model()._default_manager)
    assert memory.is_plain(models.Manager.from_queryset(Adding)())
    assert not memory.is_plain(models.Manager.from_queryset(Replacing)())
    assert not memory.is_plain(Using())


def test_wrappers_see_each_statement(alice):
    """Tracing and debug toolbars hang on to them."""
    claims, texts = tokens.verify(tokens.issue(alice)), []
    tokens.users.load(claims)

    def wrapper(execute, sql, *more):
        texts.append(sql)
        return execute(sql, *more)

    with connection.execute_wrapper(wrapper):
        tokens.users.load(claims)
    assert len(texts) == 1
    assert get_user_model()._meta.db_table in texts[0]


def test_a_failure_inside_a_transaction_marks_it(alice):
    """As each failed write of Django's does: the block can only be rolled back."""
    sessions.start(alice)
    pk = Session.objects.get().pk
    with transaction.atomic():
        db.update(rows_in, "default", {"pk": pk}, {"user_agent": "a"})
        with pytest.raises(REFUSALS), connection.execute_wrapper(_failing):
            db.update(rows_in, "default", {"pk": pk}, {"user_agent": "b"})
        assert connection.needs_rollback
        transaction.set_rollback(True)
    assert Session.objects.get().user_agent == ""


def _failing(execute, sql, *more):
    raise DatabaseError("a disk is full")


def test_local_time_is_read_as_the_setting_says_now(alice, settings):
    """A test of the project may turn USE_TZ off: Django's converters differ."""
    claims = tokens.verify(tokens.issue(alice))
    for use_tz in (True, False, True):
        settings.USE_TZ = use_tz
        user = tokens.users.load(claims)
        assert (user.date_joined.tzinfo is not None) is use_tz
