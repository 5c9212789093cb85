"""Settings of what becomes of a hot spot: the list for planners, cases, the build-out plan, who is told, and tickets."""

from typing import Annotated

from pydantic import Field

from .values import Table


class ExtractSettings(Table):
    k: Annotated[int, Field(ge=3, le=1000)] = 5
    weeks: Annotated[int, Field(ge=1, le=52)] = 2
