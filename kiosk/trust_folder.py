"""The trust list of a kiosk, as files in one folder: `*.pem` and `*.der` certificates, `*.delegation` of kiosks.

The folder is as old as its newest file: a list that nobody renews grows old and then counts for nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from kiosk.credentials.trust import BadCertificate, TrustList, trust_list
from kiosk.errors import ConfigError


def read(folder: Path, own_delegations: Sequence[bytes] = ()) -> TrustList:
    """`own_delegations` are this kiosk's, and make the list no younger.

    Raise ConfigError naming the folder when it is not there or holds something that is no certificate."""
    try:
        certificates = sorted([*folder.glob("*.pem"), *folder.glob("*.der")])
        delegations = sorted(folder.glob("*.delegation"))
        dated_s = max((p.stat().st_mtime for p in [*certificates, *delegations]), default=0.0)
        if not folder.is_dir():
            raise ConfigError([f"trust.folder {folder} is not a folder"])
        return trust_list(
            [path.read_bytes() for path in certificates],
            datetime.fromtimestamp(dated_s, UTC),
            delegations=[*(path.read_bytes() for path in delegations), *own_delegations],
        )
    except OSError as error:
        raise ConfigError([f"trust.folder {folder}: {error.strerror}"]) from error
    except BadCertificate as error:
        raise ConfigError([f"trust.folder {folder}: {error}"]) from error
