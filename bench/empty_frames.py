"""Frames of a doorway without a code, from a fixed seed: people, print, cloth and walls that move past a camera.

A few dozen scenes are drawn once, larger than a frame; each frame is another window into one of them with other light
and other noise, so that 10^5 different frames cost little. Some scenes are chosen to tempt a reader: concentric
squares, chequered cloth, newsprint, random modules without finders.
"""

from collections.abc import Callable

import cv2
import numpy as np

from hardware.ports import Luma

_SPARE_PX = 160
_SCENES = 48


class EmptyDoorway:
    """`frame(k)` depends on the seed and on k alone."""

    def __init__(self, seed: int = 1, width_px: int = 1280, height_px: int = 720) -> None:
        self._size = (height_px, width_px)
        self._seed = seed
        canvas = (height_px + _SPARE_PX, width_px + _SPARE_PX)
        rng = np.random.default_rng([seed, 1])
        self._scenes = [_scene(rng, canvas, n) for n in range(_SCENES)]
        noise = rng.normal(0, 4, canvas).round()
        self._brighter = noise.clip(0, 255).astype(np.uint8)
        self._darker = (-noise).clip(0, 255).astype(np.uint8)

    def frame(self, number: int) -> Luma:
        """(height_px, width_px) uint8. Successive numbers show one scene that moves, for 30 frames."""
        rng = np.random.default_rng([self._seed, 2, number])
        walk = number % 30
        scene = self._scenes[number // 30 % _SCENES]
        y, x = 2 * walk + int(rng.integers(0, 60)), 3 * walk + int(rng.integers(0, 60))
        height_px, width_px = self._size
        seen = scene[y : y + height_px, x : x + width_px]
        lit = cv2.convertScaleAbs(seen, alpha=float(rng.uniform(0.6, 1.3)))
        y, x = (int(n) for n in rng.integers(0, _SPARE_PX, 2))
        lit = cv2.add(lit, self._brighter[y : y + height_px, x : x + width_px])
        return np.asarray(
            cv2.subtract(lit, self._darker[y : y + height_px, x : x + width_px]), np.uint8
        )

    def still(self) -> Callable[[int], Luma]:
        """Frames of one scene in which nothing moves but the sensor's noise."""
        height_px, width_px = self._size
        seen = np.ascontiguousarray(self._scenes[0][:height_px, :width_px])

        def frame(number: int) -> Luma:
            y, x = number * 7 % _SPARE_PX, number * 13 % _SPARE_PX
            lit = cv2.add(seen, self._brighter[y : y + height_px, x : x + width_px])
            dark = self._darker[y : y + height_px, x : x + width_px]
            return np.asarray(cv2.subtract(lit, dark), np.uint8)

        return frame


def _scene(rng: np.random.Generator, size: tuple[int, int], number: int) -> Luma:
    height_px, width_px = size
    small = rng.uniform(20, 200, (7, 11)).astype(np.float32)
    scene = np.asarray(
        cv2.resize(small, (width_px, height_px), interpolation=cv2.INTER_CUBIC).clip(0, 255),
        np.uint8,
    )
    for _ in range(int(rng.integers(2, 10))):
        _box(scene, rng)
    _person(scene, rng)
    temptations = (_print, _cloth, _squares, _modules)
    if number % 3 != 0:  # a third of the scenes holds nothing of the kind
        temptations[number % len(temptations)](scene, rng)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.6, 2.0)), np.uint8)


def _place(
    scene: Luma, rng: np.random.Generator, least: int, most: int
) -> tuple[int, int, int, int]:
    """(top, left, height, width) of a patch inside the scene."""
    height = int(rng.integers(least, most))
    width = int(rng.integers(least, most))
    top = int(rng.integers(0, scene.shape[0] - height))
    left = int(rng.integers(0, scene.shape[1] - width))
    return top, left, height, width


def _box(scene: Luma, rng: np.random.Generator) -> None:
    top, left, height, width = _place(scene, rng, 30, 400)
    cv2.rectangle(scene, (left, top), (left + width, top + height), rng.uniform(10, 240), -1)


def _person(scene: Luma, rng: np.random.Generator) -> None:
    x, y = int(rng.integers(200, scene.shape[1] - 200)), int(rng.integers(150, 350))
    skin, coat = rng.uniform(90, 200), rng.uniform(20, 220)
    cv2.ellipse(scene, (x, y + 420), (190, 330), 0, 0, 360, coat, -1)
    cv2.ellipse(scene, (x, y), (75, 100), 0, 0, 360, skin, -1)
    for eye in (-28, 28):
        cv2.circle(scene, (x + eye, y - 15), 8, 30, -1)


def _print(scene: Luma, rng: np.random.Generator) -> None:
    """A sheet of newsprint."""
    top, left, height, width = _place(scene, rng, 200, 500)
    scene[top : top + height, left : left + width] = 225
    for y in range(top + 16, top + height - 4, 13):
        words = "".join(rng.choice(list("aeghiklmnortu  "), 60))
        sheet = scene[:, left : left + width]
        cv2.putText(sheet, words, (6, y), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 40, 1, cv2.LINE_AA)


def _cloth(scene: Luma, rng: np.random.Generator) -> None:
    """Checks and stripes."""
    top, left, height, width = _place(scene, rng, 200, 500)
    y, x = np.mgrid[0:height, 0:width]
    period = rng.uniform(5, 30)
    wave = np.sign(np.sin(x / period * 2)) + rng.integers(0, 2) * np.sign(np.sin(y / period * 2))
    scene[top : top + height, left : left + width] = (120 + 45 * wave).astype(np.uint8)


def _squares(scene: Luma, rng: np.random.Generator) -> None:
    """Things that look like finders."""
    for _ in range(int(rng.integers(3, 9))):
        top, left, side, _ = _place(scene, rng, 30, 120)
        for ring, level in ((0.0, 235), (1 / 9, 25), (2 / 9, 235), (3 / 9, 25)):
            inset = int(ring * side)
            scene[top + inset : top + side - inset, left + inset : left + side - inset] = level


def _modules(scene: Luma, rng: np.random.Generator) -> None:
    """Random modules, a few with finders in the wrong places."""
    modules, module_px = int(rng.integers(25, 60)), int(rng.integers(3, 8))
    bits = rng.integers(0, 2, (modules, modules)).astype(np.uint8)
    patch = np.kron(bits * 200 + 25, np.ones((module_px, module_px))).astype(np.uint8)
    height, width = (min(side, limit) for side, limit in zip(patch.shape, (500, 500), strict=True))
    top = int(rng.integers(0, scene.shape[0] - height))
    left = int(rng.integers(0, scene.shape[1] - width))
    scene[top : top + height, left : left + width] = patch[:height, :width]
