"""What a real receipt printer's bytes leave on paper is held up to the eye, as a visitor would."""

import base64
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import features

from hardware.escpos import encode, paper
from kiosk import slip
from kiosk.bootstrap.slips import slips
from kiosk.config import Config, KioskSettings, PrinterKind, PrinterSettings
from kiosk.credentials.health_pass import issue
from kiosk.domain.slip import Slip
from kiosk.errors import ConfigError
from kiosk.eye.still import read_files
from kiosk.slip import draw
from kiosk.web.catalogue import load_catalogues

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
UNTIL = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
PASS = issue(
    Ed25519PrivateKey.generate(),
    pass_id=bytes(16),
    name="Nguyễn Hoàng Thạch Thị Mẫu",
    not_before=UNTIL - timedelta(hours=24),
    not_after=UNTIL,
    policy_version=1,
)
CATALOGUES = load_catalogues()

needs_fonts = pytest.mark.skipif(
    not slip.FONT_FOLDER.exists(), reason="fonts-noto-core is not installed"
)


def words(source, language):
    return CATALOGUES[language].text(source)


def drawn(width_px=384, venue="Chợ Mẫu", fonts=slip.FONT_FOLDER):
    made = Slip(PASS, venue, UNTIL - timedelta(hours=24), UNTIL)
    return draw(made, width_px, ZONE, words, fonts)


def read(picture, folder):
    file = folder / "slip.png"
    cv2.imwrite(str(file), picture)
    [found] = read_files([str(file)])
    return [base64.b64decode(each["bytes_b64"]).decode() for each in found["readings"]]


@pytest.mark.parametrize("width_px", [384, 576])
def test_the_code_on_the_paper_is_read_back(tmp_path, width_px):
    on_paper = paper(encode(drawn(width_px)))

    assert on_paper.shape[1] == width_px
    assert read(on_paper, tmp_path) == [PASS]


def test_a_faint_and_crumpled_slip_is_still_read(tmp_path):
    on_paper = paper(encode(drawn())).astype(np.float32)
    rng = np.random.default_rng(5)
    photograph = cv2.GaussianBlur(90 + on_paper * 0.4, (0, 0), 1.5)
    photograph += rng.normal(0, 6, photograph.shape)

    assert read(np.clip(photograph, 0, 255).astype(np.uint8), tmp_path) == [PASS]


@needs_fonts
def test_every_language_stands_on_it_and_none_is_cut_off_at_the_edges():
    with_all = drawn()

    assert slip.languages() == (
        ("vi", "km", "en") if features.check("raqm") and features.check("fribidi") else ("vi", "en")
    )
    assert with_all.shape[1] == 384
    assert (with_all[:, [0, -1]] == 255).all()
    assert set(np.unique(with_all)) == {0, 255}


@needs_fonts
def test_words_too_long_for_the_paper_are_broken_or_made_smaller_and_never_cut():
    long_venue = "Ủy ban nhân dân phường Nguyễn-Thị-Minh-Khai-Kéo-Dài-Không-Dấu-Cách " * 2

    picture = drawn(venue=long_venue)

    assert picture.shape[0] > drawn().shape[0]
    assert (picture[:, [0, 1, -2, -1]] == 255).all()


@needs_fonts
def test_a_khmer_venue_is_written_in_khmer_letters():
    if "km" not in slip.languages():
        pytest.skip("no raqm with fribidi here: apt-get install libfribidi0")

    khmer, boxes = drawn(venue="ផ្សារ"), drawn(venue="\u0530\u0530\u0530\u0530\u0530")

    assert not np.array_equal(khmer[:40], boxes[:40])


def test_without_fonts_the_code_and_the_time_remain(tmp_path):
    picture = drawn(venue="Cho Mau", fonts=tmp_path)

    assert slip.languages(tmp_path) == ()
    assert read(paper(encode(picture)), tmp_path) == [PASS]


def test_the_simulated_printer_shows_what_a_visitor_would_take_away(tmp_path):
    config = Config(
        KioskSettings("gate-1", venue_name="Chợ Mẫu"),
        printer=PrinterSettings(kind=PrinterKind.SIMULATED),
    )
    with ExitStack() as stack:
        desk, last_slip = slips(config, stack)
        assert last_slip() is None

        printing = desk.print_pass(PASS, UNTIL)

        end_s = time.monotonic() + 10.0
        while printing.state == "printing":
            assert time.monotonic() < end_s
            time.sleep(0.01)
        number, png = last_slip()
    assert (printing.state, number) == ("printed", 1)
    assert read(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), tmp_path) == [
        PASS
    ]


def test_a_rate_that_no_serial_printer_has_is_a_wrong_setting():
    config = Config(
        KioskSettings("gate-1"), printer=PrinterSettings(kind=PrinterKind.SERIAL, baud=9601)
    )

    with pytest.raises(ConfigError, match=r"printer\.baud"), ExitStack() as stack:
        slips(config, stack)


def test_what_is_printed_names_nobody_in_a_repr():
    made = Slip(PASS, "Chợ Mẫu", UNTIL, UNTIL)

    assert "VP1" not in repr(made)
    assert "Mẫu" not in repr(made)
