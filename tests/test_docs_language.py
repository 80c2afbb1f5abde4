"""The pages are written in plain English, as far as a program can tell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.test_docs import PAGES, name_of, tokens

LONGEST: Final = 25  # words in a sentence

SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[\"'(\[]*[A-Z0-9`])")
COLON: Final = re.compile(r":(?=\s|$)")
# A code span counts as one word. A link's text is in brackets, since it quotes another page's title.
MARKUP: Final = {
    "code_inline": "`code`",
    "softbreak": " ",
    "hardbreak": " ",
    "link_open": "[",
    "link_close": "]",
}

HEADLESS: Final = re.compile(
    r"(?:[;:(]\s*|\b(?:to|for|of|by|from|with|than|as|if|and|or|but|so)\s)(?:who|whom)\b"
    r"|^Whom?\b(?!.*\?$)|^What\b(?!.*[?:]$)",
    re.IGNORECASE,
)

AVOID: Final = {
    "people are they": re.compile(r"\b(?:he|him|his|himself)\b", re.IGNORECASE),
    "mend: write fix": re.compile(r"\bmend(?:s|ed|ing)?\b", re.IGNORECASE),
    "for ever: write permanently": re.compile(r"\bfor ?ever\b", re.IGNORECASE),
    "laid to rest: write archived": re.compile(r"\blaid to rest\b", re.IGNORECASE),
    "hindrance: write blocked by": re.compile(r"\bhindrances?\b", re.IGNORECASE),
    "all the same: write anyway": re.compile(r"\ball the same\b", re.IGNORECASE),
    "shall: write must": re.compile(r"\bshall\b", re.IGNORECASE),
    "held: write cached, or name who does it": re.compile(r"\b(?:is|are) held\b", re.IGNORECASE),
    "a look: write reload or refresh": re.compile(r"\b(?:a|an|fresh|extra|one) looks?\b", re.IGNORECASE),
    "kids: write `kid` or key IDs": re.compile(r"\bkids?\b"),
}


def blocks(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the words of each paragraph, heading and cell, and whether it is a paragraph. Skip code."""
    before = None
    for token in tokens(text):
        if token.type == "inline":
            words = "".join(MARKUP.get(part.type, part.content) for part in token.children or ())
            yield before is not None and before.type == "paragraph_open", words
        before = token


def faults(text: str) -> Iterator[str]:
    """Yield each rule that a page breaks, with the sentence that breaks it."""
    for is_paragraph, words in blocks(text):
        for sentence in SENTENCE_END.split(words):
            count = len(sentence.split())
            yield from (f"{rule}: {sentence}" for rule, bad in AVOID.items() if bad.search(sentence))
            if not is_paragraph:  # a heading may be "What it costs", a cell a list of twenty names
                continue
            if HEADLESS.search(sentence):
                yield f"a pronoun needs an antecedent (anyone who, the process that): {sentence}"
            if count > LONGEST:
                yield f"{count} words: {sentence}"
            if len(COLON.findall(sentence)) > 1:
                yield f"more than one colon: {sentence}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_is_in_plain_english(page: Path):
    """Short sentences, the words of the trade, and a subject for each verb."""
    broken = list(faults(page.read_text(encoding="utf-8")))
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    "sentence",
    [
        "Who fails gets a 401.",
        "What fails is refused.",
        "It answers to whom it knows.",
        "The user and his browser.",
        "Mended in the next release.",
        "They are kept for ever.",
        "It is laid to rest.",
        "The hindrance is a lock.",
        "It ends all the same.",
        "It shall not pass.",
        "Tokens are held in memory.",
        "It costs a look.",
        "Unknown kids are refused.",
        "One word " * 13 + "more.",
        "Three steps: first: wash.",
    ],
)
def test_a_fault_is_found(sentence: str):
    """Each rule can fail, in a paragraph as in an item of a list."""
    assert len(list(faults(f"A good sentence. {sentence}\n"))) == 1
    assert len(list(faults(f"- Good: yes.\n- {sentence}\n"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "## What it costs\n",
        "| what | who |\n|---|---|\n| " + "word " * 30 + "| b |\n",
        "```python\nkids = his[0]  # for ever\n```\n",
        "Write `kid`, never `kids`.\n",
        "[What it costs](page.md) is measured. Users who log out are gone. What is a ring?\n",
        "What a client does:\n\n1. It asks.\n",
        "See RFC 7515 §4.1.4. `jose` follows it. " + "Short. " * 20 + "\n",
    ],
)
def test_good_text_has_no_fault(text: str):
    """Headings, cells, code and links are judged for what they are."""
    assert not list(faults(text))
