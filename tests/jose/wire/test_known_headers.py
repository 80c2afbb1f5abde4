"""A header is read once for each source of keys, and is still judged for each token."""

import copy
import pickle

import pytest

from django_jwtkit.errors import AlgorithmRefused, BadSignature, MalformedToken, UnknownKey, WrongType
from django_jwtkit.jose import Key, KeySet, jws, jwt
from django_jwtkit.jose.wire import header as jose_header
from django_jwtkit.jose.wire.header import MAX_KNOWN, MAX_KNOWN_LENGTH
from tests.jose.signing import ALGS, forged, key, public


@pytest.fixture
def keys():
    """A set that has met no token yet."""
    return KeySet([public("HS256"), Key.generate("HS256")])


@pytest.fixture
def parsed(monkeypatch):
    """The header segments that were parsed."""
    segments, honest = [], jose_header.parse
    monkeypatch.setattr(jose_header, "parse", lambda segment: segments.append(segment) or honest(segment))
    return segments


def verify(text, keys, algorithms=("HS256",)):
    return jws.verify(text, keys, algorithms=algorithms)


@pytest.mark.parametrize("alg", ALGS)
def test_a_header_is_read_once(alg, parsed):
    """Each key's tokens have one header, and all of them verify."""
    keys = KeySet([public(alg)])
    for number in range(3):
        text = jws.sign(b"%d" % number, key(alg))
        assert verify(text, keys, {alg}).payload == b"%d" % number
    assert len(parsed) == 1


@pytest.mark.parametrize("alg", ALGS)
def test_a_signature_is_checked_each_time(alg):
    """A header that is known vouches for nothing."""
    keys = KeySet([public(alg)])
    good, other = jws.sign(b"good", key(alg)), jws.sign(b"other", key(alg))
    verify(good, keys, {alg})
    protected, _, signature = good.split(".")
    with pytest.raises(BadSignature):
        verify(f"{protected}.{other.split('.')[1]}.{signature}", keys, {alg})
    verify(other, keys, {alg})


def test_a_bad_signature_makes_nothing_known(keys):
    """Strangers can't fill what is remembered."""
    for number in range(100):
        text = forged(header={"kid": "key-HS256", "n": str(number)})
        with pytest.raises(BadSignature):
            verify(text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB"), keys)
    assert keys.known_headers == {}


def test_no_more_is_known_than_there_is_room_for(keys):
    """Sixty-four headers, short ones, of nothing but text; the rest is read each time, and as good."""
    for number in range(2 * MAX_KNOWN):
        text = forged(header={"kid": "key-HS256", "n": str(number)})
        assert verify(text, keys).header["n"] == str(number)
    assert len(keys.known_headers) == MAX_KNOWN


@pytest.mark.parametrize("extra", [{"n": "x" * MAX_KNOWN_LENGTH}, {"n": ["list"]}, {"n": 1}, {"n": {}}])
def test_an_odd_header_is_read_each_time(keys, extra, parsed):
    """A header that is long, or that callers could change in place, is not cached."""
    text = forged(header={"kid": "key-HS256", **extra})
    assert verify(text, keys) == verify(text, keys)
    assert len(parsed) == 2


def test_nobody_changes_what_is_known(keys):
    """The header that is handed out is the caller's own."""
    text = forged(header={"kid": "key-HS256", "typ": "a"})
    for _ in range(3):
        header = verify(text, keys).header
        assert header["typ"] == "a"
        header["typ"] = header["alg"] = header["kid"] = "changed"


def test_what_is_allowed_is_asked_each_time(keys):
    """Another caller's alg and typ are judged by that caller's demands."""
    text = jwt.encode({"exp": 4_000_000_000}, key("HS256"), typ="a+jwt")
    jwt.decode(text, keys, algorithms={"HS256"}, typ="a+jwt")
    with pytest.raises(AlgorithmRefused):
        jwt.decode(text, keys, algorithms={"ES256"}, typ="a+jwt")
    with pytest.raises(WrongType):
        jwt.decode(text, keys, algorithms={"HS256"}, typ="b+jwt")


def test_the_key_is_asked_for_each_time(keys):
    """A source that finds a key no longer, or another one, is heard."""

    class Source:
        def __init__(self):
            self.known_headers, self.key = {}, public("HS256")

        def find(self, header):
            if self.key is None:
                raise UnknownKey("gone")
            return self.key

    source, text = Source(), jws.sign(b"good", key("HS256"))
    verify(text, source)
    source.key = Key.generate("HS256", kid="key-HS256")
    with pytest.raises(BadSignature):
        verify(text, source)
    source.key = None
    with pytest.raises(UnknownKey):
        verify(text, source)


def test_a_known_header_never_shows_a_secret(keys):
    """Neither a set nor what it knows tells a log what its keys are."""
    verify(jws.sign(b"good", key("HS256")), keys)
    secret = repr(public("HS256").native_public)
    assert secret not in repr(keys.known_headers)
    assert secret not in repr(vars(keys)["known_headers"])


@pytest.mark.parametrize("escape", [lambda keys: pickle.loads(pickle.dumps(keys)), copy.copy, copy.deepcopy])
def test_a_set_travels_without_what_it_knows(escape):
    """Public keys go into a cache or to another process, before and after the first token."""
    keys = KeySet([public("ES256"), public("Ed25519")])
    for alg in ("ES256", "Ed25519"):
        verify(jws.sign(b"good", key(alg)), keys, {alg})
        there = escape(keys)
        assert (list(there), there.known_headers) == (list(keys), {})
        verify(jws.sign(b"good", key(alg)), there, {alg})


def test_private_keys_do_not_travel_in_a_set():
    """Nor do they alone."""
    for escape in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            escape(KeySet([key("ES256")]))


@pytest.mark.parametrize("text", ["{}.{}.", "{}..{}", "{}.{}", "{}.{}.{}.{}"])
def test_a_known_header_forgives_no_other_part(keys, text):
    """The parts after it are read as strictly as ever."""
    good = jws.sign(b"good", key("HS256"))
    verify(good, keys)
    with pytest.raises((MalformedToken, BadSignature)):
        verify(text.format(*(good.split(".") * 2)), keys)
