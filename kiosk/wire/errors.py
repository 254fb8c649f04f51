"""Why a message was refused. The reason is a code that may be counted, stored and shown; it quotes nothing."""

from enum import StrEnum


class Refusal(StrEnum):
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"  # truncated, NaN, infinity, or no JSON at all
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE_KEY = "duplicate_key"
    TOO_DEEP = "too_deep"
    BAD_TEXT = "bad_text"  # a lone surrogate or a NUL, which databases refuse later
    BAD_TOPIC = "bad_topic"
    BAD_VERSION = "bad_version"
    BAD_ID = "bad_id"
    BAD_TYPE = "bad_type"
    BAD_TIME = "bad_time"
    BAD_STREAM = "bad_stream"
    BAD_SEQ = "bad_seq"
    BAD_BOOT = "bad_boot"
    BAD_QUALITY = "bad_quality"
    BAD_DATA = "bad_data"
    BAD_CHAIN = "bad_chain"  # `prevhash`, `chainhash` or `head`
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"  # signed, but by nobody who counts
    WRONG_KIOSK = "wrong_kiosk"  # the body speaks for another kiosk than the topic


class WireError(ValueError):
    """A message that does not keep the contract. `field` names the attribute at fault, never its value."""

    def __init__(self, reason: Refusal, field: str = "") -> None:
        super().__init__(f"{reason}: {field}" if field else str(reason))
        self.reason = reason
        self.field = field
