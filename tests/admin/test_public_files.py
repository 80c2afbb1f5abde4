"""The public part of a key as a file, for users that may view the key."""

import json
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from django_jwtkit import moments
from django_jwtkit.jose import Key
from django_jwtkit.keys import State, StoredKey, import_key
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db
LIST = "/admin/jwtkit/storedkey/"
TYPES = {"jwk": "application/jwk+json", "pem": "application/x-pem-file"}


@pytest.mark.parametrize("form", TYPES)
def test_the_file_is_the_public_key(form, signing, root):
    """A program reads it back; browsers save it under the key's name, and guess no type."""
    answer = root.get(f"{LIST}{signing.pk}/public.{form}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == TYPES[form]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{signing.kid}.{form}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    text = answer.content.decode()
    key = Key.from_dict(json.loads(text)) if form == "jwk" else Key.from_pem(text, alg="ES256")
    assert key.thumbprint() == Key.from_dict(json.loads(signing.public_jwk)).thumbprint()


@pytest.mark.threat("LEAK-001")
@pytest.mark.parametrize("alg", ["ES256", "RS256", "Ed25519"])
def test_no_file_holds_a_private_member(alg, past, root):
    """Of no key type, although the row has the private part."""
    until = moments.now() + timedelta(days=7)
    import_key("access", Key.generate(alg, kid=f"{alg}-key"), verify_until=until)
    pk = StoredKey.objects.get(kid=f"{alg}-key").pk
    members = json.loads(root.get(f"{LIST}{pk}/public.jwk").content)
    assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} & members.keys()
    pem = root.get(f"{LIST}{pk}/public.pem").content
    assert pem.startswith(b"-----BEGIN PUBLIC KEY-----")
    assert b"PRIVATE" not in pem


@pytest.mark.parametrize("form", TYPES)
def test_a_symmetric_key_has_no_file(form, past, root):
    """All that there is of it is secret; its page offers none."""
    key = key_in(State.ACTIVE, "refresh")
    assert root.get(f"{LIST}{key.pk}/public.{form}").status_code == 404
    assert "/public." not in root.get(f"{LIST}{key.pk}/change/").content.decode()


def test_a_row_that_was_tampered_with_has_no_file(signing, root):
    """A consumer would trust the key of whoever has written to it."""
    StoredKey.objects.filter(pk=signing.pk).update(sign_from=F("sign_from") - timedelta(days=1))
    assert root.get(f"{LIST}{signing.pk}/public.pem").status_code == 404
    assert "/public." not in root.get(f"{LIST}{signing.pk}/change/").content.decode()


def test_only_users_that_may_view_the_key_get_it(signing, browser):
    """Nobody before the login, and no user without the permission; no other form than the two."""
    address = f"{LIST}{signing.pk}/public.jwk"
    assert Client().get(address).status_code == 302
    assert browser("view_session").get(address).status_code == 403
    viewer = browser("view_storedkey")
    assert viewer.get(address).status_code == 200
    assert viewer.get(f"{LIST}{signing.pk}/public.der").status_code == 404
    assert viewer.get(f"{LIST}999999/public.jwk").status_code == 404


def test_the_page_links_to_both_files(signing, browser):
    """As plain links: no script is needed."""
    page = browser("view_storedkey").get(f"{LIST}{signing.pk}/change/").content.decode()
    for form in TYPES:
        assert f'href="{LIST}{signing.pk}/public.{form}"' in page


def test_the_name_of_a_file_is_plain(past, root):
    """No file system minds it, whatever an imported key is called."""
    until = moments.now() + timedelta(days=7)
    import_key("access", Key.generate("ES256", kid="cd:key+1@host").public(), verify_until=until)
    pk = StoredKey.objects.get(kid="cd:key+1@host").pk
    answer = root.get(f"{LIST}{pk}/public.pem")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cdkey1host.pem"'
