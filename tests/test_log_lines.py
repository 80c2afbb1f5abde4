"""Each record of ours is one line, whatever strangers have put into it."""

import ast
import io
import logging
from pathlib import Path

import pytest

import django_jwtkit
from django_jwtkit.logs import get_logger
from tests.test_escaping import HOSTILE

PACKAGE = Path(django_jwtkit.__file__).parent


@pytest.fixture
def written():
    """What a plain handler writes of the loggers of ours."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger("django_jwtkit")
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: text.getvalue().splitlines()
    root.removeHandler(handler)
    root.setLevel(level)


class Unprintable:
    """An object of a project's whose text cannot be had."""

    def __str__(self):
        raise RuntimeError(HOSTILE)

    __repr__ = __str__


def rooms():
    """Yield the names that the package's modules hand to `get_logger`, and every other use of `getLogger`."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(("getLogger", "get_logger")):
                yield file.relative_to(PACKAGE).as_posix(), ast.unparse(call)


def test_no_module_has_a_logger_that_escapes_nothing():
    """`logs.get_logger` is the only source of loggers."""
    direct = {(file, call) for file, call in rooms() if "getLogger" in call}
    assert {file for file, _ in direct} == {"logs.py"}
    assert len(list(rooms())) > 5


@pytest.mark.threat("LEAK-003")
@pytest.mark.parametrize("room", ["keys", "sessions", "drf", "wellknown"])
@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("plain %s", (HOSTILE,)),
        ("an error: %s", (ValueError(HOSTILE),)),
        (f"formatted before {HOSTILE}", ()),
        ("%(who)s", ({"who": HOSTILE},)),
        ("a list %s", ([HOSTILE, HOSTILE],)),
        ("%d of %s", (5, HOSTILE)),
        (f"formatted before, {HOSTILE}, and with %s", ("more",)),
        ("bytes %s", (HOSTILE.encode(),)),
    ],
)
def test_every_record_is_one_line(written, room, message, args):
    """Also where a call has not thought of it."""
    get_logger(room).warning(message, *args)
    (line,) = written()
    assert line.isprintable()


@pytest.mark.parametrize(("message", "args"), [("%s", (Unprintable(),)), (Unprintable(), ())])
def test_what_has_no_text_is_logged_by_its_type(written, message, args):
    """A log line fails nothing. In a room of its own: the tests listen to the others."""
    get_logger("of_this_test").warning(message, *args)
    assert written() == ["<Unprintable: RuntimeError>"]


@pytest.mark.threat("LEAK-003")
def test_fields_are_escaped_too(caplog):
    """A formatter that prints them writes one line."""
    fields = {"event": "x", "reason": HOSTILE, "sids": [HOSTILE], "count": 5, "none": None}
    get_logger("sessions").warning("x", extra=fields)
    record = caplog.records[-1]
    assert record.reason.isprintable()
    assert all(sid.isprintable() for sid in record.sids)
    assert (record.count, record.none) == (5, None)


@pytest.mark.threat("LEAK-003")
def test_a_traceback_repeats_no_control_character(written, caplog):
    """The text of each exception is one line, the frames keep theirs."""
    try:
        try:
            raise ValueError(HOSTILE)
        except ValueError as error:
            raise RuntimeError(HOSTILE) from error
    except RuntimeError:
        get_logger("drf").exception("failed")
    lines = written()
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith("ValueError: zz") for line in lines) == 1
    assert any(line.startswith('  File "') for line in lines)
    assert caplog.records[-1].exc_info[0] is RuntimeError


@pytest.mark.threat("LEAK-003")
def test_a_note_begins_no_line_of_a_log(written):
    """A note of several lines would stand in the log line by line, of whichever exception it is."""
    forged = "a note\nCRITICAL forged"
    inner, middle, outer = ValueError("in"), KeyError("between"), RuntimeError("out")
    for error in (inner, middle, outer):
        error.add_note(forged)
    several = ExceptionGroup("several", [inner, ValueError("other")])
    several.__cause__ = middle
    try:
        raise outer from several
    except RuntimeError:
        get_logger("drf").exception("failed")
    lines = written()
    assert all(line.isprintable() for line in lines)
    assert not any(line.lstrip(" |").startswith("CRITICAL") for line in lines)
    assert sum("a note" in line for line in lines) == 3


def test_each_event_stands_in_the_documents():
    """A word that a program waits for is an interface."""
    page = (PACKAGE.parent / "docs" / "logs.md").read_text(encoding="utf-8")
    assert [event for event in events() if f"`{event}`" not in page] == []
    assert len(events()) > 10


def events():
    """The names of the events in the source: `"event": "…"`, and the third argument of `log_limited`."""
    events = set()
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Dict(keys=keys, values=values):
                    pairs = zip(keys, values, strict=True)
                    events |= {
                        value.value for key, value in pairs if is_text(key, "event") and is_text(value)
                    }
                case ast.Call(
                    func=ast.Name(id="log_limited"), args=[_, _, ast.Constant(value=str(event)), *_]
                ):
                    events.add(event)
    return sorted(events)


def is_text(node, text=None):
    """Whether `node` is a literal text, or this one."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and text in {None, node.value}
