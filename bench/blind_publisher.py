"""The peer of the uplink: paho, publishing whatever it is given, with no store, no receipts and no second thought.

    python -m bench.blind_publisher --port PORT --tls FOLDER --kiosk ID --payloads FILE [--rate N]

It runs as a process of its own, so that its CPU time is its own, and prints one JSON object. With a rate it also hears
the receipts, and tells how long each event took to be named by one.
"""

import argparse
import json
import resource
import socket
import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

WINDOW = 20
LIMIT_S = 600.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.blind_publisher")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls", type=Path, required=True)
    parser.add_argument("--kiosk", required=True)
    parser.add_argument("--payloads", type=Path, required=True, help="one event a line")
    parser.add_argument(
        "--rate", type=float, default=0.0, help="events a second, 0 as fast as it goes"
    )
    parser.add_argument("--listen", action="store_true", help="count receipts, and time them")
    arguments = parser.parse_args(argv)
    payloads = arguments.payloads.read_bytes().splitlines()
    print(json.dumps(_publish(payloads, arguments)))
    return 0


def _publish(payloads: list[bytes], arguments: argparse.Namespace) -> dict[str, Any]:
    heard = _Heard(len(payloads))
    client = _connected(arguments, heard)
    topic = f"entrance/v1/{arguments.kiosk}/event"
    began_s, began_cpu_s = time.monotonic(), _cpu_s()
    room = threading.Semaphore(4 * WINDOW)  # paho is slower with a long queue

    def answered(*_: Any) -> None:
        room.release()
        heard.answered()

    client.on_publish = answered
    for number, payload in enumerate(payloads):
        if arguments.rate:
            time.sleep(max(0.0, began_s + number / arguments.rate - time.monotonic()))
        room.acquire()
        heard.sent_s.append(time.monotonic())
        client.publish(topic, payload, qos=1)
    heard.all_answered.wait(LIMIT_S)
    took_s, cpu_s = time.monotonic() - began_s, _cpu_s() - began_cpu_s
    if arguments.listen:
        heard.all_named.wait(LIMIT_S)
    named_s = time.monotonic() - began_s
    client.disconnect()
    client.loop_stop()
    return {
        "events": len(payloads),
        "took_s": took_s,
        "named_s": named_s,
        "cpu_s": cpu_s,
        "receipts": heard.receipts,
        "round_trips_ms": [1000 * s for s in heard.round_trips_s],
    }


class _Heard:
    """What has come back. Events are numbered from 1, as their stream numbers them."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._answers = 0
        self._named = 0
        self.sent_s: list[float] = []
        self.round_trips_s: list[float] = []
        self.receipts = 0
        self.all_answered = threading.Event()
        self.all_named = threading.Event()

    def answered(self) -> None:
        self._answers += 1
        if self._answers == self._count:
            self.all_answered.set()

    def receipt(self, payload: bytes) -> None:
        """One process sends in order, so what a receipt names is a beginning of the stream."""
        now_s = time.monotonic()
        claim = json.loads(json.loads(payload)["signed"])
        self.receipts += 1
        self.round_trips_s += [
            now_s - sent_s for sent_s in self.sent_s[self._named : claim["upto"]]
        ]
        self._named = max(self._named, claim["upto"])
        if self._named >= self._count:
            self.all_named.set()


def _connected(arguments: argparse.Namespace, heard: _Heard) -> mqtt.Client:
    ready = threading.Event()
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=arguments.kiosk, protocol=mqtt.MQTTv5
    )
    own = arguments.tls / arguments.kiosk
    client.tls_set(str(arguments.tls / "ca.pem"), f"{own}.pem", f"{own}.key")
    client.max_inflight_messages_set(WINDOW)
    client.on_message = lambda _client, _data, message: heard.receipt(bytes(message.payload))
    client.on_socket_open = _send_at_once
    client.on_connect = lambda *_: ready.set()
    client.connect("127.0.0.1", arguments.port)
    client.loop_start()
    if not ready.wait(20):
        raise TimeoutError("the broker does not answer")
    if arguments.listen:
        client.subscribe(f"entrance/v1/{arguments.kiosk}/receipt", qos=1)
        time.sleep(0.5)
        heard.receipts = 0
    return client


def _send_at_once(_client: mqtt.Client, _data: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    raise SystemExit(main())
