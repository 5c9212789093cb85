"""Settings of what is kept, for how long, and who answers for it."""

from datetime import time, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from .values import Age, DayTime, Table


class RetentionSettings(Table):
    at: DayTime = time(3, 30)
    text: Age = timedelta(days=30)
    rows: Age = timedelta(days=180)
    reports: Age = timedelta(days=180)


class LabelsSettings(Table):
    keep_texts: bool = False
    purpose: str = ""

    @model_validator(mode="after")
    def _says_what_for(self) -> "LabelsSettings":
        if self.keep_texts and not self.purpose.strip():
            raise ValueError("a purpose, in a sentence, where keep_texts is true")
        return self


class BackupSettings(Table):
    at: DayTime
    folder: str
    keep: Annotated[int, Field(ge=1, le=366)]


FILL_IN = "FILL ME IN"


class OperatorSettings(Table):
    """Who answers for this installation. Not who runs the network, unless they are the same."""

    name: str = FILL_IN
    address: str = FILL_IN
    email: str = FILL_IN
    phone: str = FILL_IN
    represented_by: str = FILL_IN
    company_register: str = FILL_IN
    vat_id: str = FILL_IN
    privacy_contact: str = FILL_IN
    supervisory_authority: str = FILL_IN
    hosting: str = FILL_IN
    recipients: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys that nobody has filled in."""
        return tuple(key for key, value in self if isinstance(value, str) and value.startswith(FILL_IN))
