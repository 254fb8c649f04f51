import base64
import json

import cv2
import numpy as np
import pytest

from kiosk.eye.still import read_files

TEXT = "Thạch Thị Mẫu|05/09/1990".encode()


def read_one(path):
    (result,) = read_files([str(path)])
    return result


def texts(result):
    return [base64.b64decode(reading["bytes_b64"]) for reading in result["readings"]]


def save(path, picture):
    cv2.imwrite(str(path), picture)
    return path


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tiff", "pgm"])
def test_a_code_is_read_from_any_usual_format(tmp_path, code_image, suffix):
    path = save(tmp_path / f"code.{suffix}", code_image(TEXT))

    result = read_one(path)

    assert result["file"] == str(path)
    assert result["readings"] == [
        {"symbology": "QRCode", "bytes_b64": base64.b64encode(TEXT).decode()}
    ]
    assert result["ms"] > 0
    assert "error" not in result


def test_files_come_back_in_the_order_in_which_they_were_given(tmp_path, code_image):
    names = ["c.png", "missing.png", "a.png", "b.png", "c.png"]
    for name in "abc":
        save(tmp_path / f"{name}.png", code_image(name.encode()))

    results = list(read_files([str(tmp_path / name) for name in names]))

    assert [result["file"] for result in results] == [str(tmp_path / name) for name in names]
    assert [texts(result) for result in results] == [[b"c"], [], [b"a"], [b"b"], [b"c"]]
    assert ["error" in result for result in results] == [False, True, False, False, False]
    assert json.loads(json.dumps(results)) == results


HOSTILE = {
    "empty": b"",
    "text": b"this is no picture\n" * 10,
    "nothing but a signature": b"\x89PNG\r\n\x1a\n",
    "a header that promises a billion pixels": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x00\x00\x00\x00"
    ),
    "a webp of no length": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "a jpeg that ends at once": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "a gif of no size": b"GIF89a\x00\x00\x00\x00\x00\x00\x00",
    "a pgm of huge size": b"P5 999999999 999999999 255\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_picture_is_reported_in_its_line(tmp_path, content):
    path = tmp_path / "hostile.png"
    path.write_bytes(content)

    result = read_one(path)

    assert result["readings"] == []
    assert result["error"]


def test_a_folder_and_a_missing_file_are_reported_in_their_lines(tmp_path):
    folder, missing = read_files([str(tmp_path), str(tmp_path / "missing")])

    assert folder["error"] == "Is a directory"
    assert missing["error"] == "No such file or directory"


@pytest.mark.parametrize("shape", [(1, 1), (1, 100), (100, 1), (2, 3000), (1, 20000)])
def test_pictures_of_odd_shape_hold_nothing_and_are_no_error(tmp_path, shape):
    path = save(tmp_path / "odd.png", np.full(shape, 90, np.uint8))

    result = read_one(path)

    assert result["readings"] == []
    assert "error" not in result


def test_a_truncated_photograph_ends_in_an_error_or_a_reading_and_never_in_an_exception(
    tmp_path, code_image, in_frame
):
    whole = save(tmp_path / "whole.jpg", in_frame(code_image(TEXT))).read_bytes()
    for share in range(1, 10):
        (tmp_path / f"{share}.jpg").write_bytes(whole[: len(whole) * share // 10])

    results = list(read_files([str(tmp_path / f"{share}.jpg") for share in range(1, 10)]))

    assert all(texts(result) in ([], [TEXT]) for result in results)


def test_dark_modules_on_a_transparent_ground_lie_on_white(tmp_path, code_image):
    dark = code_image(TEXT) == 0
    picture = np.zeros((*dark.shape, 4), np.uint8)
    picture[dark, 3] = 255

    assert texts(read_one(save(tmp_path / "code.png", picture))) == [TEXT]


def test_colours_and_sixteen_bits_are_read_as_grey(tmp_path, code_image):
    grey = code_image(TEXT)
    green = np.dstack([np.full_like(grey, 60), np.maximum(grey, 50), np.full_like(grey, 60)])
    deep = grey.astype(np.uint16) * 257

    coloured = read_one(save(tmp_path / "green.png", green))
    sixteen = read_one(save(tmp_path / "deep.png", deep))

    assert texts(coloured) == [TEXT]
    assert texts(sixteen) == [TEXT]


def test_a_photograph_of_many_megapixels_is_read_in_seconds(tmp_path, code_image):
    picture = np.full((8000, 6000), 120, np.uint8)
    code = code_image(TEXT, module_px=40)
    picture[3000 : 3000 + code.shape[0], 2000 : 2000 + code.shape[1]] = code

    result = read_one(save(tmp_path / "large.jpg", picture))

    assert texts(result) == [TEXT]
    assert result["ms"] < 10_000
