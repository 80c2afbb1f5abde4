"""Whether text in a base64 alphabet is what a person typed, or what a machine drew at random."""

import math
from collections.abc import Mapping
from itertools import pairwise
from string import ascii_lowercase
from typing import Final

TOO_LIKELY: Final = 20.0
"""Bits by which typing explains a text better than chance does, from which on it counts as typed.

A random text of 43 characters (32 octets) reaches it with a probability below 2e-7 (Chernoff's bound for this
very model), a longer one more seldom; passphrases of that length reach 40 and more.
"""

ALPHABET: Final = 64

# The probability of a letter after another one in English, as -log2, rounded; one row per first letter.
_PAIRS: Final = (
    "95459769596352969342668859",
    "49892999449299479467399939",
    "39592893595499299583499999",
    "45552687278676369644565969",
    "47435578599553557334766569",
    "48674599399677269352497959",
    "47672764497564469354486999",
    "39781899399978479764898979",
    "65465459999552379633959998",
    "39791999999999489969472999",
    "46671699399665569735595979",
    "37753689299387469855477949",
    "25762999499758349845598989",
    "47434638598667369733667959",
    "76557369796642659254455999",
    "39873997599399449274499949",
    "78898999796589999997099999",
    "37552668395745369544676959",
    "47562685397566459643586969",
    "47673792398677379444696959",
    "54454858599433759333998999",
    "28991999399999599999999989",
    "39894783297785379554987999",
    "49283696499878629872998959",
    "45455577487665249443775868",
    "29791999299969649669999999",
)
_SMOOTHING: Final = 0.15  # the share of pairs that no table foresees: names, other languages

_KINDS: Final = "LUDS"  # lower case, upper case, digit, sign
_STYLES: Final[Mapping[str, Mapping[str, tuple[float, ...]]]] = {
    "words": {
        "L": (0.93, 0.01, 0.03, 0.03),
        "U": (0.90, 0.04, 0.03, 0.03),
        "D": (0.45, 0.05, 0.45, 0.05),
        "S": (0.84, 0.06, 0.06, 0.04),
    },
    "CamelCase": {
        "L": (0.74, 0.19, 0.05, 0.02),
        "U": (0.88, 0.06, 0.04, 0.02),
        "D": (0.25, 0.30, 0.40, 0.05),
        "S": (0.15, 0.70, 0.10, 0.05),
    },
    "CAPITALS": {
        "L": (0.25, 0.55, 0.15, 0.05),
        "U": (0.01, 0.91, 0.04, 0.04),
        "D": (0.05, 0.45, 0.45, 0.05),
        "S": (0.05, 0.85, 0.06, 0.04),
    },
    "l33t": {
        "L": (0.60, 0.12, 0.26, 0.02),
        "U": (0.62, 0.06, 0.30, 0.02),
        "D": (0.68, 0.14, 0.16, 0.02),
        "S": (0.40, 0.40, 0.15, 0.05),
    },
}
"""Ways in which people write: the probability of each kind of character after another kind."""

_LEET: Final = dict(zip("0134578", "oieastb", strict=True))


def is_typed(text: str) -> bool:
    """Return whether typing explains `text`, of letters, digits and two signs, far better than chance."""
    styles = [_evidence(text, style) for style in _STYLES.values()]
    best = max(styles)
    # All styles together are one model, so that no text has several chances to be taken for typed.
    together = best + math.log2(sum(2 ** (style - best) for style in styles) / len(styles))
    return together > TOO_LIKELY


def _evidence(text: str, style: Mapping[str, tuple[float, ...]]) -> float:
    """Return the log-likelihood ratio of `style` and of chance, in bits."""
    bits, letter = 0.0, ""
    for before, character in pairwise("-" + text):
        kind = _kind(character)
        letter_now = (
            _LEET.get(character, "") if kind == "D" else character.lower() if kind in "LU" else letter
        )
        likely = style[_kind(before)][_KINDS.index(kind)] * _likely(character, kind, letter)
        bits += math.log2(likely * ALPHABET)
        letter = letter_now
    return bits


def _kind(character: str) -> str:
    if character.isalpha():
        return "L" if character.islower() else "U"
    return "D" if character.isdigit() else "S"


def _likely(character: str, kind: str, letter: str) -> float:
    """Return how likely `character` is among those of its kind, after `letter`."""
    if kind == "D":
        return _DIGITS[character]
    return 1 / 2 if kind == "S" else _LETTERS[letter][character.lower()]


def _row(digits: str) -> dict[str, float]:
    weights = [2.0 ** -int(digit) for digit in digits]
    foreseen = (1 - _SMOOTHING) / sum(weights)
    return {
        letter: weight * foreseen + _SMOOTHING / len(weights)
        for letter, weight in zip(ascii_lowercase, weights, strict=True)
    }


_LETTERS: Final = {letter: _row(digits) for letter, digits in zip(ascii_lowercase, _PAIRS, strict=True)}
_LETTERS[""] = dict.fromkeys(ascii_lowercase, 1 / 26)
_DIGITS: Final = {digit: (0.12 if digit in _LEET else 0.16 / 3) for digit in "0123456789"}
