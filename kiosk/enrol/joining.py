"""From the text of a code to a kiosk that has joined, step by step; whatever fails, it has not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kiosk.enrol.collector import Collector
from kiosk.enrol.place import Place
from kiosk.enrol.requests import csr_of, is_for, words_for
from kiosk.enrol.trouble import NotJoined, Trouble
from kiosk.enrol.wifi import Network
from kiosk.wire import documents, enrolment, signed
from kiosk.wire.enrolment import EnrolmentCode
from kiosk.wire.enrolment_answer import Enrolled
from kiosk.wire.errors import WireError


class Step(StrEnum):
    READ = "read"
    NETWORK = "network"
    ASK = "ask"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Joined:
    kiosk: str
    venue_name: str
    words: tuple[str, ...]


def join(
    text: str,
    state_dir: Path,
    network: Network,
    say: Callable[[Step], None] = lambda _: None,
) -> Joined:
    """Raise NotJoined. `say` is told each step as it begins. Whether the code is over is the collector's to say: the
    clock of a new kiosk may be wrong."""
    say(Step.READ)
    code = read(text)
    if code.wifi is not None:
        say(Step.NETWORK)
        network.join(code.wifi)
    say(Step.ASK)
    collector = Collector(code)
    authority = collector.authority()
    try:
        place = Place(state_dir, code.token)
        key = place.key()
        enrolled = collector.enrol(csr_of(key, code.kiosk), authority)
        if enrolled.kiosk != code.kiosk or not is_for(enrolled.certificate, key, code.kiosk):
            raise NotJoined(Trouble.NOT_READY, "a certificate that was not asked for")
        _check_documents(enrolled)
        say(Step.KEEP)
        place.keep(enrolled, code.address)
    except OSError as error:
        raise NotJoined(Trouble.STORAGE, error.strerror or type(error).__name__) from error
    return Joined(enrolled.kiosk, enrolled.venue_name, words_for(key))


def read(text: str) -> EnrolmentCode:
    """Raise NotJoined when it is no enrolment code, or a damaged one."""
    if not text.startswith(enrolment.PREFIX):
        raise NotJoined(Trouble.NOT_A_CODE)
    try:
        return enrolment.decode(text)
    except WireError as error:
        raise NotJoined(Trouble.DAMAGED, str(error)) from error


def _check_documents(enrolled: Enrolled) -> None:
    """Each must be signed by the key that came along, or it would be refused at every start."""
    try:
        key = load_pem_public_key(enrolled.signing_key.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise NotJoined(Trouble.NOT_READY, "the authority's key is none")
        keys: Mapping[str, Ed25519PublicKey] = signed.by_id([key])
        for kind, payload in enrolled.documents.items():
            if documents.verified(payload, keys).kind is not kind:
                raise NotJoined(Trouble.NOT_READY, f"the document {kind} is another")
    except (ValueError, UnsupportedAlgorithm) as error:  # WireError is a ValueError
        raise NotJoined(Trouble.NOT_READY, "the documents cannot be believed") from error
