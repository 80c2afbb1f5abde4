"""The integrity of rows: their MACs, the ring that vouches for them, and the history as evidence."""

from .alarms import forget_alarms
from .evidence import REVOKED
from .judging import TRUSTED, Judge, Verdict, judge_at, judges_of
from .macs import Mac, read_macs
from .reading import JudgedRows, judge_all_rows, judge_rows
from .vouching import VOUCHED, is_new_to, newest_key, sign_row, vouch, vouched_for

__all__ = [
    "REVOKED",
    "TRUSTED",
    "VOUCHED",
    "Judge",
    "JudgedRows",
    "Mac",
    "Verdict",
    "forget_alarms",
    "is_new_to",
    "judge_all_rows",
    "judge_at",
    "judge_rows",
    "judges_of",
    "newest_key",
    "read_macs",
    "sign_row",
    "vouch",
    "vouched_for",
]
