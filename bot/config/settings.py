"""The whole configuration of one carrier, as frozen values."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from .desk import DeskSettings
from .form import FormSettings
from .handover import (
    CasesSettings,
    EscalationSettings,
    ExtractSettings,
    NetzberichtSettings,
    PlanSettings,
    TicketSettings,
)
from .keeping import BackupSettings, LabelsSettings, OperatorSettings, RetentionSettings
from .reply import ReplySettings
from .sources import SourceSettings
from .telling import NotifySettings, WatchSettings
from .values import Contact, DayTime, Network, Table, Word, Zone

Country = Annotated[str, Field(pattern=r"^[a-z]{2}$")]  # ISO 3166, in small letters


class NamesSettings(Table):
    name: Word
    words: Annotated[tuple[Word, ...], Field(min_length=1)]
    handles: tuple[Word, ...] = ()
    accounts: tuple[Word, ...] = ()
    brands: tuple[Word, ...] = ()


class CarrierSettings(NamesSettings):
    countries: Annotated[tuple[Country, ...], Field(min_length=1)]
    time_zone: Zone
    collisions: tuple[Word, ...] = ()


class PlacesSettings(Table):
    imported: tuple[str, ...] = ()


class StoreSettings(Table):
    database: Annotated[str, Field(pattern=r"[^/.]")]
    key_file: str | None = None


class DigestSettings(Table):
    at: DayTime
    languages: Annotated[tuple[Literal["de", "en"], ...], Field(min_length=1)]
    folder: str
    send_to_env: tuple[str, ...] = ()


class WebSettings(Table):
    host: str
    port: Annotated[int, Field(ge=0, le=65535)]
    trusted_proxies: tuple[Network, ...] = ()


class Settings(Table):
    """One carrier's whole configuration. `config/o2-de.toml` shows every key with its comment."""

    dry_run: bool
    contact: Contact | None = None
    carrier: CarrierSettings
    others: tuple[NamesSettings, ...] = ()
    places: PlacesSettings = PlacesSettings()
    store: StoreSettings
    sources: tuple[SourceSettings, ...] = ()
    watch: WatchSettings
    digest: DigestSettings
    notify: tuple[NotifySettings, ...] = ()
    web: WebSettings
    desk: DeskSettings = DeskSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings | None = None
    reply: ReplySettings = ReplySettings()
    form: FormSettings = FormSettings()
    operator: OperatorSettings = OperatorSettings()
    labels: LabelsSettings = LabelsSettings()
    extract: ExtractSettings = ExtractSettings()
    cases: CasesSettings = CasesSettings()
    plan: PlanSettings = PlanSettings()
    escalation: tuple[EscalationSettings, ...] = ()
    tickets: tuple[TicketSettings, ...] = ()
    netzbericht: NetzberichtSettings = NetzberichtSettings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.carrier.time_zone)
