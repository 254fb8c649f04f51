"""Writes a folder from which Debian's mosquitto (2.0.11 and 2.0.21) serves kiosks over TLS.

The folder is complete: `mosquitto -c FOLDER/mosquitto.conf` runs it, as root or as any other user that owns it. Once it
runs, kiosks are let in and shut out over `$CONTROL` (collector.broker.mosquitto_control), without a restart.
"""

import json
import os
import pwd
from collections.abc import Sequence
from pathlib import Path

from collector import authority
from collector.broker import dynamic_security
from collector.broker_rights import ADMIN
from collector.config import BrokerSection
from collector.errors import CollectorError
from kiosk.wire import documents

# whose certificates are believed of clients
CLIENTS = "clients.pem"
_PLUGIN = "mosquitto_dynamic_security.so"
# the largest document in its envelope. An event is at most 8 KiB: the collector accepts no packet much larger, which
# keeps a flood of larger ones out of its memory
_MESSAGE_LIMIT_BYTES = 2 * documents.MAX_BYTES + 4_096
# what waits for a collector that is away: about 60 MB. Beyond it the broker drops, and the kiosks send again.
_MAX_QUEUED = 100_000
# as many as the collector commits at once; kiosks never use more than 20 of it
_MAX_INFLIGHT = 2_000


def set_up(
    authority_dir: Path,
    out: Path,
    port: int,
    collector_name: str,
    kiosks: Sequence[str],
    issuer: Path | None = None,
    workers: Sequence[str] = (),
) -> Path:
    """Make or renew the folder `out`; its mosquitto.conf is returned. `kiosks` are all that are let in. `issuer` is the
    certificate of the authority for enrolments: clients with certificates of it are believed too. `workers` take in
    beside the collector of that name.

    Raise CollectorError when the plugin or the authority is missing or a name will not do.
    """
    plugin = _plugin()
    rights = dynamic_security.whole_file(collector_name, kiosks, workers)
    authority.issue(authority_dir, "broker", out, ("localhost", "127.0.0.1"))
    authority.issue(authority_dir, ADMIN, out)
    _write(out / CLIENTS, _believed(out, issuer))
    (out / "data").mkdir(exist_ok=True, mode=0o700)
    _write(out / "dynamic-security.json", json.dumps(rights, indent=1) + "\n")
    configuration = out / "mosquitto.conf"
    _write(configuration, _configuration(out.absolute(), port, plugin))
    return configuration


def _believed(out: Path, issuer: Path | None) -> str:
    own = (out / "ca.pem").read_text()
    try:
        return own + (issuer.read_text() if issuer is not None else "")
    except OSError as error:
        raise CollectorError(
            f"{issuer} cannot be read: `collector authority enrolment` makes it"
        ) from error


def command_line(configuration: Path) -> str:
    """By which it is run."""
    return f"mosquitto -c {configuration}"


def as_admin(folder: Path, port: int) -> BrokerSection:
    """How whoever lets kiosks in and shuts them out comes to the broker of this folder."""
    return BrokerSection(
        name=ADMIN,
        port=port,
        ca_file=folder / "ca.pem",
        certificate_file=folder / f"{ADMIN}.pem",
        key_file=folder / f"{ADMIN}.key",
    )


def _configuration(out: Path, port: int, plugin: Path) -> str:
    """mosquitto.conf(5). `user` only matters when root starts it: it would otherwise become a user who may not read
    the folder."""
    return f"""\
# written by `collector broker setup`: changes made here are lost
per_listener_settings false
user {pwd.getpwuid(os.geteuid()).pw_name}

listener {port} 127.0.0.1
cafile {out}/{CLIENTS}
certfile {out}/broker.pem
keyfile {out}/broker.key
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
plugin {plugin}
plugin_opt_config_file {out}/dynamic-security.json

persistence true
persistence_location {out}/data/
autosave_interval 1
persistent_client_expiration 7d
max_queued_messages {_MAX_QUEUED}
max_inflight_messages {_MAX_INFLIGHT}
message_size_limit {_MESSAGE_LIMIT_BYTES}
set_tcp_nodelay true

log_dest stderr
log_type error
log_type warning
log_type notice
"""


def _plugin() -> Path:
    """Where Debian has put the plugin, on whatever architecture."""
    for folder in (Path("/usr/lib"), Path("/usr/local/lib")):
        for found in (*sorted(folder.glob(f"*/{_PLUGIN}")), folder / _PLUGIN):
            if found.exists():
                return found
    raise CollectorError(f"{_PLUGIN} is missing: install Debian's package mosquitto")


def _write(path: Path, text: str) -> None:
    """Readable by its owner alone (the plugin complains about anything wider), the old file or the new one."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)
