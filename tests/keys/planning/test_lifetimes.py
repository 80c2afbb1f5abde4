"""Rules 1 and 3 under any settings: no token outlives its key, and no key signs before consumers have it."""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_jwtkit.conf import Settings
from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import TRUSTED, Keys, Planned, Situation, State, policy

START = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING, SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (0, 1, 60, 3600, 86400))


def up_to(longest: timedelta) -> st.SearchStrategy[timedelta]:
    """Draw a duration up to `longest`, often one of the ends: the dangers lie there."""
    return st.sampled_from([NOTHING, longest]) | st.timedeltas(NOTHING, longest)


@st.composite
def sound_settings(draw, skew: timedelta) -> Settings:
    """Any settings that the checks let pass, for hosts whose clocks really differ by up to `skew`."""
    signing = draw(up_to(10 * MINUTE))
    deployed_settings = Settings(
        CLOCK_SKEW=skew + draw(up_to(5 * MINUTE - skew)),
        LEEWAY=draw(up_to(5 * MINUTE)),
        SIGNING_MAX_AGE=signing,
        KEYRING_MAX_AGE=draw(up_to(signing)),
        JWKS_MAX_AGE=draw(up_to(HOUR)),
        CONSUMER_CACHE=draw(up_to(3 * DAY)),
        ROTATION_INTERVAL=draw(up_to(2 * DAY)),
        ACCESS_TOKEN_LIFETIME=draw(st.timedeltas(SECOND, 5 * DAY)),
    )
    before = policy("access", deployed_settings).spread + draw(up_to(2 * DAY))
    turn = before + deployed_settings.ROTATION_INTERVAL + draw(st.timedeltas(SECOND, 30 * DAY))
    return replace(deployed_settings, PUBLISH_BEFORE=before, ROTATE_EVERY=turn)


@dataclass
class Token:
    key: Planned
    iat: datetime
    exp: datetime
    leeway: timedelta
    max_age: timedelta
    since: datetime  # no process has started before, and none has an older snapshot


@dataclass
class World:
    """A ring and its tokens. `off` is how far a host's clock may be wrong, to either side."""

    off: timedelta
    settings: Settings
    now: datetime = START
    deployed: list[tuple[datetime, Settings]] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    versions: list[Keys] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    serial: count = field(default_factory=count)

    def at(self, moment: datetime) -> Keys:
        return self.versions[max(bisect_right(self.moments, moment) - 1, 0)]

    def change(self, keys: Keys) -> None:
        self.moments.append(self.now)
        named = (key if key.kid else replace(key, kid=f"k{next(self.serial)}") for key in keys)
        self.versions.append(tuple(named))

    def situation(self, clock: timedelta) -> Situation:
        return Situation(policy("access", self.settings), self.now + clock)

    def caches(self, since: datetime) -> timedelta:
        """Return how old a cached JWKS may be, by the shortest settings `since` a turn was fixed."""
        ends = [when for when, _ in self.deployed[1:]]
        periods = zip([*ends, None], self.deployed, strict=True)
        in_force = [settings for end, (_, settings) in periods if not end or end >= since]
        return min(each.SIGNING_MAX_AGE + each.JWKS_MAX_AGE + each.CONSUMER_CACHE for each in in_force)

    # Steps.

    def deploy(self, settings: Settings, clock: timedelta) -> None:
        """Deploy new settings, and `migrate` with them before the first server starts."""
        self.settings = settings
        self.deployed.append((self.now, settings))
        self.run_job(clock)

    def run_job(self, clock: timedelta) -> None:
        keys = self.versions[-1] if self.versions else ()
        self.change(planning.rotate(keys, self.situation(clock)))

    def hasten(self, clock: timedelta) -> None:
        """Run `rotate_keys --now`, which refuses an unsafe change."""
        at = self.situation(clock)
        after = planning.rotate_now(self.versions[-1], at)
        signs = planning.signer(after, at.now)
        if signs is not None and signs.published_at + at.policy.spread <= at.now:
            self.change(after)

    def lose_standby(self, clock: timedelta) -> None:
        """Run `revoke_key` on the next key."""
        at = self.situation(clock)
        standby = planning.next_key(self.versions[-1], at.now)
        if standby is not None and standby.sign_from - at.now > at.policy.linger:
            self.change(planning.revoke(self.versions[-1], at, {standby.kid}, "lost"))

    def issue(self, lifetime: timedelta, clock: timedelta, age: float) -> None:
        """Issue a token as `signing_key` does: from a young snapshot, and with the lifetime raised first."""
        here = self.now + clock
        youngest = self.now - self.deployed[-1][0]
        old = min(age * self.settings.SIGNING_MAX_AGE, youngest)
        key = planning.signer(self.at(self.now - old), here, skew=self.settings.CLOCK_SKEW)
        assert key is not None
        if key.max_lifetime < lifetime:
            self.change(tuple(raise_lifetime(each, key, lifetime, here) for each in self.versions[-1]))
            return self.issue(lifetime, clock, 0)
        since, last = self.deployed[-1]
        token = Token(key, here, here + lifetime, last.LEEWAY, last.KEYRING_MAX_AGE, since)
        self.tokens.append(token)
        self.assert_heard_of(key)
        self.assert_believed(token, self.now)
        return None

    # Invariants.

    def assert_heard_of(self, key: Planned) -> None:
        """Every cached JWKS has the key by now, however old it may be."""
        if key.sign_from == key.published_at:
            return  # the first key of the ring
        # A turn that is so near is not moved any more: elsewhere it may have begun.
        linger = max(policy("access", self.settings).linger, planning.planner.TOLERANCE)
        near = key.sign_from - self.off - linger - SECOND
        assert key.kid in {each.kid for each in self.at(self.now - self.caches(near))}

    def assert_believed(self, token: Token, moment: datetime) -> None:
        """A fresh snapshot, by any clock, has a key that verifies, and reports no theft."""
        key = next(each for each in self.at(moment) if each.kid == token.key.kid)
        for clock in (-self.off, NOTHING, self.off):
            skew, linger = self.settings.CLOCK_SKEW, policy("access", self.settings).linger
            now = min(moment + clock, token.exp + token.leeway)
            assert key.state(now) in TRUSTED
            assert not key.explain_misuse(now, token.iat.timestamp(), skew=skew, linger=linger)

    def assert_no_token_outlives_its_key(self) -> None:
        """Until the last moment of each token its key verifies, by every clock and snapshot."""
        for token in self.tokens:
            last = token.exp + token.leeway
            for clock in (-self.off, self.off):
                for age in (NOTHING, token.max_age):
                    keys = self.at(max(last - clock - age, token.since))
                    states = [each.state(last) for each in keys if each.kid == token.key.kid]
                    assert states == [] or states[0] in TRUSTED, (token, states)
                    assert states or age


def raise_lifetime(each: Planned, key: Planned, lifetime: timedelta, now: datetime) -> Planned:
    """Raise the lifetime of `key`, as the conditional UPDATE does."""
    signing = each.sign_until is None or each.sign_until > now
    deployed_settings = each.kid == key.kid and signing and each.max_lifetime < lifetime
    return replace(each, max_lifetime=lifetime) if deployed_settings else each


@pytest.mark.threat("TIME-065", "KEY-007", "KEY-011")
@settings(max_examples=600)
@given(data=st.data())
def test_every_valid_token_meets_a_key_that_still_verifies(data):
    """Random settings, lifetimes, clocks, rotations, lost standbys, and a job that may never run."""
    off = data.draw(up_to(MINUTE)) / 2
    sound = sound_settings(2 * off)
    clocks, ages = st.sampled_from([-off, NOTHING, off]), st.sampled_from([0, 0.5, 1])
    about = st.sampled_from([-HOUR, -5 * MINUTE, -off, NOTHING, off, 5 * MINUTE])
    lifetimes = st.one_of(st.none(), st.timedeltas(SECOND, 10 * DAY))
    world = World(off, data.draw(sound))
    world.deploy(world.settings, data.draw(clocks))
    steps = {
        "issue again": lambda: world.issue(world.settings.ACCESS_TOKEN_LIFETIME, data.draw(clocks), 0),
        "wait": lambda: setattr(world, "now", world.now + data.draw(up_to(40 * DAY))),
        "wait for a turn": lambda: wait_for_a_turn(world, data.draw(about)),
        "issue": lambda: world.issue(
            data.draw(lifetimes) or world.settings.ACCESS_TOKEN_LIFETIME, data.draw(clocks), data.draw(ages)
        ),
        "the job runs": lambda: world.run_job(data.draw(clocks)),
        "hasten": lambda: world.hasten(data.draw(clocks)),
        "lose the standby": lambda: world.lose_standby(data.draw(clocks)),
        "deploy": lambda: world.deploy(data.draw(sound), data.draw(clocks)),
    }
    for name in data.draw(st.lists(st.sampled_from(sorted(steps)), min_size=10, max_size=30)):
        steps[name]()
    world.assert_no_token_outlives_its_key()


def wait_for_a_turn(world: World, about: timedelta) -> None:
    """Move the clock to where the dangers are: around the next changeover."""
    ahead = [key.sign_from for key in world.versions[-1] if key.state(world.now) is State.STANDBY]
    world.now = max(world.now, min(ahead, default=world.now) + about)


def test_a_longer_leeway_in_the_settings_is_kept_by_the_key_that_signs():
    """A token from the end of a turn has the new LEEWAY, though the key was made under a shorter one."""
    strict = Settings(LEEWAY=NOTHING, CLOCK_SKEW=NOTHING, SIGNING_MAX_AGE=NOTHING, KEYRING_MAX_AGE=NOTHING)
    world = World(NOTHING, strict)
    world.deploy(strict, NOTHING)
    world.deploy(replace(strict, LEEWAY=5 * MINUTE), NOTHING)
    wait_for_a_turn(world, -SECOND)
    world.issue(strict.ACCESS_TOKEN_LIFETIME, NOTHING, 0)
    world.assert_no_token_outlives_its_key()


def test_a_longer_leeway_reaches_a_key_that_has_just_retired():
    """A job whose clock is early takes it for retired, while a process whose clock is late signs with it."""
    off, strict = MINUTE / 2, Settings(SIGNING_MAX_AGE=NOTHING, KEYRING_MAX_AGE=NOTHING)
    world = World(off, strict)
    world.deploy(strict, NOTHING)
    wait_for_a_turn(world, NOTHING)
    world.deploy(replace(strict, LEEWAY=5 * MINUTE), off)
    world.issue(strict.ACCESS_TOKEN_LIFETIME, -off, 0)
    world.assert_no_token_outlives_its_key()
