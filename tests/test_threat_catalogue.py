"""The threat catalogue and the tests know one another."""

import ast

import pytest

from tests.support import threats

# Each attack of these classes has a test. A class comes in when its last attack is answered, and stays.
CLAIMED: tuple[str, ...] = (
    "alg-none",
    "alg-header-type",
    "alg-confusion",
    "signature",
    "header-key-trust",
    "kid-injection",
    "crit-b64",
    "duplicate-names",
    "base64url",
    "ecdsa-eddsa",
    "rsa",
    "time-claims",
    "audience-issuer",
    "subject-type",
    "jti",
    "cross-jwt",
    "json",
    "dos",
    "serialisation",
    "jwe-confusion",
    "jwe-crypto",
    "nested",
    "key-management",
    "http-transport",
    "cookie-csrf",
    "remote-jwks-ssrf",
    "user-state",
    "login",
    "refresh-rotation",
    "revocation-introspection",
    "leakage",
    "multi-tenant",
    "side-channel",
    "audit",
    "configuration",
    "row-integrity",
    "clock",
    "time-zone",
)


def test_every_threat_marker_names_an_attack_of_the_catalogue():
    """A mistyped id would claim a test for an attack that has none."""
    unknown = set(threats.answered()) - set(threats.catalogue())
    assert not unknown


def test_every_claimed_class_is_in_the_catalogue():
    """A mistyped class would claim nothing."""
    assert set(CLAIMED) <= {entry["class"] for entry in threats.catalogue().values()}


def test_every_attack_of_a_claimed_class_has_a_test():
    """`python -m tests.support.threats` shows where the other classes stand."""
    absent = threats.missing(threats.catalogue(), threats.answered())
    assert {name: absent[name] for name in CLAIMED if absent[name]} == {}


def test_an_attack_without_a_test_is_told():
    """The report sees what is missing, class by class."""
    catalogue = {"A-1": {"class": "a"}, "A-2": {"class": "a"}, "B-1": {"class": "b"}}
    assert threats.missing(catalogue, {"A-1": {"test_a.py"}, "B-1": {"test_b.py"}}) == {"a": ["A-2"], "b": []}


def test_markers_are_found_wherever_they_stand():
    """On a function, on a parameter, on a whole module."""
    source = (
        'pytestmark = pytest.mark.threat("A-1")\n'
        '@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.threat("A-2", "A-3"))])\n'
        '@pytest.mark.threat("A-4")\n'
        "def test(x): ...\n"
    )
    assert set(threats.ids(ast.parse(source))) == {"A-1", "A-2", "A-3", "A-4"}


def test_an_id_that_is_not_written_out_is_refused():
    """What only a run could know, no reader can search for."""
    with pytest.raises(TypeError, match="line 1"):
        list(threats.ids(ast.parse("pytest.mark.threat(*IDS)")))
