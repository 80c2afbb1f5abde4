"""Our pages for readers of German: nothing on them is English but names, and what code says."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User

from django_jwtkit import sessions

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("past")]

# Words of nearly every English sentence of ours, and of no German one.
ENGLISH = re.compile(
    r"\b(the|and|of|is|its|it|has|have|are|until|ago|not|never|no|with|for|to|from|yes|key|keys|rings"
    r"|sign|signs|at|by|through|when|verifies|verify|encrypts|decrypts|session|sessions|event|events|issuer|issuers|revoke"
    r"|revoked|made|moved|archived|command|code|rotate|view|select|ended|state|users?|identity|identities|last|next|published)\b",
    re.IGNORECASE,
)
# Scripts, code and what is typed; the names of the rings; system checks, which speak to programmers.
NAMES = re.compile(
    r"<(script|style|code|pre|time|textarea)\b.*?</\1>|<section[^>]*jwtkit-checks.*?</section>"
    r"|JSON Web Tokens?|User-Agent|rotate_keys|key_revoked|manage.py import_key|“When a key has leaked”"
    r"|„When a key has leaked“",
    re.DOTALL,
)
KEYS, ADMIN = "/admin/jwtkit/storedkey/", "/admin/jwtkit/"


@pytest.fixture
def german(root, settings):
    """A superuser whose site is in German."""
    settings.LANGUAGE_CODE = "de"
    user = User.objects.create_user("alice")
    sessions.start(user)
    sessions.end_all(user, reason="logout_all")
    sessions.start(user)
    return root


def english_in(page):
    """Return the English words of a page, each with what stands around it."""
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", NAMES.sub(" ", page))).split())
    return [text[max(match.start() - 40, 0) : match.end() + 40] for match in ENGLISH.finditer(text)]


@pytest.mark.parametrize(
    "address",
    [
        ADMIN,
        KEYS,
        f"{KEYS}?state=ended",
        f"{KEYS}{{key}}/change/",
        f"{KEYS}{{key}}/revoke/",
        f"{KEYS}{{key}}/history/",
        f"{KEYS}rotate/access/",
        f"{KEYS}due/access/",
        f"{KEYS}make/encryption/",
        f"{KEYS}import/",
        f"{KEYS}revoke/ring/encryption/",
        f"{ADMIN}keyevent/",
        f"{ADMIN}session/",
        f"{ADMIN}session/{{session}}/change/",
        f"{ADMIN}session/{{session}}/end/",
        f"{ADMIN}trustedkeyset/",
        f"{ADMIN}externalidentity/",
        f"{ADMIN}inspect/",
    ],
)
def test_no_english_is_left(german, signing, address):
    """Neither in the page's own words, nor in the names of models, nor in a plan or a story of a key."""
    session = sessions.Session.objects.filter(ended_at=None).get().pk
    answer = german.get(address.format(key=signing.pk, session=session))
    assert answer.status_code == 200
    assert "\n".join(english_in(answer.content.decode())) == ""
