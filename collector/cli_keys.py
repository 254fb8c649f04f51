"""The commands about keys and about what is said to the kiosks."""

import argparse
import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from kiosk.wire.documents import DocumentKind

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name

# for scripts and tests; a person is asked
PASSPHRASE = "COLLECTOR_PASSPHRASE"


def add_keys(keys: _Commands) -> None:
    new = keys.add_parser("new", help="make a key, or one of each kind that is named")
    new.add_argument("kind", nargs="+", choices=("receipt", "command", "ingest", "pseudonym"))
    _keys_folder(new)
    new.set_defaults(command=_new)
    tracing = keys.add_parser("tracing", help="the officer's key").add_subparsers(
        required=True, metavar="COMMAND"
    )
    tracing_new = tracing.add_parser("new", help="make one, on the officer's own machine")
    tracing_new.add_argument("--dir", type=Path, required=True, help="where it is kept")
    tracing_new.set_defaults(command=_tracing_new)
    retire = keys.add_parser("retire", help="leave a key out of the next document")
    retire.add_argument("id", help="the key's id, as in the name of its file")
    _keys_folder(retire)
    retire.set_defaults(command=_retire)
    publish = keys.add_parser("publish", help="sign the document that tells kiosks these keys")
    _keys_folder(publish)
    _authority_and_documents(publish)
    publish.set_defaults(command=_publish)


def add_documents(commands: _Commands) -> None:
    put = commands.add_parser("put", help="sign a document and lay it out for the kiosks")
    put.add_argument("kind", choices=[kind.value for kind in DocumentKind if kind != "keys"])
    put.add_argument("file", type=Path, help="its content, a JSON object")
    put.add_argument("--kiosk", default="", metavar="ID", help="whose settings they are")
    _authority_and_documents(put)
    put.set_defaults(command=_put)


def _keys_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, required=True, help="the collector's folder of keys")


def _authority_and_documents(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--authority", type=Path, required=True, help="the authority's folder")
    parser.add_argument("--documents", type=Path, required=True, help="the folder of documents")
    parser.add_argument(
        "--version", type=int, default=0, metavar="N", help="when the folder was lost"
    )


def _new(arguments: argparse.Namespace) -> int:
    from collector import keys

    for kind in arguments.kind:
        if kind == "pseudonym":
            keys.new_pseudonym_key(arguments.dir)
        else:
            print(keys.new(arguments.dir, keys.KeyKind(kind), datetime.now(UTC)))
    return 0


def _tracing_new(arguments: argparse.Namespace) -> int:
    from collector import keys

    passphrase = os.environ.get(PASSPHRASE) or asked(again=True)
    print(keys.new(arguments.dir, keys.KeyKind.TRACING, datetime.now(UTC), passphrase.encode()))
    return 0


def asked(*, again: bool) -> str:
    """Typed by a person; a new one twice. Raise CollectorError where nobody can be asked."""
    from collector.errors import CollectorError

    if not sys.stdin.isatty():
        raise CollectorError(f"nobody to ask for a passphrase: set {PASSPHRASE}")
    passphrase = getpass.getpass("Mật khẩu · Passphrase: ")
    if again and getpass.getpass("Nhập lại · Again: ") != passphrase:
        raise CollectorError("the two passphrases differ")
    return passphrase


def _retire(arguments: argparse.Namespace) -> int:
    from collector import keys

    keys.retire(arguments.dir, arguments.id)
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    from collector import authority, documents, keys

    version = documents.put(
        arguments.documents,
        authority.signing_key(arguments.authority),
        DocumentKind.KEYS,
        keys.public_keys(arguments.dir).body(),
        datetime.now(UTC),
        version=arguments.version,
    )
    print(f"keys {version}")
    return 0


def _put(arguments: argparse.Namespace) -> int:
    from collector import authority, documents

    version = documents.put(
        arguments.documents,
        authority.signing_key(arguments.authority),
        DocumentKind(arguments.kind),
        documents.body_of(arguments.file),
        datetime.now(UTC),
        kiosk=arguments.kiosk,
        version=arguments.version,
    )
    print(f"{arguments.kind} {version}")
    return 0
