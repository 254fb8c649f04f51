"""`kiosk doctor`: a plain list of what is well and what is not, each with what to do.

Needs no root and no network, writes nothing, claims no camera, pin or port. What the running kiosk knows better is
asked of it, on this machine.
"""

from kiosk.doctor.checks import examine
from kiosk.doctor.finding import Finding, Health, as_json, as_text, status

__all__ = ["Finding", "Health", "as_json", "as_text", "examine", "status"]
