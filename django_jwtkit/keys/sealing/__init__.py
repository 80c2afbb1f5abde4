"""Private keys at rest."""

from .derived_keys import all_sealing_keys, check_newest, note_checks, read_secret, sealing_keys
from .integrity import (
    REVOKED,
    TRUSTED,
    VOUCHED,
    Judge,
    JudgedRows,
    Verdict,
    forget_alarms,
    is_new_to,
    judge_all_rows,
    judge_at,
    judge_rows,
    judges_of,
    newest_key,
    sign_row,
    vouch,
    vouched_for,
)
from .private_parts import public_key, seal, sealed_under, unseal
from .resealing import Resealed, reseal, rests_under
from .secrecy import is_django_secret, weakness, without_line_end

__all__ = [
    "REVOKED",
    "TRUSTED",
    "VOUCHED",
    "Judge",
    "JudgedRows",
    "Resealed",
    "Verdict",
    "all_sealing_keys",
    "check_newest",
    "forget_alarms",
    "is_django_secret",
    "is_new_to",
    "judge_all_rows",
    "judge_at",
    "judge_rows",
    "judges_of",
    "newest_key",
    "note_checks",
    "public_key",
    "read_secret",
    "reseal",
    "rests_under",
    "seal",
    "sealed_under",
    "sealing_keys",
    "sign_row",
    "unseal",
    "vouch",
    "vouched_for",
    "weakness",
    "without_line_end",
]
