"""The stray rule, played through: how long a thief lives, and how often an honest client is taken for one.

`JWTKIT_SIMULATED=2000` plays that many refreshes of each honest client (default 300); `pytest -s` shows the
numbers. The clock is the simulation's own, the database is real.
"""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import count
from typing import Any

import pytest

from django_jwtkit import sessions
from django_jwtkit.errors import SessionEnded

REFRESHES = int(os.environ.get("JWTKIT_SIMULATED", "300"))
TRIALS = max(10, REFRESHES // 20)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
HOUR = 60 * MINUTE


@dataclass
class World:
    """A user, a moment to begin at, chance that is the same in each run, and where requests come from."""

    owner: Any
    begin: datetime
    dice: random.Random
    request_from: Callable[..., Any]

    def rhythm(self, most: int | None = None) -> Iterator[datetime]:
        """The moments at which the owner refreshes: every five minutes, give or take half a minute."""
        for turn in range(1, most + 1) if most else count(1):
            yield self.begin + turn * 5 * MINUTE + self.seconds(-30, 30)

    def seconds(self, least: float, most: float) -> timedelta:
        return self.dice.uniform(least, most) * SECOND

    def log_in(self, request, at: datetime) -> sessions.TokenPair:
        return sessions.start(self.owner, request=request, now=at - MINUTE)


@pytest.fixture
def world(alice, now, request_from, request):
    """One for each test."""
    return World(alice, now, random.Random(request.node.name), request_from)


def tell(title: str, *numbers: str) -> None:
    print(f"\n{title}: {', '.join(numbers)}")


def life_of_a_thief(world: World, thief: tuple[str, str], after: tuple[float, float]) -> timedelta:
    """Play until the session ends, an hour at most; both clients go on with their own tokens."""
    asks = {"owner": world.request_from("192.0.2.1", "Firefox"), "thief": world.request_from(*thief)}
    newest = dict.fromkeys(asks, sessions.start(world.owner, request=asks["owner"], now=world.begin))
    for at in world.rhythm():
        if at - world.begin > HOUR:
            return HOUR
        for when, client in sorted(((at, "owner"), (at + world.seconds(*after), "thief"))):
            try:
                newest[client] = sessions.refresh(newest[client].refresh, request=asks[client], now=when)
            except SessionEnded:
                return when - world.begin
    raise AssertionError


@pytest.mark.threat("RFR-011")
@pytest.mark.parametrize(
    ("when", "after"),
    [
        ("right behind the owner", (0.2, 9)),
        ("just before the owner", (-9, -0.2)),
        ("at any time", (-240, 240)),
    ],
)
def test_a_thief_lives_for_a_quarter_of_an_hour(world, when, after):
    """At most, from the theft on; a thief that does not follow the owner closely dies much sooner."""
    lives = [life_of_a_thief(world, ("203.0.113.9", "Firefox"), after) for _ in range(TRIALS)]
    average = sum(lives, 0 * MINUTE) / TRIALS
    tell(f"A thief that refreshes {when}", f"lives {max(lives)} at most", f"{average} on average")
    assert max(lives) < 16 * MINUTE


def test_a_thief_at_the_owners_own_address_is_not_seen(world):
    """The limit of the rule, which the documents tell: same address, same user agent, always in the grace."""
    assert life_of_a_thief(world, ("192.0.2.1", "Firefox"), (0.2, 9)) == HOUR


@pytest.mark.parametrize(
    ("where", "lost", "moved"),
    [("at home", 0.01, 0.01), ("in the street", 0.03, 0.2), ("on a train", 0.1, 0.3)],
)
def test_an_honest_phone_is_taken_for_no_thief(world, where, lost, moved):
    """Answers get lost, and the retry comes from another network: hardly ever three times in a row."""
    alarms, strays, pair = 0, 0, None
    for at in world.rhythm(REFRESHES):
        here = there = world.request_from(f"192.0.2.{world.dice.randrange(1, 250)}")
        pair = pair or world.log_in(here, at)
        try:
            following = sessions.refresh(pair.refresh, request=here, now=at)
            if world.dice.random() < lost:
                if world.dice.random() < moved:
                    there, strays = world.request_from("203.0.113.9"), strays + 1
                following = sessions.refresh(pair.refresh, request=there, now=at + world.seconds(1, 8))
            pair = following
        except SessionEnded:
            alarms, pair = alarms + 1, None
    tell(f"A phone {where}", f"{REFRESHES} refreshes", f"{strays} strays", f"{alarms} false alarms")
    assert alarms <= REFRESHES / 1000


def network_of(request):
    """The project's `CLIENT_ADDRESS`: a proxy's addresses are those of one network."""
    return str(ip_network((request.META["REMOTE_ADDR"], 24), strict=False)[0])


@pytest.mark.parametrize(
    ("addresses", "told_by", "good"),
    [(1, None, True), (2, None, False), (2, f"{__name__}.network_of", True)],
    ids=["one address", "two addresses", "two addresses of a network"],
)
def test_two_tabs_want_one_address(world, settings, addresses, told_by, good):
    """Two that refresh at once through a proxy with several addresses look like an owner and a thief.

    The documents say so, and how `CLIENT_ADDRESS` fixes it.
    """
    settings.JWTKIT = {"CLIENT_ADDRESS": told_by}
    alarms, pair = 0, None
    for at in world.rhythm(REFRESHES):
        first, other = (world.request_from(f"192.0.2.{world.dice.randrange(addresses)}") for _ in range(2))
        pair = pair or world.log_in(first, at)
        try:
            following = sessions.refresh(pair.refresh, request=first, now=at)
            sessions.refresh(pair.refresh, request=other, now=at + SECOND)
            pair = following
        except SessionEnded:
            alarms, pair = alarms + 1, None
    how = "by network" if told_by else "by address"
    tell(f"Two tabs behind {addresses} addresses, {how}", f"{REFRESHES} refreshes", f"{alarms} false alarms")
    assert (alarms == 0) is good
