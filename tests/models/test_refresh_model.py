"""The promises of refreshing, in every interleaving of an abstract session: `refresh.pml` by Spin.

`-s` prints a row for each: the property, what came out, how many states there were, and in how many seconds.
"""

from typing import Final, NamedTuple

import pytest

from tests.models import FULL, spin

pytestmark = [pytest.mark.model, spin.needed]


class Question(NamedTuple):
    """A property, the world that it is asked of, whether it holds there, and whether that takes long."""

    name: str
    holds: bool
    world: dict[str, int]
    long: bool = False


IN_TIME, SHADOW, STRAYS, NEVER = {"P_INTIME": 1}, {"P_SHADOW": 3}, {"P_STRAYS": 1}, {"P_NEVER": 1}
WANDERING: Final = {"LOSS": 1, "LATE": 1}

PROMISES: Final = [
    # One line of descent (S1), and nothing after an end (S2); both are asked in every other run as well.
    Question(
        "S1 S2: a thief, a logout, lost answers",
        True,
        {"TABS": 1, "TURNS": 3, "THIEF": 1, "THIEFTURNS": 2, "REVOKE": 1, "LOSS": 1},
    ),
    Question(
        "S1 S2: two tabs, a thief, a logout",
        True,
        {"TABS": 2, "TURNS": 1, "THIEF": 1, "THIEFTURNS": 1, "REVOKE": 1},
    ),
    Question(
        "S1 S2: two tabs, two turns of each, a thief, a logout",
        True,
        {"TABS": 2, "TURNS": 2, "THIEF": 1, "THIEFTURNS": 2, "REVOKE": 1},
        long=True,
    ),
    # Nobody whose token was good when it was looked at, or is good at the verdict, is logged out (L1).
    Question("L1: one tab, lost answers", True, {"TABS": 1, "TURNS": 4, "LOSS": 1, **IN_TIME}),
    Question("L1: two tabs", True, {"TABS": 2, "TURNS": 3, **IN_TIME}),
    Question("L1: two tabs, late and lost answers", True, {"TABS": 2, "TURNS": 3, **WANDERING, **IN_TIME}),
    Question("L1: three tabs", True, {"TABS": 3, "TURNS": 2, **IN_TIME}, long=True),
    # A thief at another address shares two generations in a row with the owner, and no third (T1).
    Question("T1: one tab", True, {"TABS": 1, "TURNS": 4, "THIEF": 1, "THIEFTURNS": 4, **SHADOW}),
    Question("T1: two tabs", True, {"TABS": 2, "TURNS": 1, "THIEF": 1, "THIEFTURNS": 4, **SHADOW}, long=True),
    Question("L2: a slow owner, no lost answer", True, {"TABS": 1, "TURNS": 4, **NEVER}),
]

LIMITS: Final = [
    # What the documents say does not hold, and that the model would see it.
    Question("L2: a slow owner, lost answers", False, {"TABS": 1, "TURNS": 4, "LOSS": 1, **NEVER}, long=True),
    Question("L2: a slow owner, two tabs", False, {"TABS": 2, "TURNS": 3, **NEVER}, long=True),
    Question(
        "L3: a roaming owner, lost answers",
        False,
        {"TABS": 1, "TURNS": 7, "LOSS": 1, "ROAM": 1, **STRAYS},
        long=True,
    ),
    Question("L3: a roaming owner, two tabs", False, {"TABS": 2, "TURNS": 3, "ROAM": 1, **STRAYS}, long=True),
    Question(
        "T1: a thief at the same address",
        False,
        {"TABS": 1, "TURNS": 4, "THIEF": 2, "THIEFTURNS": 4, **SHADOW},
        long=True,
    ),
    Question("a thief is found", False, {"TABS": 1, "TURNS": 3, "THIEF": 1, "THIEFTURNS": 2, **NEVER}),
]

TWO_TABS: Final = {"TABS": 2, "TURNS": 3, **IN_TIME}
A_THIEF: Final = {"TABS": 1, "TURNS": 4, "THIEF": 1, "THIEFTURNS": 4, **SHADOW}
A_LOGOUT: Final = {"TABS": 2, "TURNS": 2, "REVOKE": 1}
FALSIFIED: Final = [
    Question("L1: no grace at all", False, {"BREAK": 1, **TWO_TABS}, long=True),
    Question("L1: the newest token always turns the session", False, {"BREAK": 2, **TWO_TABS}),
    Question("L1: a delayed request is judged again", False, {"BREAK": 5, **TWO_TABS}),
    Question("T1: a note that meets no row is given up", False, {"BREAK": 3, **A_THIEF}),
    Question("T1: a resting answer is never a stray", False, {"BREAK": 4, **A_THIEF}, long=True),
    Question("S1: the UPDATE does not ask for the counter", False, {"BREAK": 6, **A_LOGOUT}),
    Question("S2: the UPDATE does not ask for the end", False, {"BREAK": 7, **A_LOGOUT}),
]


def quick(questions):
    """Return whether the question is short, or `JWTKIT_MODELS` is "full"."""
    skipped = pytest.mark.skipif(not FULL, reason="needs JWTKIT_MODELS=full")
    return [
        pytest.param(question, id=question.name, marks=[skipped] if question.long else [])
        for question in questions
    ]


def ask(question):
    outcome = spin.verify("refresh.pml", question.world, optimise=question.long)
    word = "holds" if outcome.holds else "broken"
    print(f"\n{question.name:<56} {word:<7} {outcome.states:>10,} states {outcome.seconds:>7.1f} s")
    assert outcome.holds is question.holds


@pytest.mark.threat("RFR-001", "RFR-002", "RFR-003", "RFR-004")
@pytest.mark.parametrize("question", quick(PROMISES))
def test_a_promise_holds_in_every_interleaving(question):
    """The model has the rules of the code."""
    ask(question)


@pytest.mark.parametrize("question", quick(LIMITS))
def test_a_limit_is_where_the_documents_say(question):
    """It is not promised, or the purpose of the rule."""
    ask(question)


@pytest.mark.parametrize("question", quick(FALSIFIED))
def test_a_falsified_refresh_breaks_a_promise(question):
    """Each rule is needed: without it the model finds the interleaving."""
    ask(question)
