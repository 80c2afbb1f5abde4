"""A WebSocket that can be ended from outside of its consumer."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Connection:
    """The two sides of an ASGI connection, between a server and a consumer.

    Once it has ended, the consumer receives `websocket.disconnect`, and nothing of it reaches the client.
    """

    def __init__(self, receive: Receive, send: Send, subprotocol: str | None) -> None:
        self._receive, self._send, self._subprotocol = receive, send, subprotocol
        self._pending: asyncio.Future[Any] | None = None
        self._ended = asyncio.Event()
        self._is_closed = False
        self._code = 1000

    async def receive(self) -> Message:
        """Return the next message of the client, or the end."""
        ended: asyncio.Future[Any] = asyncio.ensure_future(self._ended.wait())
        self._pending = self._pending or asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait({self._pending, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
        if self._ended.is_set():
            return {"type": "websocket.disconnect", "code": self._code}
        message: Message = self._pending.result()
        self._pending = None
        self._is_closed = self._is_closed or message["type"] == "websocket.disconnect"
        return message

    async def send(self, message: Message) -> None:
        """Send a message of the consumer. If it accepts and names no subprotocol, ours is the answer."""
        if self._is_closed:
            return
        if message["type"] == "websocket.accept" and message.get("subprotocol") is None:
            message = {**message, "subprotocol": self._subprotocol}
        self._is_closed = message["type"] == "websocket.close"
        await self._send(message)

    async def end(self, code: int, reason: str) -> None:
        """Close the connection, and tell its consumer."""
        self._code = code
        await self.send({"type": "websocket.close", "code": code, "reason": reason})
        self._ended.set()

    async def release(self) -> None:
        """Stop waiting for the client: the consumer has returned."""
        if self._pending is not None:
            self._pending.cancel()
            with suppress(asyncio.CancelledError):
                await self._pending
