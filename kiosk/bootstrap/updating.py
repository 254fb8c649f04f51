"""`kiosk update`: what provisioning/kiosk-update asks of the release that runs."""

import http.client
from pathlib import Path

from kiosk.bootstrap.uplink import uplink_settings
from kiosk.config import Config
from kiosk.documents import open_documents
from kiosk.update import bundle, fetch, pin
from kiosk.update.bundle import UpdateError
from kiosk.uplink.tls import context_for
from kiosk.wire import updates
from kiosk.wire.documents import DocumentKind

_TIMEOUT_S = 30.0


def fetch_update(config: Config, base: Path) -> Path | None:
    """The bundle that this kiosk is to take now, fetched; None when there is none. Raise UpdateError."""
    document = open_documents(config).get(DocumentKind.UPDATE)
    if document is None:
        return None
    rollout = updates.rollout_of(document.body)
    offer = fetch.offered(rollout, config.kiosk.id, {running(base).name, *_refused(base)})
    if offer is None:
        return None
    if not config.tags.host:
        raise UpdateError("nowhere to fetch from: set tags.host")
    try:
        context = context_for(uplink_settings(config))
    except OSError as error:  # ssl.SSLError is one of them
        raise UpdateError("the kiosk's certificate cannot be used") from error
    connection = http.client.HTTPSConnection(
        config.tags.host, config.tags.port, timeout=_TIMEOUT_S, context=context
    )
    try:
        return fetch.fetch(offer, config.kiosk.state_dir / "updates", connection)
    finally:
        connection.close()


def unpack_update(
    config: Config, file: Path, folder: Path, base: Path, pinned: Path, *, allow_older: bool
) -> str:
    """The name of the release that lies in `folder` then. Raise UpdateError."""
    keys = pin.pinned(pinned, config.authority.key_file)
    return bundle.unpack(file, keys, folder, running(base), allow_older=allow_older).name


def running(base: Path) -> Path:
    """The folder of the release at work."""
    return (base / "current").resolve()


def _refused(base: Path) -> list[str]:
    try:
        return (base / "refused").read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []
