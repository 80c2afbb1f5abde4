"""Listening to signals for the time of a test."""

from collections.abc import Callable, Iterator

import pytest
from django.dispatch import Signal

Sent = list[dict[str, object]]


@pytest.fixture
def listen() -> Iterator[Callable[..., Sent]]:
    """Return a function that listens to signals: `revoked = listen(signals.key_revoked)`.

    Its result is a list, to which the arguments of each signal are added that is sent from then on.
    """
    connected: list[tuple[Signal, Callable[..., None]]] = []

    def connect(*signals: Signal) -> Sent:
        sent: Sent = []

        def receive(sender: object, signal: Signal, **arguments: object) -> None:
            sent.append(arguments)

        for signal in signals:
            signal.connect(receive)
            connected.append((signal, receive))
        return sent

    yield connect
    for signal, receive in connected:
        signal.disconnect(receive)
