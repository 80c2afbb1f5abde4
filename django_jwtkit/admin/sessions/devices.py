"""What a user agent says of a device, in words: "Chrome 130 on Windows"."""

from functools import lru_cache
from typing import Final

LONGEST: Final = 60  # characters of a user agent that is shown as it is


@lru_cache(maxsize=2048)
def device_of(user_agent: str) -> str:
    """Return `user_agent` in words if ua-parser is installed and knows it, else its beginning."""
    return _in_words(user_agent) or _beginning_of(user_agent)


def _in_words(user_agent: str) -> str:
    try:
        from ua_parser import parse
    except ImportError:  # pip install "django-jwtkit[devices]"
        return ""
    result = parse(user_agent)
    browser, system = result.user_agent, result.os
    if browser is None:
        return ""
    name = f"{browser.family} {browser.major}" if browser.major else browser.family
    return f"{name} on {system.family}" if system is not None else name


def _beginning_of(user_agent: str) -> str:
    return user_agent if len(user_agent) <= LONGEST else user_agent[:LONGEST] + "…"
