"""The named states in which nothing, or not everything, goes up. They are shown to staff; none is an exception."""

import ssl
from enum import StrEnum


class Fault(StrEnum):
    NONE = ""
    NOT_CONFIGURED = "not_configured"  # no broker is set
    STORE = "store"  # the outbox cannot be read or written
    BROKER_ABSENT = "broker_absent"
    CLOCK = "clock"  # a certificate is not valid yet: this machine's clock is behind
    CERTIFICATE_MISSING = "certificate_missing"  # the kiosk's own, or its key or its authority
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_REFUSED = "certificate_refused"  # by the broker, which does not say why
    BROKER_CERTIFICATE = "broker_certificate"  # the broker's, by us
    NOT_AUTHORIZED = "not_authorized"
    REFUSED = "refused"  # by the broker, for another reason; its name is in the log
    BROKEN = "broken"  # the broker does not speak MQTT 5 as it should
    NO_LISTENER = "no_listener"  # no collector is subscribed
    NO_KEYS = "no_keys"  # the document that says whose receipts count has not come
    CHAIN_DIFFERS = "chain_differs"  # a receipt speaks of another event than the one that was sent
    RECEIPT_FORGED = "receipt_forged"  # nobody who counts has signed the last receipt
    NO_RECEIPTS = "no_receipts"  # the broker takes events, and nobody says that they arrive


# reason codes of MQTT 5 (OASIS standard, 2.4)
SUCCESS = 0
NO_MATCHING_SUBSCRIBERS = 16
# normal end, server unavailable, busy, shutting down, keep alive timeout
_GONE = frozenset({0, 136, 137, 139, 141})
# bad user name or password, not authorized, bad authentication method, administrative action
_NOT_AUTHORIZED = frozenset({134, 135, 140, 152})
# payload format invalid; packet too large is only for a DISCONNECT, and paho breaks when mosquitto uses it in a PUBACK
_POISON = {153: "payload_refused"}
# malformed packet, protocol error, packet too large, payload format invalid
_OVER_A_PACKET = frozenset({129, 130, 149, 153})
# X509_verify_cert (openssl-verification-options(1)): certificate is not yet valid
_NOT_YET_VALID = 9


def of_code(code: int) -> Fault:
    """The state behind a reason code that is no success, in a CONNACK, a PUBACK or a DISCONNECT."""
    if code == NO_MATCHING_SUBSCRIBERS:
        return Fault.NO_LISTENER
    if code in _GONE:
        return Fault.BROKER_ABSENT
    return Fault.NOT_AUTHORIZED if code in _NOT_AUTHORIZED else Fault.REFUSED


def poison(code: int) -> str | None:
    """The reason to set this one row aside, when the code speaks of the row and not of the kiosk."""
    return _POISON.get(code)


def is_over_a_packet(code: int) -> bool:
    """Whether a DISCONNECT with this code was brought about by something that we have sent."""
    return code in _OVER_A_PACKET


def of_tls(error: ssl.SSLError) -> Fault:
    if isinstance(error, ssl.SSLCertVerificationError):
        not_yet = error.verify_code == _NOT_YET_VALID
        return Fault.CLOCK if not_yet else Fault.BROKER_CERTIFICATE
    return Fault.CERTIFICATE_REFUSED
