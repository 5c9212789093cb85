"""Settings of the report form and the public pages."""

from typing import Annotated

from pydantic import Field

from .values import Table


class FormSettings(Table):
    enabled: bool = True
    address: Annotated[str, Field(pattern=r"^(https?://[^/\s?#@]+)?$")] = ""
    hourly: Annotated[int, Field(ge=1, le=10_000)] = 6
    daily: Annotated[int, Field(ge=1, le=10_000)] = 15
    work: Annotated[int, Field(ge=0, le=5_000_000)] = 40_000
    mail_env: str = ""
    fault_report: bool = False
    fault_report_at: Annotated[str, Field(max_length=200)] = ""
