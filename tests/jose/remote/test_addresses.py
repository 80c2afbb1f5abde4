"""Only addresses of the public network are asked for keys, however they are written."""

import pytest

from django_jwtkit.errors import KeySetUnavailable, ServiceUnavailable
from django_jwtkit.jose import RemoteKeySet
from django_jwtkit.jose.remote.addresses import find_addresses, parse_url

PRIVATE = (
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "fd00::1",
    "fe80::1",
    "ff02::1",
    "224.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:a00:1::1",
    "2001:0:a00:1::",
    "192.0.2.1",
    "255.255.255.255",
)
PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822")


def resolve_to(*answers, url="https://keys.example.com/jwks", private=False):
    address = parse_url(url, private_addresses=private)
    return find_addresses(address, lambda *_: answers, private_addresses=private)


@pytest.mark.threat("SSRF-006")
@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_points_inside_is_refused(address):
    with pytest.raises(KeySetUnavailable, match="no address that may be asked"):
        resolve_to(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_asked(address):
    assert resolve_to(address) == (address,)


def test_of_several_addresses_only_the_public_ones_are_asked():
    assert resolve_to("10.0.0.1", PUBLIC[0], "::1") == (PUBLIC[0],)


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "fd00::1", PUBLIC[0]])
def test_private_addresses_can_be_allowed(address):
    assert resolve_to(address, private=True) == (address,)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0"])
def test_the_metadata_service_of_a_cloud_is_never_asked(address):
    with pytest.raises(KeySetUnavailable):
        resolve_to(address, private=True)


@pytest.mark.parametrize("address", ["10.0.0.1", PUBLIC[0]])
def test_plain_http_is_for_loopback_alone(address):
    with pytest.raises(KeySetUnavailable):
        resolve_to(address, url="http://keys.example.com/jwks", private=True)
    assert resolve_to("127.0.0.1", url="http://localhost/jwks", private=True) == ("127.0.0.1",)


@pytest.mark.parametrize("answers", [("not an address",), ()])
def test_a_resolver_that_answers_nonsense_is_an_outage(answers):
    with pytest.raises(KeySetUnavailable):
        resolve_to(*answers)


@pytest.mark.threat("SSRF-005")
@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example.com/jwks",
        "ftp://keys.example.com/jwks",
        "file:///etc/passwd",
        "data:application/json,{}",
        "gopher://keys.example.com/",
        "//keys.example.com/jwks",
        "keys.example.com/jwks",
        "https:///jwks",
        "https://",
        "",
        "https://user:secret@keys.example.com/jwks",
        "https://@keys.example.com/jwks",
        "https://keys.example.com/jwks#part",
        "https://keys.example.com:0x1bb/jwks",
        "https://keys.example.com:99999/jwks",
        "https://keys.example.com\\@evil.example/jwks",
        "https://keys.example.com/jw ks",
        "https://keys.example.com/jwks\r\nX-Header: 1",
        "https://keys.example.com/\tjwks",
        "https://käys.example.com/jwks",
        "https://keys.example.com/" + "a" * 2048,
    ],
)
def test_a_url_that_must_not_be_asked_is_a_wrong_call(url):
    with pytest.raises(ValueError, match="url must"):
        RemoteKeySet(url)


@pytest.mark.parametrize("url", [None, b"https://keys.example.com/jwks", 7])
def test_a_url_is_text(url):
    with pytest.raises(TypeError, match="url must be a str"):
        RemoteKeySet(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost", "169.254.169.254"]
)
def test_an_address_in_the_url_itself_is_judged_too(host):
    keys = RemoteKeySet(f"https://{host}/jwks", timeout=1)
    with pytest.raises(ServiceUnavailable):
        keys.find({"kid": "k", "alg": "ES256"})
