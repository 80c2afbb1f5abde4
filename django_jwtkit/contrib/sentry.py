"""Sentry without tokens: `sentry_sdk.init(event_scrubber=scrubber())`.

Sentry does not know Django's marks for sensitive variables, and its own list of names has no `refresh` and
no `access`: a refresh that fails sent the live token along. This scrubber reads the whole event instead.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from .extras import require

if TYPE_CHECKING:
    from sentry_sdk.scrubber import EventScrubber

FILTERED: Final = "[Filtered]"

# A compact JWS or JWE begins so: a JSON object in base64url. It is looked for in runs of its own characters,
# so that no text takes more than one pass.
RUN: Final = re.compile(r"(?:[A-Za-z0-9_.-]|%2E){20,}", re.IGNORECASE)
BEGINNING: Final = re.compile(r"e(?:yJ|yA|wo|wk|w0)")
BEGINNING_OCTETS: Final = re.compile(rb"e(?:yJ|yA|wo|wk|w0)[A-Za-z0-9_-]{8}")
FROM_URL: Final = str.maketrans("-_", "+/")
DOTS: Final = (".", "%2e")
# A token inside of other base64: Basic authentication, a queue's message.
WRAPPED: Final = re.compile(r"[A-Za-z0-9+/_-]{40,}")
PRIVATE_PEM: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
)
CREDENTIALS: Final = re.compile(r"\b(basic|bearer)\s{1,3}[A-Za-z0-9+/=_.~-]{6,}", re.IGNORECASE)
# The private members of a JWK, in a dict that has a `kty` and in text.
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "priv", "k"})
PRIVATE_MEMBER: Final = re.compile(
    r"""(\\?["'](?:d|p|q|dp|dq|qi|priv|k)\\?["']\s{0,3}:\s{0,3}\\?["'])[A-Za-z0-9_=-]{16,}"""
)
# Names as parts of names: new_password1, HTTP_AUTHORIZATION, SEALING_KEYS.
PARTS: Final = (
    *("password", "passwd", "passphrase", "secret", "token", "refresh", "sealing", "credential"),
    *("private_key", "privatekey", "authorization", "cookie", "api_key"),
)
NAMES: Final = frozenset({"access", "code", "encoded", "func_args", "func_kwargs", "otp"})
# In text: a query string, a form, JSON, the repr of a dict.
NAMED: Final = re.compile(
    r"""((?:passw(?:or)?d|passphrase|secret|refresh|access|token|otp)[\w-]{0,40}\\?["']?\s{0,3}[=:]\s{0,3})"""
    r"""(?:b?\\?"(?:[^"\\]|\\.)*"?|b?'(?:[^'\\]|\\.)*'?|[^\s&;,"'<>\[\]{}()]+)""",
    re.IGNORECASE,
)
OUR_FRAMES: Final = "django_jwtkit."
SOURCE: Final = frozenset(  # of a frame: the program, and none of its values
    {"filename", "abs_path", "function", "module", "lineno", "pre_context", "context_line", "post_context"}
)
SHORTEST: Final = 6  # characters of a value that is looked for elsewhere
DEEPEST: Final = 30


def scrubber(**options: Any) -> "EventScrubber":
    """Return the scrubber for sentry's `event_scrubber=`; `options` are those of sentry's own class.

    Raises `ImportError` where sentry-sdk is missing or too old.
    """
    with require("sentry"):
        from sentry_sdk.scrubber import EventScrubber

    class Scrubber(EventScrubber):
        """Removes passwords, tokens and secrets wherever they stand in an event."""

        def scrub_event(self, event: Any) -> None:
            names = frozenset(self.denylist) | NAMES
            secrets = {*_settings_secrets(), *_values_of(event, names)}
            cleaner = _Cleaner(names, sorted(secrets, key=len, reverse=True))
            for name, value in list(event.items()):
                event[name] = cleaner.clean(value)

    return Scrubber(**{"recursive": True, **options})


class _Cleaner:
    """Copies an event without what is secret: nothing that the project still uses is changed."""

    def __init__(self, names: frozenset[str], secrets: Iterable[str]) -> None:
        self._names, self._secrets = names, tuple(secrets)

    def clean(self, value: Any, depth: int = 0) -> Any:
        if depth > DEEPEST:
            return FILTERED
        if isinstance(value, str):
            return self._clean_text(value)
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Mapping):
            return self._clean_mapping(value, depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.clean(item, depth + 1) for item in value]
        return self._clean_other(value, depth)

    def _clean_mapping(self, mapping: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        is_frame = "function" in mapping and "lineno" in mapping
        is_ours = is_frame and str(mapping.get("module")).startswith(OUR_FRAMES)
        is_key = "kty" in mapping
        copy: dict[Any, Any] = {}
        for name, value in mapping.items():
            if is_frame and name in SOURCE:
                copy[name] = value
            elif is_ours and name == "vars" and isinstance(value, Mapping):
                copy[name] = dict.fromkeys(value, FILTERED)
            elif _is_secret(name, self._names) or (is_key and name in PRIVATE_MEMBERS):
                copy[name] = FILTERED
            else:
                copy[self.clean(name) if isinstance(name, str) else name] = self.clean(value, depth + 1)
        return copy

    def _clean_text(self, text: str) -> str:
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, FILTERED)
        text = PRIVATE_PEM.sub(FILTERED, text)
        text = PRIVATE_MEMBER.sub(rf"\1{FILTERED}", text)
        text = CREDENTIALS.sub(rf"\1 {FILTERED}", text)
        text = NAMED.sub(rf"\1{FILTERED}", text)
        return WRAPPED.sub(_without_wrapped, RUN.sub(_without_token, text))

    def _clean_other(self, value: Any, depth: int) -> Any:
        """Sentry writes the `repr` of an object, and wraps some values in one with a `value`."""
        if type(value).__name__ == "AnnotatedValue":
            value.value = self.clean(value.value, depth + 1)
            return value
        text = value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else repr(value)
        cleaned = self._clean_text(text)
        return value if cleaned == text and not isinstance(value, (bytes, bytearray)) else cleaned


def _without_token(run: re.Match[str]) -> str:
    """Return `run` up to a token in it; a part of one that stands by itself begins the run."""
    beginning = BEGINNING.search(run[0])
    if beginning is None:
        return run[0]
    rest = run[0][beginning.end() :].lower()
    if beginning.start() > 0 and not any(dot in rest for dot in DOTS):
        return run[0]
    return run[0][: beginning.start()] + FILTERED


def _without_wrapped(run: re.Match[str]) -> str:
    """Return nothing of base64 that holds a token, wherever in it that begins."""
    text = run[0].translate(FROM_URL)
    for start in range(4):
        octets = binascii.a2b_base64(text[start : start + (len(text) - start & ~3)])
        beginning = BEGINNING_OCTETS.search(octets)
        if beginning and b"." in octets[beginning.end() :]:
            return FILTERED
    return run[0]


def _is_secret(name: object, names: frozenset[str]) -> bool:
    folded = str(name).lower().replace("-", "_")
    return folded in names or str(name).lower() in names or any(part in folded for part in PARTS)


def _values_of(value: Any, names: frozenset[str], depth: int = 0) -> Iterator[str]:
    """Yield the texts that stand under a secret's name: they may stand elsewhere without it."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if _is_secret(name, names):
                yield from _texts(inner)
            else:
                yield from _values_of(inner, names, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _values_of(item, names, depth + 1)
    elif type(value).__name__ == "AnnotatedValue":
        yield from _values_of(value.value, names, depth + 1)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value not in {FILTERED, "None", "True", "False"}:
        bare = value.removeprefix("b").strip("'\"") if value[:2] in {"b'", 'b"'} else value.strip("'\"")
        yield from {text for text in (value, bare) if len(text) >= SHORTEST}


def _settings_secrets() -> Iterator[str]:
    if not settings.configured:
        return
    yield from _texts(getattr(settings, "SECRET_KEY", ""))
    for fallback in getattr(settings, "SECRET_KEY_FALLBACKS", ()):
        yield from _texts(fallback)
    ours = getattr(settings, "JWTKIT", None)
    sealing = ours.get("SEALING_KEYS", ()) if isinstance(ours, Mapping) else ()
    for row in sealing:
        yield from _texts(row.get("key") if isinstance(row, Mapping) else "")
