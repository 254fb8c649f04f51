"""Hostile codes at `classify` and at the verifiers behind it: nothing is raised, nobody is made out of garbage.

    python -m bench.fuzz_credentials [--quick] [--check] [--json FILE] [--seed N]

A million inputs: noise, damaged cards, certificates and passes damaged at every layer (text, base45, zlib, COSE,
claims), and odd claims under a genuine signature. The seed makes the keys too, so a run can be had again; an input that
does what it must not is printed as hexadecimal. `tests/kiosk/credentials` runs ten thousand of the same.
"""

import random
import re
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import base45
import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from bench.report import Figure, Report, parser_of
from kiosk.credentials import classify, cose, health_pass, pass_issuers, text
from kiosk.credentials.trust import Signer, TrustList
from kiosk.domain.identity import CodeKind, Identity, NotPersonal

FULL, QUICK = 1_000_000, 100_000
SEED = 20261124
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
# one visitor waits for one answer; a Pi is about 2.5 times slower than the machine of docs/benchmarks.md
SLOWEST_MS = 100.0

_NAME_HEX = "5468e1baa16368205468e1bb8b2053612052c3a279"
_CARDS = (
    "084190000000|334000000|Thạch Thị Sa Rây|05091990|Nữ|Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh|15042021",
    "084190000000||Thạch Thị Sa Rây|05091990|Nữ|Xã Long Hiệp, Vĩnh Long|04102025||||",
    "084190000000|THACH THI SA RAY|1990-09-05|0|100000000000000001|<2<GD4840000000000<0900000000",
    "******000000|THACH THI SA RAY|1990-**-**|1|100000000000000001|100000000000000002<2<<",
    f"GD4840000000000|{_NAME_HEX}|05/09/1990|2|-|84 - 001|01/01/2021|31/12/2021|15/12/2020|$",
    "https://qr.pccovid.gov.vn/AbCdEf",
    "00020101021138000000MADE-UP5303704",
    "BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n",
)
_SIGNS = ("|", "<", "*", "\0", "\x1b", "\u202e", "-", "/", "$", "0", "9", "០", "\ufeff")
_PIECES = (*_SIGNS, "HC1:", "VP1:", "084190000000")
_SCHEMES = {
    "qid": r"[0-9]{1,32}",
    "cccd": r"[0-9]{12}",
    "cmnd": r"[0-9]{9}",
    "passport": r"[0-9A-Za-z]{6,12}",
    "bhyt": r"[0-9]{10}",
    "certificate": r".{1,300}",
    "pass": r"[0-9a-f]{32}",
}
_BIRTH = re.compile(r"(?:[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)?")


@dataclass
class Findings:
    """What came of a run. Each of the lists holds inputs that should not have done what they did."""

    answers: Counter[str] = field(default_factory=Counter)
    raised: list[bytes] = field(default_factory=list)
    nobody: list[bytes] = field(
        default_factory=list
    )  # an identity out of bytes without form, or not well formed
    forged: list[bytes] = field(default_factory=list)  # a proof that holds for what nobody signed
    slowest_ms: float = 0.0


class Forge:
    """Makes inputs from a seed. It holds the keys of a made-up ministry and of a made-up province."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._ministry = ec.derive_private_key(self._random.getrandbits(248) + 1, ec.SECP256R1())
        self._province = Ed25519PrivateKey.from_private_bytes(self._random.randbytes(32))
        self._kid = b"ministry"
        issuer = pass_issuers.authority(self._province.public_key(), "Made-up province")
        signer = Signer(self._kid, self._ministry.public_key(), frozenset("tvr"), NOW)
        self.trust = TrustList(NOW, {self._kid: signer}, {issuer.kid: issuer})
        self._certificate = self._sign(cbor2.dumps(_claims()))
        self._pass = self._issue()
        # damage may be such that a reader's trimming mends it: then this is what must come out
        self.genuine = (
            self.classify(b"HC1:" + base45.b45encode(zlib.compress(self._certificate))),
            self.classify(b"VP1:" + base45.b45encode(self._pass)),
        )
        self._kinds: tuple[Callable[[], tuple[bytes, str]], ...] = (
            self._noise,
            self._damaged_card,
            self._damaged_card,
            self._damaged_certificate,
            self._damaged_certificate,
            self._damaged_pass,
            self._odd_claims,
        )

    def classify(self, data: bytes) -> Identity | NotPersonal:
        return classify(data, trust=self.trust, now=NOW)

    def next(self) -> tuple[bytes, str]:
        """An input, and what it is: `noise`, `card`, `unsigned` or `signed`."""
        return self._random.choice(self._kinds)()

    def _noise(self) -> tuple[bytes, str]:
        head = self._random.choice(
            (b"", b"", b"HC1:", b"VP1:", b"000201", b"http://", b"\xef\xbb\xbf")
        )
        return head + self._random.randbytes(self._random.randrange(400)), "noise"

    def _damaged_card(self) -> tuple[bytes, str]:
        shown = self._random.choice(_CARDS)
        for _ in range(self._random.randrange(4)):
            at = self._random.randrange(len(shown) + 1)
            cut = self._random.randrange(1 + self._random.choice((0, 1, 1, 12)))
            piece = self._random.choice((*_PIECES, "", chr(self._random.randrange(0xD800))))
            shown = shown[:at] + piece * self._random.choice((1, 1, 1, 50)) + shown[at + cut :]
        return shown.encode(), "card"

    def _damaged_certificate(self) -> tuple[bytes, str]:
        """Damage at one layer, and all that is outside of it made good again."""
        layer = self._random.randrange(4)
        message = self._certificate
        if layer == 0:
            message = self._unsigned(message)
        packed = zlib.compress(self._damage(message) if layer == 1 else message)
        letters = base45.b45encode(self._damage(packed) if layer == 2 else packed)
        return b"HC1:" + (self._damage(letters) if layer == 3 else letters), "unsigned"

    def _damaged_pass(self) -> tuple[bytes, str]:
        layer = self._random.randrange(3)
        message = self._unsigned(self._pass) if layer == 0 else self._pass
        letters = base45.b45encode(self._damage(message) if layer == 1 else message)
        return b"VP1:" + (self._damage(letters) if layer == 2 else letters), "unsigned"

    def _unsigned(self, message: bytes) -> bytes:
        """The claims damaged under the old signature."""
        tag = cbor2.loads(message)
        protected, headers, payload, signature = tag.value
        return cbor2.dumps(
            cbor2.CBORTag(18, [protected, headers, self._damage(payload), signature])
        )

    def _odd_claims(self) -> tuple[bytes, str]:
        """Claims of the wrong types and shapes under a genuine signature: what an issuer with a fault would send."""
        claims = _claims()
        for _ in range(self._random.randrange(1, 4)):
            place: Any = claims
            while isinstance(place, dict | list) and place and self._random.random() < 0.7:
                keys = list(place) if isinstance(place, dict) else range(len(place))
                key = self._random.choice(list(keys))
                if not isinstance(place[key], dict | list) or self._random.random() < 0.3:
                    place[key] = self._odd(0)
                    break
                place = place[key]
        packed = zlib.compress(self._sign(cbor2.dumps(claims)))
        return b"HC1:" + base45.b45encode(packed), "signed"

    def _odd(self, depth: int) -> Any:
        draw = self._random
        leaves: tuple[Any, ...] = (
            *(
                None,
                True,
                -1,
                2**63,
                1e300,
                float("nan"),
                b"\0",
                "",
                "2021-13-45",
                "\x1b",
                "A" * 400,
            ),
            *(
                draw.randrange(2**32),
                draw.random(),
                draw.randbytes(4),
                datetime(1, 1, 1, tzinfo=UTC),
            ),
            *(cbor2.CBORTag(1, 1e20), cbor2.CBORTag(1004, "2021-02-30"), cbor2.CBORTag(35, "(")),
        )
        if depth > 3 or draw.random() < 0.7:
            return draw.choice(leaves)
        items = [self._odd(depth + 1) for _ in range(draw.randrange(4))]
        return items if draw.random() < 0.5 else {str(i): item for i, item in enumerate(items)}

    def _damage(self, data: bytes) -> bytes:
        """At least one byte is other than it was."""
        damaged = bytearray(data)
        for _ in range(self._random.choice((1, 1, 2, 8))):
            at = self._random.randrange(len(damaged) or 1)
            end = at + self._random.choice((0, 1, 1, 1, 9))
            damaged[at:end] = self._random.randbytes(self._random.choice((1, 1, 1, 0, 9)))
        return bytes(damaged) if damaged != data else data + b"\0"

    def _sign(self, payload: bytes) -> bytes:
        protected = cbor2.dumps({1: cose.ES256, 4: self._kid})
        to_be_signed = cbor2.dumps(["Signature1", protected, b"", payload])
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        der = self._ministry.sign(to_be_signed, algorithm)
        r, s = decode_dss_signature(der)
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))

    def _issue(self) -> bytes:
        issued = health_pass.issue(
            self._province,
            pass_id=bytes(16),
            name="Thạch Thị Sa Rây",
            not_before=NOW - timedelta(hours=1),
            not_after=NOW + timedelta(hours=23),
            policy_version=1,
        )
        return bytes(base45.b45decode(issued.removeprefix(health_pass.PREFIX)))


def run(count: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> Findings:
    """Classify that many inputs."""
    forge, findings = Forge(seed), Findings()
    for number in range(count):
        data, what = forge.next()
        try:
            took_ms, shown = _timed(forge, data)
        except Exception:  # whatever it is: that something is raised is what is looked for
            findings.raised.append(data)
            continue
        if took_ms > findings.slowest_ms:
            # an input that is slow is slow every time; a busy machine is not
            again_ms = min(_timed(forge, data)[0] for _ in range(3))
            findings.slowest_ms = max(findings.slowest_ms, min(took_ms, again_ms))
        _judge(data, what, shown, forge.genuine, findings)
        if number % 10_000 == 0:
            progress(number)
    return findings


def _timed(forge: Forge, data: bytes) -> tuple[float, object]:
    began_s = time.thread_time()
    shown = forge.classify(data)
    return (time.thread_time() - began_s) * 1000, shown


def _judge(
    data: bytes, what: str, shown: object, genuine: tuple[object, ...], findings: Findings
) -> None:
    if isinstance(shown, NotPersonal):
        findings.answers[f"not_personal/{shown.reason}"] += 1
        return
    if not isinstance(shown, Identity):
        findings.raised.append(data)
        return
    findings.answers[shown.kind] += 1
    if what == "noise" or not _is_well_formed(shown):
        findings.nobody.append(data)
    proven = shown.proof is not None and shown.proof.valid
    if proven and what != "signed" and shown not in genuine:
        findings.forged.append(data)


def _is_well_formed(shown: Identity) -> bool:
    """Whether nothing in it could surprise whoever keys, prints or shows it."""
    about_nobody = shown.kind is CodeKind.DCC and not shown.identifiers and not shown.name
    keyed = all(re.fullmatch(_SCHEMES[i.scheme], i.value) for i in shown.identifiers)
    words = (shown.name, shown.address, shown.phone, *(i.value for i in shown.identifiers))
    plain = all(text.is_plain(word) and len(word) <= 601 for word in words)
    named = bool(shown.identifiers) and (bool(shown.name) or shown.kind is CodeKind.PASS)
    return about_nobody or (named and keyed and plain and _BIRTH.fullmatch(shown.birth) is not None)


def _claims() -> dict[Any, Any]:
    certificate = {
        "ver": "1.3.0",
        "nam": {"fn": "Thạch", "fnt": "THACH", "gn": "Thị Sa Rây", "gnt": "THI<SA<RAY"},
        "dob": "1990-09-05",
        "v": [{"ci": "URN:UVCI:01:VN:00000000#0", "co": "VN", "tg": "840539006", "dn": 2}],
    }
    ends = NOW + timedelta(days=1)
    return {1: "VN", 6: int(NOW.timestamp()), 4: int(ends.timestamp()), -260: {1: certificate}}


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.fuzz_credentials", __doc__ or "")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="other inputs")
    arguments = parser.parse_args(argv)
    report = Report("fuzz_credentials", arguments)
    count = QUICK if arguments.quick else FULL
    began_s = time.perf_counter()
    found = run(
        count, arguments.seed, lambda done: report.progress(f"inputs: {done:,} of {count:,}")
    )
    rate = count / (time.perf_counter() - began_s)
    report.add(Figure("inputs answered", count - len(found.raised), count, higher_is_better=True))
    report.add(Figure("unhandled exceptions", len(found.raised), 0))
    report.add(Figure("identities from garbage", len(found.nobody), 0))
    report.add(Figure("proofs that hold without a signature", len(found.forged), 0))
    report.add(Figure("slowest answer, ms of CPU", found.slowest_ms, SLOWEST_MS))
    report.add(Figure("inputs a second, making them included", rate))
    status = report.finish()
    print("\n" + ", ".join(f"{kind} {n:,}" for kind, n in found.answers.most_common()))
    for data in (found.raised + found.nobody + found.forged)[:20]:
        print(data.hex())
    return status


if __name__ == "__main__":
    raise SystemExit(main())
