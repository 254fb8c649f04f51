"""What every page of the house keeps to, whoever may look at it: headers, Host check, no foreign POST, small bodies."""

from kiosk.web.safety.headers import CONTENT_SECURITY_POLICY
from kiosk.web.safety.protect import protect

__all__ = ["CONTENT_SECURITY_POLICY", "protect"]
