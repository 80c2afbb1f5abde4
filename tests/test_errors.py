"""Each of our exceptions survives a process pool, a task queue and a copy, with all that it says."""

import copy
import importlib
import pickle
import pkgutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import pytest

import django_jwtkit
from django_jwtkit import errors
from django_jwtkit.drf.challenges import Refused, Unavailable
from django_jwtkit.jose import Key, jwt

# How to make those that take more than a message.
ARGUMENTS = {
    errors.ClaimError: ("bad", "iss"),
    errors.SealingKeyLost: ("It is gone.", "Put it back."),
    errors.UnsafeRotation: ("not yet", datetime(2027, 1, 1, tzinfo=UTC)),
    errors.UnknownKid: ("no such key", ["abc", "abd"]),
}
SECRET = {"kty": "oct", "k": "tqUnJ2z0o2wZ0FsXb6dZ9Jr3h1yq8Vn5yEw7cL4kXaM", "kid": "k"}


def tree(kind=errors.JWTKitError):
    """Yield every exception class below `kind`, and `kind`."""
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


def import_everything():
    """Import each module of the package, so that no exception class is missed."""
    for module in pkgutil.walk_packages(django_jwtkit.__path__, "django_jwtkit."):
        if ".migrations" not in module.name and ".contrib" not in module.name:
            importlib.import_module(module.name)


def make(kind):
    """Return an error of `kind`, with every field set, and with some that a caller has added."""
    arguments = next((ARGUMENTS[base] for base in kind.__mro__ if base in ARGUMENTS), ("a message",))
    error = kind(*arguments)
    error.sid = "a-session"
    error.add_note("in the night job")
    return error


def state(error):
    """Return all that an error says."""
    return type(error), str(error), error.args, vars(error)


import_everything()
KINDS = sorted(set(tree()), key=lambda kind: kind.__qualname__)
COPIES = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "oldest pickle": lambda error: pickle.loads(pickle.dumps(error, 0)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_exception_travels_with_its_fields(kind, way):
    """Message, notes and fields: the claim, the nearest kids, the time from which it is safe."""
    error = make(kind)
    assert state(way(error)) == state(error)


def test_the_fields_are_there_after_the_journey():
    """By name, so that a field that is kept elsewhere than in `__dict__` is missed."""
    travelled = {kind: pickle.loads(pickle.dumps(make(kind))) for kind in KINDS}
    assert travelled[errors.TokenExpired].claim == "iss"
    assert travelled[errors.SealingKeyLost].fact == "It is gone."
    assert str(travelled[errors.SealingKeyLost]) == "It is gone. Put it back."
    assert travelled[errors.UnsafeRotation].safe_from == datetime(2027, 1, 1, tzinfo=UTC)
    assert travelled[errors.UnknownKid].nearest == ("abc", "abd")
    assert travelled[errors.BadSignature].sid == "a-session"
    assert travelled[errors.BadSignature].__notes__ == ["in the night job"]


def test_a_copy_is_independent():
    """A note on the copy is no note on the original."""
    error = make(errors.BadSignature)
    other = copy.deepcopy(error)
    other.add_note("later")
    assert error.__notes__ == ["in the night job"]


def decode(text):
    """Decode in a worker."""
    options = {"algorithms": {"HS256"}, "issuer": "https://right.example", "audience": None, "typ": "JWT"}
    return jwt.decode(text, Key.from_dict(SECRET, alg="HS256"), **options)


def fail(number):
    """Raise in a worker what cannot be raised by decoding alone."""
    raise make(KINDS[number])


def test_refusals_do_not_break_a_process_pool():
    """A refused token is the exception of its own task, and the next task runs."""
    key, now = Key.from_dict(SECRET, alg="HS256"), int(time.time())
    claims = {"iss": "https://right.example", "sub": "1", "iat": now, "exp": now + 99}
    good = jwt.encode(claims, key)
    bad = {
        "a.b.c": errors.MalformedToken,
        jwt.encode(claims | {"iss": "https://wrong.example"}, key): errors.InvalidClaim,
        jwt.encode(claims | {"iat": now - 9, "exp": now - 5}, key): errors.TokenExpired,
        jwt.encode({"exp": now + 99}, key): errors.MissingClaim,
    }
    with ProcessPoolExecutor(1) as pool:
        for text, kind in bad.items():
            with pytest.raises(kind):
                pool.submit(decode, text).result(timeout=60)
            assert pool.submit(decode, good).result(timeout=60)["sub"] == "1"
        for number, kind in enumerate(KINDS):
            with pytest.raises(kind) as caught:
                pool.submit(fail, number).result(timeout=60)
            assert str(caught.value) == str(make(kind))


@pytest.mark.parametrize("way", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize(
    "error",
    [
        Refused("Token is expired", "token_not_valid", "invalid_token"),
        Refused("Token is expired", code="token_not_valid", error="invalid_token"),
        Refused("No active account"),
        Unavailable(),
    ],
    ids=repr,
)
def test_the_answers_travel_too(error, way):
    """With the body, its codes and the challenge."""
    result = way(error)
    assert (result.detail, result.get_codes(), result.status_code) == (
        error.detail,
        error.get_codes(),
        error.status_code,
    )
    assert getattr(result, "auth_header", None) == getattr(error, "auth_header", None)


# What the REST framework raises and answers is its own, and so is what a neighbour's code expects.
FACES = ("django_jwtkit.drf", "django_jwtkit.contrib")


def test_every_exception_class_of_the_package_is_in_the_tree():
    """Another root would be missed by `except JWTKitError`, and by these tests.

    A private one never leaves its module, which catches it.
    """
    elsewhere = {
        kind
        for name, module in list(sys.modules.items())
        if name.startswith("django_jwtkit.")
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and kind.__module__.startswith("django_jwtkit.")
        and not kind.__name__.startswith("_")
    }
    strangers = {kind for kind in elsewhere - set(KINDS) if not kind.__module__.startswith(FACES)}
    assert not strangers
