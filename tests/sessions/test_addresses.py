"""Addresses as servers and proxies write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.sessions import canonical


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        (" 1.2.3.4 ", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[1.2.3.4]:5678", "1.2.3.4"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("[::1]:5678", "::1"),
        ("[2001:db8::1%eth0]:1", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("2001:db8::1:5678", "2001:db8::1:5678"),  # an address of its own
    ],
)
def test_an_address_has_one_spelling(written, address):
    """Whatever port, brackets or zone stand around it."""
    assert canonical(written) == address
    assert canonical(address) == address


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "unknown", "_hidden", "1.2.3", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456", "[]", "[]:5"),
        *(
            "[::1",
            "::1]",
            "[::1]x",
            "[::1]:",
            "1.2.3.4, 5.6.7.8",
            "localhost:80",
            "[::1]:5\n6",
            None,
            5,
            b"::1",
        ),
    ],
)
def test_what_is_no_address_is_none(written):
    """And never an exception."""
    assert canonical(written) is None


@given(st.ip_addresses(), st.integers(0, 65535))
def test_a_port_changes_nothing(address, port):
    """Of any address."""
    with_port = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    assert canonical(with_port) == canonical(str(address))


@given(st.text())
def test_any_text_is_an_address_or_none(text):
    """Headers hold anything."""
    address = canonical(text)
    assert address is None or canonical(address) == address
