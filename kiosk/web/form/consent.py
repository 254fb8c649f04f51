"""The sentence that a visitor agrees to, and the name of its wording.

The name is taken from the words themselves: whoever changes them cannot forget to change it, and whoever kept it can
prove which words stood there.
"""

import hashlib
from collections.abc import Callable

from kiosk.domain.declaration import Consent
from kiosk.web.settings import PageSettings

_PROMISE = "Used only for disease control; deleted after {n} days."
# (source, language) -> the words of the catalogue
Translated = Callable[[str, str], str]


def promise(t: Translated, language: str, settings: PageSettings) -> str:
    """Why, and for how long. Who, the venue, stands before it."""
    return t(_PROMISE, language).replace("{n}", str(settings.retention_days))


def agreed_to(t: Translated, language: str, settings: PageSettings) -> Consent:
    shown = f"{settings.venue_name}: {promise(t, language, settings)}"
    return Consent(hashlib.sha256(shown.encode()).hexdigest()[:16], language)
