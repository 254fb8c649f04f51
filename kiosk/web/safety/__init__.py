"""What every page of ours needs against the outside: headers, host names, forged posts, oversized bodies.

Shared with the collector's pages. `make_safe(app, ...)` is the whole of it; `csrf_field()` is then known to templates.
"""

from kiosk.web.safety.csrf import CSRF_FIELD, CSRF_HEADER
from kiosk.web.safety.shield import LOOPBACK_HOSTS, make_safe

__all__ = ["CSRF_FIELD", "CSRF_HEADER", "LOOPBACK_HOSTS", "make_safe"]
