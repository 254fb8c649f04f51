"""A second place for keys: the files of some folders in one file under a passphrase, and the way back.

The file is one line of JSON (`keys_backup` 1, scrypt's `salt`, `n`, `r`, `p`, and `nonce`, in hexadecimal), and then
ChaCha20-Poly1305 over JSON, with that line as its associated data: `{FOLDER: {NAME: base64}}`. Days' keys are never in
it: what they have wrapped must be gone for good when they are destroyed.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from collector.errors import CollectorError
from collector.key_kinds import IS_DAY
from collector.keys import MIN_PASSPHRASE
from kiosk.durable_file import write_whole

VERSION = 1
MAX_BYTES = 64 * 1024  # of one file: a key, a certificate, a list of some
SUFFIXES = (".key", ".pub", ".retired", ".pem", ".delegation")
# 64 MiB and a fifth of a second or so: a passphrase is not tried out by the million
_N, _R, _P = 2**16, 8, 1

Progress = Callable[[int, int], None]


def backup(folders: Sequence[Path], to: Path, passphrase: bytes, progress: Progress) -> int:
    """Into the new file `to`, which is read again before this returns; how many files. `progress` is told those that
    are done, and all. Raise CollectorError, then there is no file."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise CollectorError(f"a passphrase of {MIN_PASSPHRASE} characters at least")
    if to.exists():
        raise CollectorError(f"{to} is there already: name another file")
    if len({folder.name for folder in folders}) != len(folders):
        raise CollectorError("two of these folders have the same name: back them up one by one")
    paths = [path for folder in folders for path in _files(folder)]
    if not paths:
        raise CollectorError("there is no key in these folders")
    held: dict[str, dict[str, str]] = {}
    for done, path in enumerate(paths, 1):
        content = base64.b64encode(path.read_bytes()).decode("ascii")
        held.setdefault(path.parent.name, {})[path.name] = content
        progress(done, len(paths))
    write_whole(to, _sealed(held, passphrase), 0o600)
    try:
        if _opened(to.read_bytes(), passphrase) != held:
            raise CollectorError("what was written is not what was read")
    except CollectorError:
        to.unlink()
        raise
    return len(paths)


def restore(
    file: Path, folder: str, into: Path, passphrase: bytes, progress: Progress
) -> Sequence[str]:
    """The files that were of `folder`, into `into`; their names. What is there and the same stays.

    Raise CollectorError where another file of a name is there: then nothing has been written.
    """
    held = _opened(_read(file), passphrase)
    if (folder and folder not in held) or (not folder and len(held) != 1):
        names = ", ".join(sorted(held))
        raise CollectorError(f"{file} holds the folders {names}: name one by --folder")
    files = {
        name: base64.b64decode(text) for name, text in held[folder or next(iter(held))].items()
    }
    others = [name for name, content in files.items() if _is_another(into / name, content)]
    if others:
        raise CollectorError(f"{into} has another {others[0]}: nothing is written over")
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    for done, (name, content) in enumerate(files.items(), 1):
        if not (into / name).exists():
            write_whole(into / name, content, 0o600 if name.endswith(".key") else 0o644)
        progress(done, len(files))
    return list(files)


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise CollectorError(f"there is no folder {folder}")
    for path in sorted(folder.resolve().iterdir()):
        if IS_DAY.fullmatch(path.name):
            told = "they are in no backup, or what was deleted would come back"
            raise CollectorError(f"{folder} holds keys of days: {told}")
        if path.suffix in SUFFIXES and path.is_file():
            if path.stat().st_size > MAX_BYTES:
                raise CollectorError(f"{path} is too large for a key: move it elsewhere")
            yield path


def _is_another(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() != content


def _sealed(held: Mapping[str, Mapping[str, str]], passphrase: bytes) -> bytes:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    costs = {"salt": salt.hex(), "n": _N, "r": _R, "p": _P, "nonce": nonce.hex()}
    head = json.dumps({"keys_backup": VERSION, **costs}).encode()
    key = Scrypt(salt, 32, _N, _R, _P).derive(passphrase)
    return head + b"\n" + ChaCha20Poly1305(key).encrypt(nonce, json.dumps(held).encode(), head)


def _opened(payload: bytes, passphrase: bytes) -> Mapping[str, Mapping[str, str]]:
    head, _, ciphertext = payload.partition(b"\n")
    try:
        fields = json.loads(head)
        if fields["keys_backup"] != VERSION or (fields["n"], fields["r"], fields["p"]) != (
            *(_N, _R),
            _P,
        ):
            raise CollectorError("this backup of keys is of another version")
        salt, nonce = bytes.fromhex(fields["salt"]), bytes.fromhex(fields["nonce"])
        key = Scrypt(salt, 32, _N, _R, _P).derive(passphrase)
        held = json.loads(ChaCha20Poly1305(key).decrypt(nonce, ciphertext, head))
    except InvalidTag:
        raise CollectorError("another passphrase, or the file is damaged") from None
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise CollectorError("this file is no backup of keys") from None
    names = {name for files in held.values() for name in files}
    if any(Path(name).name != name or not name.endswith(SUFFIXES) for name in names):
        raise CollectorError(
            "this file is no backup of keys"
        )  # under our own passphrase, but not ours
    return dict(held)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise CollectorError(f"there is no {file}") from None
