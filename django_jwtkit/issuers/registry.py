"""The issuers that are trusted, by the names that tokens call them, each with its keys."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from django_jwtkit import forks
from django_jwtkit.conf import IssuerSettings, Settings, conf
from django_jwtkit.db import asks_database
from django_jwtkit.jose import Expectation, KeySet, KeySource, expect, remote
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.signals import issuer_keys_changed

from .published import fixed_keys, remote_keys

logger = get_logger("issuers")


class Issuer(NamedTuple):
    """One trusted issuer: its exact `name`, the entry it stands in, its keys, and what its tokens must be."""

    name: str
    settings: IssuerSettings
    keys: KeySource
    expectation: Expectation


class _Registry(NamedTuple):
    settings: Settings
    by_name: Mapping[str, Issuer]
    longest: int  # characters of a token that one of them may issue


_lock: Final = forks.Lock()
_registry: _Registry | None = None
_replaced: Final[dict[str, KeySource]] = {}


def issuers() -> Mapping[str, Issuer]:
    """Return the trusted issuers by each of their names: their own, and their aliases."""
    return _current(conf()).by_name


def issuer_of(name: object) -> Issuer | None:
    """Return the trusted issuer that `name` is a name of, byte for byte; None for any other."""
    issuer = issuers().get(name) if isinstance(name, str) else None
    if _replaced and issuer is not None and issuer.name in _replaced:
        return issuer._replace(keys=_replaced[issuer.name])
    return issuer


@asks_database("issuers.refresh_due")
def named_issuers() -> Mapping[str, Issuer]:
    """Return the trusted issuers by their own name alone, in the order of the settings."""
    return {issuer.name: issuer for issuer in issuers().values()}


def refresh_due() -> dict[str, remote.State]:
    """Fetch the key sets that are due, and return how each remote one stands, by issuer."""
    return {
        name: issuer.keys.refresh_if_due()
        for name, issuer in named_issuers().items()
        if isinstance(issuer.keys, remote.FetchedKeys)
    }


def present_keys(issuer: Issuer) -> KeySource | None:
    """Return the keys of `issuer` that this process has now, and fetch nothing; None where it has none."""
    keys = issuer.keys
    return keys.state.keys if isinstance(keys, remote.FetchedKeys) else keys


def longest_token() -> int:
    """Return how many characters a token of a trusted issuer may have; 0 where none is trusted."""
    return _current(conf()).longest


@contextmanager
def replaced_keys(name: str, keys: KeySource) -> Iterator[None]:
    """Have `keys` stand for those of the issuer `name`, in this process: for tests."""
    _replaced[name] = keys
    try:
        yield
    finally:
        del _replaced[name]


def forget() -> None:
    """Drop all key sets of this process, and end the thread that refreshes them."""
    global _registry  # noqa: PLW0603 - one process, one settings module
    with _lock.inner:
        _registry = None
    remote.stop()


def _current(settings: Settings) -> _Registry:
    global _registry  # noqa: PLW0603
    registry = _registry
    if registry is None or registry.settings is not settings:
        with _lock.inner:
            registry = _registry = _renewed(settings, _registry)
    return registry


def _renewed(settings: Settings, before: _Registry | None) -> _Registry:
    """Return the registry of `settings`; an issuer whose entry is the same keeps its keys."""
    kept = {} if before is None else before.by_name
    by_name: dict[str, Issuer] = {}
    for entry in settings.issuers:
        for name in entry.issuers:
            old = kept.get(name)
            issuer = old if old is not None and old.settings == entry else _issuer(name, entry)
            by_name |= dict.fromkeys((name, *entry.ALIASES), issuer)
    by_name.pop(settings.ISSUER or "", None)  # our own tokens are judged by our own ring, and by nothing else
    longest = max((entry.MAX_LENGTH for entry in settings.issuers), default=0)
    return _Registry(settings, by_name, longest)


def _issuer(name: str, entry: IssuerSettings) -> Issuer:
    keys = fixed_keys(name, entry) if entry.JWKS is not None else remote_keys(name, entry, _notify)
    expectation = expect(
        entry.ALGORITHMS,
        typ=entry.types,
        issuer=None if entry.ISSUER_FROM == "sub" else (name, *entry.ALIASES),
        audience=entry.AUDIENCE,
        leeway=entry.LEEWAY,
    )
    if entry.AUDIENCE_CLAIM != "aud":  # another claim takes its place
        expectation = expectation._replace(audiences=None)
    return Issuer(name, entry, keys, expectation)


def _notify(name: str, before: remote.State, after: remote.State) -> None:
    """Report a failed fetch once a minute, and other keys than before by a line and a signal."""
    if after.error:
        words = "Issuer %s: its keys could not be fetched: %s"
        log_limited(
            logger, logging.WARNING, "issuer_unreachable", words, name, after.error, limit_by=name, lines=1
        )
    elif before.keys is not None and after.keys is not before.keys and _kids(before) != _kids(after):
        logger.info("Issuer %s: its keys have changed", name, extra={"event": "issuer_keys_changed"})
        issuer_keys_changed.send_robust(sender=Issuer, issuer=name)


def _kids(state: remote.State) -> frozenset[tuple[str | None, str]]:
    keys: KeySet | None = state.keys
    return frozenset() if keys is None else frozenset((key.kid, key.thumbprint()) for key in keys)
