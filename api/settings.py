"""Everything that differs between two installations. The only reader of the environment."""

import os
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.archive import opened
from geo.crs import Datum
from layers.bureau.rules import TELEPHONE, ZONES, check_acknowledge
from layers.clock import Shift, limit_of, shifts_of
from layers.errors import Invalid
from layers.incidents.rules import Flood
from layers.squads.rules import Belief
from maps import theme
from maps.theme import Language

ROOT = Path(__file__).resolve().parent.parent


class Reached(BaseModel):
    """How people on the network reach the server, if they do."""

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...] = ()
    """Names and addresses; the first is the one to tell people."""
    port: int = 0
    authority: bool = False
    """Whether an authority of our own vouches for it, which phones have to be told to trust."""
    trust_port: int = 0
    """Where a phone finds that authority over plain HTTP; 0 for nowhere."""


class Settings(BaseSettings):
    """Read from GRIDPATROL_* variables; one that is empty says nothing.

    What a bureau says of itself may also be said by its administrator: see api.effective.
    """

    model_config = SettingsConfigDict(env_prefix="GRIDPATROL_", env_ignore_empty=True, frozen=True)

    var: Path = ROOT / "var"
    database_url: str | None = None
    """The owner's address of a database of the bureau's own, in place of the private one."""
    app_url: str | None = None
    """The application's address (api.approle); told by `serve` to its processes."""
    keys: Path | None = None
    """The file of the personal fields' keys, where it does not lie in `var`."""
    timezone: str = "Asia/Shanghai"
    hours: str = "08:00-12:00,14:00-18:00"
    """The shifts of a day that is worked, by which deadlines are counted."""
    acknowledge: str = "5m"
    """Within this a squad is to accept an order."""
    rest: str = "15m"
    """For so long after a case a squad rests if it can: others are sent before it."""
    stale: str = "30m"
    """A position older than this is no longer believed: the home station stands for it."""
    silent: str = "10m"
    """Contact is lost with a squad on duty of which nothing was heard for so long."""
    language: Language = "zh"
    bureau: str = ""
    bureau_en: str = ""
    division: str = ""
    """The code of its administrative division (GB/T 2260)."""
    source: str = ""
    """The source line of maps; name there whose base data they are drawn from."""
    telephone: str = ""
    """What residents call who cannot write, or cannot wait."""
    demo: bool = False
    largest_upload: int = 2_000_000_000  # bytes
    message_url: str | None = None
    """The bureau's message gateway, which is told of orders to squads."""
    message_secret: SecretStr | None = None
    """By which the gateway knows that it is us."""
    flood: int = Field(20, ge=2, le=10_000)
    """So many reports from residents in one grid within `flood_minutes` are marked for the desk."""
    flood_minutes: int = Field(30, ge=1, le=1_440)
    osrm_url: str | None = None
    """The bureau's own OSRM, which is asked for travel times before our own engine."""
    base_map_url: str | None = None
    """A base map of pictures, with {z}, {x} and {y}; the server asks it, no browser does."""
    base_map_file: Path | None = None
    """A base map in one PMTiles file of this machine, in place of that address."""
    base_map_datum: Datum = Datum.WGS84
    """What it is drawn on; on GCJ-02 it is moved to its true place."""
    words: Path | None = None
    """A table of the bureau's own words, in place of those of maps/words.csv."""
    reached: Reached = Reached()
    """Told by `serve` to its processes."""

    @field_validator("var")
    @classmethod
    def _absolute(cls, var: Path) -> Path:
        return var.absolute()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in ZONES:
            raise ValueError("not a time zone such as Asia/Shanghai")
        return name

    @field_validator("hours")
    @classmethod
    def _known_hours(cls, text: str) -> str:
        try:
            shifts_of(text)
        except Invalid as wrong:
            raise ValueError("not shifts such as 08:00-12:00,14:00-18:00") from wrong
        return text

    @field_validator("telephone")
    @classmethod
    def _known_telephone(cls, text: str) -> str:
        if text and not TELEPHONE.fullmatch(text):
            raise ValueError("not a telephone number such as 0578-1234567")
        return text

    @field_validator("acknowledge", "silent", "rest", "stale")
    @classmethod
    def _known_limit(cls, text: str) -> str:
        try:
            check_acknowledge(text)
        except Invalid as wrong:
            raise ValueError("not minutes or hours such as 5m") from wrong
        return text

    @field_validator("message_url", "osrm_url", "base_map_url")
    @classmethod
    def _web(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
            raise ValueError("not an address such as https://gateway.example/orders")
        return url

    @field_validator("base_map_url")
    @classmethod
    def _template(cls, url: str | None) -> str | None:
        if url is not None and not all(part in url for part in ("{z}", "{x}", "{y}")):
            raise ValueError("not an address such as https://maps.example/{z}/{x}/{y}.png")
        return url

    @field_validator("base_map_file")
    @classmethod
    def _archive(cls, path: Path | None, said: ValidationInfo) -> Path | None:
        if path is None:
            return None
        if said.data.get("base_map_url"):
            raise ValueError("say this or GRIDPATROL_BASE_MAP_URL, not both")
        opened(path.absolute())
        return path.absolute()

    @field_validator("words")
    @classmethod
    def _wording(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        try:
            theme.wording(path)
        except (OSError, UnicodeDecodeError) as wrong:
            raise ValueError(f"{path} cannot be read") from wrong
        return path.absolute()

    @field_validator("database_url", "app_url")
    @classmethod
    def _postgresql(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("not an address such as postgresql://user@host/database")
        return None if url is None else url.replace("postgres://", "postgresql://", 1)

    def name(self, language: Language) -> str:
        """What the bureau is called; the other language's name where it has none in this one."""
        names = (self.bureau, self.bureau_en)
        own, other = names if language == "zh" else reversed(names)
        return own or other

    @property
    def key_file(self) -> Path:
        return (self.keys or self.var / "keys" / "personal.json").absolute()

    @property
    def blobs(self) -> Path:
        """Where photographs lie."""
        return self.var / "blobs"

    @property
    def shifts(self) -> tuple[Shift, ...]:
        return shifts_of(self.hours)

    @property
    def flooding(self) -> Flood:
        return Flood(self.flood, timedelta(minutes=self.flood_minutes))

    @property
    def acknowledge_in(self) -> timedelta:
        return limit_of(self.acknowledge).amount

    @property
    def rest_for(self) -> timedelta:
        return limit_of(self.rest).amount

    @property
    def stale_after(self) -> timedelta:
        return limit_of(self.stale).amount

    @property
    def belief(self) -> Belief:
        return Belief(self.stale_after, limit_of(self.silent).amount)

    @property
    def zone(self) -> ZoneInfo:
        """The bureau's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def tls(self) -> Path:
        """Where our own authority and its certificates lie."""
        return self.var / "tls"

    @property
    def web(self) -> Path:
        """Where the launcher put the browser libraries."""
        return ROOT / "var" / "web"


def spoken() -> Language:
    """What the command line speaks: GRIDPATROL_LANG, else what the terminal is set to."""
    said = (os.environ.get(name) for name in ("GRIDPATROL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, said), "").lower().startswith("zh") else "en"


def from_environment() -> Settings:
    """What the environment says; from here on it is said in the bureau's own words."""
    settings = Settings()
    theme.use({} if settings.words is None else theme.wording(settings.words))
    return settings
