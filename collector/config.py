"""The collector's settings: one TOML file. Each is explained in docs/collector.md."""

from dataclasses import dataclass, field
from pathlib import Path

from kiosk import settings


@dataclass(frozen=True)
class LedgerSection:
    file: Path = Path("/var/lib/collector/ledger.db")


@dataclass(frozen=True)
class BrokerSection:
    name: str = "collector"  # the common name of its certificate
    host: str = "127.0.0.1"
    port: int = field(default=8883, metadata={"min": 1, "max": 65535})
    ca_file: Path = Path("/var/lib/collector/tls/ca.pem")
    certificate_file: Path = Path("/var/lib/collector/tls/collector.pem")
    key_file: Path = Path("/var/lib/collector/tls/collector.key")


@dataclass(frozen=True)
class OfficeSection:
    port: int = field(default=8090, metadata={"min": 0, "max": 65535})


@dataclass(frozen=True)
class DevicesSection:
    """The endpoint from which kiosks fetch tags, with their certificates. Without a port there is none."""

    host: str = "127.0.0.1"
    port: int = field(default=-1, metadata={"min": -1, "max": 65535})
    certificate_file: Path = Path("/var/lib/collector/tls/devices.pem")
    key_file: Path = Path("/var/lib/collector/tls/devices.key")
    tags_file: Path = Path("/var/lib/collector/tags.db")


@dataclass(frozen=True)
class CollectorConfig:
    broker: BrokerSection = field(default_factory=BrokerSection)
    ledger: LedgerSection = field(default_factory=LedgerSection)
    office: OfficeSection = field(default_factory=OfficeSection)
    devices: DevicesSection = field(default_factory=DevicesSection)


def load(path: Path) -> CollectorConfig:
    """The settings in the file at `path`. Raise kiosk.errors.ConfigError with every problem in it."""
    return settings.load(path, CollectorConfig)
