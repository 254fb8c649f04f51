"""A peer of the collector: paho over the same TLS, and every message in a transaction of its own, WAL and FULL.

    python -m bench.message_logger --port PORT --tls FOLDER --database FILE --count N

It has the collector's name at the broker, takes what waits there, and prints one JSON object when it has N messages.
"""

import argparse
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

INSERT = "INSERT INTO message VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.message_logger")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls", type=Path, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()
    database = sqlite3.connect(arguments.database, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL").fetchone()
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE message (id TEXT PRIMARY KEY, seq INTEGER, message TEXT)")
    left = arguments.count

    def log(client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        nonlocal left
        fields = json.loads(message.payload)
        database.execute(INSERT, (fields["id"], fields["seq"], message.payload.decode()))
        left -= 1
        if left == 0:
            client.disconnect()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, "collector", protocol=mqtt.MQTTv5)
    tls = arguments.tls
    client.tls_set(str(tls / "ca.pem"), str(tls / "collector.pem"), str(tls / "collector.key"))
    client.on_message = log
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    client.connect("127.0.0.1", arguments.port, clean_start=False, properties=properties)
    client.loop_forever()
    took = {"took_s": time.monotonic() - began_s, "cpu_s": time.process_time() - began_cpu_s}
    print(json.dumps(took))


if __name__ == "__main__":
    main()
