"""The public photographs: how many are read, that every text is right, and that nothing is read where no code is."""

import base64

import pytest
import zxingcpp

from kiosk.eye.picture_file import load_luma
from kiosk.eye.still import read_files

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(300)]

PICTURES = (".webp", ".png", ".jpg", ".jpeg")
# what plain zxing-cpp reads, and what the eye must (docs/reading.md)
PLAIN = {
    "qrcode-1": 5,
    "qrcode-2": 44,
    "qrcode-3": 8,
    "qrcode-4": 15,
    "qrcode-5": 4,
    "qrcode-6": 15,
}
CHARSETS = ("utf-8", "cp932", "gb18030")


def pictures(folder):
    return sorted(path for path in folder.iterdir() if path.suffix in PICTURES)


def plain_reads(path):
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])
    luma = load_luma(path)
    found = zxingcpp.read_barcode(luma, formats=formats, try_rotate=False, try_invert=False)
    return found is not None


def texts(data):
    for charset in CHARSETS:
        try:
            yield data.decode(charset).replace("\r\n", "\n").strip()
        except UnicodeDecodeError:
            continue


def test_more_is_read_than_by_plain_zxing_in_every_folder_and_every_text_is_right(photos):
    read, wrong = {}, []
    for folder in PLAIN:
        paths = pictures(photos / folder)
        for path, result in zip(paths, read_files([str(p) for p in paths]), strict=True):
            if not result["readings"]:
                continue
            read[folder] = read.get(folder, 0) + 1
            expected = path.with_suffix(".txt").read_text(encoding="utf-8")
            expected = expected.replace("\r\n", "\n").strip()
            data = [base64.b64decode(reading["bytes_b64"]) for reading in result["readings"]]
            if not any(expected in texts(one) for one in data):
                wrong.append(path.name)

    assert wrong == []
    assert all(read[folder] >= plain for folder, plain in PLAIN.items()), read
    assert sum(read.values()) >= 94, read


def test_what_plain_zxing_reads_is_read(photos):
    paths = [path for folder in PLAIN for path in pictures(photos / folder) if plain_reads(path)]
    assert len(paths) >= 89

    missed = [result["file"] for result in read_files(map(str, paths)) if not result["readings"]]

    assert missed == []


@pytest.mark.parametrize("folder", ["falsepositives-1", "falsepositives-2"])
def test_nothing_is_read_where_there_is_no_code(photos, folder):
    paths = pictures(photos / folder)
    assert len(paths) >= 21

    results = list(read_files([str(path) for path in paths]))

    assert [result["file"] for result in results if result["readings"] or "error" in result] == []
