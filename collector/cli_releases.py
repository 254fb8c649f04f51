"""The commands about releases of the program for the kiosks."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_releases(releases: _Commands) -> None:
    publish = releases.add_parser("publish", help="sign a release and tell a share of the kiosks")
    publish.add_argument("files", nargs="+", type=Path, metavar="FILE", help="of build-release")
    publish.set_defaults(command=_publish)
    share = releases.add_parser("share", help="tell more of the kiosks, or fewer")
    share.set_defaults(command=_share)
    parts = releases.add_parser("parts", help="list what is in a release, as CycloneDX")
    parts.add_argument("files", nargs="+", type=Path, metavar="FILE", help="of build-release")
    parts.set_defaults(command=_parts)
    for parser in (publish, share):
        parser.add_argument("--authority", type=Path, required=True, help="the authority's folder")
        parser.add_argument("--documents", type=Path, required=True, help="the folder of documents")
        parser.add_argument(
            "--percent", type=float, required=True, metavar="N", help="of the kiosks, 0 to 100"
        )


def _parts(arguments: argparse.Namespace) -> int:
    from collector import release_parts

    for file in arguments.files:
        print(release_parts.write(file))
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    from collector import authority, releases

    key = authority.signing_key(arguments.authority)
    version = releases.publish(
        arguments.files, arguments.documents, key, arguments.percent, datetime.now(UTC)
    )
    print(f"update {version}")
    return 0


def _share(arguments: argparse.Namespace) -> int:
    from collector import authority, releases

    key = authority.signing_key(arguments.authority)
    print(
        f"update {releases.share(arguments.documents, key, arguments.percent, datetime.now(UTC))}"
    )
    return 0
