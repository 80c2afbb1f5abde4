"""Every interleaving of planners and processes on one ring, and planners that the model must catch."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from django_jwtkit.keys.planning import Keys, Life, Planned, Situation, State, planner
from tests.models import FULL
from tests.models.ring import Fault, Model, Scenario
from tests.models.ring_scenarios import NAMED, SCENARIOS

pytestmark = [pytest.mark.model, pytest.mark.threat("KEY-007", "KEY-008", "KEY-009")]

PROPERTIES = {"ONE ", "OPEN", "BACK", "KEPT", "GONE"}


def stories_of(faults: dict[str, Fault]) -> str:
    return "\n".join("\n  ".join(fault.story) for fault in faults.values())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_all_properties_hold(scenario: Scenario, record_property: Callable[[str, object], None]) -> None:
    """ONE, OPEN, BACK, KEPT and GONE, in each state that can be reached."""
    began = time.monotonic()
    model = Model(scenario if FULL else replace(scenario, last=scenario.quick))
    faults = model.run()
    record_property("states", len(model.came))
    print(f"{scenario.name}: {len(model.came)} states, {time.monotonic() - began:.1f} s")
    assert not faults, stories_of(faults)


# A falsified planner, the scenario in which it must show, and the properties that it breaks.


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Postpone each standby that was published too late by the plan's clock, though it may be signing."""

    def postpone_all(keys: Keys, at: Situation) -> Keys:
        for key in keys:
            begins = key.published_at + at.policy.publish_before
            if key.sign_from and key.state(at.now) is State.STANDBY:
                keys = planner._replace(keys, key, replace(key, sign_from=max(key.sign_from, begins)))
        return planner._link(keys, at.now)

    monkeypatch.setattr(planner, "_postpone_standbys", postpone_all)


def two_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not end the turn of a key when the next one's begins."""
    link = planner._link

    def open_ended(keys: Keys, now: object) -> Keys:
        return tuple(replace(key, sign_until=None) if key.sign_from else key for key in link(keys, now))

    monkeypatch.setattr(planner, "_link", open_ended)


def no_heir(monkeypatch: pytest.MonkeyPatch) -> None:
    """Revoke a key and let its successor wait for the turn that it had."""

    def revoke(keys: Keys, at: Situation, kids: object, reason: str) -> Keys:
        return tuple(
            replace(key, revoked_at=at.now, sign_until=at.now) if key.kid in kids else key for key in keys
        )

    monkeypatch.setattr(planner, "_revoke", revoke)
    monkeypatch.setattr(planner, "_start_earliest", lambda keys, now: keys)
    monkeypatch.setattr(planner, "signer", lambda *_, **__: None)


def forgiving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report that a key is revoked, and leave it as it was."""
    monkeypatch.setattr(planner, "_revoke", lambda keys, at, kids, reason: planner._link(keys, at.now))
    update = planner._update
    monkeypatch.setattr(
        planner, "_update", lambda key, at: replace(update(key, at), reason="leaked" if key.kid else "")
    )


def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Destroy the private part of a key whose turn is about to end."""
    update = planner._update

    def destroy_early(key: Planned, at: Situation) -> Planned:
        soon = key.sign_until is not None and at.now >= key.sign_until - timedelta(minutes=2)
        return replace(update(key, at), private=not soon)

    monkeypatch.setattr(planner, "_update", destroy_early)


def quick_to_accuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a key for stolen that a process of ours has signed with before it knew of its end."""
    explain_misuse = Life.explain_misuse

    def accuse(life: Life, now: object, issued: float, **allowed: timedelta) -> str:
        return explain_misuse(life, now, issued, **allowed | {"linger": timedelta(0)})

    monkeypatch.setattr(Life, "explain_misuse", accuse)


def giving_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rotate at once by swapping turns: the key that has signed stands by once more."""
    rotate_now = planner.rotate_now

    def swap_turns(keys: Keys, at: Situation) -> Keys:
        after = rotate_now(keys, at)
        line = [key for key in after if key.state(at.now) in (State.RETIRED, State.STANDBY)]
        if len(line) < 2:
            return after
        begins = line[-1].sign_from
        return tuple(
            replace(key, sign_from=begins, sign_until=begins) if key is line[0] else key for key in after
        )

    monkeypatch.setattr(planner, "rotate_now", swap_turns)


FALSIFIED = [
    (impatient, "a late job", {"BACK"}),
    (two_ends, "emergency rotation, its planner sleeps", {"OPEN"}),
    (no_heir, "revocation, its planner sleeps", {"BACK"}),
    (forgiving, "revocation, its planner sleeps", {"GONE"}),
    (hasty, "the job dies, and two turns pass", {"ONE "}),
    (quick_to_accuse, "emergency rotation, its planner sleeps", {"KEPT"}),
    (giving_back, "emergency rotation, its planner sleeps", {"BACK"}),
]


@pytest.mark.parametrize(("falsify", "name", "broken"), FALSIFIED, ids=[row[0].__name__ for row in FALSIFIED])
def test_a_falsified_planner_is_caught(falsify, name, broken, monkeypatch) -> None:
    """Otherwise the model would hold whatever the planner does."""
    falsify(monkeypatch)
    scenario = NAMED[name]
    assert broken <= set(Model(replace(scenario, last=scenario.quick)).run())


def test_a_plan_that_ages_is_caught() -> None:
    """Without the rule that an old plan is made anew, tokens issued meanwhile are refused."""
    scenario = NAMED["emergency rotation, its planner sleeps"]
    assert "KEPT" in Model(replace(scenario, last=scenario.quick, oldest=99)).run()


@pytest.mark.parametrize(("ahead", "broken"), [(-4, {"ONE ", "KEPT"}), (4, {"KEPT"})], ids=["late", "ahead"])
def test_a_process_that_goes_by_a_wrong_clock_of_its_own_is_caught(ahead, broken) -> None:
    """That is why each look reads the database's time, too."""
    scenario = Scenario(
        "a wrong clock", NAMED["job and emergency rotation"].planners, clocks=(0, ahead), quick=3
    )
    assert set(Model(replace(scenario, last=3)).run()) & broken


def test_each_property_has_a_planner_that_breaks_it() -> None:
    assert set().union(*(broken for *_, broken in FALSIFIED)) == PROPERTIES
