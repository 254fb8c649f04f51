"""Who may do what at the broker: one role a kiosk, one for the collector, one for whoever lets in and shuts out.
Everything else is denied.

As mosquitto's dynamic-security plugin reads it. An `acl_file` would grant every subscription and only filter what is
delivered: a kiosk could join the collector's group and swallow events (shared facts, uplink section 12).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collector.errors import CollectorError
from kiosk.wire import documents
from kiosk.wire.topics import KIOSK_ID, Channel, pattern, shared_pattern, shared_topic, topic

KIOSK_WRITES = (Channel.EVENT, Channel.STATUS, Channel.HEALTH)
KIOSK_READS = (Channel.COMMAND, Channel.RECEIPT, Channel.SETTINGS)
# whoever holds this certificate may let kiosks in and shut them out, and nothing else
ADMIN = "broker-admin"
# the workers of a collector that has several: each event goes to one of them
_GROUP = "collector"
_CONTROL = "$CONTROL/dynamic-security/#"


def dynamic_security(
    collector_name: str, kiosks: Sequence[str], workers: Sequence[str] = ()
) -> dict[str, Any]:
    """The content of dynamic-security.json (mosquitto 2.0); `workers` may what the collector may. Raise CollectorError
    for a name that will not do."""
    for kiosk in kiosks:
        if not KIOSK_ID.fullmatch(kiosk):
            raise CollectorError(f"{kiosk!r} is no kiosk id: 1 to 40 of a-z, 0-9 and '-'")
    collectors = sorted({collector_name, *workers})
    for name in collectors:
        if name in (*kiosks, ADMIN):
            raise CollectorError(f"{name!r} cannot be both the collector and another")
    if ADMIN in kiosks:
        raise CollectorError(f"{ADMIN!r} is no kiosk: it lets them in")
    nothing = dict.fromkeys(("publishClientSend", "publishClientReceive", "subscribe"), False)
    names = sorted(set(kiosks))
    return {
        "defaultACLAccess": {**nothing, "unsubscribe": True},
        "clients": [
            *(_client(name, "collector") for name in collectors),
            _client(ADMIN, ADMIN),
            *map(kiosk_client, names),
        ],
        "groups": [],
        "roles": [
            _role("collector", _collector_rights()),
            _role(ADMIN, _admin_rights()),
            *map(kiosk_role, names),
        ],
    }


def shared_out(channel: Channel) -> str:
    """The subscription by which the workers share what comes on this channel."""
    return f"$share/{_GROUP}/{pattern(channel)}"


def role_name(kiosk: str) -> str:
    return f"kiosk-{kiosk}"


def kiosk_client(kiosk: str) -> dict[str, Any]:
    """As the plugin's file has it, and its command createClient takes it."""
    return _client(kiosk, role_name(kiosk))


def kiosk_role(kiosk: str) -> dict[str, Any]:
    """As the plugin's file has it, and its command createRole takes it."""
    return _role(role_name(kiosk), _kiosk_rights(kiosk))


def _kiosk_rights(kiosk: str) -> Iterable[tuple[str, str]]:
    for channel in KIOSK_WRITES:
        yield "publishClientSend", topic(kiosk, channel)
    for channel in KIOSK_READS:
        yield "subscribeLiteral", topic(kiosk, channel)
        yield "publishClientReceive", topic(kiosk, channel)
    yield "subscribeLiteral", shared_pattern()
    for kind in documents.SHARED:
        yield "subscribeLiteral", shared_topic(kind)
    yield "publishClientReceive", shared_pattern()


def _collector_rights() -> Iterable[tuple[str, str]]:
    for channel in KIOSK_READS:
        yield "publishClientSend", pattern(channel)
    for kind in documents.SHARED:
        yield "publishClientSend", shared_topic(kind)
    for channel in KIOSK_WRITES:
        yield "subscribeLiteral", pattern(channel)
        yield "subscribeLiteral", shared_out(channel)
        yield "publishClientReceive", pattern(channel)


def _admin_rights() -> Iterable[tuple[str, str]]:
    yield "publishClientSend", _CONTROL
    yield "subscribePattern", _CONTROL
    yield "publishClientReceive", _CONTROL


def _client(name: str, role: str) -> dict[str, Any]:
    return {"username": name, "roles": [{"rolename": role}]}


def _role(name: str, rights: Iterable[tuple[str, str]]) -> dict[str, Any]:
    acls = [
        {"acltype": kind, "topic": where, "priority": 0, "allow": True} for kind, where in rights
    ]
    return {"rolename": name, "acls": acls}
