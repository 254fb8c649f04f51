"""Frames of hand-held codes that are hard to read, drawn from a fixed seed: one third each mild, typical and hard.

Light travels as it does at a door. A code on a phone or a card (contrast, moire of the screen, curl of the paper), a
thumb and a light spot on it, perspective, defocus and the smear of the hand, then the sensor: exposure, the banding of
mains light, noise. `CALIBRATION` was set so that plain zxing-cpp reads .62 to .66 of the stills and naive pyzbar .50 to
.54 (docs/reading.md); use the rates to compare methods, never as a rate at a door.

The still of a code is the first frame of its sequence. All lengths in px of a 1280x720 frame unless said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from bench import payloads
from hardware.ports import Luma

WIDTH_PX, HEIGHT_PX = 1280, 720
SEQUENCE_FRAMES = 8
_TEXTURE_MODULE_PX = 8
_QUIET = 4


class Tier(StrEnum):
    MILD = "mild"
    TYPICAL = "typical"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Severity:
    """Upper ends of what is drawn for one tier; lower ends are a part of them."""

    side_share: tuple[float, float]  # of the frame's height that the code takes
    tilt: float  # perspective: how far a corner is pulled in, share of the side
    defocus_modules: float  # sigma
    smear_modules: float
    noise: float  # grey levels
    contrast: float  # least share of the range between ink and paper
    glare: float  # probability
    thumb: float
    moire: float
    banding: float
    over_exposure: float
    curl: float


CALIBRATION = {
    Tier.MILD: Severity(
        (0.42, 0.74), 0.05, 0.14, 0.40, 2.5, 0.65, 0.30, 0.20, 0.40, 0.15, 0.10, 0.15
    ),
    Tier.TYPICAL: Severity(
        (0.36, 0.70), 0.07, 0.18, 0.65, 3.0, 0.55, 0.75, 0.30, 0.70, 0.25, 0.15, 0.20
    ),
    Tier.HARD: Severity(
        (0.27, 0.64), 0.10, 0.24, 1.00, 3.5, 0.50, 0.90, 0.50, 0.85, 0.40, 0.25, 0.30
    ),
}


@dataclass(frozen=True, slots=True)
class HardCode:
    """One person holding up one code. Everything about it follows from `seed` and `tier`."""

    seed: int
    tier: Tier
    payload: bytes


def codes(count: int, seed: int = 1) -> list[HardCode]:
    """`count` codes, the tiers in turn."""
    tiers = list(Tier)
    return [
        HardCode(
            seed * 1_000_003 + n,
            tiers[n % len(tiers)],
            payloads.any_of_them(np.random.default_rng([seed, n])),
        )
        for n in range(count)
    ]


def still(code: HardCode) -> Luma:
    """(720, 1280) uint8."""
    return next(sequence(code))


def sequence(code: HardCode, frames: int = SEQUENCE_FRAMES) -> Iterator[Luma]:
    """What the camera takes at 30 frames a second while the code is held."""
    rng = np.random.default_rng(code.seed)
    scene = _Scene(code, rng)
    for number in range(frames):
        yield scene.frame(number)


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What was drawn for one code; the same in all its frames, but for the hand."""

    side_px: float
    centre: tuple[float, float]
    angle: float
    pulls: NDArray[np.float64]  # (4, 2), share of the side
    defocus_px: float
    smear_px: float
    noise: float
    ink: float
    paper: float
    gain: float
    band_depth: float
    band_rows: float
    curl: float


class _Scene:
    def __init__(self, code: HardCode, rng: np.random.Generator) -> None:
        self._rng = rng
        severity = CALIBRATION[code.tier]
        self._texture, modules = _texture(code.payload, rng)
        self._conditions = _draw(severity, modules, rng)
        self._texture = _dressed(self._texture, self._conditions, severity, rng)
        self._room = _room(rng)
        self._glare = _glare(severity, self._conditions, rng)
        self._hand = np.zeros(2)
        self._drift = rng.normal(0, 1, 2)

    def frame(self, number: int) -> Luma:
        rng, conditions = self._rng, self._conditions
        if number:
            self._drift = 0.8 * self._drift + rng.normal(0, 0.6, 2)
            self._hand = self._hand + self._drift * conditions.side_px * 0.006
        wobble = rng.normal(0, 0.004, (4, 2)) if number else np.zeros((4, 2))
        corners = _corners(conditions, self._hand, wobble)
        picture = _placed(self._texture, corners, self._room)
        if self._glare is not None:
            picture += self._glare.light(corners, rng if number else None)
        # the focus hunts a little and the hand is now slower, now faster
        focus = conditions.defocus_px * (rng.uniform(0.8, 1.2) if number else 1.0)
        smear = conditions.smear_px * (rng.uniform(0.2, 1.6) if number else 1.0)
        direction = rng.uniform(0, np.pi)
        picture = _blurred(picture, focus, smear, direction)
        return _exposed(picture, conditions, rng)


def _texture(payload: bytes, rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
    """The code drawn flat, 0 ink to 1 paper, and its modules across."""
    level = str(rng.choice(["l", "m", "m", "q"]))
    mode = "alphanumeric" if payload.startswith(b"HC1:") else "byte"
    wanted = 0 if rng.random() < 0.8 else int(rng.integers(16, 24))  # some issuers fix the version
    code = segno.make(payload, error=level, mode=mode, micro=False, boost_error=False)
    if int(code.version) < wanted:
        code = segno.make(
            payload, error=level, mode=mode, micro=False, boost_error=False, version=wanted
        )
    dark = np.array([list(row) for row in code.matrix], dtype=np.float32)
    framed = 1.0 - np.pad(dark, _QUIET)
    side = _TEXTURE_MODULE_PX
    return np.kron(framed, np.ones((side, side), np.float32)), dark.shape[0]


def _draw(severity: Severity, modules: int, rng: np.random.Generator) -> _Conditions:
    low, high = severity.side_share
    side_px = HEIGHT_PX * rng.uniform(low, high)
    module_px = side_px / modules
    room_px = max(0.0, HEIGHT_PX - 1.3 * side_px) / 2
    contrast = rng.uniform(severity.contrast, 0.9)
    middle = rng.uniform(95, 150)
    over = rng.random() < severity.over_exposure
    return _Conditions(
        side_px=side_px,
        centre=(
            WIDTH_PX / 2 + rng.uniform(-1, 1) * (WIDTH_PX / 2 - 0.7 * side_px),
            HEIGHT_PX / 2 + rng.uniform(-1, 1) * room_px,
        ),
        angle=rng.normal(0, 0.25) + float(rng.choice([0, 0, 0, np.pi / 2, np.pi])),
        pulls=rng.uniform(-1, 1, (4, 2)) * severity.tilt,
        defocus_px=module_px * severity.defocus_modules * rng.uniform(0.2, 1) ** 1.2,
        smear_px=module_px * severity.smear_modules * rng.uniform(0, 1) ** 1.5,
        noise=severity.noise * rng.uniform(0.3, 1),
        ink=max(8.0, middle - contrast * 110),
        paper=min(245.0, middle + contrast * 110),
        gain=rng.uniform(1.25, 1.9) if over else rng.uniform(0.6, 1.1),
        band_depth=rng.uniform(0.1, 0.35) if rng.random() < severity.banding else 0.0,
        band_rows=rng.uniform(60, 300),
        curl=rng.uniform(-1, 1) * severity.curl * 0.25,
    )


def _dressed(
    texture: NDArray[np.float32],
    conditions: _Conditions,
    severity: Severity,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """In grey levels, with its curl, its screen's grid and a thumb, inside a card or a phone."""
    side = texture.shape[0]
    if rng.random() < 0.5:
        texture = _curled(texture, conditions.curl)
    picture = conditions.ink + texture * (conditions.paper - conditions.ink)
    if rng.random() < severity.moire:
        picture = picture * _moire(side, rng)
    if rng.random() < severity.thumb:
        _thumb(picture, rng)
    margin = side // 6
    bezel = float(rng.choice([20.0, 60.0, conditions.paper]))
    return cv2.copyMakeBorder(
        picture, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(bezel,)
    ).astype(np.float32)


def _curled(texture: NDArray[np.float32], curl: float) -> NDArray[np.float32]:
    """Paper bent like a cylinder: columns crowd towards one side, rows bulge."""
    side = texture.shape[0]
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    bulge = curl * (0.25 - x * x) * 1.0
    map_x = (x + curl * (x * x - 0.25) * 0.6 + 0.5) * side
    map_y = (y + bulge * 0.6 + 0.5) * side
    return cv2.remap(
        texture,
        map_x.astype(np.float32),
        map_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)


def _moire(side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    period = rng.uniform(1.2, 6.0) * _TEXTURE_MODULE_PX
    angle = rng.uniform(0, np.pi)
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    return np.asarray(1.0 + rng.uniform(0.08, 0.35) * wave, np.float32)


def _thumb(picture: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Over an edge of the code, where one holds it: three quarters of the time not over a finder."""
    side = picture.shape[0]
    along = rng.uniform(0.3, 0.7) if rng.random() < 0.75 else rng.uniform(0, 1)
    at = (int(along * side), int(side * rng.uniform(0.95, 1.05)))
    axes = (int(side * rng.uniform(0.06, 0.11)), int(side * rng.uniform(0.08, 0.20)))
    cv2.ellipse(picture, at, axes, rng.uniform(-25, 25), 0, 360, rng.uniform(90, 150), -1)


class _Spot:
    """A lamp mirrored in the glass: it stays about where the lamp is while the hand moves."""

    def __init__(
        self, at: tuple[float, float], axes: tuple[float, float], angle: float, level: float
    ) -> None:
        self._at, self._axes, self._angle, self._level = at, axes, angle, level

    def light(
        self, corners: NDArray[np.float32], rng: np.random.Generator | None
    ) -> NDArray[np.float32]:
        side = float(np.linalg.norm(corners[1] - corners[0]))
        x0, y0 = corners[0]
        shift = rng.normal(0, 0.03, 2) if rng is not None else np.zeros(2)
        across, down = (corners[1] - corners[0]), (corners[3] - corners[0])
        cx, cy = corners[0] + (self._at[0] + shift[0]) * across + (self._at[1] + shift[1]) * down
        light = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
        del x0, y0
        reach = int(side * 1.2)
        top, left = max(0, int(cy) - reach), max(0, int(cx) - reach)
        bottom, right = min(HEIGHT_PX, int(cy) + reach), min(WIDTH_PX, int(cx) + reach)
        if bottom <= top or right <= left:
            return light
        y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
        x, y = x - cx, y - cy
        u = x * np.cos(self._angle) + y * np.sin(self._angle)
        v = -x * np.sin(self._angle) + y * np.cos(self._angle)
        far = (u / (self._axes[0] * side)) ** 2 + (v / (self._axes[1] * side)) ** 2
        light[top:bottom, left:right] = self._level * np.exp(-0.5 * far * far)
        return light


def _glare(severity: Severity, conditions: _Conditions, rng: np.random.Generator) -> _Spot | None:
    if rng.random() >= severity.glare:
        return None
    return _Spot(
        (rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9)),
        (rng.uniform(0.08, 0.35), rng.uniform(0.05, 0.16)),
        rng.uniform(0, np.pi),
        rng.uniform(60, 320),
    )


def _room(rng: np.random.Generator) -> NDArray[np.float32]:
    """A doorway out of focus: soft shapes, a few straight edges."""
    small = rng.uniform(20, 200, (6, 10)).astype(np.float32)
    room = cv2.resize(small, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(3, 12))):
        x, y = int(rng.integers(0, WIDTH_PX)), int(rng.integers(0, HEIGHT_PX))
        size = (int(rng.integers(20, 300)), int(rng.integers(20, 300)))
        cv2.rectangle(room, (x, y), (x + size[0], y + size[1]), rng.uniform(10, 230), -1)
    return cv2.GaussianBlur(room, (0, 0), rng.uniform(1.5, 6)).clip(0, 255).astype(np.float32)


def _corners(
    conditions: _Conditions, hand: NDArray[np.float64], wobble: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Where the four corners of the code with its quiet zone come to lie, clockwise from its top left."""
    half = conditions.side_px / 2
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    pulled = square + (conditions.pulls + wobble) * conditions.side_px
    c, s = np.cos(conditions.angle), np.sin(conditions.angle)
    turned = pulled @ np.array([[c, s], [-s, c]])
    return np.asarray(turned + np.array(conditions.centre) + hand, np.float32)


def _placed(
    texture: NDArray[np.float32], corners: NDArray[np.float32], room: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The texture, its code on those corners, drawn over the room with four samples a pixel."""
    side = texture.shape[0]
    margin = side // 8  # of the border that `_dressed` put around: side/6 of the inner side
    inner = side - 2 * margin
    here = np.array([[0, 0], [inner, 0], [inner, inner], [0, inner]], np.float32) + np.float32(
        margin
    )
    low = np.floor(corners.min(axis=0) - 0.4 * np.ptp(corners)).astype(int)
    high = np.ceil(corners.max(axis=0) + 0.4 * np.ptp(corners)).astype(int)
    left, top = max(0, low[0]), max(0, low[1])
    right, bottom = min(WIDTH_PX, high[0]), min(HEIGHT_PX, high[1])
    there = ((corners - np.array([left, top], np.float32)) * 2).astype(np.float32)
    to_frame = cv2.getPerspectiveTransform(here, there)
    size = ((right - left) * 2, (bottom - top) * 2)
    drawn = cv2.warpPerspective(texture, to_frame, size, flags=cv2.INTER_AREA)
    covered = cv2.warpPerspective(np.ones_like(texture), to_frame, size)
    half = (right - left, bottom - top)
    drawn = cv2.resize(drawn, half, interpolation=cv2.INTER_AREA)
    covered = cv2.resize(covered, half, interpolation=cv2.INTER_AREA)
    picture = room.copy()
    region = picture[top:bottom, left:right]
    region[:] = region * (1 - covered) + drawn
    return picture


def _blurred(
    picture: NDArray[np.float32], sigma_px: float, smear_px: float, direction: float
) -> NDArray[np.float32]:
    if sigma_px > 0.2:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.float32)
    if smear_px > 0.7:
        line = _line(smear_px, direction)
        picture = np.asarray(cv2.filter2D(picture, -1, line), np.float32)
    return picture


def _line(length_px: float, direction: float) -> NDArray[np.float32]:
    side = int(np.ceil(length_px)) + 2 | 1
    steps = np.linspace(-0.5, 0.5, 64) * length_px
    kernel = np.zeros((side, side), np.float32)
    middle = side // 2
    for step in steps:
        x, y = middle + step * np.cos(direction), middle + step * np.sin(direction)
        i, j = int(y), int(x)
        fy, fx = y - i, x - j
        kernel[i, j] += (1 - fy) * (1 - fx)
        kernel[min(i + 1, side - 1), j] += fy * (1 - fx)
        kernel[i, min(j + 1, side - 1)] += (1 - fy) * fx
        kernel[min(i + 1, side - 1), min(j + 1, side - 1)] += fy * fx
    return np.asarray(kernel / kernel.sum(), np.float32)


def _exposed(
    picture: NDArray[np.float32], conditions: _Conditions, rng: np.random.Generator
) -> Luma:
    if conditions.band_depth:
        rows = np.arange(HEIGHT_PX, dtype=np.float32)
        phase = rng.uniform(0, 2 * np.pi)
        wave = np.sin(2 * np.pi * rows / conditions.band_rows + phase)
        picture = picture * (1 + conditions.band_depth * wave)[:, None].astype(np.float32)
    noise: NDArray[Any] = np.empty((HEIGHT_PX, WIDTH_PX), np.int16)
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    cv2.randn(noise, np.array([0.0]), np.array([conditions.noise * 4]))
    lit = picture * conditions.gain + noise * np.float32(0.25)
    return lit.clip(0, 255).astype(np.uint8)
