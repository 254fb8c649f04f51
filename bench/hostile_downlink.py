"""What a broker in the wrong hands can say to a kiosk: forged, replayed, malformed, oversized; refused, counted, and
nothing changes.

    python -m bench.hostile_downlink [--quick] [--check] [--json FILE] [--seed N]

The network is left out (`python -m bench.faults hostile` has it), so that 10^5 messages take a minute or two.
`tests/kiosk/uplink` says some hundred of the same.

He holds all that ever crossed the wire, and keys of his own; of the true keys he holds one of another office.
"""

import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.report import Figure, Report, parser_of
from kiosk.commands import Commands
from kiosk.documents import Documents
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.reports import Report as Told
from kiosk.store.outbox import Outbox
from kiosk.store.reserve import Reserve
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.uplink.delivery import Delivery
from kiosk.uplink.downlink import Downlink
from kiosk.uplink.settings import UplinkSettings
from kiosk.wire import commands, documents, events, receipts, signed
from kiosk.wire.commands import Command
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import AuthorityKeys
from kiosk.wire.receipts import Receipt

KIOSK = "gate-1"
FULL, QUICK = 100_000, 3_000
SEED = 20261124
VISITS = 20
AT = datetime(2026, 11, 24, 5, tzinfo=UTC)
_ROOM = Reserve(ballast_bytes=4_096, nearly_full_bytes=2, full_bytes=1)


@dataclass
class Tally:
    """`wrong` is empty when nothing changed; `refused` counts by channel; `uncounted` were passed over in silence."""

    said: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    uncounted: int = 0
    wrong: list[str] = field(default_factory=list)


def run(
    count: int, seed: int, folder: Path, progress: Callable[[int], None] = lambda said: None
) -> Tally:
    """Say `count` hostile messages to a kiosk whose outbox and documents lie in `folder`, which is empty."""
    dice = random.Random(seed)
    tally, told = Tally(), list[Told]()

    def entrance(report: Told) -> bool:
        told.append(report)
        return True

    authority, receipt_key, command_key = (Ed25519PrivateKey.generate() for _ in range(3))
    held = Documents(folder / "documents", KIOSK, signed.by_id([authority.public_key()]))
    keys = AuthorityKeys(
        signed.by_id([receipt_key.public_key()]), signed.by_id([command_key.public_key()])
    )
    true_keys = _document(DocumentKind.KEYS, 5, keys.body(), authority)
    held.take(DocumentKind.KEYS, true_keys)
    taken = Commands(folder / "commands.json", KIOSK)
    with Outbox(folder / "state.db", KIOSK, owner=True, room=_ROOM) as outbox:
        stream, chain = _fill(outbox)
        delivery = Delivery(UplinkSettings(KIOSK, "", 1), outbox, dice.random)
        downlink = Downlink(KIOSK, delivery, held, taken, entrance)
        done = _command(command_key, AT)
        downlink.hear(f"entrance/v1/{KIOSK}/command", done, AT, 0.0)
        before = outbox.counts(read_stamp(read_boot_id())).waiting
        say = _Stranger(dice, stream, chain, (authority, receipt_key, command_key), done)
        for _ in range(count):
            channel, topic, payload = say.something()
            was = downlink.refused.total() + delivery.differing
            try:
                downlink.hear(topic, payload, AT, 0.0)
                delivery.settle()
            except Exception as error:  # the very thing that is looked for
                tally.wrong.append(f"{channel}: {type(error).__name__}")
            tally.said += 1
            if tally.said % 1_000 == 0:
                progress(tally.said)
            tally.uncounted += downlink.refused.total() + delivery.differing == was
        tally.refused = downlink.refused + Counter(differing=delivery.differing)
        if outbox.counts(read_stamp(read_boot_id())).waiting != before:
            tally.wrong.append("rows were freed")
        if len(told) != 1:
            tally.wrong.append("the entrance was told of something")
        if held.keys != AuthorityKeys.from_body(keys.body()):
            tally.wrong.append("the keys have changed")
    return tally


def _fill(outbox: Outbox) -> tuple[str, str]:
    """Visits that wait; their stream, and the hash of the last."""
    stamp = read_stamp(read_boot_id())
    for number in range(VISITS):
        visit_id = uuid7(1_795_482_000_000 + number, number.to_bytes(10))
        verdict = Verdict(Outcome.ACCEPTED, "portal")
        outbox.append_visit(Visit(visit_id, AT, Direction.IN, verdict, "cccd"), stamp)
    last = outbox.waiting(0, VISITS)[-1]
    return last.stream, events.chain_hash(last.payload)


def _document(
    kind: DocumentKind,
    version: int,
    body: dict[str, object],
    key: Ed25519PrivateKey,
    kiosk: str = "",
) -> bytes:
    return documents.sign(Document(kind, version, AT, body, kiosk), key)


def _command(key: Ed25519PrivateKey, at: datetime, kiosk: str = KIOSK) -> bytes:
    command_id = uuid7(int(at.timestamp() * 1_000), os.urandom(10))
    ends_at = at + timedelta(minutes=5)
    return commands.sign(Command(command_id, kiosk, "restart", at, ends_at), key)


class _Stranger:
    """`done` is a command that has been done."""

    def __init__(
        self,
        dice: random.Random,
        stream: str,
        chain: str,
        keys: tuple[Ed25519PrivateKey, ...],
        done: bytes,
    ) -> None:
        self._dice = dice
        self._authority, self._receipt_key, self._command_key = keys
        self._own = Ed25519PrivateKey.generate()
        of_all = Receipt(stream, VISITS, (), AT, chain=chain)
        slower: dict[str, object] = {"resend_s": 900}
        self._receipts = [
            receipts.sign(of_all, self._own),
            receipts.sign(of_all, self._command_key),
            receipts.encode(of_all),
            # signed by whom it should be, of events that are not ours
            receipts.sign(replace(of_all, chain="0" * 64), self._receipt_key),
            receipts.sign(replace(of_all, upto=VISITS + 1), self._receipt_key),
        ]
        self._commands = [
            done,
            _command(self._own, AT),
            _command(self._receipt_key, AT),
            _command(self._command_key, AT, kiosk="gate-2"),
            _command(self._command_key, AT - timedelta(days=1)),
            _command(self._command_key, AT + timedelta(days=1)),
        ]
        self._documents = [
            _document(DocumentKind.POLICY, 9, slower, self._own),
            _document(DocumentKind.POLICY, 9, slower, self._receipt_key),
            _document(DocumentKind.KEYS, 4, {"receipt": []}, self._authority),
            _document(DocumentKind.KEYS, 5, {"receipt": []}, self._authority),
            _document(DocumentKind.KEYS, 6, {"receipt": 1}, self._authority),
            _document(DocumentKind.SETTINGS, 9, {}, self._authority, kiosk="gate-2"),
        ]

    def something(self) -> tuple[str, str, bytes]:
        """Channel, topic, payload: a message that was never said to this kiosk, or no longer counts."""
        channel, topic, whole = self._dice.choice(
            (
                ("receipt", f"entrance/v1/{KIOSK}/receipt", self._receipts),
                ("command", f"entrance/v1/{KIOSK}/command", self._commands),
                ("settings", f"entrance/v1/{KIOSK}/settings", self._documents),
                ("shared", "entrance/v1/shared/keys", self._documents),
                ("shared", "entrance/v1/shared/policy", self._documents),
                (
                    "shared",
                    f"entrance/v1/shared/{self._dice.choice(('', 'a', '+', 'Ü'))}",
                    self._documents,
                ),
            )
        )
        return channel, topic, self._spoilt(self._dice.choice(whole))

    def _spoilt(self, payload: bytes) -> bytes:
        dice = self._dice
        place = dice.randrange(len(payload))
        match dice.randrange(8):
            case 0:
                return dice.randbytes(dice.randrange(2_000))
            case 1:
                return payload[:place]
            case 2:
                return payload[:place] + dice.randbytes(1) + payload[place + 1 :]
            case 3:
                return payload + b" " * dice.choice((8_192, 700_000))
            case 4:
                return dice.choice((b"[", b'{"signed":')) * dice.randrange(1, 3_000)
            case _:
                return payload


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.hostile_downlink", __doc__ or "")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="other messages")
    arguments = parser.parse_args(argv)
    report = Report("hostile_downlink", arguments)
    count = QUICK if arguments.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        found = run(
            count,
            arguments.seed,
            Path(folder),
            lambda said: report.progress(f"said: {said:,} of {count:,}"),
        )
    report.add(Figure("messages said", found.said, count, higher_is_better=True))
    report.add(Figure("not counted as refused", found.uncounted, 0))
    report.add(Figure("changes and exceptions", len(found.wrong), 0))
    status = report.finish()
    print("\n" + ", ".join(f"{channel} {n:,}" for channel, n in found.refused.most_common()))
    print("\n".join(sorted(set(found.wrong))[:20]))
    return status


if __name__ == "__main__":
    raise SystemExit(main())
