"""What every page of the house keeps to, whoever may look at it: headers, Host check, no foreign POST, small bodies."""

from kiosk.web.safety.foreign import FIELD, HEADER
from kiosk.web.safety.headers import CONTENT_SECURITY_POLICY
from kiosk.web.safety.protect import MAX_BODY_BYTES, protect

__all__ = ["CONTENT_SECURITY_POLICY", "FIELD", "HEADER", "MAX_BODY_BYTES", "protect"]
