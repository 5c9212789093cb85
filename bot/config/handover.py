"""Settings of what becomes of a hot spot: the list for planners, cases, the build-out plan, who is told, and tickets."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .values import Duration, Table


class ExtractSettings(Table):
    k: Annotated[int, Field(ge=3, le=1000)] = 5
    weeks: Annotated[int, Field(ge=1, le=52)] = 2


class CasesSettings(Table):
    people: Annotated[int, Field(ge=3, le=10_000)] = 10
    days: Annotated[int, Field(ge=1, le=60)] = 3
    within: Annotated[int, Field(ge=1, le=60)] = 14
    quiet_after: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=365))] = timedelta(days=14)
    seen_within: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=60))] = timedelta(days=2)


class PlanSettings(Table):
    columns: dict[str, str] = Field(default_factory=dict)
    radius_m: Annotated[int, Field(ge=100, le=20_000)] = 1500
    patience: Annotated[Duration, Field(ge=timedelta(days=28), le=timedelta(days=1825))] = timedelta(days=365)
    settle: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=90))] = timedelta(days=14)


class NetzberichtSettings(Table):
    weeks: Annotated[int, Field(ge=1, le=26)] = 2
    fixed_within: Annotated[Duration, Field(ge=timedelta(days=7), le=timedelta(days=730))] = timedelta(days=180)
