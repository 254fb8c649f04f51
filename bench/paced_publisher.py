"""Several kiosks at once at a given pace, in a process of its own. Nothing is sent twice: what is lost stays lost.

    python -m bench.paced_publisher --port PORT --tls FOLDER --kiosks ID... --rate N --seconds S

Ten times a second it prints how many events the broker has acknowledged; in the end it waits for the last of them.
"""

import argparse
import json
import os
import ssl
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from kiosk.wire.events import chain_hash, first_hash
from kiosk.wire.ids import uuid7

_LIMIT_S = 60.0
_TELL_EVERY_S = 0.1


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.paced_publisher")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls", type=Path, required=True)
    parser.add_argument("--kiosks", nargs="+", required=True)
    parser.add_argument("--rate", type=float, required=True, help="events a second, all together")
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args(argv)
    kiosks = [_Kiosk(arguments.tls, arguments.port, name) for name in arguments.kiosks]
    _send(kiosks, arguments.rate, int(arguments.rate * arguments.seconds))
    for kiosk in kiosks:
        kiosk.close()
    return 0


def _send(kiosks: list["_Kiosk"], rate: float, count: int) -> None:
    began_s = told_s = time.monotonic()
    for number in range(count):
        due_s = began_s + number / rate
        while (now_s := time.monotonic()) < due_s:
            time.sleep(due_s - now_s)
        kiosks[number % len(kiosks)].send()
        if now_s - told_s >= _TELL_EVERY_S:
            told_s = now_s
            print(sum(kiosk.acknowledged for kiosk in kiosks), flush=True)
    deadline_s = time.monotonic() + _LIMIT_S
    while (done := sum(kiosk.acknowledged for kiosk in kiosks)) < count:
        if time.monotonic() > deadline_s:
            raise SystemExit("the broker does not acknowledge")
        time.sleep(0.02)
    print(done, flush=True)


class _Kiosk:
    def __init__(self, tls: Path, port: int, name: str) -> None:
        self.acknowledged = 0
        self._name = name
        self._stream = os.urandom(16).hex()
        self._prev = first_hash(self._stream)
        self._seq = 0
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5
        )
        context = ssl.create_default_context(cafile=str(tls / "ca.pem"))
        context.load_cert_chain(tls / f"{name}.pem", tls / f"{name}.key")
        self._client.tls_set_context(context)
        connected = threading.Event()
        self._client.on_connect = lambda *_: connected.set()
        self._client.on_publish = self._answered
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not connected.wait(_LIMIT_S):
            raise SystemExit("no broker")

    def send(self) -> None:
        self._seq += 1
        payload = self._event()
        self._prev = chain_hash(payload)
        self._client.publish(f"entrance/v1/{self._name}/event", payload, qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _answered(self, *_: object) -> None:
        self.acknowledged += 1  # by this client's own thread only

    def _event(self) -> bytes:
        message = {
            "specversion": "1.0",
            "id": uuid7(int(time.time() * 1000), os.urandom(10)),
            "source": f"/kiosk/{self._name}",
            "type": "vn.entrance.visit.v1",
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())}.000000Z",
            "datacontenttype": "application/json",
            "stream": self._stream,
            "seq": self._seq,
            "bootid": "11111111-2222-4333-8444-555555555555",
            "boottime": str(time.monotonic_ns()),
            "timequality": "ntp",
            "data": {"verdict": "accepted", "reason": "pass", "direction": "in", "code": "cccd"},
            "prevhash": self._prev,
        }
        return json.dumps(message, separators=(",", ":")).encode()


if __name__ == "__main__":
    raise SystemExit(main())
