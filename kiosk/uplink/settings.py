"""What the uplink needs to know. Built by bootstrap from the settings file."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class UplinkSettings:
    """Without `ca_file` the connection is in clear text, as only tests on loopback want it. Without `host` there is
    no uplink: rows wait."""

    kiosk: str
    host: str
    port: int
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    tags_host: str = ""  # the collector's device endpoint; none: no tags are fetched
    tags_port: int = 8443
    spread_s: float = (
        60.0  # a reconnect waits up to this long, so that a fleet does not return at once
    )
    resend_s: float = 60.0  # a row without a receipt goes again after this
    health_every_s: float = 60.0
    reconnect_cap_s: float = 120.0
    keepalive_s: int = 30
    silence_s: float = 45.0  # without any packet for this long the link is down
    will_delay_s: int = 30
    session_expiry_s: int = (
        60  # not below the will delay: the end of a session publishes the will at once
    )
