"""How this kiosk renews its certificate: for the uplink, which loads nothing that draws or lights."""

from datetime import UTC, datetime

from kiosk.config import Config
from kiosk.enrol.renewal import Renewal


def renewal_of(config: Config) -> Renewal:
    uplink = config.uplink
    return Renewal(
        *(config.enrolment.address, uplink.ca_file, uplink.certificate_file, uplink.key_file),
        lambda: datetime.now(UTC),
    )
