"""The picture of the keys: from rows and a clock to coordinates."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.admin.dates import span
from django_jwtkit.admin.keys.states import Row, outlook, state_words
from django_jwtkit.admin.keys.timeline import drawing, layout
from django_jwtkit.admin.keys.timeline.axis import ticks
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import Life

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def key(published=-10, sign_from=-8, sign_until=None, *, revoked=None, **more):
    """A key whose dates are days from now; nothing is saved."""
    date = lambda days: None if days is None else NOW + days * DAY  # noqa: E731
    ring, kid, lifetime = more.get("ring", "access"), more.get("kid", "k1"), more.get("lifetime", 5)
    life = Life(
        published_at=date(published),
        sign_from=date(sign_from),
        sign_until=date(sign_until),
        max_lifetime=lifetime * DAY,
        margin=0 * DAY,
        revoked_at=date(revoked),
    )
    return Row(kid, ring, more.get("algorithm", "ES256"), life, more.get("fault", ""))


def states(row):
    return [phase.state for phase in drawing.phases_until(row, NOW)]


def draw_bars(*rows, form=layout.WIDE):
    return drawing.draw(rows, NOW, form).lanes[0].bars


class TestPhases:
    def test_a_life_runs_from_standby_to_expired(self):
        """A key of the past has had all four phases, one after the other without a gap."""
        life = list(drawing.phases_until(key(-100, -90, -20), NOW))
        assert [phase.state for phase in life] == [
            State.STANDBY,
            State.ACTIVE,
            State.RETIRED,
            State.EXPIRED,
        ]
        assert [phase.end for phase in life[:-1]] == [phase.start for phase in life[1:]]
        assert life[-1].end == NOW

    def test_a_standby_is_drawn_with_the_future_that_is_already_written(self):
        """The changeover stands in the rows, so the picture shows it before it comes."""
        assert states(key(-1, 2, 90)) == [State.STANDBY, State.ACTIVE, State.RETIRED]

    def test_a_turn_of_no_length_is_left_out(self):
        """A withdrawn standby has never signed."""
        assert states(key(-9, -2, -2)) == [State.STANDBY, State.RETIRED]

    def test_a_revocation_cuts_the_life(self):
        """Nothing that would have come after it is drawn."""
        life = list(drawing.phases_until(key(-10, -8, 80, revoked=-3), NOW))
        assert [phase.state for phase in life] == [State.STANDBY, State.ACTIVE, State.REVOKED]
        assert life[1].end == life[2].start == NOW - 3 * DAY

    def test_a_revoked_standby_never_signs(self):
        """Its own turn lies after the revocation."""
        assert states(key(-10, 20, revoked=-3)) == [State.STANDBY, State.REVOKED]

    def test_an_imported_key_only_verifies(self):
        """It has no turn of its own, and an explicit end."""
        assert states(key(-10, None, 30, lifetime=0)) == [State.VERIFY_ONLY]


class TestPicture:
    def test_now_lies_between_the_past_and_the_future(self):
        """The line of today parts the bars where the clock stands."""
        for form in (layout.WIDE, layout.NARROW):
            picture = drawing.draw([key(-30, -20, 90), key(-3, 90)], NOW, form)
            (past, *_, future), (*_, standby) = (bar.phases for bar in picture.lanes[0].bars)
            assert form.start < past.x < picture.now < future.x < standby.tip == form.end

    def test_now_is_always_in_the_left_half(self):
        """The past takes half as much room as the future, however long it is."""
        for published in (-4000, -400, -40, -4):
            picture = drawing.draw([key(published, published, 90), key(-1, 90)], NOW)
            width = layout.WIDE.end - layout.WIDE.start
            assert 0 < picture.now - layout.WIDE.start <= width / 3 + 1

    def test_the_picture_of_a_key_that_has_ended_shows_all_of_its_life(self):
        """Its future is nothing to look at, so now lies on the right."""
        for ended in (key(-100, -90, -20), key(-400, -390, 80, revoked=-300)):
            picture = drawing.draw([ended], NOW)
            (bar,) = picture.lanes[0].bars
            assert layout.WIDE.start < bar.phases[0].x < layout.WIDE.end / 3 < picture.now < layout.WIDE.end
            assert [phase.css for phase in bar.phases][:2] == ["standby", "active"]

    def test_two_pictures_share_an_axis(self):
        """So that a plan's before and after can be compared."""
        before, after = [key(-30, -20, 10)], [key(-30, -20, 0), key(0, 0, 400)]
        axis = [*before, *after]
        pictures = [drawing.draw_both(rows, NOW, axis=axis).pictures for rows in (before, after)]
        for first, second in zip(*pictures, strict=True):
            assert (first.now, first.ticks) == (second.now, second.ticks)

    def test_a_fault_has_room_beside_the_name_of_a_key(self):
        """Twelve letters and "…" of 7 units each; the longest state has 27 letters of less than 6.5 units."""
        for form in (layout.WIDE, layout.NARROW):
            picture = drawing.draw([key(fault="x")], NOW, form)
            assert picture.layout.state >= 13 * 7 + 27 * 6.5
            assert picture.layout.below or picture.layout.state < picture.layout.start

    @pytest.mark.parametrize("past", range(1, 120, 7))
    def test_no_label_of_the_axis_is_cut(self, past):
        """The longest, "30 Nov 18:00", has 12 letters of less than 6 units; each stands near its line."""
        for picture in drawing.draw_both([key(-past, -past, 90)], NOW).pictures:
            assert picture.ticks
            for tick in picture.ticks:
                assert 6 * 6 <= tick.middle <= picture.layout.width - 6 * 6
                assert abs(tick.middle - tick.x) <= 6 * 6
            assert all(b.middle - a.middle >= picture.layout.apart for a, b in pairwise(picture.ticks))

    def test_on_a_phone_no_line_runs_through_a_name(self):
        """The names stand above the bars there, so the lines leave gaps for them."""
        rows = [key(), key(kid="k2"), key(ring="refresh", kid="k3")]
        picture = drawing.draw(rows, NOW, layout.NARROW)
        lines = [tuple(map(int, line.split("V"))) for line in picture.upright.split("M0 ")[1:]]
        names = [lane.y for lane in picture.lanes] + [
            bar.label + 4 for lane in picture.lanes for bar in lane.bars
        ]
        for top, bottom in lines:
            assert not [name for name in names if bottom > name - 10 and top < name]
        bars = [bar.y for lane in picture.lanes for bar in lane.bars]
        assert all(any(top < y < bottom for top, bottom in lines) for y in bars)

    def test_on_a_screen_a_line_runs_through_all(self):
        """The names stand beside the bars there."""
        picture = drawing.draw([key(), key(kid="k2")], NOW)
        assert picture.upright == f"M0 34V{picture.bottom}"

    def test_a_screen_has_the_date_at_the_end_of_a_bar(self):
        """Until when the key is trusted, in letters, beside its last phase."""
        ending, following, over = draw_bars(key(-30, -20, 20), key(-3, 20), key(-90, -80, -30))
        assert ending.until == "18 Dec 2026"
        assert ending.phases[-1].tip < ending.until_at < layout.WIDE.end
        assert following.until == ""
        assert over.until == ""

    def test_where_there_is_no_room_there_is_no_date(self):
        """Neither beyond the edge nor on a phone, where the names stand above the bars."""
        (bar,) = draw_bars(key(-30, -20, 90))
        assert bar.phases[-1].tip > layout.WIDE.width - layout.DATE
        assert bar.until == ""
        assert [bar.until for bar in draw_bars(key(-30, -20, 20), key(-3, 20), form=layout.NARROW)] == [
            "",
            "",
        ]

    def test_what_is_planned_is_drawn_apart_from_what_was(self):
        """A phase that goes on now is cut in two."""
        (bar,) = drawing.draw([key(-10, -8, 20)], NOW).lanes[0].bars
        phases = [(phase.css, phase.planned) for phase in bar.phases]
        assert phases == [("standby", False), ("active", False), ("active", True), ("retired", True)]

    def test_a_fault_is_part_of_the_state(self):
        """In word and colour, whatever the state is."""
        row = key(-10, -8, 20, fault="it is sealed under a key that is not here")
        (bar,) = drawing.draw([row], NOW).lanes[0].bars
        assert (bar.css, bar.state) == ("fault", "Active – cannot sign")
        assert state_words(key(-90, -80, -2, fault="x"), NOW) == "Retired – cannot verify"
        assert state_words(key(-9, -8, algorithm="A256KW", fault="x"), NOW) == "Active – cannot encrypt"

    def test_only_a_turn_without_an_end_is_open(self):
        """An arrow tells an unknown end from a known one."""
        picture = drawing.draw([key(-10, -8, 2), key(-2, 2)], NOW)
        assert [[phase.open for phase in bar.phases] for bar in picture.lanes[0].bars] == [
            [False] * 3,
            [False, False, True],
        ]

    def test_each_ring_has_a_lane_and_each_key_a_line(self):
        """Lines never overlap, and the picture is as high as they need."""
        picture = drawing.draw([key(), key(kid="k2"), key(ring="refresh", kid="k3")], NOW)
        assert [(lane.ring, len(lane.bars)) for lane in picture.lanes] == [("access", 2), ("refresh", 1)]
        heights = [bar.y for lane in picture.lanes for bar in lane.bars]
        assert heights == sorted(set(heights))
        assert heights[-1] < picture.bottom < picture.height

    def test_a_revocation_is_marked(self):
        """A cross stands where it happened."""
        picture = drawing.draw([key(-10, -8, 80, revoked=-3), key(-5, -3, 90)], NOW)
        first, second = picture.lanes[0].bars
        assert first.cross == first.phases[-1].x
        assert second.cross is None

    def test_the_picture_is_told_in_words_too(self):
        """A screen reader reads key, algorithm, state, what comes next, and all dates that hold."""
        with timezone.override(UTC):
            (facts,) = drawing.draw_both([key(-10, -8, 41, revoked=-1)], NOW).facts
        assert facts.story == (
            "k1 (ES256), Revoked, revoked 24 hours ago · published Nov. 13, 2026, noon · "
            "signs Nov. 15, 2026, noon – Nov. 22, 2026, noon · verifies until Nov. 22, 2026, noon"
        )

    def test_a_standby_that_was_revoked_has_never_signed(self):
        """Its planned dates are in the history, and nowhere else."""
        (facts,) = drawing.draw_both([key(-10, 20, 80, revoked=-1)], NOW).facts
        assert "signs – ·" in facts.story

    def test_the_legend_says_what_each_state_means(self):
        """Nothing is drawn that the legend does not explain."""
        legend = drawing.draw_both([key(-30, -20, -2), key(-4, -2)], NOW).legend
        assert [(css, name) for css, name, _ in legend] == [
            ("standby", "Standby"),
            ("active", "Active"),
            ("retired", "Retired"),
        ]
        assert all(meaning for _, _, meaning in legend)

    def test_no_keys_make_an_empty_picture(self):
        """A database just migrated, or a tenant without keys."""
        picture = drawing.draw([], NOW)
        assert picture.lanes == ()
        assert picture.layout.start <= picture.now <= picture.layout.end

    @given(
        st.lists(
            st.builds(
                key,
                published=st.integers(-4000, 400),
                sign_from=st.none() | st.integers(-4000, 4000),
                sign_until=st.none() | st.integers(-4000, 4000),
                revoked=st.none() | st.integers(-4000, 0),
            ),
            max_size=6,
        )
    )
    def test_whatever_the_rows_say_all_is_drawn_inside(self, rows):
        """Rows that no planner would write (imported, or changed by hand) still give a picture."""
        for picture in drawing.draw_both(rows, NOW).pictures:
            start, end = picture.layout.start, picture.layout.end
            for phase in (phase for lane in picture.lanes for bar in lane.bars for phase in bar.phases):
                assert start <= phase.x <= phase.tip <= end + layout.LEAST
                assert phase.width >= layout.LEAST


class TestTicks:
    @pytest.mark.parametrize("days", [0.5, 1, 5, 20, 60, 100, 200, 400, 900, 3000])
    def test_an_axis_has_a_handful_of_marks(self, days):
        """Neither bare nor crowded, whatever the span; no label twice."""
        length = days * DAY
        marks = list(ticks(NOW, NOW + length, lambda moment: round(768 * ((moment - NOW) / length))))
        assert 1 <= len(marks) <= 12
        assert len({mark.label for mark in marks}) == len(marks)
        assert all(right.x - start.x >= 50 for start, right in pairwise(marks))

    def test_months_begin_on_their_first_day(self):
        """Marks stand where people expect them."""
        moments = []
        labels = [
            tick.label for tick in ticks(NOW, NOW + 100 * DAY, lambda moment: moments.append(moment) or 0)
        ]
        assert labels == ["Dec 2026", "Jan 2027", "Feb 2027", "Mar 2027"]
        assert {moment.day for moment in moments} == {1}


class TestWords:
    @pytest.mark.parametrize(
        ("length", "words"),
        [
            (timedelta(days=41, hours=7), "41 days"),
            (timedelta(hours=36), "36 hours"),
            (timedelta(minutes=90), "90 minutes"),
            (timedelta(minutes=1), "1 minute"),
            (timedelta(seconds=59), "less than a minute"),
        ],
    )
    def test_a_span_is_told_in_its_largest_fitting_unit(self, length, words):
        """Rounded down: a key that signs for 47 more hours does not sign for two days."""
        assert span(length) == words

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            (key(-1, 2), "signs in 2 days"),
            (key(-9, -8), "signs until another takes over"),
            (key(-9, -8, 41), "signs for another 41 days"),
            (key(-9, -8, -2), "verifies for another 3 days"),
            (key(-9, None, 7, lifetime=0), "verifies for another 7 days"),
            (key(-90, -80, -20), "ended 15 days ago"),
            (key(-90, -80, 20, revoked=-4), "revoked 4 days ago"),
            (key(-1, 2, algorithm="A256KW"), "encrypts in 2 days"),
            (key(-9, -8, 41, algorithm="A256KW"), "encrypts for another 41 days"),
            (key(-9, -8, -2, algorithm="A256KW"), "decrypts for another 3 days"),
        ],
    )
    def test_each_state_says_what_comes_next(self, row, words):
        """The question of whoever looks at the list."""
        assert outlook(row, NOW) == words
