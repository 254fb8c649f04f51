"""The kiosk's settings: one TOML file for all its processes. Each is explained in docs/settings.md."""

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from kiosk import settings
from kiosk.domain.visit import Door
from kiosk.errors import ConfigError


def _within(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"min": low, "max": high})


class CameraKind(StrEnum):
    PI = "pi"
    USB = "usb"
    SIMULATED = "simulated"


class ReaderKind(StrEnum):
    ZXING = "zxing"
    ZBAR = "zbar"


class PreviewMode(StrEnum):
    AUTO = "auto"
    ON = "on"
    OFF = "off"


class HandheldKind(StrEnum):
    NONE = "none"
    SERIAL = "serial"
    KEYBOARD = "keyboard"


@dataclass(frozen=True)
class KioskSettings:
    id: str = ""  # the common name of its certificate; a kiosk that has not joined has none
    door: Door = Door.IN
    venue_name: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"
    state_dir: Path = Path("/var/lib/kiosk")
    documents_dir: Path | None = None  # None: in the state folder
    run_dir: Path = Path("/run/kiosk")
    require_durable_state: bool = True  # refuse to start on tmpfs or overlay


@dataclass(frozen=True)
class CameraSettings:
    kind: CameraKind = CameraKind.PI
    width_px: int = _within(1280, 320, 4608)
    height_px: int = _within(720, 240, 2592)
    fps: float = _within(30.0, 1, 120)
    device: str = "/dev/video0"  # of a USB camera
    max_exposure_ms: float = _within(5.0, 0.1, 100)
    focus_dioptres: float = _within(4.0, 0, 20)  # 4 = 25 cm; 0 = continuous autofocus
    noise: float = _within(3.0, 0, 50)  # of the simulated camera, grey levels
    motion: float = _within(1.0, 0, 5)  # of a simulated hand, 1 = usual
    seed: int = 1  # of the simulated camera
    zoom: float = _within(
        1.0, 1, 8
    )  # of the Pi's camera: the middle of the sensor, this much larger
    footage: Path | None = None  # an image, folder or video that the simulated camera plays
    hold_frames: int = _within(1, 1, 10_000)  # how long each picture of a folder stays


@dataclass(frozen=True)
class EyeSettings:
    reader: ReaderKind = ReaderKind.ZXING


@dataclass(frozen=True)
class HandheldSettings:
    kind: HandheldKind = HandheldKind.NONE
    device: Path = Path("/dev/ttyACM0")
    baud: int = 9600  # of a serial line; does not matter to USB


@dataclass(frozen=True)
class TrustSettings:
    folder: Path | None = (
        None  # certificates whose signatures count; none: no signature can be checked
    )
    place_hosts: tuple[str, ...] = ()  # hosts of venue codes, beside the known ones


@dataclass(frozen=True)
class AuthoritySection:
    key_file: Path | None = None  # the public key that signs what comes down; none: nothing does


@dataclass(frozen=True)
class PassesSection:
    # both come from `collector passes delegate`; without them no Pass is issued
    key_file: Path | None = None
    delegation_file: Path | None = None
    valid_h: float = _within(24.0, 0.1, 72)


@dataclass(frozen=True)
class LightsSettings:
    board: str = "entrance-v1"
    mock_pins: bool = False  # the same class on gpiozero's mock pins
    # whoever is let in has so long to pass the light barrier of a board that has one; 0: nobody is waited for
    passed_within_s: float = _within(10.0, 0, 60)


@dataclass(frozen=True)
class ScreenSettings:
    port: int = _within(8080, 0, 65535)
    bench_port: int = _within(-1, -1, 65535)  # -1: no bench page, as on every real door
    questions_file: Path | None = None  # None: the set this kiosk is shipped with
    near_communes: tuple[str, ...] = ()  # codes or names, the venue's own first
    collector_url: str = ""  # where the bench page's link leads
    preview: PreviewMode = PreviewMode.AUTO  # the mirror to aim by; auto: while it costs little


@dataclass(frozen=True)
class DisplaySettings:
    scale: float = _within(1.0, 0.5, 3)  # of the compositor's output, never of the browser
    turn_degrees: int = 0  # 0, 90, 180, 270


@dataclass(frozen=True)
class StaffSettings:
    port: int = _within(-1, -1, 65535)  # of the pages for staff phones, by TLS; -1: none
    host: str = "0.0.0.0"  # noqa: S104 - they are for the phones of the venue's own network
    names: tuple[str, ...] = ()  # by which phones reach it, beside its address and NAME.local
    occupancy_limit: int = _within(0, 0, 100_000)  # how many may be inside; 0: as many as come


class PrinterKind(StrEnum):
    NONE = "none"
    DEVICE = "device"
    SERIAL = "serial"
    SIMULATED = "simulated"


@dataclass(frozen=True)
class PrinterSettings:
    kind: PrinterKind = PrinterKind.NONE
    device: Path = Path("/dev/usb/lp0")
    baud: int = 19200  # of a serial line
    width_px: int = _within(384, 256, 576)  # dots across the paper: 384 on 58 mm, 576 on 80 mm
    automatic: bool = False  # a slip for everybody, not only for whoever asks


@dataclass(frozen=True)
class VoiceSettings:
    on: bool = False
    folder: Path = Path("/var/lib/kiosk/voice")
    languages: tuple[str, ...] = ("vi",)  # in the order in which they are spoken at the door
    device: str = "default"  # of ALSA
    volume_percent: float = _within(100.0, 0, 400)


@dataclass(frozen=True)
class UplinkSection:
    host: str = ""
    port: int = _within(8883, 1, 65535)
    ca_file: Path = Path("/var/lib/kiosk/tls/ca.pem")
    certificate_file: Path = Path("/var/lib/kiosk/tls/kiosk.pem")
    key_file: Path = Path("/var/lib/kiosk/tls/kiosk.key")
    spread_s: float = _within(60.0, 0.1, 3600)
    resend_s: float = _within(60.0, 0.5, 3600)
    health_every_s: float = _within(60.0, 1, 3600)


@dataclass(frozen=True)
class EnrolmentSection:
    address: str = ""  # where the certificate is renewed, https://...; set when the kiosk joins


@dataclass(frozen=True)
class TagsSection:
    host: str = ""  # where tags are fetched, with the uplink's certificate; empty: nowhere
    port: int = _within(8443, 1, 65535)


@dataclass(frozen=True)
class PolicySection:
    declaration_valid_h: float = _within(24.0, 0.1, 24 * 30)
    repeat_window_s: float = _within(180.0, 1, 3600)
    amend_window_s: float = _within(600.0, 1, 7200)
    paper_days: float = _within(7.0, 1, 30)


@dataclass(frozen=True)
class Config:
    kiosk: KioskSettings
    camera: CameraSettings = field(default_factory=CameraSettings)
    eye: EyeSettings = field(default_factory=EyeSettings)
    trust: TrustSettings = field(default_factory=TrustSettings)
    authority: AuthoritySection = field(default_factory=AuthoritySection)
    passes: PassesSection = field(default_factory=PassesSection)
    handheld: HandheldSettings = field(default_factory=HandheldSettings)
    lights: LightsSettings = field(default_factory=LightsSettings)
    screen: ScreenSettings = field(default_factory=ScreenSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    staff: StaffSettings = field(default_factory=StaffSettings)
    printer: PrinterSettings = field(default_factory=PrinterSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    uplink: UplinkSection = field(default_factory=UplinkSection)
    enrolment: EnrolmentSection = field(default_factory=EnrolmentSection)
    tags: TagsSection = field(default_factory=TagsSection)
    policy: PolicySection = field(default_factory=PolicySection)

    @property
    def database(self) -> Path:
        return self.kiosk.state_dir / "state.db"

    @property
    def documents(self) -> Path:
        return self.kiosk.documents_dir or self.kiosk.state_dir / "documents"

    @property
    def commands_taken(self) -> Path:
        return self.kiosk.state_dir / "commands.json"

    @property
    def staff_book(self) -> Path:
        return self.kiosk.state_dir / "staff.json"

    @property
    def people(self) -> Path:
        return self.kiosk.run_dir / "people.db"

    @property
    def report_socket(self) -> Path:
        return self.kiosk.run_dir / "loop.sock"

    @property
    def preview_socket(self) -> Path:
        return self.kiosk.run_dir / "preview.sock"

    @property
    def stage_socket(self) -> Path:
        return self.kiosk.run_dir / "stage.sock"


def load(path: Path) -> Config:
    """The settings of a kiosk that has joined. Raise ConfigError with every problem in them."""
    found = load_new(path)
    if not found.kiosk.id:
        remedy = "set it, or let the kiosk join: `kiosk firstboot` (docs/enrolment.md)"
        raise ConfigError([f"{path}: kiosk.id is missing: {remedy}"])
    return found


def load_new(path: Path) -> Config:
    """The settings in the file at `path`, and over them what the kiosk was given when it joined; `kiosk.id` is empty
    when it has not, or when this user may not see it. Raise ConfigError with every problem in them."""
    found = settings.load(path, Config)
    given = found.kiosk.state_dir / "enrolled" / "site.toml"
    try:
        return settings.overlay(found, tomllib.loads(given.read_text(encoding="utf-8")), given)
    except (FileNotFoundError, PermissionError):
        return found
    except (OSError, ValueError) as error:
        raise ConfigError(
            [f"{given}: cannot be used ({error}): let the kiosk join anew"]
        ) from error
