"""Private keys at rest."""

from .integrity import row_mac
from .judging import REVOKED, TRUSTED, Judge, Verdict, judge_at
from .resealing import Resealed, reseal, rests_under
from .rows import public_key, seal, sealed_under, unseal
from .secrecy import is_django_secret, weakness, without_line_end
from .secrets import all_sealing_keys, check_newest, note_checks, read_secret, sealing_keys
from .vouching import SENTENCE, VOUCHED, is_new_to, newest_key, sign_row, vouch, vouched_for

__all__ = [
    "REVOKED",
    "SENTENCE",
    "TRUSTED",
    "VOUCHED",
    "Judge",
    "Resealed",
    "Verdict",
    "all_sealing_keys",
    "check_newest",
    "is_django_secret",
    "is_new_to",
    "judge_at",
    "newest_key",
    "note_checks",
    "public_key",
    "read_secret",
    "reseal",
    "rests_under",
    "row_mac",
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
