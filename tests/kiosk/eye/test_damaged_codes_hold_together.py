"""What the patient reader is made of: finders, the grid, ink, erasures, and several frames on top of each other."""

import cv2
import numpy as np
import pytest
import segno

from kiosk.eye import finders, grid, grid_fit, grid_lock, region, symbol
from kiosk.eye.codewords import blocks
from kiosk.eye.readers.patient import BRISK, PatientReader
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.superposition import Superposition
from kiosk.eye.trio import trios

TEXT = "084190000000||Thạch Thị Mẫu|05091990|Nữ|Khóm 3, Trà Vinh|15042021".encode()
MODULE_PX = 6


@pytest.fixture
def code():
    return segno.make(TEXT, mode="byte", error="q", micro=False, boost_error=False)


@pytest.fixture
def modules(code):
    return np.array([list(row) for row in code.matrix], bool)


@pytest.fixture
def ink(modules):
    return np.where(modules, 1.0, -1.0).astype(np.float32)


def bent(picture, turn_deg, bend_px=0.0):
    """Turned about its middle and bulged downwards, on a grey ground, a little out of focus."""
    side = int(picture.shape[0] * 1.5)
    offset = (side - picture.shape[0]) / 2
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    u, v = x - side / 2, y - side / 2
    c, s = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    u, v = u * c + v * s, v * c - u * s
    v = v + bend_px * (1 - (2 * u / picture.shape[0]) ** 2)
    at = (u + side / 2 - offset, v + side / 2 - offset)
    drawn = cv2.remap(
        picture, *(np.float32(part) for part in at), cv2.INTER_LINEAR, borderValue=150
    )
    return cv2.GaussianBlur(drawn, (0, 0), 1.0)


def codewords(modules, kind):
    return [block.codewords.tolist() for block in blocks(modules, kind)]


def with_lamp(picture, x):
    """A lamp mirrored in the middle of the picture's height, `x` of its width from the left."""
    rows, columns = np.mgrid[0 : 1 : picture.shape[0] * 1j, 0 : 1 : picture.shape[1] * 1j]
    far = ((columns - x) / 0.07) ** 2 + ((rows - 0.5) / 0.15) ** 2
    return (picture + 300 * np.exp(-0.5 * far**2)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("turn_deg", [0, 17, 45, 100, 200, 290])
def test_three_finders_are_found_and_put_in_order_however_the_code_is_turned(
    code_image, modules, turn_deg
):
    picture = bent(code_image(TEXT, MODULE_PX, error="q"), turn_deg)
    reach_px = (modules.shape[0] / 2 - 3.5) * MODULE_PX
    turn = np.deg2rad(turn_deg)
    to_image = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array(picture.shape[::-1]) / 2

    trio = next(trios(picture, finders.find(picture)))

    for corner, place in (
        (trio.top_left, (-1, -1)),
        (trio.top_right, (1, -1)),
        (trio.bottom_left, (-1, 1)),
    ):
        assert corner.middle == pytest.approx(middle + to_image @ place * reach_px, abs=3)
    assert trio.modules == pytest.approx(modules.shape[0], abs=3)


def test_the_grid_follows_the_paper_where_a_flat_one_does_not(code_image, modules):
    picture = bent(code_image(TEXT, MODULE_PX, error="q"), 10, bend_px=9)
    trio = next(trios(picture, finders.find(picture)))
    side = modules.shape[0]
    (flat,) = grid_fit.flat([(trio, side)])

    laid = grid_lock.locked(picture, grid_fit.fitted(picture, trio, side))

    wrong_flat, wrong = (
        np.mean((next(symbol.inks(grid.sampled(picture, way))) > 0) != modules)
        for way in (flat, laid)
    )
    assert wrong < 0.02
    assert wrong_flat > 2 * wrong


def test_a_plain_picture_has_no_finders():
    noise = np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8)

    assert finders.find(np.full((300, 300), 90, np.uint8)) == []
    assert list(trios(noise, finders.find(noise))) == []


def test_what_cannot_be_seen_is_erased_and_restored(ink, modules):
    version = (ink.shape[0] - 17) // 4
    ink[12:19, 12:26] = 0.0

    kind, _ = symbol.kind_of(ink, version)

    assert (symbol.read(ink, kind) == modules).all()


def test_too_little_of_a_code_is_no_code(ink):
    kind, _ = symbol.kind_of(ink, (ink.shape[0] - 17) // 4)
    ink[12:] = 0.0

    assert symbol.read(ink, kind) is None


def test_two_frames_hold_together_what_neither_does_alone():
    code = segno.make(TEXT, mode="byte", error="l", micro=False, boost_error=False)
    modules = np.array([list(row) for row in code.matrix], bool)
    ink = np.where(modules, 1.0, -1.0).astype(np.float32)
    kind, _ = symbol.kind_of(ink, (ink.shape[0] - 17) // 4)
    middle = ink.shape[0] // 2
    left_seen, right_seen = ink.copy(), ink.copy()
    left_seen[10:, middle:] = 0.0
    right_seen[10:, 9:middle] = 0.0
    frames = Superposition()

    alone = [symbol.read(frame, kind) for frame in (left_seen, right_seen)]
    first, both = frames.with_frame(left_seen), frames.with_frame(right_seen)

    assert [seen is None for seen in alone] == [True, True]
    assert first is None
    assert codewords(symbol.read(both, kind), kind) == codewords(modules, kind)


def test_frames_of_a_code_of_another_size_or_of_before_do_not_count(ink):
    frames = Superposition()
    frames.with_frame(ink)

    other_size = frames.with_frame(ink[:21, :21])
    frames.forget()
    forgotten = frames.with_frame(ink[:21, :21])

    assert other_size is None
    assert forgotten is None


def test_the_patient_reader_puts_frames_together(code_image):
    picture = bent(code_image(TEXT, MODULE_PX, error="l"), 5)
    frames = [with_lamp(picture, x) for x in (0.43, 0.59)]
    alone = PatientReader(ZxingReader(), BRISK)
    together = PatientReader(ZxingReader(), BRISK, Superposition())

    separately = [code.data for frame in frames for code in alone.read(frame)]
    first, second = ([code.data for code in together.read(frame)] for frame in frames)

    assert separately == [None, None]
    assert first == [None]
    assert second == [TEXT]


def test_a_code_that_was_located_is_read_where_the_hand_has_moved_it_without_a_search(code_image):
    picture = bent(code_image(TEXT, MODULE_PX, error="l"), 5)
    moved = np.roll(picture, (4, -3), axis=(0, 1))
    reader = PatientReader(ZxingReader(), BRISK)

    under_the_lamp = [code.data for code in reader.read(with_lamp(picture, 0.43))]
    before = reader.laid
    again = [code.data for code in reader.reread(moved, before)]
    once_read = reader.laid
    elsewhere = reader.reread(moved, before.moved(1.0, 60.0, 60.0))
    enlarged = reader.reread(cv2.resize(moved, None, fx=1.5, fy=1.5), before.moved(1.5, 0.0, 0.0))

    assert under_the_lamp == [None]
    assert again == [TEXT]
    assert once_read is None
    assert elsewhere == []
    assert [code.data for code in enlarged] == [TEXT]


def test_the_busiest_place_of_a_frame_is_that_of_the_code(code_image, in_frame):
    picture = code_image(TEXT)
    frame = in_frame(picture)
    frame[:100, :300] = 220  # a window: one straight edge

    place = region.busiest(frame)

    assert place is not None
    assert (
        place.top
        < 360 - picture.shape[0] // 2 + 16
        < 360 + picture.shape[0] // 2 - 16
        < place.bottom
    )
    assert place.left > 400
    assert place.right < 880
    assert region.busiest(np.full((720, 1280), 110, np.uint8)) is None


def test_places_are_compared_by_what_they_share():
    place = region.Region(top=0, bottom=100, left=0, right=100)

    assert place.overlap(place) == 1.0
    assert place.overlap(region.Region(50, 150, 0, 100)) == pytest.approx(1 / 3)
    assert place.overlap(region.Region(100, 200, 0, 100)) == 0.0


def test_a_large_place_is_shrunk_and_a_small_one_is_left_as_it_is():
    frame = np.zeros((720, 1280), np.uint8)

    large, scale = region.Region(0, 720, 0, 1280).shrunk(frame, 640)
    small, as_it_is = region.Region(0, 72, 0, 128).shrunk(frame, 640)

    assert (large.shape, scale) == ((360, 640), 0.5)
    assert (small.shape, as_it_is) == ((72, 128), 1.0)
