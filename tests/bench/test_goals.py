"""The goals: the rows decide whether one is met, and each is about something that is measured."""

from bench import records
from bench.goals import GOALS, Goal, outcomes
from bench.report import tables
from bench.rounds import Row


def row(comparison, contender, ratio=1.0):
    return Row(comparison, contender, 1.0, ratio, 0.0)


def verdicts(rows, counts=None):
    return {outcome.goal.words: outcome.verdict for outcome in outcomes(rows, counts or {})}


def test_a_ratio_is_met_from_its_bound_on():
    """The ratio is the other's time divided by ours."""
    goal = "decode HS256: PyJWT's time / ours"
    assert verdicts([row("decode HS256", "PyJWT", ratio=5)])[goal] == "met"
    assert verdicts([row("decode HS256", "PyJWT", ratio=4.99)])[goal] == "missed"


def test_nearness_to_the_bare_operation_is_the_ratio_turned_round():
    """1.5 times the bare operation at most: its ratio to ours is 1 / 1.5 at least."""
    goal = "decode RS256: our time / the bare operation's"
    assert verdicts([row("decode RS256", "the bare operation", ratio=0.67)])[goal] == "met"
    assert verdicts([row("decode RS256", "the bare operation", ratio=0.6)])[goal] == "missed"


def test_counts_have_upper_bounds():
    """By their name."""
    counted = "queries of a refresh, django_jwtkit"
    assert [verdicts([], {counted: number})[counted] for number in (3, 4)] == ["met", "missed"]


def test_our_second_contender_has_goals_too():
    """PyJWT's time divided by that of a prepared decoder, of one run."""
    goal, decoder = "decode HS256: PyJWT's time / jwt.Decoder", "django_jwtkit, jwt.Decoder"
    rows = [row("decode HS256", "PyJWT", ratio=4.5), row("decode HS256", decoder, ratio=0.8)]
    assert verdicts(rows)[goal] == "met"
    assert verdicts([rows[0], row("decode HS256", decoder, ratio=0.9)])[goal] == "missed"


def test_what_was_not_measured_is_neither_met_nor_missed():
    """No goal disappears."""
    assert set(verdicts([]).values()) == {"not measured"}


def test_each_goal_has_been_measured():
    """By some Python: a comparison or contender of another name would leave its goal without an answer."""
    sections = records.read()
    measured = {
        outcome.goal.words
        for python in tables.pythons(sections)
        for outcome in tables.reached_by(sections, python)
        if outcome.value is not None
    }
    assert measured == {goal.words for goal in GOALS}


def test_a_goal_on_a_server_is_about_the_rows_of_that_server():
    """The same comparison, by the name of the database."""
    rows = [row("refresh, PostgreSQL", "simplejwt", 3.1), row("refresh", "simplejwt", 1.0)]
    of_goal = verdicts(rows)
    assert of_goal["refresh, PostgreSQL: simplejwt's time / ours"] == "met"
    assert of_goal["refresh: simplejwt's time / ours"] == "missed"
    assert of_goal["refresh, MariaDB: simplejwt's time / ours"] == "not measured"


def test_goals_are_named_once():
    """They are the keys of the table above."""
    assert len({goal.words for goal in GOALS}) == len(GOALS)
    assert isinstance(GOALS[0], Goal)
