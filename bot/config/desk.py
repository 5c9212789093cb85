"""Settings of the desk."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .values import Duration, Table


class DeskSettings(Table):
    behind_proxy: bool = False
    idle: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=1))] = timedelta(hours=1)
    session: Annotated[Duration, Field(ge=timedelta(minutes=30), le=timedelta(days=7))] = timedelta(hours=10)
