"""Who may do what at the broker: one role a kiosk, one for the collector, everything else denied.

As mosquitto's dynamic-security plugin reads it. An `acl_file` would grant every subscription and only filter what is
delivered: a kiosk could join the collector's group and swallow events (shared facts, uplink section 12).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collector.errors import CollectorError
from kiosk.wire.topics import KIOSK_ID, Channel, pattern, topic

KIOSK_WRITES = (Channel.EVENT, Channel.STATUS, Channel.HEALTH)
KIOSK_READS = (Channel.COMMAND, Channel.RECEIPT)


def dynamic_security(collector_name: str, kiosks: Sequence[str]) -> dict[str, Any]:
    """The content of dynamic-security.json (mosquitto 2.0). Raise CollectorError for a name that will not do."""
    for kiosk in kiosks:
        if not KIOSK_ID.fullmatch(kiosk):
            raise CollectorError(f"{kiosk!r} is no kiosk id: 1 to 40 of a-z, 0-9 and '-'")
    if collector_name in kiosks:
        raise CollectorError(f"{collector_name!r} cannot be both the collector and a kiosk")
    nothing = dict.fromkeys(("publishClientSend", "publishClientReceive", "subscribe"), False)
    names = sorted(set(kiosks))
    return {
        "defaultACLAccess": {**nothing, "unsubscribe": True},
        "clients": [
            _client(collector_name, "collector"),
            *(_client(kiosk, _role_name(kiosk)) for kiosk in names),
        ],
        "groups": [],
        "roles": [_role("collector", _collector_rights()), *map(_kiosk_role, names)],
    }


def _role_name(kiosk: str) -> str:
    return f"kiosk-{kiosk}"


def _kiosk_role(kiosk: str) -> dict[str, Any]:
    return _role(_role_name(kiosk), _kiosk_rights(kiosk))


def _kiosk_rights(kiosk: str) -> Iterable[tuple[str, str]]:
    for channel in KIOSK_WRITES:
        yield "publishClientSend", topic(kiosk, channel)
    for channel in KIOSK_READS:
        yield "subscribeLiteral", topic(kiosk, channel)
        yield "publishClientReceive", topic(kiosk, channel)


def _collector_rights() -> Iterable[tuple[str, str]]:
    for channel in KIOSK_READS:
        yield "publishClientSend", pattern(channel)
    for channel in KIOSK_WRITES:
        yield "subscribeLiteral", pattern(channel)
        yield "publishClientReceive", pattern(channel)


def _client(name: str, role: str) -> dict[str, Any]:
    return {"username": name, "roles": [{"rolename": role}]}


def _role(name: str, rights: Iterable[tuple[str, str]]) -> dict[str, Any]:
    acls = [
        {"acltype": kind, "topic": where, "priority": 0, "allow": True} for kind, where in rights
    ]
    return {"rolename": name, "acls": acls}
