"""The key that signs is found at the end of the line, however long the line is."""

from datetime import timedelta

import pytest

from django_jwtkit import keys, moments
from django_jwtkit.conf import conf
from django_jwtkit.keys import State, StoredKey, planning, private_keys
from django_jwtkit.keys.snapshots import get_snapshot
from tests.keys.rows import key_in, vouch_for

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def long_line():
    """Make two hundred old keys, each still trusted, each of which signed for an hour."""
    now = moments.now()
    rows = (
        StoredKey(
            ring_id="access",
            kid=f"past-{age}",
            alg="ES256",
            use="sig",
            public_jwk="{}",
            published_at=now - timedelta(days=30),
            sign_from=now - (age + 1) * HOUR,
            sign_until=now - age * HOUR,
            max_lifetime=timedelta(days=365),
            margin=HOUR,
        )
        for age in range(1, 201)
    )
    StoredKey.objects.bulk_create(rows)
    vouch_for("access")
    return get_snapshot("access")


@pytest.mark.parametrize("hours", [0, 3.5, 100, 199.5, 300, -24 * 80, -24 * 100])
def test_the_key_that_signs_is_the_one_that_the_plan_says(long_line, hours):
    """At each moment it is the same key as with a search through the whole ring."""
    now, skew = moments.now() - hours * HOUR, conf().CLOCK_SKEW
    lives = {entry.life: entry for entry in long_line.entries.values()}
    expected = planning.signer(lives, now, skew=skew)
    chosen = private_keys._signer(long_line, now, conf())
    assert chosen is (None if expected is None else lives[expected])


def test_old_keys_are_not_looked_at(long_line, monkeypatch):
    """A login costs the same after a hundred rotations."""
    looked_at, line = [], private_keys._last_in_line

    def counted(*about):
        return (looked_at.append(entry) or entry for entry in line(*about))

    monkeypatch.setattr(private_keys, "_last_in_line", counted)
    signer = private_keys._signer(long_line, moments.now(), conf())
    assert looked_at == [signer]


def test_a_denied_key_is_skipped(long_line, settings):
    """Also where it is the last whose turn has begun."""
    now = moments.now()
    first = private_keys._signer(long_line, now, conf())
    settings.JWTKIT = {"DENY_KIDS": [first.row.kid]}
    assert private_keys._signer(long_line, now, conf()) is None


def test_a_host_with_a_slow_clock_signs_after_a_takeover():
    """Its clock says that the new key has not begun yet; everybody's skew allows for that."""
    keys.revoke(key_in(State.ACTIVE).kid, reason="leaked")
    behind = moments.now() - timedelta(seconds=30)
    signing_key = keys.signing_key("access", now=behind, lifetime=timedelta(minutes=1))
    assert signing_key.kid == key_in(State.ACTIVE).kid
