import json
import socket
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hardware.errors import CameraAbsent
from hardware.picture_size import picture_size
from hardware.presentation import View
from hardware.simulated_camera import SimulatedCamera
from hardware.stage import CameraFault, Scene, Stage, StageError


def _png_of(width_px: int, height_px: int) -> bytes:
    """A PNG that says how large it is and holds no pixels."""
    header = struct.pack("!IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack("!I", 13) + chunk + struct.pack("!I", zlib.crc32(chunk))
    )


def _sent(path: Path, message: bytes) -> dict[str, Any]:
    """What is answered to these raw bytes, the sending half then being closed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(5)
        sock.connect(str(path))
        sock.sendall(message)
        sock.shutdown(socket.SHUT_WR)
        answer: dict[str, Any] = json.loads(sock.makefile("rb").readline())
        return answer


def _framed(header: bytes, image: bytes = b"") -> bytes:
    return struct.pack("!I", len(header)) + header + image


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        _framed(b"not json at all"),
        _framed(b"[" * 4000),
        _framed(b"[1, 2]"),
        _framed(b'"show"'),
        _framed(b'{"do": "dance"}'),
        _framed(b'{"do": "show"}'),
        _framed(b'{"do": "show", "image_bytes": -1}'),
        _framed(b'{"do": "show", "image_bytes": 9999999999}'),
        _framed(b'{"do": "show", "image_bytes": 1e3}', b"x" * 1000),
        _framed(b'{"do": "show", "image_bytes": true}', b"x"),
        _framed(b'{"do": "show", "image_bytes": 400}', b"too short"),
        _framed(b'{"do": "show", "image_bytes": 4}', b"GIF8"),
        _framed(b'{"do": "show", "image_bytes": 33}', _png_of(60_000, 60_000)),
        _framed(b'{"do": "show", "image_bytes": 33}', _png_of(0, 10)),
        _framed(b'{"do": "show", "image_bytes": 33}', _png_of(640, 480)),
        _framed(b'{"do": "show", "image_bytes": 33, "hold_s": 1e999}', _png_of(9, 9)),
        _framed(b'{"do": "show", "image_bytes": 33, "hold_s": NaN}', _png_of(9, 9)),
        _framed(b'{"do": "show", "image_bytes": 33, "hold_s": "2"}', _png_of(9, 9)),
        _framed(b'{"do": "show", "image_bytes": 33, "hold_s": 1%b}' % (b"0" * 400), _png_of(9, 9)),
        _framed(b'{"do": "show", "image_bytes": 33, "__class__": 2}', _png_of(9, 9)),
        _framed(b'{"do": "show", "image_bytes": 33, "seed": 1.5}', _png_of(9, 9)),
        _framed(b'{"do": "fail", "fault": "on fire", "for_s": 1}'),
        _framed(b'{"do": "fail", "fault": "black", "for_s": NaN}'),
        _framed(b'{"do": "fail", "fault": ["black"], "for_s": 1}'),
    ],
)
def test_whatever_is_no_request_is_refused_and_the_stage_goes_on(
    camera: SimulatedCamera, stage: Stage, stage_path: Path, message: bytes, code_png: bytes
) -> None:
    answer = _sent(stage_path, message)

    assert list(answer) == ["refused"]
    assert stage.show(Scene(code_png)) == 1


def test_a_client_that_says_nothing_more_does_not_keep_the_next_one_out(
    camera: SimulatedCamera, stage: Stage, stage_path: Path, code_png: bytes
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as idle:
        idle.connect(str(stage_path))
        idle.sendall(b"\x00")

        number = stage.show(Scene(code_png))

    assert number == 1


def test_without_a_camera_the_client_says_so(tmp_path: Path, code_png: bytes) -> None:
    with pytest.raises(StageError, match="no simulated camera"):
        Stage(tmp_path / "stage.sock").show(Scene(code_png))


def test_a_refused_scene_is_an_error_with_the_reason(camera: SimulatedCamera, stage: Stage) -> None:
    with pytest.raises(StageError, match="cannot be decoded"):
        stage.show(Scene(_png_of(40, 40)))


def test_a_socket_left_by_a_dead_process_is_replaced_but_a_file_is_not(
    stage_path: Path, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(stage_path))
    kept = tmp_path / "kept.sock"
    kept.write_text("mine")

    replaced = SimulatedCamera(View(320, 240), stage_path)
    replaced.open()
    replaced.close()
    with pytest.raises(CameraAbsent, match="cannot listen"):
        SimulatedCamera(View(320, 240), kept).open()

    assert kept.read_text() == "mine"


@pytest.mark.parametrize(
    "script",
    [
        {"scale": 0.0},
        {"hold_s": -1.0},
        {"appear_s": float("nan")},
        {"motion": float("inf")},
        {"seed": -1},
        {"hold_s": True},
    ],
)
def test_a_scene_that_makes_no_sense_cannot_be_made(
    script: dict[str, Any], code_png: bytes
) -> None:
    with pytest.raises(ValueError, match=next(iter(script))):
        Scene(code_png, **script)


def test_a_fault_is_a_word_of_the_protocol(camera: SimulatedCamera, stage: Stage) -> None:
    for fault in CameraFault:
        stage.fail(fault, for_s=0)

    assert camera.frame(1.0).luma.any()


def test_the_size_of_png_and_jpeg_is_read_from_their_first_bytes() -> None:

    picture = np.zeros((48, 64), np.uint8)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()

    assert picture_size(_png_of(640, 480)) == (640, 480)
    assert picture_size(jpeg) == (64, 48)


def test_a_small_file_that_would_unpack_to_gigabytes_is_refused_unopened() -> None:
    with pytest.raises(ValueError, match="60000x60000"):
        picture_size(_png_of(60_000, 60_000))


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x00" * 9, b"BM", b"\x89PNG"],
)
def test_a_picture_without_a_size_is_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError, match=r"picture|JPEG"):
        picture_size(encoded)
