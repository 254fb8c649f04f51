"""Which release of the program this process is."""

import sys
from pathlib import Path

# run from a checkout, as `setup.sh try` and the tests do
CHECKOUT = "checkout"


def release(folder: Path = Path(sys.prefix)) -> str:
    """The name of the release that setup or an update has laid in `folder`; a process that still runs on the one
    before names that one. See provisioning/steps/release.sh."""
    return folder.name if (folder / "complete").exists() else CHECKOUT
