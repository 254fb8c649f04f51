"""Where in its stream a message stands that is otherwise refused, so that it can be receipted."""

from kiosk.wire import strict_json
from kiosk.wire.errors import WireError
from kiosk.wire.ids import STREAM


def stream_and_seq(payload: bytes) -> tuple[str, int] | None:
    """None when the message does not even tell that much."""
    try:
        message = strict_json.loads(payload)
    except WireError:
        return None
    stream, seq = message.get("stream"), message.get("seq")
    if not isinstance(stream, str) or not STREAM.fullmatch(stream):
        return None
    if type(seq) is not int or not 1 <= seq <= strict_json.MAX_INTEGER:
        return None
    return stream, seq
