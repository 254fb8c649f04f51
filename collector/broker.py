"""Writes a folder from which Debian's mosquitto (2.0.11 and 2.0.21) serves kiosks over TLS.

Rights come from the dynamic-security plugin, one role a kiosk, everything else denied. An `acl_file` would grant every
subscription and only filter what is delivered: a kiosk could then join the collector's group and swallow events
(measured, shared facts, uplink section 12).
"""

import getpass
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collector import authority
from collector.errors import CollectorError
from kiosk.wire.errors import WireError
from kiosk.wire.topics import Channel, pattern, topic

_PLUGIN = "mosquitto_dynamic_security.so"
# an event is at most 8 KiB; a little room for the topic and properties
_MESSAGE_LIMIT_BYTES = 10_000
# a day of a busy province may wait for the collector; beyond it kiosks keep their rows anyway
_MAX_QUEUED = 100_000
_MAX_INFLIGHT = 100

_KIOSK_WRITES = (Channel.EVENT, Channel.STATUS, Channel.HEALTH)
_KIOSK_READS = (Channel.COMMAND, Channel.RECEIPT)


def set_up(
    authority_dir: Path, out: Path, port: int, collector_name: str, kiosks: Sequence[str]
) -> Path:
    """Make or renew the folder; its mosquitto.conf is returned. Run again and send SIGHUP to let a kiosk in."""
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority.issue(authority_dir, "broker", out, ("localhost", "127.0.0.1"))
    (out / "data").mkdir(exist_ok=True)
    security = out / "dynamic-security.json"
    security.write_text(json.dumps(_security(collector_name, kiosks), indent=1), encoding="utf-8")
    os.chmod(security, 0o600)  # noqa: PTH101 - the plugin warns about anything wider
    configuration = out / "mosquitto.conf"
    configuration.write_text(_configuration(out.absolute(), port), encoding="utf-8")
    return configuration


def _configuration(out: Path, port: int) -> str:
    return f"""\
per_listener_settings false
listener {port} 127.0.0.1
cafile {out}/ca.pem
certfile {out}/broker.pem
keyfile {out}/broker.key
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
plugin {_plugin()}
plugin_opt_config_file {out}/dynamic-security.json
user {getpass.getuser()}
set_tcp_nodelay true
persistence true
persistence_location {out}/data/
autosave_interval 1
max_queued_messages {_MAX_QUEUED}
max_inflight_messages {_MAX_INFLIGHT}
message_size_limit {_MESSAGE_LIMIT_BYTES}
persistent_client_expiration 7d
log_dest stderr
log_type error
log_type warning
log_type notice
"""


def _plugin() -> Path:
    """Where Debian has put the plugin. Raise CollectorError when it is not there."""
    for folder in (Path("/usr/lib"), Path("/usr/local/lib")):
        for found in sorted(folder.glob(f"*/{_PLUGIN}")) + sorted(folder.glob(_PLUGIN)):
            return found
    raise CollectorError(f"{_PLUGIN} is missing: apt install mosquitto")


def _security(collector_name: str, kiosks: Sequence[str]) -> dict[str, Any]:
    """The plugin's own file format (mosquitto 2.0, dynamic-security.json)."""
    try:
        roles = [_kiosk_role(kiosk) for kiosk in kiosks]
    except WireError as error:
        raise CollectorError("a kiosk's id has 1 to 40 of a-z, 0-9 and -") from error
    return {
        "defaultACLAccess": dict.fromkeys(
            ("publishClientSend", "publishClientReceive", "subscribe"), False
        )
        | {"unsubscribe": True},
        "clients": [
            _client(collector_name, "collector"),
            *(_client(kiosk, f"kiosk-{kiosk}") for kiosk in kiosks),
        ],
        "groups": [],
        "roles": [_collector_role(), *roles],
    }


def _client(name: str, role: str) -> dict[str, Any]:
    return {"username": name, "roles": [{"rolename": role}]}


def _kiosk_role(kiosk: str) -> dict[str, Any]:
    allowed = [("publishClientSend", topic(kiosk, channel)) for channel in _KIOSK_WRITES]
    for channel in _KIOSK_READS:
        allowed.append(("subscribeLiteral", topic(kiosk, channel)))
        allowed.append(("publishClientReceive", topic(kiosk, channel)))
    return _role(f"kiosk-{kiosk}", allowed)


def _collector_role() -> dict[str, Any]:
    allowed = [("publishClientSend", pattern(channel)) for channel in _KIOSK_READS]
    for channel in _KIOSK_WRITES:
        allowed.append(("subscribePattern", pattern(channel)))
        allowed.append(("publishClientReceive", pattern(channel)))
    return _role("collector", allowed)


def _role(name: str, allowed: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "rolename": name,
        "acls": [
            {"acltype": kind, "topic": where, "priority": 0, "allow": True}
            for kind, where in allowed
        ],
    }
