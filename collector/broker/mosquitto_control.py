"""Lets a kiosk in or shuts it out at a running mosquitto, by the dynamic-security plugin's own topic.

Deleting the client ends its connection, and its certificate opens nothing any more; disabling it would let it come back
(shared facts, uplink section 12). The plugin writes its file itself.
"""

import json
import queue
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker.dynamic_security import kiosk_client, kiosk_role, role_name
from collector.broker_rights import ADMIN
from collector.config import BrokerSection
from collector.errors import CollectorError
from collector.inbox.tls import tls_context
from kiosk.wire.topics import KIOSK_ID

_TOPIC = "$CONTROL/dynamic-security/v1"
_LIMIT_S = 10.0


def admit(broker: BrokerSection, kiosk: str) -> None:
    """Twice is harmless. Raise CollectorError when the broker does not do it."""
    _check(kiosk)
    _told(
        broker,
        [
            {"command": "createRole", **kiosk_role(kiosk)},
            {"command": "createClient", **kiosk_client(kiosk)},
        ],
        "already exists",
    )


def revoke(broker: BrokerSection, kiosk: str, *, again: bool = False) -> None:
    """Raise CollectorError when the broker does not do it, as when it has never heard of this kiosk; with `again` that
    is well too."""
    _check(kiosk)
    _told(
        broker,
        [
            {"command": "deleteClient", "username": kiosk},
            {"command": "deleteRole", "rolename": role_name(kiosk)},
        ],
        "not found" if again else None,
    )


def _check(kiosk: str) -> None:
    if not KIOSK_ID.fullmatch(kiosk) or kiosk == ADMIN:
        raise CollectorError(f"{kiosk!r} is no kiosk id: 1 to 40 of a-z, 0-9 and '-'")


def _told(
    broker: BrokerSection, commands: Sequence[Mapping[str, Any]], fine: str | None = None
) -> None:
    """The broker's word that it has done each of them; that it had nothing to do, in these words, is well too."""
    answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=ADMIN, protocol=mqtt.MQTTv5)
    client.tls_set_context(tls_context(broker))
    client.on_connect = _subscribe
    client.on_subscribe = _publisher(json.dumps({"commands": commands}))
    client.on_message = lambda _c, _u, message: answers.put(bytes(message.payload))
    try:
        client.connect(broker.host, broker.port)
    except OSError as error:
        raise CollectorError(
            f"no broker at {broker.host}:{broker.port} lets {ADMIN} in ({error.strerror or error})"
        ) from error
    client.loop_start()
    try:
        answer = answers.get(timeout=_LIMIT_S)
    except queue.Empty:
        raise CollectorError(
            f"the broker does not answer {ADMIN}: run `collector broker setup` again"
        ) from None
    finally:
        client.disconnect()
        client.loop_stop()
    for response in json.loads(answer)["responses"]:
        if "error" in response and (fine is None or fine not in response["error"]):
            raise CollectorError(f"the broker: {response['command']}: {response['error']}")


def _subscribe(client: mqtt.Client, _data: Any, _flags: Any, _reason: Any, _more: Any) -> None:
    client.subscribe(f"{_TOPIC}/response", qos=1)


def _publisher(payload: str) -> Callable[[mqtt.Client, Any, int, Any, Any], None]:
    def publish(client: mqtt.Client, _data: Any, _mid: int, _reasons: Any, _more: Any) -> None:
        client.publish(_TOPIC, payload, qos=1)

    return publish
