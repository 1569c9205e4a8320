"""The one thread in which a handler's code runs, so that its blocking calls never hold up the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue

_Call = tuple[Callable[[], None], asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class HandlerThread:
    """Runs calls one after the other. A daemon: a call that never returns does not keep the process alive."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._busy = 0

    @property
    def busy(self) -> bool:
        """Whether a call is running or waits to."""
        return self._busy > 0

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end after the calls that were made so far."""
        self._calls.put(None)

    async def call(self, function: Callable[[], None]) -> None:
        """Run the function in the thread; raises what it raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._busy += 1
        self._calls.put((function, loop, future))
        await future

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            function, loop, future = call
            error: BaseException | None = None
            try:
                function()
            except BaseException as raised:  # noqa: BLE001 - whatever it is, it belongs to the caller
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._finish, future, error)

    def _finish(self, future: asyncio.Future[None], error: BaseException | None) -> None:
        self._busy -= 1
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
