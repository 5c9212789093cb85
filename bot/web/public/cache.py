"""Pages that are the same for everybody are made once a minute, whoever asks and however often."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    etag: str
    made_at: float  # monotonic


class Cache:
    """One entry for each name; names are the program's own, so there are few."""

    def __init__(self, fresh_s: float = FRESH_S) -> None:
        self._fresh_s = fresh_s
        self._kept: dict[str, _Kept] = {}
        self._making: dict[str, asyncio.Task[_Kept]] = {}

    async def answer(self, request: Request, name: str, kind: str, make: Callable[[], str]) -> Response:
        kept = await self._get(name, make)
        headers = {"Cache-Control": f"public, max-age={int(self._fresh_s)}", "ETag": kept.etag}
        if request.headers.get("if-none-match") == kept.etag:
            return Response(status_code=304, headers=headers)
        return Response(kept.body, media_type=kind, headers=headers)

    async def _get(self, name: str, make: Callable[[], str]) -> _Kept:
        """An old page is shown while the new one is made: only the very first visitor waits."""
        kept = self._kept.get(name)
        if kept is None or time.monotonic() - kept.made_at > self._fresh_s:
            task = self._making.get(name)
            if task is None:
                task = self._making[name] = asyncio.ensure_future(self._make(name, make))
                task.add_done_callback(lambda done: self._done(name, done))
            if kept is None:
                return await asyncio.shield(task)
        return kept

    async def _make(self, name: str, make: Callable[[], str]) -> _Kept:
        body = (await run_in_threadpool(make)).encode()
        kept = _Kept(body, f'"{hashlib.sha256(body).hexdigest()[:20]}"', time.monotonic())
        self._kept[name] = kept
        return kept

    def _done(self, name: str, task: "asyncio.Task[_Kept]") -> None:
        del self._making[name]
        if not task.cancelled():
            task.exception()  # whoever waits gets it; a page that was being renewed stays as it was
