"""The rights as the dynamic-security plugin of mosquitto 2.0 has them: in its file, and in what it is told later."""

from collections.abc import Iterable, Sequence
from typing import Any

from collector.broker_rights import ADMIN, Rights, collector_names, of_collector, of_kiosk

_CONTROL = "$CONTROL/dynamic-security/#"


def whole_file(
    collector_name: str, kiosks: Sequence[str], workers: Sequence[str] = ()
) -> dict[str, Any]:
    """The content of dynamic-security.json; `workers` may what the collector may. Raise CollectorError for a name that
    will not do."""
    collectors = collector_names(collector_name, kiosks, workers)
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
            _role("collector", _granted(of_collector())),
            _role(ADMIN, _to_admin()),
            *map(kiosk_role, names),
        ],
    }


def role_name(kiosk: str) -> str:
    return f"kiosk-{kiosk}"


def kiosk_client(kiosk: str) -> dict[str, Any]:
    """As the plugin's file has it, and its command createClient takes it."""
    return _client(kiosk, role_name(kiosk))


def kiosk_role(kiosk: str) -> dict[str, Any]:
    """As the plugin's file has it, and its command createRole takes it."""
    return _role(role_name(kiosk), _granted(of_kiosk(kiosk)))


def _granted(rights: Rights) -> Iterable[tuple[str, str]]:
    yield from (("publishClientSend", where) for where in rights.says)
    yield from (("subscribeLiteral", where) for where in rights.subscribes)
    yield from (("publishClientReceive", where) for where in rights.hears)


def _to_admin() -> Iterable[tuple[str, str]]:
    yield "publishClientSend", _CONTROL
    yield "subscribePattern", _CONTROL
    yield "publishClientReceive", _CONTROL


def _client(name: str, role: str) -> dict[str, Any]:
    return {"username": name, "roles": [{"rolename": role}]}


def _role(name: str, granted: Iterable[tuple[str, str]]) -> dict[str, Any]:
    acls = [
        {"acltype": kind, "topic": where, "priority": 0, "allow": True} for kind, where in granted
    ]
    return {"rolename": name, "acls": acls}
