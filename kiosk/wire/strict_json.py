"""JSON as the contract allows it: one object, UTF-8, small, shallow, every key once, every number finite.

What Python's decoder lets pass and a database or another language refuses later is refused here, once.
"""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.rfc3339 import parse_time

MAX_BYTES = 8_192
MAX_DEPTH = 6
MAX_INTEGER = 2**31 - 1  # CloudEvents' Integer is signed 32-bit


def loads(
    payload: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> dict[str, Any]:
    """The object in `payload`. Raise WireError and nothing else, whatever the bytes are."""
    if len(payload) > max_bytes:
        raise WireError(Refusal.TOO_LARGE)
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError(Refusal.NOT_UTF8) from None
    value = _object(text, _PLAIN)
    # brackets in texts count too, which only costs the look: as many as are allowed cannot be nested too deep
    if text.count("{") + text.count("[") > max_depth:
        _check_depth(value, max_depth)
    if not _has_every_key(value, text):
        value = _object(text, _STRICT)
    if "\\u" in text:
        _check_texts(value)
    return value


def dumps(message: Mapping[str, Any], *, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of `message`. Raise WireError when it is too large or holds what JSON cannot carry."""
    try:
        payload = _WRITTEN.encode(message).encode("utf-8")
    except (TypeError, ValueError):
        raise WireError(Refusal.NOT_JSON) from None
    if len(payload) > max_bytes:
        raise WireError(Refusal.TOO_LARGE)
    return payload


def text_of(fields: Mapping[str, Any], name: str, refusal: Refusal, max_length: int = 200) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= max_length:
        raise WireError(refusal, name)
    return value


def whole_of(fields: Mapping[str, Any], name: str, refusal: Refusal, low: int = 0) -> int:
    value = fields.get(name)
    if type(value) is not int or not low <= value <= MAX_INTEGER:  # a bool is an int to isinstance
        raise WireError(refusal, name)
    return value


def number_of(fields: Mapping[str, Any], name: str, refusal: Refusal) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise WireError(refusal, name)
    try:
        return float(value)
    except OverflowError:  # a whole number of 309 digits and more
        raise WireError(refusal, name) from None


def time_of(fields: Mapping[str, Any], name: str) -> datetime:
    at = parse_time(text_of(fields, name, Refusal.BAD_TIME))
    if at is None:
        raise WireError(Refusal.BAD_TIME, name)
    return at


def others(fields: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """What a newer version has added."""
    if fields.keys() <= known:
        return {}
    return {name: value for name, value in fields.items() if name not in known}


def _object(text: str, decoder: json.JSONDecoder) -> dict[str, Any]:
    value = _read(text, decoder)
    if not isinstance(value, dict):
        raise WireError(Refusal.NOT_AN_OBJECT)
    return value


def _read(text: str, decoder: json.JSONDecoder) -> Any:
    """As `decoder.decode`, which looks for spaces at both ends even where there are none."""
    try:
        if text.startswith("{"):
            value, end = decoder.raw_decode(text)
            if end == len(text):
                return value
        return decoder.decode(text)
    except WireError:
        raise
    except RecursionError:
        raise WireError(Refusal.TOO_DEEP) from None
    except ValueError:
        raise WireError(Refusal.NOT_JSON) from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise WireError(Refusal.DUPLICATE_KEY)
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise WireError(Refusal.NOT_JSON)
    return value


def _constant(_: str) -> NoReturn:
    raise WireError(Refusal.NOT_JSON)


# made once: `json.dumps` makes one for each message
_WRITTEN = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_SPACES = " \t\n\r"
_PLAIN = json.JSONDecoder(parse_float=_finite, parse_constant=_constant)
_STRICT = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_finite, parse_constant=_constant)


def _has_every_key(value: dict[str, Any], text: str) -> bool:
    """Whether surely no key stood twice. False means that `_pairs`, which is slow, has to look.

    When nothing stands between a key and its colon, `":` occurs at least once for each key that was written.
    """
    for space in _SPACES:
        if space in text and f"{space}:" in text:  # the first look is fifty times as fast
            return False
    return _keys_in(value) == text.count('":')


def _keys_in(value: Any) -> int:
    if type(value) is dict:
        count = len(value)
        for inner in value.values():
            if type(inner) is dict or type(inner) is list:
                count += _keys_in(inner)
        return count
    return sum(_keys_in(inner) for inner in value if type(inner) is dict or type(inner) is list)


def _check_depth(value: Any, left: int) -> None:
    if isinstance(value, (dict, list)):
        if left == 0:
            raise WireError(Refusal.TOO_DEEP)
        for inner in value.values() if isinstance(value, dict) else value:
            _check_depth(inner, left - 1)


def _check_texts(value: Any) -> None:
    """Only escapes can smuggle these in: raw ones are no UTF-8 or no JSON."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise WireError(Refusal.BAD_TEXT)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_texts(key)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)
