"""Several frames of one code, laid on top of each other: what the light spot hides in one may be seen in the next.

Modules are compared in the code's own grid, so that the hand may move between the frames. What a frame says of a module
is weighed by how surely it says it (kiosk.eye.symbol, ink), and the mean of all frames goes to the error correction,
which knows doubt. Noise, smear and a wandering lamp average out; a thumb that stays where it is does not.
"""

import numpy as np

from kiosk.eye.symbol import Ink

# a frame weighs this much less with each one that comes after it: the hand may by now hold up another code
_FADING = 0.85


class Superposition:
    """The frames of one code until `forget`. A code of another size begins anew."""

    def __init__(self) -> None:
        self._sum: Ink | None = None
        self._weight = 0.0

    def with_frame(self, ink: Ink) -> Ink | None:
        """The mean of this frame's (side, side) ink and of those before; None when it is the first."""
        if self._sum is None or self._sum.shape != ink.shape:
            self._sum, self._weight = ink.copy(), 1.0
            return None
        self._sum = np.asarray(_FADING * self._sum + ink, np.float32)
        self._weight = _FADING * self._weight + 1.0
        return np.asarray(self._sum / self._weight, np.float32)

    def forget(self) -> None:
        self._sum = None
