"""The collector's settings: one TOML file. Each is explained in docs/collector.md."""

from dataclasses import dataclass, field
from pathlib import Path

from kiosk import settings


@dataclass(frozen=True)
class LedgerSection:
    file: Path = Path("/var/lib/collector/ledger.db")
    # how long visits and declarations stay, at most; a policy may say less
    retention_days: int = field(default=30, metadata={"min": 1, "max": 365})
    postgresql: str = ""  # a connection string of libpq, without a password; then there is no file


@dataclass(frozen=True)
class BrokerSection:
    name: str = "collector"  # the common name of its certificate
    host: str = "127.0.0.1"
    port: int = field(default=8883, metadata={"min": 1, "max": 65535})
    shared: bool = False  # what the kiosks send is shared out among all workers of the collector
    ca_file: Path = Path("/var/lib/collector/tls/ca.pem")
    certificate_file: Path = Path("/var/lib/collector/tls/collector.pem")
    key_file: Path = Path("/var/lib/collector/tls/collector.key")


@dataclass(frozen=True)
class InboxSection:
    keys_folder: Path = Path("/var/lib/collector/keys")
    state_file: Path = Path("/run/collector/inbox.json")  # how it is, for the office
    people_socket: Path = Path("/run/collector/people.sock")  # what only its keys can answer
    day_keys_folder: Path | None = None  # none: day-keys beside the folder of keys
    # processes that open links beside the inbox when much comes at once
    openers: int = field(default=1, metadata={"min": 0, "max": 64})

    @property
    def day_keys(self) -> Path:
        return self.day_keys_folder or self.keys_folder.with_name("day-keys")


@dataclass(frozen=True)
class DocumentsSection:
    folder: Path = Path("/var/lib/collector/documents")


@dataclass(frozen=True)
class OfficeSection:
    """Plain HTTP stays on this machine; with a certificate it may listen elsewhere, by HTTPS."""

    host: str = "127.0.0.1"
    port: int = field(default=8090, metadata={"min": 0, "max": 65535})
    names: tuple[str, ...] = ()  # by which browsers reach it, beside localhost
    certificate_file: Path | None = None
    key_file: Path | None = None
    open_here: bool = False  # the page of visits without an account, on this machine only


@dataclass(frozen=True)
class AccessSection:
    file: Path = Path("/var/lib/collector/access.db")
    session_hours: float = field(default=12.0, metadata={"min": 0.1, "max": 24.0})
    idle_minutes: float = field(default=30.0, metadata={"min": 1.0, "max": 480.0})


@dataclass(frozen=True)
class AuditSection:
    file: Path = Path("/var/lib/collector/audit.db")  # inbox and office add to it


@dataclass(frozen=True)
class CasesSection:
    """Where somebody's contacts may be released, and by how many."""

    file: Path = Path("/var/lib/collector/cases.db")
    approvals: int = field(default=1, metadata={"min": 1, "max": 2})  # beside whoever asks
    release_key_file: Path = Path("/var/lib/collector/release.key")  # signs what is released


@dataclass(frozen=True)
class PeopleSection:
    """What people have asked about their own data, and which events were erased."""

    file: Path = Path("/var/lib/collector/people.db")


@dataclass(frozen=True)
class RegistrySection:
    file: Path = Path("/var/lib/collector/registry.db")
    enrolment_key_file: Path = Path("/var/lib/collector/enrolment.key")


@dataclass(frozen=True)
class ReportSection:
    """The daily report, which the office writes by itself."""

    at: str = "18:00"  # there; empty: never by itself
    folder: Path | None = None  # none: reports beside the ledger


@dataclass(frozen=True)
class PortalSection:
    """The pages that visitors open on their own phones. Plain HTTP stays on this machine, behind a proxy with TLS; with
    a certificate the portal speaks HTTPS itself and may listen elsewhere."""

    address: str = ""  # as phones reach it, https://...; stands in the posters
    host: str = "127.0.0.1"
    port: int = field(default=8070, metadata={"min": 0, "max": 65535})
    certificate_file: Path | None = None
    key_file: Path | None = None
    kiosk: str = "portal-1"  # under this id it sends, as a kiosk does
    state_dir: Path = Path("/var/lib/collector-portal")
    require_durable_state: bool = True
    authority_key_file: Path = Path("/var/lib/collector-portal/tls/authority.pub")
    uplink_certificate_file: Path = Path("/var/lib/collector-portal/tls/portal-1.pem")
    uplink_key_file: Path = Path("/var/lib/collector-portal/tls/portal-1.key")
    passes_folder: Path | None = None  # as `collector passes delegate` writes it; none: no passes
    remember_days: float = field(default=14.0, metadata={"min": 0.0, "max": 30.0})
    retention_days: int = field(default=30, metadata={"min": 1, "max": 30})
    address_per_minute: float = field(default=120.0, metadata={"min": 1.0, "max": 100000.0})
    total_per_minute: float = field(default=3000.0, metadata={"min": 1.0, "max": 100000.0})


@dataclass(frozen=True)
class DevicesSection:
    """The endpoint from which kiosks fetch tags, with their certificates. Without a port there is none."""

    host: str = "127.0.0.1"
    port: int = field(default=-1, metadata={"min": -1, "max": 65535})
    certificate_file: Path = Path("/var/lib/collector/tls/devices.pem")
    key_file: Path = Path("/var/lib/collector/tls/devices.key")
    tags_file: Path = Path("/var/lib/collector/tags.db")
    address: str = ""  # as kiosks reach it, https://...; told to each new kiosk
    enrolment_ca_file: Path | None = None  # kiosks that have joined by a code are served too


@dataclass(frozen=True)
class EnrolmentSection:
    """Where new kiosks join and certificates are renewed. Without a port it does not run."""

    address: str = ""  # as kiosks reach it, https://...; stands in the enrolment codes
    host: str = "127.0.0.1"
    port: int = field(default=-1, metadata={"min": -1, "max": 65535})
    certificate_file: Path = Path("/var/lib/collector/tls/devices.pem")
    key_file: Path = Path("/var/lib/collector/tls/devices.key")
    # as `collector authority enrolment` makes it: signs certificates of kiosks and nothing else
    issuer_folder: Path = Path("/var/lib/collector/enrolment")
    # as `collector broker setup` makes them: lets in and shuts out at the running broker
    admin_certificate_file: Path = Path("/var/lib/collector/enrolment/broker-admin.pem")
    admin_key_file: Path = Path("/var/lib/collector/enrolment/broker-admin.key")
    authority_key_file: Path = Path("/var/lib/collector/tls/authority.pub")
    broker_host: str = ""  # as kiosks reach the broker; none: the host of `address`
    certificate_days: float = field(default=365.0, metadata={"min": 0.0001, "max": 1095.0})
    address_per_minute: float = field(default=30.0, metadata={"min": 1.0, "max": 10000.0})
    total_per_minute: float = field(default=300.0, metadata={"min": 1.0, "max": 100000.0})


@dataclass(frozen=True)
class MetricsSection:
    """What Prometheus may ask the inbox, on this machine only. Without a port there is nothing to ask."""

    port: int = field(default=-1, metadata={"min": -1, "max": 65535})


@dataclass(frozen=True)
class CollectorConfig:
    broker: BrokerSection = field(default_factory=BrokerSection)
    ledger: LedgerSection = field(default_factory=LedgerSection)
    inbox: InboxSection = field(default_factory=InboxSection)
    documents: DocumentsSection = field(default_factory=DocumentsSection)
    office: OfficeSection = field(default_factory=OfficeSection)
    devices: DevicesSection = field(default_factory=DevicesSection)
    enrolment: EnrolmentSection = field(default_factory=EnrolmentSection)
    registry: RegistrySection = field(default_factory=RegistrySection)
    access: AccessSection = field(default_factory=AccessSection)
    audit: AuditSection = field(default_factory=AuditSection)
    cases: CasesSection = field(default_factory=CasesSection)
    people: PeopleSection = field(default_factory=PeopleSection)
    portal: PortalSection = field(default_factory=PortalSection)
    report: ReportSection = field(default_factory=ReportSection)
    metrics: MetricsSection = field(default_factory=MetricsSection)


def load(path: Path) -> CollectorConfig:
    """The settings in the file at `path`. Raise kiosk.errors.ConfigError with every problem in it."""
    return settings.load(path, CollectorConfig)
