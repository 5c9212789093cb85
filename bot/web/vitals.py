"""How the process is, for what watches over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException
from fastapi.params import Depends
from fastapi.responses import PlainTextResponse, Response

from .. import store
from ..errors import BotError
from .editions import Reader


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the daemon says of itself."""

    trouble: Callable[[], str | None] = lambda: None  # why the process should be restarted; None: it is well
    metrics: Callable[[store.Database], bytes] | None = None


ALONE = Vitals()  # without a daemon the pages are all there is


def health(vitals: Vitals, reader: Reader, *, inside: Sequence[Depends]) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> Response:
        """Should this process be restarted?"""
        trouble = vitals.trouble()
        return PlainTextResponse(trouble or "ok", 503 if trouble else 200)

    @router.get("/readyz")
    def readyz() -> Response:
        """Can it work and show pages?"""
        try:
            with reader() as db:
                store.span(db)
        except BotError:  # what is wrong stands in the log: a page must not tell paths to everybody
            return PlainTextResponse("the database cannot be read", 503)
        return healthz()

    @router.get("/metrics", dependencies=inside)
    def metrics() -> Response:
        """Figures tell how we work."""
        if vitals.metrics is None:
            raise HTTPException(404, "Only `brennpunkt run` has figures of its work")
        with reader() as db:
            return Response(vitals.metrics(db), media_type="text/plain; version=0.0.4")

    return router
