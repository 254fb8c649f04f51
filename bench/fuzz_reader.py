"""Hostile images at every plan and reader of the eye: nothing is raised, no bytes come out that no code carries.

    python -m bench.fuzz_reader [--n N] [--quick] [--check] [--json FILE] [--seed N]

Ten thousand images: noise, mosaics with finders, codes cut off, damaged, with another's format bits, inverted, in a
mirror, smeared over one another, parts of a structured append, codewords that no encoder writes (unknown ECIs, lengths
beyond the end, every mode), NUL and 2,953 bytes, modules from one to a hundred px, images of no, one and very many px,
strided and backward views. An image is made from the seed and its number alone: what it did wrong can be had again.
`tests/kiosk/eye` runs a few dozen of the same.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from bench import payloads
from bench.report import Figure, Report, parser_of
from hardware.ports import Luma
from kiosk.credentials import classify
from kiosk.credentials.trust import TrustList
from kiosk.domain.identity import Identity
from kiosk.eye.codewords import Block, Kind, Modules, blocks, with_blocks
from kiosk.eye.deep import DeepPlan
from kiosk.eye.guidance import Hints
from kiosk.eye.readers.patient import PatientReader
from kiosk.eye.readers.port import Found, Reader
from kiosk.eye.readers.zbar import ZbarReader
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.reed_solomon import corrected
from kiosk.eye.streaming import StreamingPlan

FULL, QUICK = 10_000, 400
SEED = 20261124
_FRAMES = 4
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
# the patient ones take half a second where nothing can be read: one image in eight of each kind goes to each of them
_PATIENT_EVERY = 8
_PATIENT_TURN = {"deep plan": 0, "patient": 2}

# the bytes that may come out; None where the codewords are such that only "whatever they say" can be said
Carried = frozenset[bytes] | None
_NOTHING: frozenset[bytes] = frozenset()
_NO_TRUST = TrustList(NOW, {}, {})


@dataclass
class Findings:
    """What came of a run; images are named by kind and number."""

    kinds: Counter[str] = field(default_factory=Counter)
    readings: Counter[str] = field(default_factory=Counter)
    raised: list[str] = field(default_factory=list)
    false_reads: list[str] = field(default_factory=list)
    nobodies: list[str] = field(
        default_factory=list
    )  # an identity that no code in the image carries
    slowest_ms: float = 0.0


def run(count: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> Findings:
    """Show that many images to everything that looks."""
    findings, eyes = Findings(), _eyes()
    for number in range(count):
        kind, image, carried = hostile(seed, number)
        findings.kinds[kind] += 1
        turn = number // len(_KINDS) % _PATIENT_EVERY
        for name, look in eyes.items():
            if _PATIENT_TURN.get(name, turn) != turn:
                continue
            began_s = time.thread_time()
            try:
                found = look(image)
            except (
                Exception
            ) as error:  # whatever it is: that something is raised is what is looked for
                findings.raised.append(f"{kind} {number}, {name}: {type(error).__name__}")
                continue
            findings.slowest_ms = max(findings.slowest_ms, (time.thread_time() - began_s) * 1000)
            judge(f"{kind} {number}, {name}", found, carried, findings)
        if number % 100 == 0:
            progress(number)
    return findings


def judge(what: str, found: list[Found], carried: Carried, findings: Findings) -> None:
    """Note what is among `found` that should not be. `what` begins with the image's kind."""
    for code in found:
        if code.data is None:
            continue
        findings.readings[what.split(" ")[0]] += 1
        shown = classify(code.data, trust=_NO_TRUST, now=NOW)
        if carried is not None and code.data not in carried:
            findings.false_reads.append(what)
            if isinstance(shown, Identity):
                findings.nobodies.append(what)


def _eyes() -> dict[str, Callable[[Luma], list[Found]]]:
    """Every way in which the eye looks, by name."""
    readers: dict[str, Reader] = {
        name: ZxingReader(name)
        for name in ("LocalAverage", "GlobalHistogram", "FixedThreshold", "BoolCast")
    }
    readers |= {"zbar": ZbarReader(), "patient": PatientReader(ZxingReader("BoolCast"))}
    plans = {
        "streaming plan": StreamingPlan(ZxingReader()),
        "streaming plan, zbar": StreamingPlan(ZbarReader()),
    }
    eyes = {name: _both_ways(reader) for name, reader in readers.items()}
    eyes |= {name: _advised(plan) for name, plan in plans.items()}
    eyes["deep plan"] = DeepPlan().read
    return eyes


def _both_ways(reader: Reader) -> Callable[[Luma], list[Found]]:
    return lambda luma: [*reader.read(luma), *reader.read(luma, invert=True)]


def _advised(plan: StreamingPlan) -> Callable[[Luma], list[Found]]:
    """Several frames of one image, as while somebody holds it up, with the advice for what is not read."""

    def look(luma: Luma) -> list[Found]:
        hints, found = Hints(), list[Found]()
        plan.reset()
        for number in range(_FRAMES):
            now = plan.read(luma)
            found += now
            if not now:
                hints.note(luma, number / 5, plan.corners)
        return found

    return look


def hostile(seed: int, number: int) -> tuple[str, Luma, Carried]:
    """What it is, an image of any height and width from 0 px, and what may be read from it."""
    rng = np.random.default_rng([seed, number])
    kind = list(_KINDS)[number % len(_KINDS)]
    image, carried = _KINDS[kind](rng)
    return kind, image, carried


def _payload(rng: np.random.Generator) -> bytes:
    odd = (b"\0", b"\0\0" * 20, bytes(range(256)), b"\xef\xbb\xbf1", rng.bytes(40), b"%s%n\x1b[2J")
    if rng.random() < 0.3:
        return bytes(odd[int(rng.integers(len(odd)))])
    return payloads.citizen_card(rng) if rng.random() < 0.5 else payloads.short_name(rng)


def _code(payload: bytes, rng: np.random.Generator) -> tuple[Modules, Kind]:
    level, mask = str(rng.choice(list("LMQH"))), int(rng.integers(8))
    code = segno.make(payload, error=level, mode="byte", mask=mask, micro=False, boost_error=False)
    dark = np.array([list(row) for row in code.matrix], bool)
    return dark, Kind(int(code.version), level, mask)


def _drawn(modules: Modules, module_px: int, quiet: int = 4) -> Luma:
    light = np.where(np.pad(modules, quiet), 0, 255).astype(np.uint8)
    return np.kron(light, np.ones((module_px, module_px), np.uint8))


def _module_px(rng: np.random.Generator) -> int:
    return int(rng.choice([1, 2, 3, 3, 4, 4, 5]))


def _noise(rng: np.random.Generator) -> tuple[Luma, Carried]:
    height_px, width_px = (int(n) for n in rng.integers(1, 320, 2))
    grain = rng.integers(0, 256, (height_px, width_px), np.uint8)
    step = int(rng.integers(1, 9))
    levels = (0, 255) if rng.random() < 0.5 else (90, 140)
    coarse = np.kron(grain[::step, ::step], np.ones((step, step), np.uint8))
    return np.where(coarse > 128, levels[1], levels[0]).astype(np.uint8), _NOTHING


def _mosaic(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """All that makes a code look like one, and random bits."""
    code, kind = _code(rng.bytes(int(rng.integers(1, 120))), rng)
    for _ in range(int(rng.integers(1, 4))):
        code = with_blocks(
            code,
            kind,
            [Block(_random(b.codewords.size, rng), b.check_count) for b in blocks(code, kind)],
        )
    return _drawn(code, _module_px(rng)), _NOTHING


def _random(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    return rng.integers(0, 256, count, np.uint8)


def _cut(rng: np.random.Generator) -> tuple[Luma, Carried]:
    payload = _payload(rng)
    image = _drawn(_code(payload, rng)[0], _module_px(rng))
    side = image.shape[0]
    top, left = (int(n) for n in rng.integers(0, side // 2, 2))
    bottom, right = (int(n) for n in rng.integers(side // 2, side + 1, 2))
    return image[top:bottom, left:right], frozenset({payload})


def _damaged(rng: np.random.Generator) -> tuple[Luma, Carried]:
    payload = _payload(rng)
    code, _ = _code(payload, rng)
    if rng.random() < 0.5:
        code = code ^ (rng.random(code.shape) < rng.uniform(0, 0.25))
    else:
        row, column = (int(n) for n in rng.integers(0, code.shape[0], 2))
        reach = int(rng.integers(1, code.shape[0]))
        code = code.copy()
        code[row : row + reach, column : column + reach] = rng.random() < 0.5
    return _drawn(code, _module_px(rng)), frozenset({payload})


def _misnamed(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """Format and version bits of something else, or of nothing."""
    payload = _payload(rng)
    code = _code(payload, rng)[0].copy()
    bits = rng.random((9, 9)) < 0.5
    code[8, :6], code[:6, 8] = bits[8, :6], bits[:6, 8]
    if rng.random() < 0.7:
        code[8, -8:], code[-7:, 8] = bits[8, :8], bits[:7, 8]
    if code.shape[0] >= 45 and rng.random() < 0.5:
        code[:6, -11:-8], code[-11:-8, :6] = bits[:6, :3], bits[:3, :6]
    return _drawn(code, _module_px(rng)), frozenset({payload})


def _crafted(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """Codewords that no encoder writes, with check codewords that hold."""
    code, kind = _code(_payload(rng), rng)
    written = []
    for number, block in enumerate(blocks(code, kind)):
        data = _random(block.codewords.size - block.check_count, rng)
        if number == 0:
            head = np.packbits([int(bit) for bit in _head(rng)])[: data.size]
            data[: head.size] = head
        written.append(_checked(data, block.check_count))
    return _drawn(with_blocks(code, kind, written), _module_px(rng)), None


def _head(rng: np.random.Generator) -> str:
    """The first bits of a stream: modes in any order, ECI numbers of every length, lengths that cannot be."""
    bits = ""
    for _ in range(int(rng.integers(1, 5))):
        mode = str(
            rng.choice(
                ["0111", "0111", "0001", "0010", "0100", "1000", "0101", "1001", "0000", "1111"]
            )
        )
        bits += mode
        if mode == "0111":
            prefix = str(rng.choice(["0", "10", "110", "111"]))
            bits += prefix + "".join(rng.choice(["0", "1"], 24 - len(prefix)))
        else:
            bits += str(rng.choice(["1" * 16, "0" * 8, "00000001", "11111111"]))
    return bits


def _checked(data: NDArray[np.uint8], check_count: int) -> Block:
    """A block that begins with `data`: its check codewords are what correction makes of none at all."""
    empty = np.concatenate([data, np.zeros(check_count, np.uint8)])
    whole = corrected(empty, check_count, range(data.size, empty.size))
    if whole is None:
        raise ValueError("check codewords can always be found")
    return Block(whole, check_count)


def _part(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """One part of a structured append, which no reader may hand out."""
    message = "One message spread over several codes. " * int(rng.integers(2, 12))
    parts = segno.make_sequence(message, symbol_count=int(rng.integers(2, 9)), mode="byte")
    part = parts[int(rng.integers(len(parts)))]
    dark = np.array([list(row) for row in part.matrix], bool)
    return _drawn(dark, _module_px(rng)), _NOTHING


def _eci(rng: np.random.Generator) -> tuple[Luma, Carried]:
    text = payloads.name(rng) if rng.random() < 0.5 else "plain"
    encoding = str(rng.choice(["utf-8", "utf-16-be", "cp1258", "iso-8859-15"]))
    try:
        code = segno.make(text, encoding=encoding, eci=True, micro=False, mode="byte")
    except (ValueError, UnicodeError):
        text = "plain"
        code = segno.make(text, encoding="iso-8859-1", eci=True, micro=False, mode="byte")
        encoding = "iso-8859-1"
    dark = np.array([list(row) for row in code.matrix], bool)
    ways = {text.encode(), text.encode(encoding)}
    return _drawn(dark, _module_px(rng)), frozenset(ways)


def _turned(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """Inverted, in a mirror, upside down, faint, or as a view that is not contiguous."""
    payload = _payload(rng)
    module_px = _module_px(rng)
    image = _drawn(_code(payload, rng)[0], module_px)
    ways: tuple[Callable[[Luma], Luma], ...] = (
        lambda seen: 255 - seen,
        lambda seen: seen[:, ::-1],
        lambda seen: seen[::-1, ::-1],
        lambda seen: np.asfortranarray(seen),
        lambda seen: seen.T,
        lambda seen: (120 + seen // 40).astype(np.uint8),
        lambda seen: np.repeat(np.repeat(seen, 3, axis=0), 2, axis=1)[::3, ::2],
        lambda seen: np.pad(seen, ((0, 0), (0, 61)))[:, : seen.shape[1]],
    )
    for _ in range(int(rng.integers(1, 3))):
        image = ways[int(rng.integers(len(ways)))](image)
    image.setflags(write=False)
    return image, frozenset({payload})


def _overlaid(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """Two codes over one another, as through glass."""
    one, other = _payload(rng), _payload(rng)
    under, over = (_drawn(_code(each, rng)[0], _module_px(rng)) for each in (one, other))
    over = np.asarray(cv2.resize(over, under.shape[::-1]), np.uint8)
    weight = rng.uniform(0, 1)
    image = np.asarray(cv2.addWeighted(under, weight, over, 1 - weight, 0), np.uint8)
    if rng.random() < 0.3:
        half = image.shape[0] // 2
        image[:half] = over[:half]
    return image, frozenset({one, other})


def _sized(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """No px, one px, a line, a very long line, nothing but white."""
    sides = [0, 1, 1, 2, 3, 7, 20, 21, 63, 64, 500]
    height_px, width_px = int(rng.choice(sides)), int(rng.choice([*sides, 20_000]))
    if rng.random() < 0.5:
        height_px, width_px = width_px, height_px
    level = int(rng.choice([0, 128, 255]))
    image = np.full((height_px, width_px), level, np.uint8)
    if rng.random() < 0.5:
        image[::2, ::3] = 255 - level
    return image, _NOTHING


def _large(rng: np.random.Generator) -> tuple[Luma, Carried]:
    """The largest payloads, and modules of up to a hundred px."""
    if rng.random() < 0.5:
        payload = rng.bytes(int(rng.integers(1500, 2954)))
        code = segno.make(payload, error="l", mode="byte", micro=False, boost_error=False)
        dark = np.array([list(row) for row in code.matrix], bool)
        return _drawn(dark, int(rng.choice([1, 2, 3]))), frozenset({payload})
    payload = b"4711"
    image = _drawn(_code(payload, rng)[0], int(rng.choice([20, 40, 100])), quiet=1)
    return image[:1500, :1500], frozenset({payload})


_KINDS: dict[str, Callable[[np.random.Generator], tuple[Luma, Carried]]] = {
    "noise": _noise,
    "mosaic": _mosaic,
    "cut": _cut,
    "damaged": _damaged,
    "misnamed": _misnamed,
    "crafted": _crafted,
    "part": _part,
    "eci": _eci,
    "turned": _turned,
    "overlaid": _overlaid,
    "sized": _sized,
    "large": _large,
}


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.fuzz_reader", __doc__ or "")
    parser.add_argument("--n", type=int, metavar="N", help=f"images, instead of {FULL:,}")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="other images")
    arguments = parser.parse_args(argv)
    report = Report("fuzz_reader", arguments)
    count = arguments.n or (QUICK if arguments.quick else FULL)
    cv2.setNumThreads(1)
    found = run(
        count, arguments.seed, lambda done: report.progress(f"images: {done:,} of {count:,}")
    )
    report.add(Figure("images", found.kinds.total(), count, higher_is_better=True))
    report.add(Figure("unhandled exceptions", len(found.raised), 0))
    report.add(Figure("bytes that no code in the image carries", len(found.false_reads), 0))
    report.add(Figure("identities from garbage", len(found.nobodies), 0))
    report.add(Figure("readings", found.readings.total()))
    report.add(Figure("slowest look, ms of CPU", found.slowest_ms))
    status = report.finish()
    print("\nreadings: " + ", ".join(f"{kind} {n:,}" for kind, n in found.readings.most_common()))
    for line in (found.raised + found.false_reads + found.nobodies)[:30]:
        print(line)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
