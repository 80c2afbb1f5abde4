"""Request bodies: bounded, strict, and never a 500."""

import json
import zlib
from copy import deepcopy
from io import BytesIO
from urllib.parse import quote as url_quote
from urllib.parse import quote_plus, urlencode

import pytest
from django.http import UnreadablePostError
from hypothesis import HealthCheck, example, given
from hypothesis import settings as trial
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from django_jwtkit.drf.bodies import parsers as parsers_module
from django_jwtkit.drf.bodies.parsers import (
    MAX_BODY,
    StrictFormParser,
    StrictJSONParser,
    StrictMultiPartParser,
)
from django_jwtkit.drf.serializers import (
    TokenField,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
    TokenSerializer,
)
from django_jwtkit.jose.wire import encoding
from tests.drf.client import Api

PASSWORD = "correct horse battery staple"
FORM = "application/x-www-form-urlencoded"
BODIES = ["/api/token/", "/api/token/refresh/", "/api/token/verify/", "/api/token/revoke/"]
quick = trial(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(either_api):
    """Bodies come in by WSGI or ASGI."""
    return either_api


def part(disposition, value):
    """One part of a multipart body with the boundary "x" (RFC 7578 §4.2)."""
    return b"--x\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + value + b"\r\n"


def pinned(answer):
    """Every answer of ours is JSON and never cached."""
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Vary"] == "Authorization"
    assert answer.headers["Content-Type"] == "application/json"
    return answer


@pytest.mark.threat("HTTP-019")
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"[]",
            b'"text"',
            b"5",
            b"null",
            b"{",
            b'{"a": 1, "a": 2}',
            b"\xef\xbb\xbf{}",
            b'{"token": NaN}',
        ),
        *(b'{"token": "\\ud800"}', b"\xff\xfe{}", b"[" * 200_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
        *(b'{"a": ' + b"9" * 5000 + b"}", b'{"refresh": ["x"]}', b'{"token": {"a": 1}}', b'{"username": 5}'),
        *(b'{"refresh": null, "token": null}', b'{"refresh": "", "token": ""}', b" " * (MAX_BODY + 1)),
        b'{"refresh": "\\u0000", "token": "\\u0000", "username": "\\u0000", "password": "\\u0000"}',
    ],
    ids=lambda body: body[:24],
)
def test_a_body_that_is_not_what_we_read_is_a_400(api, path, body):
    """Also the JSON that is nested 200,000 deep."""
    answer = pinned(api.post(path, body))
    assert answer.status_code == 400
    assert answer.json()


@pytest.mark.parametrize("path", BODIES)
def test_a_missing_field_is_named(api, path):
    """400 with the field's name."""
    needed = {"/api/token/": {"username", "password"}, "/api/token/refresh/": {"refresh"}}.get(
        path, {"token"}
    )
    assert pinned(api.post(path, {})).json() == {name: ["This field is required."] for name in needed}


@pytest.mark.threat("HTTP-019")
@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/mixed; boundary=x", "", "application/xml", "x" * 400]
)
def test_another_media_type_is_a_415(api, kind):
    """What we don't read, we don't guess."""
    assert pinned(api.post("/api/token/", b'{"username": "a"}', content_type=kind)).status_code == 415


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=utf-8", FORM.upper(), f"{FORM}; charset=zlib"])
def test_a_form_is_read_as_utf_8_whatever_its_charset(api, alice, kind):
    """The same fields, form-encoded."""
    body = urlencode({"username": "alice", "password": PASSWORD}).encode()
    assert pinned(api.post("/api/token/", body, content_type=kind)).status_code == 200


def test_a_multipart_form_is_read_too(client, alice):
    """Test clients send it where nobody says otherwise."""
    answer = client.post("/api/token/", {"username": "alice", "password": PASSWORD})
    assert pinned(answer).status_code == 200


@pytest.mark.threat("HTTP-019")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no parts at all",
        part(b'name="refresh"', b"a") + part(b'name="refresh"', b"b") + b"--x--\r\n",
        part(b'name="refresh"; filename="refresh"', b"a") + b"--x--\r\n",
        part(b'name="refresh"', b"\xff") + b"--x--\r\n",
        part(b'name="refresh"', b"a" * MAX_BODY) + b"--x--\r\n",
        b"".join(part(b'name="a%d"' % n, b"1") for n in range(1500)) + b"--x--\r\n",
    ],
    ids=["empty", "no parts", "twice", "a file", "no utf-8", "too long", "too many"],
)
def test_a_multipart_form_is_read_as_strictly(api, body):
    """No field twice, no file, UTF-8 only, bounded."""
    answer = api.post("/api/token/refresh/", body, content_type="multipart/form-data; boundary=x")
    assert pinned(answer).status_code == 400


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\u00e4"]
)
def test_a_multipart_form_without_a_good_boundary_is_a_400(kind):
    """Its parts can't be told apart. (Django's client for ASGI can't send the last one.)"""
    assert pinned(Api().post("/api/token/refresh/", b"--x\r\n", content_type=kind)).status_code == 400


@pytest.mark.parametrize(
    "charset", ["zlib", "bz2", "hex", "utf-16", "rot13", "nonsense", "idna", "unicode_escape"]
)
def test_the_charset_decompresses_nothing(api, alice, charset):
    """A codec is not a character set, and JSON is UTF-8 (RFC 8259 §8.1)."""
    kind = f"application/json; charset={charset}"
    good = json.dumps({"username": "alice", "password": PASSWORD}).encode()
    assert pinned(api.post("/api/token/", good, content_type=kind)).status_code == 200
    assert pinned(api.post("/api/token/", zlib.compress(good), content_type=kind)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"refresh=a&refresh=b",
            b"refresh=%ff",
            b"refresh=\xff",
            b"refresh=x&" + b"&".join(b"a%d=1" % n for n in range(40)),
        ),
        b"refresh=" + b"a" * MAX_BODY,
    ],
    ids=lambda body: body[:16],
)
def test_a_form_is_read_as_strictly_as_json(api, body):
    """No field twice, UTF-8 only, bounded."""
    assert pinned(api.post("/api/token/refresh/", body, content_type=FORM)).status_code == 400


def test_the_answer_is_json_whatever_accept_says(api):
    """Neither a browsable page nor a 406 nor a 404 for `?format=`."""
    answer = api.post("/api/token/verify/?format=api", {"token": "x"}, accept="text/html, */*;q=0.1")
    assert pinned(answer).status_code == 401


def repeated(part, size=65_000):
    """`part` as often as a body may be long."""
    return (part * (size // len(part) + 1))[:size]


MULTIPART = "multipart/form-data; boundary=b"
INTRICATE = {
    "900 parts": (repeated(b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'), MULTIPART),
    "12,000 boundaries": (repeated(b"--b\r\n"), MULTIPART),
    "boundaries by LF": (repeated(b"--b\n"), MULTIPART),
    "a quoted boundary": (repeated(b"--b c\r\n"), 'multipart/form-data; boundary="b c"'),
    "numbers": (b'{"x":[' + repeated(b"1e1,") + b"1]}", "application/json"),
    "arrays": (b'{"x":' + repeated(b"["), "application/json"),
    "objects": (repeated(b'{"a":'), "application/json"),
    "members": (b"{" + b",".join(b'"%d":1' % n for n in range(6000)) + b"}", "application/json"),
    "strings": (b'{"x":[' + repeated(b'"",') + b'""]}', "application/json"),
    "strings with escapes": (b'{"x":[' + repeated(rb'"\"\\",') + b'""]}', "application/json"),
    "fields": (repeated(b"a=1&"), FORM),
    "empty fields": (repeated(b"&"), FORM),
}


@pytest.mark.threat("DOS-015")
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("name", INTRICATE)
def test_a_body_of_many_parts_meets_no_parser(path, name, monkeypatch):
    """Its octets are counted first: 900 parts took Django's parser sixty times a refusal's time."""
    parsers = [(parsers_module, "MultiPartParser"), (encoding, "loads"), (parsers_module, "_pair")]
    for module, parser in parsers:
        monkeypatch.setattr(module, parser, lambda *args, **kwargs: pytest.fail("it was parsed"))
    body, kind = INTRICATE[name]
    assert pinned(Api().post(path, body, content_type=kind)).status_code == 400


@pytest.mark.parametrize("character", ["\\", '"', "[", ",", "\U0001f511"])
def test_the_longest_password_is_no_intricate_body(character):
    """4,096 characters of any kind are read, in each of the three ways."""
    password = character * 4096
    good = json.dumps({"username": "alice", "password": password}).encode()
    assert StrictJSONParser().parse(BytesIO(good))["password"] == password
    form = urlencode({"username": "alice", "password": password}).encode()
    assert StrictFormParser().parse(BytesIO(form))["password"] == password
    parts = part(b'name="username"', b"alice") + part(b'name="password"', password.encode()) + b"--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    assert StrictMultiPartParser().parse(BytesIO(parts), kind)["password"] == password


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
@example({"a=b%41": "%=\r\n_ +&"})
def test_a_form_is_decoded_as_python_encodes_it(fields):
    """Each character, and spaces in either spelling."""
    fields = dict(list(fields.items())[:32])
    for quote in (quote_plus, lambda text, *_: url_quote(text)):
        body = urlencode(fields, quote_via=quote).encode()
        assert StrictFormParser().parse(BytesIO(body)).dict() == fields


@pytest.mark.parametrize("body", [b"refresh=%", b"refresh=%4", b"refresh=%zz", b"%=1"])
def test_a_broken_escape_is_a_400(api, body):
    """An escape that lacks its digits is not guessed at."""
    assert pinned(api.post("/api/token/refresh/", body, content_type=FORM)).status_code == 400


class Gone:
    """A client that has hung up."""

    def read(self, *_):
        raise UnreadablePostError("connection reset")


@pytest.mark.parametrize("parser", [StrictJSONParser(), StrictFormParser()])
def test_a_client_that_hangs_up_is_no_failure_of_ours(parser):
    """The body ends early: a 400 that nobody will read."""
    with pytest.raises(ParseError):
        parser.parse(Gone())


@quick
@given(st.binary(max_size=200), st.sampled_from(BODIES), st.sampled_from(["application/json", FORM]))
def test_no_bytes_in_a_body_give_a_500(api, body, path, kind):
    """Any bytes at all: 400 or 401, and 200 for a token that is nothing to revoke."""
    assert pinned(api.post(path, body, content_type=kind)).status_code in {400, 401}


@quick
@given(JSON, JSON, st.sampled_from(BODIES))
@example("x", "\ud800", BODIES[0])
@example("\x00", "x", BODIES[0])
def test_no_json_in_a_body_gives_a_500(api, first, second, path):
    """Any JSON in any member."""
    body = json.dumps({"username": first, "password": second, "token": first, "refresh": second}).encode()
    allowed = {200, 400, 401} if path.endswith("revoke/") else {400, 401}
    assert pinned(api.post(path, body)).status_code in allowed


@quick
@given(st.text(st.characters(codec="ascii"), max_size=100))
def test_no_content_type_gives_a_500(api, kind):
    """Django itself may refuse the request first, but nothing breaks."""
    kind = "".join(letter for letter in kind if letter.isprintable())
    assert api.post("/api/token/", b"{}", content_type=f"application/json;{kind}").status_code == 400


@pytest.mark.threat("HTTP-022")
@pytest.mark.parametrize("serializer", [TokenObtainPairSerializer, TokenRefreshSerializer, TokenSerializer])
def test_no_schema_and_no_answer_has_what_is_sent(serializer):
    """Whether a project makes a page or a schema of our serializers: no secret comes back out."""
    assert serializer().fields
    assert all(field.write_only for field in serializer().fields.values())


def test_a_changed_field_of_one_serializer_changes_no_other():
    """A project's `__init__` may adapt what its serializer has declared, for one request."""
    changed, other = (TokenRefreshSerializer(data={"refresh": "x"}).fields["refresh"] for _ in range(2))
    changed.error_messages["blank"] = changed.style["input_type"] = changed.label = "mine"
    changed.validators.append(print)
    declared = TokenRefreshSerializer._declared_fields["refresh"]
    for field in (other, declared):
        assert "mine" not in (*map(str, field.error_messages.values()), *field.style.values(), field.label)
        assert print not in field.validators
    assert (other.parent, declared.parent) != (changed.parent, changed.parent)


def test_a_subclass_of_a_field_is_made_anew():
    """What its `__init__` keeps in it belongs to one serializer, as DRF promises."""

    class Noting(TokenField):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.notes = set()

    declared = Noting()
    assert deepcopy(declared).notes is not declared.notes


def test_a_copied_field_has_the_arguments_of_the_declared_one():
    """Also those that a project has given: it sees them in `repr` and in schemas."""
    declared = TokenField(required=False, help_text="the newest one", max_length=9)
    copied = deepcopy(declared)
    assert repr(copied) == repr(declared)
    assert (copied.required, copied.max_length, copied.write_only) == (False, 9, True)
