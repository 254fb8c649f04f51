"""`kiosk outbox export` and `import`: the outbox that is carried by hand."""

from datetime import UTC, datetime
from pathlib import Path

from kiosk import outbox_file
from kiosk.config import Config
from kiosk.documents import open_documents
from kiosk.outbox_file import Imported
from kiosk.store.outbox import Outbox


def export_outbox(config: Config, to: Path) -> tuple[Path, int]:
    """Where it was written, and how many events. Raise KioskError."""
    with Outbox(config.database, config.kiosk.id, owner=False) as outbox:
        return outbox_file.export(outbox, config.kiosk.id, to, datetime.now(UTC))


def import_receipts(config: Config, file: Path) -> Imported:
    """Raise KioskError for a file that is none."""
    keys = open_documents(config).keys.receipt
    with Outbox(config.database, config.kiosk.id, owner=False) as outbox:
        return outbox_file.import_receipts(outbox, config.kiosk.id, file, keys)
