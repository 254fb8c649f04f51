"""The commands about codes, and about what is said of them: `kiosk read`, `identify`, `prompts`."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import KioskError
from kiosk.languages import LANGUAGES

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def add_read(commands: "_Commands") -> None:
    read = commands.add_parser("read", help="read the codes in still images")
    read.add_argument("--json", action="store_true", help="one JSON object a line")
    read.add_argument("files", nargs="+", metavar="FILE")
    read.set_defaults(command=_read)


def add_identify(commands: "_Commands") -> None:
    identify = commands.add_parser(
        "identify", help="say whose code this is (bytes on standard input)"
    )
    identify.add_argument("--json", action="store_true", help="one JSON object")
    identify.add_argument("--at", metavar="TIME", help="judge at this ISO 8601 time instead of now")
    identify.add_argument(
        "--trust", action="append", default=[], type=Path, metavar="CERTIFICATE", help="PEM or DER"
    )
    identify.add_argument(
        "--reveal", action="store_true", help="print identifiers and names in full"
    )
    identify.set_defaults(command=_identify)


def add_prompts(commands: "_Commands") -> None:
    prompts = commands.add_parser(
        "prompts", help="what the kiosk says aloud: file name, tab, words"
    )
    prompts.add_argument("--language", choices=LANGUAGES, default="vi")
    prompts.set_defaults(command=_prompts)


def _read(arguments: argparse.Namespace) -> int:
    from kiosk.eye.still import read_files

    for result in read_files(arguments.files):
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0


def _identify(arguments: argparse.Namespace) -> int:
    from kiosk.credentials.identify import identify

    at = _time(arguments.at) if arguments.at else datetime.now(UTC)
    try:
        trust = [path.read_bytes() for path in arguments.trust]
    except OSError as error:
        raise KioskError(f"{error.filename}: {error.strerror}") from error
    answer = identify(sys.stdin.buffer.read(), at, trust, reveal=arguments.reveal)
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise KioskError(
            f"--at: {text!r} is no ISO 8601 time, like 2021-09-29T08:00:00+07:00"
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _prompts(arguments: argparse.Namespace) -> int:
    from kiosk.voice import PROMPTS
    from kiosk.web.catalogue import load_catalogues

    text = load_catalogues()[arguments.language].text
    for name, sources in PROMPTS.items():
        print(f"{name}.wav\t{'. '.join(text(source) for source in sources)}.")
    return 0
