"""A stranger who speaks MQTT: forged, malformed, oversized, replayed messages, to the kiosk and to the collector.

He is given more than the broker would let anybody have: the collector's own certificate, and the kiosk's.
"""

import base64
import json
import queue
import random
import re
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.enums import CallbackAPIVersion

from bench.faults import invariant
from bench.faults.outcome import Outcome
from bench.faults.rig import NotInTime, Rig, rig
from bench.faults.walk import Progress
from bench.report import Figure
from kiosk.documents import authority_keys
from kiosk.simulation.site import COLLECTOR_NAME, KIOSK_ID
from kiosk.wire import documents, receipts
from kiosk.wire.keys import AuthorityKeys
from kiosk.wire.receipts import Receipt

MESSAGES, QUICK = 100_000, 600
VISITS = 30
TO_KIOSK = (
    *(f"entrance/v1/{KIOSK_ID}/{channel}" for channel in ("receipt", "command", "settings")),
    *(f"entrance/v1/shared/{kind}" for kind in ("keys", "policy", "trust", "revocations")),
)
TO_COLLECTOR = tuple(
    f"entrance/v1/{KIOSK_ID}/{channel}" for channel in ("event", "status", "health")
)
_SO_FAR = re.compile(r"refused \((\d+) so far\)")


def run(n: int | None, quick: bool, progress: Progress) -> Outcome:
    """`n` messages, half of them to each end."""
    outcome = Outcome("hostile")
    count = n or (QUICK if quick else MESSAGES)
    with rig() as site:
        site.start("broker", "collector", "uplink")
        site.visitors(2)  # the sessions exist and there is something to replay
        site.drained()
        outcome.take(_at_the_kiosk(site, count // 2, progress))
        outcome.take(_at_the_collector(site, count - count // 2, progress))
        site.start("collector", "uplink")
        try:
            site.drained()
        except NotInTime as error:
            outcome.wrong.append(f"hostile: {error}")
        outcome.blame("hostile", _wrong(site))
    return outcome


def _at_the_kiosk(site: Rig, count: int, progress: Progress) -> Outcome:
    """The collector is away, visits wait; none of them may be freed by what a stranger says."""
    outcome = Outcome("hostile to the kiosk")
    site.stop("collector")
    shown = site.visitors(VISITS)
    stream = _stream(site)
    dice = random.Random(1)
    with _stranger(site, COLLECTOR_NAME, site.site.root / "collector" / "tls") as say:
        for payload in _well_made(site, stream):
            outcome.hurt(say(TO_KIOSK[0], payload))
        for number in range(count):
            progress(f"hostile, to the kiosk: {number} of {count}")
            reached = say(dice.choice(TO_KIOSK), _payload(dice, stream))
            outcome.hurt(reached)
    site.until(lambda: site.beats[-1][1].connected, 60.0, "the uplink has lost its way")
    waiting = site.waiting()
    if waiting < len(shown):
        outcome.wrong.append(f"{len(shown)} visits waited, {waiting} wait after forged receipts")
    if site.supervisor.restarts().get("uplink"):
        outcome.wrong.append("the uplink was restarted")
    log = (site.site.log_dir / "uplink.log").read_text(errors="replace")
    counted = max((int(so_far) for so_far in _SO_FAR.findall(log)), default=0)
    outcome.measured.append(Figure("hostile: refusals the kiosk has counted, at least", counted))
    return outcome


def _at_the_collector(site: Rig, count: int, progress: Progress) -> Outcome:
    outcome = Outcome("hostile to the collector")
    site.stop("uplink")
    site.start("collector")
    dice = random.Random(2)
    with _stranger(site, KIOSK_ID, site.site.root / "kiosk" / "tls") as say:
        for number in range(count):
            progress(f"hostile, to the collector: {number} of {count}")
            outcome.hurt(say(dice.choice(TO_COLLECTOR), _payload(dice, "f" * 32)))
    if site.supervisor.restarts().get("collector"):
        outcome.wrong.append("the collector was restarted")
    site.stop("collector")
    return outcome


def _wrong(site: Rig) -> list[str]:
    """The invariant, for the streams of the kiosk itself: what a stranger says in its name is not of them."""
    events = site.ledger()
    shown = set(site.shown)
    own = {event["stream"] for event in events if event["id"] in shown}
    found = invariant.violations(site.shown, (e for e in events if e["stream"] in own))
    return found + site.tracebacks()


def _stream(site: Rig) -> str:
    """Anybody who has listened knows it."""
    return str(site.ledger()[-1]["stream"])


# ---- the stranger


@contextmanager
def _stranger(site: Rig, name: str, tls: Path) -> Iterator[Callable[[str, bytes], bool]]:
    """Says a message; True when the broker has passed it on to somebody."""
    answers: queue.SimpleQueue[int] = queue.SimpleQueue()
    connected: queue.SimpleQueue[bool] = queue.SimpleQueue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    client.tls_set(str(tls / "ca.pem"), str(tls / f"{name}.pem"), str(tls / f"{name}.key"))
    client.on_connect = lambda *_: connected.put(True)
    client.on_publish = lambda *args: answers.put(int(args[3].value))
    client.connect("127.0.0.1", site.site.ports.broker)
    client.loop_start()
    connected.get(timeout=10)

    def say(topic: str, payload: bytes) -> bool:
        client.publish(topic, payload, qos=1, retain=False)
        return answers.get(timeout=20) == 0

    try:
        yield say
    finally:
        client.disconnect()
        client.loop_stop()


def _well_made(site: Rig, stream: str) -> Iterator[bytes]:
    """Receipts that everything has arrived, with nothing wrong but who says so: unsigned, signed by a stranger's key,
    and by a stranger who calls it the collector's."""
    said = Receipt(stream, 1_000, (), datetime.now(UTC), "0" * 64, 1_000)
    stranger = Ed25519PrivateKey.generate()
    yield receipts.encode(said)
    yield receipts.sign(said, stranger)
    keys = documents.verified(
        (site.config.documents / "keys.json").read_bytes(),
        authority_keys(site.config.authority.key_file),
    )
    for ours in AuthorityKeys.from_body(keys.body).receipt:
        yield json.dumps(json.loads(receipts.sign(said, stranger)) | {"key": ours}).encode()


def _payload(dice: random.Random, stream: str) -> bytes:
    """Anything from noise to a receipt that lacks only the right signature."""
    return dice.choice(_KINDS)(dice, stream)[:9_000]


def _noise(dice: random.Random, stream: str) -> bytes:
    return dice.randbytes(dice.randrange(0, 2_000))


def _text(dice: random.Random, stream: str) -> bytes:
    return "".join(dice.choices(string.printable + 'ạ\u200b\x00{}[]"', k=200)).encode()


def _deep(dice: random.Random, stream: str) -> bytes:
    opened = dice.choice((b"[", b'{"a":'))
    return opened * dice.randrange(1, 1_500)


def _large(dice: random.Random, stream: str) -> bytes:
    return json.dumps({"signed": "x" * dice.randrange(8_000, 8_900), "key": "0" * 16}).encode()


def _receipt(dice: random.Random, stream: str) -> bytes:
    return json.dumps(_claim(dice, stream)).encode()


def _claim(dice: random.Random, stream: str) -> dict[str, object]:
    """That everything has arrived; a field of it may be nonsense."""
    claim: dict[str, object] = {
        "stream": stream,
        "upto": dice.choice((10, 1_000, 2**53, 2**63)),
        "also": dice.choice(([], [5], list(range(300)))),
        "at": "2026-11-24T05:00:00Z",
        "archived": 1_000,
        "chainhash": "0" * 64,
        "ledger": "0" * 32,
    }
    if dice.random() < 0.5:
        nonsense: tuple[object, ...] = (None, -1, 1e308, "x" * 300, [], {}, True, "2026-99-99")
        claim[dice.choice(sorted(claim))] = dice.choice(nonsense)
    return claim


def _forged(dice: random.Random, stream: str) -> bytes:
    """Signed, but by nobody."""
    claim = dice.choice(
        (
            _claim(dice, stream),
            {"kind": "policy", "version": 2**31, "issued_at": "2026-11-24T05:00:00Z", "body": {}},
            {
                "kind": "keys",
                "version": 9,
                "issued_at": "2026-11-24T05:00:00Z",
                "body": {"receipt": []},
            },
            {
                "id": stream,
                "kiosk": KIOSK_ID,
                "name": "restart",
                "expires_at": "2027-01-01T00:00:00Z",
            },
        )
    )
    envelope = {
        "signed": json.dumps(claim),
        "key": f"{dice.randrange(2**64):016x}",
        "signature": base64.b64encode(dice.randbytes(dice.choice((0, 63, 64, 65)))).decode(),
    }
    return json.dumps(envelope).encode()


_KINDS = (_noise, _text, _deep, _large, _receipt, _forged)
