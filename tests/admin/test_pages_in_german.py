"""Our pages for readers of German, in each state of keys: nothing on them is English but names and code."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from django_jwtkit import issuers, keys, sessions
from django_jwtkit.jose import Key
from django_jwtkit.keys.sealing import newest_key
from django_jwtkit.moments import now
from tests.jose.remote.publisher import unused_port
from tests.keys.rows import key_in
from tests.support import unhealthy
from tests.support.languages import english_left

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("past")]

KEYS, ADMIN = "/admin/jwtkit/storedkey/", "/admin/jwtkit/"
PAGES = [
    ADMIN,
    KEYS,
    f"{KEYS}?state=ended",
    f"{KEYS}{{key}}/change/",
    f"{KEYS}{{key}}/revoke/",
    f"{KEYS}{{key}}/history/",
    f"{KEYS}rotate/access/",
    f"{KEYS}due/access/",
    f"{KEYS}due/",
    f"{KEYS}make/encryption/",
    f"{KEYS}import/",
    f"{KEYS}revoke/ring/encryption/",
    f"{ADMIN}keyevent/",
    f"{ADMIN}keyevent/{{event}}/change/",
    f"{ADMIN}session/",
    f"{ADMIN}session/{{session}}/change/",
    f"{ADMIN}session/{{session}}/end/",
    f"{ADMIN}trustedkeyset/",
    f"{ADMIN}externalidentity/",
    f"{ADMIN}inspect/",
]


@pytest.fixture
def login(root):
    """A user with sessions, one of which is live."""
    user = User.objects.create_user("alice")
    sessions.start(user)
    sessions.end_all(user, reason="logout_all")
    sessions.start(user)
    return sessions.Session.objects.filter(ended_at=None).get()


def page_at(client, address):
    """Return what fetches the page at `address`, and checks that it is one."""

    def fetch():
        answer = client.get(address, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    return fetch


@pytest.mark.parametrize("address", PAGES)
def test_no_english_is_left(root, login, signing, address):
    """Neither in the page's own words, nor in the names of models, nor in a plan or a story of a key."""
    event = keys.KeyEvent.objects.last()
    address = address.format(key=signing.pk, session=login.pk, event=event.pk)
    assert [words for words in english_left(page_at(root, address)) if str(event) not in words] == []


@pytest.mark.parametrize("state", unhealthy.STATES, ids=lambda state: state.__name__)
def test_each_fault_is_told_in_german(root, signing, settings, state):
    """On the overview, on the pages of keys and in plans, with its remedy."""
    unhealthy.make(state, settings)
    pk = (keys.StoredKey.objects.filter(ring_id="access").first() or keys.StoredKey.objects.first()).pk
    faulty = [f"{KEYS}{key.pk}/change/" for key in keys.StoredKey.objects.filter(pk__in=[pk, signing.pk])]
    for address in (
        ADMIN,
        KEYS,
        *faulty,
        f"{KEYS}rotate/access/",
        f"{KEYS}due/access/",
        f"{KEYS}due/",
        f"{KEYS}{pk}/revoke/",
    ):
        assert list(english_left(page_at(root, address))) == [], address


def test_each_state_of_a_key_is_told_in_german(root, signing):
    """What it does now, what comes next, and what it once did."""
    public = Key.generate("ES256").public()
    keys.import_key("access", public, verify_until=now() + timedelta(days=9), source="test")
    keys.revoke(signing.kid, reason="leaked")
    keys.rotate("access", at_once=True, force=True)
    by_state = {key.state(): key for key in keys.StoredKey.objects.filter(ring_id="access")}
    assert by_state.keys() == set(keys.State)
    for key in by_state.values():
        assert list(english_left(page_at(root, f"{KEYS}{key.pk}/change/"))) == [], key.state()


def rotate(client):
    return client.post(
        f"{KEYS}rotate/access/", {"signing": key_in(keys.State.ACTIVE).kid, "force": "on"}, follow=True
    )


def rotate_blindly(client):
    return client.post(f"{KEYS}rotate/access/", {"signing": "another"}, follow=True)


def run_what_is_due(client):
    return client.post(f"{KEYS}due/access/", {"signing": key_in(keys.State.ACTIVE).kid}, follow=True)


def run_all(client):
    return client.post(f"{KEYS}due/")


def make(client):
    page = f"{KEYS}make/access/"
    line = client.get(page).context["line"]
    return client.post(page, {"algorithm": "Ed25519", "line": line}, follow=True)


def revoke(client):
    key = key_in(keys.State.ACTIVE)
    return client.post(
        f"{KEYS}{key.pk}/revoke/", {"kind": "leaked", "confirmation": key.kid[:8]}, follow=True
    )


def revoke_again(client):
    revoke(client)
    return client.get(f"{KEYS}{key_in(keys.State.REVOKED).pk}/revoke/", follow=True)


def revoke_without_a_word(client):
    return client.post(f"{KEYS}{key_in(keys.State.ACTIVE).pk}/revoke/", {"confirmation": "no"}, follow=True)


def import_nonsense(client):
    return client.post(f"{KEYS}import/", {"ring": "access", "text": "{", "until": "2001-01-01 12:00"})


def import_a_secret(client):
    form = {"ring": "access", "text": Key.generate("ES256").to_pem(private=True), "until": "2090-01-01 12:00"}
    return client.post(f"{KEYS}import/", form)


def import_a_key(client):
    key = Key.generate("ES256").public()
    form = {
        "ring": "access",
        "text": key.to_pem(),
        "until": "2090-01-01 12:00",
        "thumbprint": key.thumbprint(),
    }
    return client.post(f"{KEYS}import/", form, follow=True)


def seal_under_a_lost_key(client):
    return client.get(f"{KEYS}revoke/sealing/{newest_key().id}/", follow=True)


def end_all_sessions(client):
    sessions.start(User.objects.get(username="alice"))
    address = f"{ADMIN}session/user/{User.objects.get(username='alice').pk}/end/"
    return client.post(address, {"confirmed": "yes"}, follow=True)


ACTS = [
    rotate,
    rotate_blindly,
    run_what_is_due,
    run_all,
    make,
    revoke,
    revoke_again,
    revoke_without_a_word,
    import_nonsense,
    import_a_secret,
    import_a_key,
    seal_under_a_lost_key,
    end_all_sessions,
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_what_was_done_is_said_in_german(root, login, signing, act):
    """In the message after it, or in the errors of the form."""

    def fetch():
        answer = act(root)
        assert answer.status_code == 200
        return answer.content.decode()

    assert list(english_left(fetch)) == []


@pytest.fixture
def issuer(settings):
    """A trusted issuer that cannot be reached, and a user who is linked to a subject of it."""
    name = f"http://127.0.0.1:{unused_port()}"
    entry = {"AUDIENCE": "orders", "JWKS_URL": f"{name}/keys", "PRIVATE_ADDRESSES": True}
    settings.JWTKIT = {
        **settings.JWTKIT,
        "ISSUER": "https://api.example.com",
        "TRUSTED_ISSUERS": {name: entry},
    }
    issuers.forget()
    issuers.link(User.objects.create_user("bob"), issuer=name, subject="7")
    yield name
    issuers.forget()


def test_an_issuer_is_described_in_german(root, issuer):
    """What the network said is stored in English, and marked as that."""
    fetch_now = f"{ADMIN}trustedkeyset/{issuers.standing_of(issuers.named_issuers()[issuer]).id}/"
    page = root.post(f"{fetch_now}fetch/", follow=True).content.decode()
    error = issuers.standing_of(issuers.named_issuers()[issuer]).error
    assert "cannot be fetched" in error
    assert page.count("Connection refused") == 2
    for address in (f"{ADMIN}trustedkeyset/", f"{fetch_now}change/"):
        assert [
            words
            for words in english_left(page_at(root, address))
            if words not in error and issuer not in words
        ] == []


def test_identities_are_described_in_german(root, issuer):
    """In the list, on the page of one, and where it is unlinked."""
    row = issuers.ExternalIdentity.objects.get()
    chosen = {"action": "unlink_selected", "_selected_action": [row.pk], "index": "0"}

    def ask():
        return root.post(f"{ADMIN}externalidentity/", chosen).content.decode()

    for fetch in (
        page_at(root, f"{ADMIN}externalidentity/"),
        page_at(root, f"{ADMIN}externalidentity/{row.pk}/change/"),
        ask,
    ):
        assert [words for words in english_left(fetch) if issuer not in words and words != "bob"] == []
