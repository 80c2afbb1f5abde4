"""Saying that a row was tampered with: once a process, key and reason, and never for each token."""

from typing import Final

from django_jwtkit import forks, signals
from django_jwtkit.keys.store import Address
from django_jwtkit.logs import get_logger

logger = get_logger("keys")
MOST: Final = 4096

_raised: Final[set[tuple[Address, str, str]]] = set()


def raise_alarm(address: Address, kid: str, reason: str) -> None:
    """Log at CRITICAL that the row of `kid` is refused and send `key_tampered`, both the first time only."""
    alarm = (address, kid, reason)
    if alarm in _raised:
        return
    if len(_raised) >= MOST:
        _raised.clear()
    _raised.add(alarm)
    fields = {"event": "key_tampered", "kid": kid, "reason": reason}
    logger.critical("key_tampered: ring %s, key %s: %s", address.ring, kid, reason, extra=fields)
    signals.key_tampered.send_robust(Address, ring=address.ring, kid=kid, reason=reason)


@forks.in_children
def forget_alarms() -> None:
    """Let every alarm be raised again: the process is as if it had just started."""
    _raised.clear()
