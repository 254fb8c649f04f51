"""The broker in between: a folder to run it from, and letting kiosks in and shutting them out while it runs.

Kiosks and inbox speak plain MQTT v5 and know none of this. Whoever wants another broker writes these five for it and
names it here; what it has to grant and deny is in collector.broker_rights (docs/scale.md, CONTRIBUTING.md).
"""

from collector.broker.mosquitto import as_admin, command_line, set_up
from collector.broker.mosquitto_control import admit, revoke

__all__ = ["admit", "as_admin", "command_line", "revoke", "set_up"]
