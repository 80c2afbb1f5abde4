"""`ENCRYPT = ["access"]`: nothing else changes for clients and views, and nobody on the way reads a claim."""

import pytest
from django.contrib.auth.models import Permission
from django.core import checks

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.jose import jwe, unverified_header
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_management import ALGORITHMS

pytestmark = pytest.mark.urls("tests.drf.project")

SETTING = {"ENCRYPT": ["access"], "CHECK_SESSION": True}
OF_32_OCTETS = [name for name, row in ENCRYPTIONS.items() if row.key_size == 32]
WRAPPING = ("A256KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES+A256KW")


@pytest.fixture
def encrypted(settings):
    """A project that encrypts its access tokens."""
    settings.JWTKIT = SETTING


def encrypt_by(settings, alg):
    """Have the encryption ring turn to `alg`, at once."""
    settings.JWTKIT = SETTING | {"ENCRYPTION_ALGORITHM": alg}
    keys.rotate("encryption")
    keys.rotate("encryption", at_once=True, force=True)


def inside(text):
    """Return the JWS in an encrypted access token, as a holder of the ring's keys sees it."""
    ring = keys.keyring("encryption")
    return jwe.decrypt(text, ring, algorithms=ALGORITHMS, encryptions=ENCRYPTIONS).plaintext.decode()


def faults():
    return [fault for fault in checks.run_checks() if fault.level >= checks.ERROR]


def test_a_whole_life_over_http(api, alice, encrypted):
    """Log in, call, refresh, verify, introspect, list, log out: as with any other access token."""
    pair = api.log_in().json()
    assert (
        unverified_header(pair["access"]).items() >= {"alg": "A256KW", "enc": "A256GCM", "cty": "JWT"}.items()
    )
    assert unverified_header(inside(pair["access"]))["typ"] == "at+jwt"
    assert api.get("/me/", pair["access"]).json()["username"] == "alice"

    pair = api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).json()
    for text in pair.values():
        assert api.post("/api/token/verify/", {"token": text}).status_code == 200
    alice.user_permissions.add(Permission.objects.get(codename="introspect_token"))
    introspection = api.post("/api/token/introspect/", {"token": pair["access"]}, pair["access"]).json()
    assert (introspection["active"], introspection["sub"]) == (True, str(alice.pk))
    assert [session["current"] for session in api.get("/api/sessions/", pair["access"]).json()] == [True]

    assert api.post("/api/logout/", token=pair["access"]).status_code == 204
    assert api.get("/me/", pair["access"]).json()["detail"] == "Session has ended"
    assert api.post("/api/token/verify/", {"token": pair["access"]}).status_code == 401
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_an_encrypted_token_can_be_revoked(api, alice, encrypted):
    """RFC 7009, by whoever holds it."""
    pair = sessions.start(alice)
    assert api.post("/api/token/revoke/", {"token": pair.access}).status_code == 200
    assert api.get("/me/", pair.access).json()["detail"] == "Session has ended"


def test_refresh_tokens_can_be_encrypted_too(api, alice, settings):
    """Both kinds, by the same ring; each is still told from the other."""
    settings.JWTKIT = SETTING | {"ENCRYPT": ["access", "refresh"]}
    pair = api.log_in().json()
    assert [text.count(".") for text in pair.values()] == [4, 4]
    pair = api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).json()
    for text in pair.values():
        assert api.post("/api/token/verify/", {"token": text}).status_code == 200
    assert (
        api.post("/api/token/refresh/", {"refresh": pair["access"]}).json()["detail"]
        == "Token has wrong type"
    )
    assert api.get("/me/", pair["refresh"]).json()["detail"] == "Token has wrong type"


@pytest.mark.threat("JWE-003")
def test_a_bare_token_is_refused(api, alice, settings):
    """Soundly signed, even the very one that was inside: this kind must be encrypted."""
    settings.JWTKIT = SETTING
    pair = sessions.start(alice)
    for text in (inside(pair.access), _issued_in_clear(alice, settings)):
        answer = api.get("/me/", text)
        assert (answer.status_code, answer.json()["detail"]) == (401, "Token is invalid")
        assert api.post("/api/token/verify/", {"token": text}).status_code == 401
        assert api.post("/api/token/revoke/", {"token": text}).content == b"{}"
        assert api.post("/api/logout/", token=text).status_code == 401
    assert api.get("/me/", pair.access).status_code == 200


def _issued_in_clear(user, settings):
    """Return a token of before the setting."""
    settings.JWTKIT = {}
    text = sessions.start(user).access
    settings.JWTKIT = SETTING
    return text


def test_an_encrypted_token_is_refused_where_none_is_asked_for(api, alice, settings):
    """The setting says what a token looks like, the token never does."""
    settings.JWTKIT = SETTING
    text = sessions.start(alice).access
    settings.JWTKIT = {}
    assert api.get("/me/", text).status_code == 401


@pytest.mark.parametrize("alg", WRAPPING)
def test_every_algorithm_with_every_content_encryption(api, alice, settings, alg):
    """The checks are content, a login works, its token is by that alg and enc, a call and a refresh work."""
    encrypt_by(settings, alg)
    for enc in ENCRYPTIONS:
        settings.JWTKIT = SETTING | {"ENCRYPTION_ALGORITHM": alg, "CONTENT_ENCRYPTION": enc}
        log_in_and_call(api, alg, enc)


@pytest.mark.parametrize("enc", OF_32_OCTETS)
def test_the_shared_key_itself_may_be_the_cek(api, alice, settings, enc):
    """`dir`, where a project asks for it."""
    encrypt_by(settings, "dir")
    settings.JWTKIT = SETTING | {"ENCRYPTION_ALGORITHM": "dir", "CONTENT_ENCRYPTION": enc}
    log_in_and_call(api, "dir", enc)


def log_in_and_call(api, alg, enc):
    """Go the whole way by `alg` and `enc`."""
    assert faults() == []
    pair = api.log_in().json()
    header = unverified_header(pair["access"])
    assert (header["alg"], header["enc"]) == (alg, enc)
    assert api.get("/me/", pair["access"]).status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 200


def test_encryption_costs_no_query(api, alice, settings, django_assert_num_queries):
    """Warm, a call costs the one for its user, as without the setting."""
    settings.JWTKIT = {"ENCRYPT": ["access"]}
    text = tokens.issue(alice)
    api.get("/me/", text)
    with django_assert_num_queries(1):
        assert api.get("/me/", text).status_code == 200
