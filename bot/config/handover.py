"""Settings of what becomes of a hot spot: the list for planners, cases, the build-out plan, who is told, and tickets."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

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


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Reaction = Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=30))]


class EscalationSettings(Table):
    """Who is told of what, and who is told next. Names are those of [[notify]]."""

    name: Name
    when: Literal["confirmed", "spike", "storm", "emergency", "overdue", "quiet", "loud", "unseen"]
    tell: Annotated[tuple[str, ...], Field(min_length=1)]
    at_least: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    within: Reaction | None = None
    then: tuple[str, ...] = ()
    urgent: bool = False

    @model_validator(mode="after")
    def _by_when(self) -> "EscalationSettings":
        if self.then and self.within is None:
            raise ValueError("`within` beside `then`: by when somebody must have seen it")
        return self


class TicketSettings(Table):
    """Somebody else's ticket system."""

    name: Name
    kind: Literal["tmf656", "tmf621-v4", "tmf621-v5", "zammad"]
    url: Annotated[
        str, Field(pattern=r"^https://[^/\s?#@]+(/[!-~]*)?$|^http://(127\.0\.0\.1|localhost)(:\d+)?(/[!-~]*)?$")
    ]
    token_env: str = ""
    group: str = ""
    customer: str = ""
