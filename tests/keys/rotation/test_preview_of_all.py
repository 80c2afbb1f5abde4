"""The plans of all rings: those that each ring's own preview shows, with a few queries for all of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_jwtkit import errors, keys, moments
from tests.keys.rows import wipe
from tests.support import unhealthy

pytestmark = pytest.mark.django_db
MOST = 5  # queries


def one_by_one(rings, now):
    """Return what the preview of each ring shows or raises."""
    plans = {}
    for ring in rings:
        try:
            plans[ring] = keys.preview(ring, now=now)
        except errors.JWTKitError as error:
            plans[ring] = error
    return plans


def comparable(plans):
    """Return `plans` with their errors as kinds and texts."""
    return {
        ring: (type(plan), str(plan)) if isinstance(plan, Exception) else plan for ring, plan in plans.items()
    }


@pytest.mark.parametrize(
    "state", [unhealthy.all_is_well, *unhealthy.STATES], ids=lambda state: state.__name__
)
def test_the_plans_are_those_of_each_ring(state, settings):
    """Whatever is wrong, and where nothing is; an error is that of one ring."""
    unhealthy.make(state, settings)
    now, rings = moments.now(), ["access", "refresh", "kinds", "encryption", "unknown"]
    plans = keys.preview_all(rings, now=now)
    assert comparable(plans) == comparable(one_by_one(rings, now))
    assert isinstance(plans["unknown"], errors.UnknownRing)


def acme():
    return "acme"


def test_a_ring_of_another_scope_keeps_no_other_from_its_plan(settings):
    """The error stands where the plan of that ring would stand."""
    settings.JWTKIT = {"KEYRING_SCOPE": f"{__name__}.acme"}
    wipe("access")
    plans = keys.preview_all(["refresh", "access"])
    assert isinstance(plans["refresh"], errors.ScopeMismatch)
    assert [step.action for step in plans["access"].steps] == ["made", "made"]


def test_the_queries_are_as_many_for_each_number_of_rings(settings):
    """However many rings there are, also those without a row."""
    counts = []
    for number in (1, 40):
        settings.JWTKIT = {"KEY_RINGS": {f"r{each}": {} for each in range(number)}}
        keys.now()  # which asks the database now and then
        with CaptureQueriesContext(connection) as queries:
            plans = keys.preview_all([f"r{each}" for each in range(number)])
        assert all(plans.values())
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST
