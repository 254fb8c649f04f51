"""A hand that holds a code wrongly, for one known reason: sequences at 30 frames a second, from a fixed seed.

Too far (0.9 to 1.5 px a module), too close (larger than the frame and out of focus), too dark (by night, or a phone
whose screen is dim), a lamp mirrored over part of the code, or shaken. Beside them what no advice belongs to: a code
that can be read, doorways without a code, hands, patterned cloth before the lens, a door by night.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from bench import payloads
from bench.empty_frames import EmptyDoorway
from hardware.ports import Luma

FPS = 30.0
WIDTH_PX, HEIGHT_PX = 1280, 720
_DRAWN_MODULE_PX = 8
_QUIET = 4

Picture = NDArray[np.float32]


class Cause(StrEnum):
    """Named as the eye names its advice."""

    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    HOLD_STILL = "hold_still"


class Control(StrEnum):
    READABLE = "readable"
    DOORWAY = "doorway"  # print, cloth, squares, people: the whole view moves
    HANDS = "hands"  # somebody busy before a view that stands still
    NIGHT = "night"
    CLOTH = "cloth"  # a patterned shirt or a bag that fills the view, as people stand before a door


@dataclass(frozen=True, slots=True)
class _Held:
    """How a code is held. Lengths in px of the frame, levels in grey levels."""

    side_px: float  # with its quiet zone
    module_px: float
    centre: tuple[float, float]
    turn: float
    defocus_modules: float
    ink: float
    paper: float
    room_gain: float
    noise: float
    spot: tuple[float, float, float, float] | None  # x, y, and both half axes, shares of the side
    speed_modules: float  # a frame
    shutter_share: float  # of the time between two frames


def held(cause: Cause | Control, seed: int, frames: int) -> Iterator[Luma]:
    """(720, 1280) uint8 frames. The cause stands from the first frame on."""
    if cause in (Control.DOORWAY, Control.HANDS, Control.NIGHT, Control.CLOTH):
        yield from _without_a_code(Control(cause), seed, frames)
        return
    rng = np.random.default_rng([seed, *cause.encode()])
    texture, modules = _texture(rng)
    how = _drawn(cause, modules, rng)
    room = _room(rng) * np.float32(how.room_gain)
    code = how.ink + texture * (how.paper - how.ink)
    if how.spot is not None:
        code = _lit(code, how.spot)
    # a hand turns about; where it is at rest it still trembles
    heading, at = rng.uniform(0, 2 * np.pi), np.array(how.centre)
    bend = rng.choice([-1, 1]) * rng.uniform(0.25, 0.5)
    for _ in range(frames):
        heading += bend + rng.normal(0, 0.1)
        step = how.speed_modules * how.module_px * np.array([np.cos(heading), np.sin(heading)])
        at = at + step + rng.normal(0, 0.1, 2) * how.module_px
        at = at + 0.03 * (np.array(how.centre) - at)
        turn = how.turn + rng.normal(0, 0.004)
        picture = _over(room, code, at, turn, how, step * how.shutter_share)
        yield _exposed(picture, how.noise, rng)


def _texture(rng: np.random.Generator) -> tuple[Picture, int]:
    payload = (payloads.citizen_card if rng.random() < 0.7 else payloads.national_code)(rng)
    level = str(rng.choice(["l", "m", "q"]))
    code = segno.make(payload, error=level, mode="byte", micro=False, boost_error=False)
    dark = np.array([list(row) for row in code.matrix], np.float32)
    light = 1.0 - np.pad(dark, _QUIET)
    side = _DRAWN_MODULE_PX
    return np.kron(light, np.ones((side, side), np.float32)), dark.shape[0] + 2 * _QUIET


def _drawn(cause: Cause | Control, modules: int, rng: np.random.Generator) -> _Held:
    module_px = rng.uniform(4.0, 7.0)
    if cause is Cause.TOO_FAR:
        module_px = rng.uniform(0.9, 1.5)
    if cause is Cause.TOO_CLOSE:
        module_px = HEIGHT_PX * rng.uniform(1.15, 2.0) / modules
    side_px = modules * module_px
    middle = np.array([WIDTH_PX, HEIGHT_PX]) / 2
    room = np.maximum(0.0, middle - 0.62 * side_px)
    centre = middle + rng.uniform(-1, 1, 2) * room
    paper, room_gain, noise, spot = rng.uniform(150, 235), rng.uniform(0.6, 1.1), 1.5, None
    ink, defocus, speed = rng.uniform(15, 50), rng.uniform(0, 0.15), rng.uniform(0, 0.15)
    if cause is Cause.TOO_CLOSE:
        centre = middle + rng.uniform(-0.15, 0.15, 2) * side_px
        defocus = rng.uniform(0.2, 0.9)
    if cause is Cause.TOO_DARK:
        by_night = rng.random() < 0.5
        room_gain = rng.uniform(0.05, 0.12) if by_night else rng.uniform(0.3, 0.7)
        ink = rng.uniform(4, 10)
        paper, noise = ink + rng.uniform(8, 22), rng.uniform(3, 6)
    if cause is Cause.GLARE:
        at = rng.uniform(0.3, 0.7, 2)
        axes = rng.uniform(0.2, 0.4, 2)
        spot = (float(at[0]), float(at[1]), float(axes[0]), float(axes[1]))
    if cause is Cause.HOLD_STILL:
        speed = rng.uniform(4.0, 10.0)
    return _Held(
        side_px=float(side_px),
        module_px=float(module_px),
        centre=(float(centre[0]), float(centre[1])),
        turn=float(rng.normal(0, 0.15)),
        defocus_modules=float(defocus),
        ink=float(ink),
        paper=float(paper),
        room_gain=float(room_gain),
        noise=float(noise),
        spot=spot,
        speed_modules=float(speed),
        shutter_share=float(rng.uniform(0.3, 0.6)),
    )


def _room(rng: np.random.Generator) -> Picture:
    return _doorway().frame(30 * int(rng.integers(0, 48))).astype(np.float32)


def _lit(code: Picture, spot: tuple[float, float, float, float]) -> Picture:
    """A lamp in the glass: white in the middle, soft at its rim."""
    side = code.shape[0]
    y, x = (np.mgrid[0:side, 0:side].astype(np.float32) + 0.5) / side
    out = ((x - spot[0]) / spot[2]) ** 2 + ((y - spot[1]) / spot[3]) ** 2
    return np.asarray(code + 400 / (1 + out**3), np.float32)


def _over(
    room: Picture,
    code: Picture,
    at: NDArray[np.float64],
    turn: float,
    how: _Held,
    smear: NDArray[np.float64],
) -> Picture:
    """The code, on the white of its card or phone, before the room."""
    scale = how.module_px / _DRAWN_MODULE_PX
    sigma_px = how.defocus_modules * how.module_px
    if scale < 1:  # as a lens and pixels of a finite size average
        code = np.asarray(cv2.GaussianBlur(code, (0, 0), 0.5 / scale), np.float32)
    c, s, middle = np.cos(turn) * scale, np.sin(turn) * scale, code.shape[0] / 2
    to_frame = np.array(
        [[c, -s, at[0] - c * middle + s * middle], [s, c, at[1] - s * middle - c * middle]]
    )
    reach = int(0.75 * how.side_px + 4 * sigma_px + np.hypot(*smear)) + 4
    left, top = max(0, int(at[0]) - reach), max(0, int(at[1]) - reach)
    right, bottom = min(WIDTH_PX, int(at[0]) + reach), min(HEIGHT_PX, int(at[1]) + reach)
    if right <= left or bottom <= top:
        return room
    to_frame[:, 2] -= (left, top)
    size = (right - left, bottom - top)
    drawn = cv2.warpAffine(code, to_frame, size, flags=cv2.INTER_LINEAR)
    covered = cv2.warpAffine(np.ones_like(code), to_frame, size, flags=cv2.INTER_LINEAR)
    for kernel in _kernels(sigma_px, smear):
        drawn = cv2.filter2D(drawn, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        covered = cv2.filter2D(covered, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    picture = room.copy()
    picture[top:bottom, left:right] *= 1 - covered
    picture[top:bottom, left:right] += drawn
    return picture


def _kernels(sigma_px: float, smear: NDArray[np.float64]) -> Iterator[Picture]:
    if sigma_px > 0.3:
        row = cv2.getGaussianKernel(2 * int(np.ceil(2.5 * sigma_px)) + 1, sigma_px)
        yield np.asarray(row, np.float32)
        yield np.asarray(row.T, np.float32)
    length_px = float(np.hypot(*smear))
    if length_px > 0.7:
        side = 2 * int(np.ceil(length_px / 2)) + 3
        line = np.zeros((side, side), np.float32)
        ends = [
            tuple(int(v) for v in np.round((side / 2 + sign * smear / 2) * 16)) for sign in (-1, 1)
        ]
        cv2.line(line, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, shift=4)
        yield line / max(float(line.sum()), 1e-6)


def _exposed(picture: Picture, noise: float, rng: np.random.Generator) -> Luma:
    grain = np.empty(picture.shape, np.float32)
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    cv2.randn(grain, np.array([0.0]), np.array([noise]))
    return (picture + grain).clip(0, 255).astype(np.uint8)


def _without_a_code(control: Control, seed: int, frames: int) -> Iterator[Luma]:
    rng = np.random.default_rng([seed, *control.encode()])
    if control is Control.DOORWAY:
        first = 30 * int(rng.integers(0, 1000))
        for number in range(frames):
            yield _doorway().frame(first + number)
        return
    if control is Control.CLOTH:
        yield from _cloth(rng, frames)
        return
    gain = 0.08 if control is Control.NIGHT else rng.uniform(0.6, 1.1)
    noise = 4.0 if control is Control.NIGHT else 1.5
    room = _room(rng) * np.float32(gain)
    at, step = rng.uniform((0, 200), (WIDTH_PX, HEIGHT_PX)), rng.uniform(-12, 12, 2)
    level = rng.uniform(60, 230) * gain
    for _ in range(frames):
        at, step = at + step, 0.95 * step + rng.normal(0, 1.5, 2)
        picture = room.copy()
        for finger in range(-2, 3):
            tip = (int(at[0]) + 45 * finger, int(at[1]) - 90 + 12 * abs(finger))
            base = (int(at[0]) + 20 * finger, int(at[1]) + 80)
            cv2.line(picture, base, tip, level * (1 - 0.06 * abs(finger)), 38, cv2.LINE_AA)
        cv2.ellipse(picture, (int(at[0]), int(at[1]) + 130), (75, 90), 0, 0, 360, level, -1)
        yield _exposed(picture, noise, rng)


def _cloth(rng: np.random.Generator, frames: int) -> Iterator[Luma]:
    """Checks, stripes, flowers or letters, swaying as its wearer does."""
    height_px, width_px = HEIGHT_PX + 160, WIDTH_PX + 160
    y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    period, turn = rng.uniform(14, 80), rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    light, dark = rng.uniform(130, 220), rng.uniform(30, 100)
    kind = int(rng.integers(0, 4))
    cloth = np.full((height_px, width_px), light, np.float32)
    if kind == 0:
        cloth -= (light - dark) * 0.5 * ((np.sin(6.28 * u / period) > 0) + 0.0)
        cloth -= (light - dark) * 0.5 * ((np.sin(6.28 * v / period) > 0) + 0.0)
    elif kind == 1:
        cloth[np.sin(6.28 * u / period) > rng.uniform(-0.5, 0.5)] = dark
    elif kind == 2:
        for _ in range(int(0.5 * height_px * width_px / period**2)):
            at = (int(rng.integers(0, width_px)), int(rng.integers(0, height_px)))
            tones = (rng.uniform(dark, light), dark)
            for petal in range(5):
                way = petal * 1.257 + rng.uniform(0, 0.3)
                tip = (int(at[0] + period / 3 * np.cos(way)), int(at[1] + period / 3 * np.sin(way)))
                cv2.circle(cloth, tip, max(2, int(period / 5)), tones[0], -1, cv2.LINE_AA)
            cv2.circle(cloth, at, max(2, int(period / 6)), tones[1], -1, cv2.LINE_AA)
    else:
        sheet = cloth.astype(np.uint8)
        for row in range(0, height_px, int(1.4 * period)):
            words = "".join(rng.choice(list("AEGHIKLMNORTU  "), 60))
            cv2.putText(sheet, words, (0, row), cv2.FONT_HERSHEY_DUPLEX, period / 24, dark, 3)
        cloth = sheet.astype(np.float32)
    cloth = cv2.GaussianBlur(cloth, (0, 0), rng.uniform(1, 5)) * np.float32(rng.uniform(0.7, 1.1))
    phase = rng.uniform(0, 6.28, 2)
    for number in range(frames):
        sway = 80 + 70 * np.sin(np.array([0.05, 0.08]) * number + phase)
        left, top = (int(n) for n in sway)
        yield _exposed(cloth[top : top + HEIGHT_PX, left : left + WIDTH_PX], 1.5, rng)


_DOORWAY: list[EmptyDoorway] = []


def _doorway() -> EmptyDoorway:
    if not _DOORWAY:
        _DOORWAY.append(EmptyDoorway(3))
    return _DOORWAY[0]
