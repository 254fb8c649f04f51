import numpy as np
import pytest
import segno
from pyzbar import wrapper

from kiosk.eye.readers.port import QR_CODE
from kiosk.eye.readers.zbar import ZbarReader
from kiosk.eye.readers.zxing import ZxingReader

READERS = [ZxingReader, ZbarReader]
PAYLOADS = {
    "short Vietnamese name": "Hà|Trà Vinh".encode(),
    "name that zbar takes for Big5": "Châu".encode(),
    "Khmer": "ថាច់ សារ៉ាយ".encode(),
    "all byte values": bytes(range(256)),
    "NUL inside": b"a\x00b\x00",
    "only NUL": b"\x00",
    "control bytes": b"\x0e\x0f\x1d\x1e<GS>",
    "byte order mark": b"\xef\xbb\xbfMinh",
    "not UTF-8": b"\xff\xfe\x80\xc3",
    "Shift-JIS": "テスト".encode("cp932"),
    "longest": bytes(n * 7 % 256 for n in range(2953)),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_bytes_come_back_as_they_were_encoded(code_image, reader, payload):
    image = code_image(payload, error="l" if len(payload) > 2000 else "m")

    found = reader().read(image)

    assert [(code.symbology, code.data) for code in found] == [(QR_CODE, payload)]


@pytest.mark.parametrize("reader", READERS)
def test_text_with_a_charset_mark_comes_back(reader):
    code = segno.make("Trần Thị Mẫu", eci=True, encoding="utf-8", micro=False)
    dark = np.pad(np.array([list(row) for row in code.matrix], dtype=np.uint8), 4)
    image = np.kron(np.where(dark == 0, 255, 0).astype(np.uint8), np.ones((4, 4), np.uint8))

    assert [code.data.decode() for code in reader().read(image)] == ["Trần Thị Mẫu"]


@pytest.mark.parametrize("reader", READERS)
def test_light_on_dark_is_read_when_asked_for(code_image, reader):
    image = 255 - code_image(b"dark mode")

    asked = reader()

    assert [code.data for code in asked.read(image, invert=True)] == [b"dark mode"]
    assert [code.data for code in asked.read(image) if code.data] == []


@pytest.mark.parametrize("reader", READERS)
def test_a_view_into_a_padded_buffer_is_read(code_image, in_frame, reader):
    padded = np.zeros((800, 1344), np.uint8)
    padded[:720, :1280] = in_frame(code_image(b"stride"))

    assert [code.data for code in reader().read(padded[:720, :1280])] == [b"stride"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 100), (100, 1), (3, 3), (720, 1280)])
def test_there_is_nothing_in_images_of_any_shape(reader, shape):
    rng = np.random.default_rng(3)

    assert reader().read(rng.integers(0, 256, shape).astype(np.uint8), invert=True) == []


@pytest.mark.parametrize("reader", READERS)
def test_where_a_code_stands_is_told_in_px(code_image, in_frame, reader):
    image = code_image(b"where")

    (code,) = reader().read(in_frame(image))

    quiet, half = 16, image.shape[0] / 2 - 16
    middle = np.mean(code.corners, axis=0)
    assert middle == pytest.approx([640, 360], abs=4)
    assert np.ptp(code.corners, axis=0) == pytest.approx([2 * half, 2 * half], abs=quiet)


def test_a_code_too_damaged_to_read_is_still_located(code_image, in_frame):
    image = code_image(b"damaged beyond repair, but its finders stand", module_px=6)
    image[80:170, 80:200] = 128

    code, *others = ZxingReader().read(in_frame(image))

    assert {one.data for one in (code, *others)} == {None}
    assert np.mean(code.corners, axis=0) == pytest.approx([640, 360], abs=8)
    assert code.sampled is not None
    assert code.sampled.modules.shape == (code.sampled.kind.side, code.sampled.kind.side)


def test_a_reading_does_not_show_its_bytes_in_a_log(code_image):
    (code,) = ZxingReader().read(code_image(b"084190000000"))

    assert "084190000000" not in repr(code)


def test_the_library_that_is_installed_knows_binary_output():
    scanner = wrapper.zbar_image_scanner_create()

    accepted = wrapper.zbar_image_scanner_set_config(scanner, 64, 4, 1)

    wrapper.zbar_image_scanner_destroy(scanner)
    assert accepted == 0
