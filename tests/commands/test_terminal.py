"""Commands on a terminal of 80 columns, in a pipe, and with options that are nearly right."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command, load_command_class
from django.core.management.color import color_style
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit import keys, sessions
from django_jwtkit.checks.project.commands import COMMANDS
from django_jwtkit.keys import StoredKey
from django_jwtkit.management.colours import emphasize
from django_jwtkit.management.layout import Verbatim, table, wrap

ROOT = Path(__file__).parents[2]
WORDS = st.lists(st.text("abcdefghij.,:", min_size=1, max_size=30), min_size=1, max_size=40)


@given(WORDS, st.integers(40, 120))
def test_wrapping_loses_no_word(words, width):
    """The words of the lines are those of the sentence, in their order."""
    assert " ".join(wrap(" ".join(words), width)).split() == words


@given(WORDS, st.integers(40, 120), st.integers(0, 14))
def test_wrapped_lines_fit_and_are_indented(words, width, offset):
    """No further line begins at the left edge, where a line of ours might be forged."""
    first, *rest = wrap(" ".join(words), width, offset=offset)
    assert len(first) + offset <= width
    assert all(len(line) <= width and line.startswith("  ") for line in rest)


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py revoke_key KID --reason leaked --dry-run --ring access",
        "python manage.py rotate_keys --ring access --now --force",
        "python -c 'import secrets; print(secrets.token_urlsafe(32))'",
    ],
)
@pytest.mark.parametrize(
    "sentence", ["Run: {}", "If it cannot be repaired, run: {}", "Make one ({}), or wait."]
)
@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_command_to_paste_is_never_cut(command, sentence, width):
    """It stands in one line, even if it is longer than the terminal is wide."""
    lines = wrap(sentence.format(command), width)
    assert sum(command in line for line in lines) == 1


def test_further_lines_hang_under_the_text_of_a_label():
    """The label stands alone on the left."""
    assert wrap("  Takeover:   " + "word " * 12, 50) == [
        "  Takeover:   word word word word word word word",
        "              word word word word word",
    ]


def test_a_line_that_is_verbatim_is_not_wrapped():
    """JSON and charts keep their lines."""
    line = Verbatim('{"kid": ' + "x " * 60)
    assert wrap(line, 40) == [line]


def test_a_row_that_is_too_wide_takes_two_lines():
    """The columns that belong together stay together."""
    lines = list(
        table(("KID", "STATE", "FROM", "UNTIL"), [("a" * 12, "ACTIVE", "1", "2")], second_line=2, width=24)
    )
    assert lines == ["KID           STATE", "    FROM  UNTIL", "aaaaaaaaaaaa  ACTIVE", "    1     2"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    [
        ("rotate_keys",),
        ("rotate_keys", "--dry-run", "--now"),
        ("list_keys",),
        ("keys_status",),
        ("list_keys", "--events"),
        ("revoke_key", "--ring", "access", "--reason", "leaked", "--dry-run"),
        ("revoke_key", "--ring", "refresh", "--reason", "leaked", "--noinput"),
        ("revoke_key", "--ring", "access", "--reason", "leaked"),
        ("rotate_keys", "--now"),
        ("generate_key",),
        ("generate_key", "--algorithm", "ES255"),
        ("import_key", "--ring", "access", "--verify-only", "--until", "2020-01-01", "-"),
        ("inspect_token", "/nowhere/at/all"),
        ("simulate_rotation", "--days", "100"),
        ("simulate_rotation", "--set", "PUBLISH_BEFORE=18h"),
        ("reseal_keys",),
        ("prune_sessions",),
        ("prune_sessions", "--keep-days", "-1"),
    ],
    ids=" ".join,
)
def test_the_output_fits_80_columns(run, alice, command):
    """Lines without a blank, which no break can shorten, aside."""
    sessions.start(alice)
    done = run(*command, columns=80)
    err = f"CommandError: {done.err}" if done.code else done.err  # as Django prints it
    assert done.out + done.err
    assert [line for line in (done.out + err).splitlines() if len(line) > 80] == []


@pytest.mark.django_db
def test_a_key_that_was_revoked_verifies_until_then(run, a_key):
    """The planned end is later, and would be a false promise."""
    kid = a_key().kid
    keys.revoke(kid, reason="leaked")
    (key,) = (key for key in run("list_keys", "--json").data["keys"] if key["kid"] == kid)
    assert key["verify_until"] == key["revoked_at"]
    assert StoredKey.objects.get(kid=kid).verify_until > StoredKey.objects.get(kid=kid).revoked_at


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_can_be_abbreviated(name):
    """A command that changes keys must not guess what was meant."""
    assert load_command_class("django_jwtkit", name).create_parser("manage.py", name).allow_abbrev is False


@pytest.fixture
def shell(tmp_path):
    """Run a command line, on an empty SQLite file; return its exit code and what it wrote to stderr."""

    def shell(line, **more):
        env = os.environ | {
            "JWTKIT_DATABASE": "sqlite",
            "JWTKIT_DATABASE_NAME": str(tmp_path / "db.sqlite3"),
            "DJANGO_SETTINGS_MODULE": "testproject.settings",
            "MANAGE": f"{sys.executable} manage.py",
            **more,
        }
        done = subprocess.run(
            ["bash", "-c", line], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return shell


@pytest.mark.once
def test_an_abbreviated_option_is_a_usage_error(shell):
    """As from a shell: exit 2, and the option is named."""
    code, _, err = shell("$MANAGE rotate_keys --rin access")
    assert code == 2
    assert "--rin" in err


@pytest.mark.once
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$MANAGE list_keys | true", 141),  # 128 + SIGPIPE, as of any program
        ("$MANAGE list_keys 2>&1 | true", 141),
        ("$MANAGE rotate_keys --now --json 2>/dev/null | true", 3),
    ],
)
def test_a_reader_that_has_seen_enough_gets_no_traceback(shell, line, code, unbuffered):
    """`list_keys | head`: the command ends quietly; a failure keeps its exit code."""
    assert shell("$MANAGE migrate -v0")[0] == 0
    ended, _, err = shell(f"sleep 0; {line}; exit ${{PIPESTATUS[0]}}", PYTHONUNBUFFERED=unbuffered)
    assert (ended, err) == (code, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_terminal", "variables", "options", "is_coloured"),
    [
        (True, {}, {}, True),
        (False, {}, {}, False),
        (False, {}, {"force_color": True}, True),
        (True, {}, {"no_color": True}, False),
        (True, {"NO_COLOR": "1"}, {}, False),
        (True, {"NO_COLOR": "1"}, {"force_color": True}, True),
        (True, {"TERM": "dumb"}, {}, False),
        (True, {}, {"json": True}, False),
        (False, {}, {"json": True, "force_color": True}, False),
    ],
    ids=str,
)
def test_colour_is_for_terminals_that_want_it(monkeypatch, is_terminal, variables, options, is_coloured):
    """Options beat the environment (no-color.org), and JSON is never coloured. The words stay the same."""
    keys.revoke(StoredKey.objects.filter(ring_id="access").first().kid, reason="leaked")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    written = StringIO()
    written.isatty = lambda: is_terminal
    call_command("list_keys", stdout=written, **options)
    text = written.getvalue()
    assert ("\x1b[" in text) is is_coloured
    assert "REVOKED" in re.sub(r"\x1b\[[\d;]*m", "", text)


def test_colour_touches_the_words_that_matter_alone():
    """Painted is the state, and not what a user wrote beside it."""
    style = color_style(force_color=True)
    for words in ("REVOKED", "WRONG", "cannot sign", "CAN'T SIGN"):
        assert emphasize(f"a {words} b", style) == f"a {style.ERROR(words)} b"
    assert emphasize("Verdict:   Accepted as one.", style) == style.SUCCESS("Verdict:   Accepted as one.")
    assert emphasize("Verdict:   Refused.", style) == style.ERROR("Verdict:   Refused.")
    assert emphasize("alice was revoked, wrongly", style) == "alice was revoked, wrongly"
