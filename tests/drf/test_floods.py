"""Whoever sends much makes us do little."""

import ast
import re
from pathlib import Path

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection

import django_jwtkit
from django_jwtkit import sessions
from django_jwtkit.sessions import Session

PACKAGE = Path(django_jwtkit.__file__).parent
# Each repetition inside begins with a character that it does not hold otherwise: there is one way to match.
# They meet an operator's files and secrets only.
LINEAR_ANYWAY = {
    rb"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----(?P<body>[^-]*(-[^-]+)*)-----END (?P=label)-----",
    rb"file:.*|[A-Za-z]:[\\/]([\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3})*|(~|\.{1,2})?(/[a-z0-9_.-]+)+",
}


@pytest.mark.threat("DOS-015")
@pytest.mark.parametrize(
    "body",
    [
        {"username": "a" * 255, "password": "x"},
        {"username": "\N{ANGSTROM SIGN}" * 255, "password": "x"},
        {"username": "alice", "password": "x" * 4097},
        {"username": "alice", "password": "x" * 2**20},
    ],
    ids=["name", "name to normalise", "password", "1 MB"],
)
def test_a_long_password_is_not_hashed(api, alice, monkeypatch, django_assert_num_queries, body):
    """400 before any hashing, normalising or query."""
    hashed = []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *sent: hashed.append(sent))
    with django_assert_num_queries(0):
        assert api.post("/api/token/", body).status_code in {400, 413}
    assert hashed == []


@pytest.mark.threat("DOS-016")
def test_tokens_leave_no_rows(api, alice):
    """One row a login, however often it is refreshed: nothing lists tokens, issued or refused."""
    pair = api.log_in().json()
    before = {name: count(name) for name in connection.introspection.table_names()}
    for _ in range(20):
        pair = api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).json()
        api.post("/api/token/verify/", {"token": pair["access"]})
    api.post("/api/token/revoke/", {"token": pair["access"]})
    assert {name: count(name) for name in before} == before


@pytest.mark.threat("DOS-016")
def test_what_has_ended_goes_in_batches(alice):
    """Short transactions, along the index of the day on which a login is over."""
    for _ in range(5):
        sessions.start(alice)
    sessions.end_all(alice)
    totals = []
    assert sessions.prune(batch=2, progress=totals.append) == 5
    assert totals == [2, 4, 5]
    assert not Session.objects.exists()
    assert "expires_on" in [index.fields[0] for index in Session._meta.indexes]


def count(table):
    """Return how many rows a table has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
        return cursor.fetchone()[0]


@pytest.mark.threat("DOS-017")
@pytest.mark.urls("tests.drf.project")
def test_ten_thousand_authorization_headers_are_one_refusal(api, pair, django_assert_num_queries):
    """Joined by commas they are none, and a good token among them changes nothing."""
    joined = ",".join([f"Bearer {pair.access}"] * 10_000)
    with django_assert_num_queries(0):
        answer = api.get("/me/", authorization=joined)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_authorization_header")


UNCOMPILED = ("match", "fullmatch", "search", "split", "findall", "finditer", "sub", "subn")


def patterns():
    """Yield what is handed to `re` anywhere in the package."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "re.compile":
                yield literal(call.args[0])
            elif isinstance(call, ast.Call):
                assert ast.unparse(call.func) not in {f"re.{name}" for name in UNCOMPILED}, file


def literal(argument):
    """Return a pattern as it is written; a value that is put into it becomes one character."""
    if isinstance(argument, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in argument.values)
    if isinstance(argument, ast.BinOp):
        return literal(argument.left) + literal(argument.right)
    return argument.value if isinstance(argument, ast.Constant) else "x"


def repeats_a_repetition(pattern):
    """Whether an unbounded repetition stands in another: (a+)+ takes exponential time where it fails."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    text = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "x", text)
    while group := re.search(r"\(([^()]*)\)([*+{]?)", text):  # the innermost ones first
        inside, times = "x" if not re.search(r"[*+]", group[1]) else "x*", group[2]
        if inside == "x*" and times:
            return True
        text = text[: group.start()] + inside + times + text[group.end() :]
    return False


@pytest.mark.threat("DOS-014")
@pytest.mark.parametrize("pattern", list(patterns()), ids=repr)
def test_no_pattern_repeats_a_repetition(pattern):
    """What strangers send meets linear patterns only, and no pattern comes from settings or claims."""
    is_linear = any(pattern.startswith(prefix) for prefix in LINEAR_ANYWAY if isinstance(pattern, bytes))
    assert is_linear or not repeats_a_repetition(pattern)


def test_a_pattern_that_repeats_a_repetition_is_found():
    """The rule above can fail."""
    assert all(map(repeats_a_repetition, [r"(a+)+", r"^(a|b*)*$", rb"([a-z]+\.)*x", r"((a+))+"]))
