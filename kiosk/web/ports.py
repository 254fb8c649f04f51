"""What the pages ask of the rest of the kiosk. The loop is the real `Entrance`, the simulation the real `Bench`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kiosk.domain.declaration import Consent, Risk
from kiosk.domain.identity import Identity
from kiosk.privacy.parts import Answers


@dataclass(frozen=True, slots=True)
class Declared:
    """What came of a declaration: `outcome` is accepted or refer, and empty when nothing could be said in time.
    `stored` is False when it is *not* on the disk and must be sent again. `pass_code` is the text of the Pass to show,
    empty when none was issued. Who `must_wait` is accepted, and the venue is full: nobody is let in now."""

    outcome: str
    stored: bool
    pass_code: str = field(default="", repr=False)
    pass_until: datetime | None = None
    must_wait: bool = False


@dataclass(frozen=True, slots=True)
class TypedPaper:
    """A declaration on paper that is typed in later. `by` is the id of who types it, `at` the time on it (UTC)."""

    by: str
    at: datetime
    identity: Identity = field(repr=False)
    risk: Risk
    questions_version: int
    consent: Consent
    answers: Answers = field(repr=False)


class Entrance(Protocol):
    """The door, as the pages see it. Every method may be called from any thread."""

    def pending(self, seq: int) -> Identity | None:
        """Who stands behind the `missing` result with this number, while the form may still take them up."""

    def declare(
        self,
        identity: Identity | None,
        risk: Risk,
        questions_version: int,
        consent: Consent | None = None,
        answers: Answers | None = None,
    ) -> Declared:
        """A declaration just made, what was agreed to, and the answers by question id, which are sealed at once.
        Blocks until stored or refused, two seconds at most."""

    def call_staff(self) -> None: ...

    def dismiss(self) -> None:
        """The result on the screen has been touched away."""

    def status(self) -> dict[str, object]:
        """The kiosk's state by name, nothing of a visitor."""


class Bench(Protocol):
    """The simulated door: what stands before the camera, and what the pins do."""

    def visitors(self) -> Sequence[tuple[str, str]]:
        """(id, label) of the made-up visitors, in the order in which they are offered."""

    def show(self, visitor_id: str) -> None:
        """Let this visitor hold up their code. Raise KeyError when there is no such visitor."""

    def show_image(self, picture: bytes) -> None:
        """Hold a PNG or JPEG before the camera. Raise ValueError when it cannot be read as a picture."""

    def clear(self) -> None:
        """Nobody stands there any more."""

    def pins(self) -> dict[str, bool]:
        """What is on now, by name: green, amber, red, buzzer, and relay and button where the board has them."""

    def links(self) -> dict[str, str]:
        """Title -> address of the other pages of this site."""


# states of a slip; any other is a trouble by its name
PRINTING, PRINTED = "printing", "printed"


class Printing(Protocol):
    """A slip on its way to paper."""

    @property
    def state(self) -> str:
        """printing, printed, or the trouble by its name: absent, out_of_paper, stuck."""


class Slips(Protocol):
    """The desk that prints the Pass on paper. Every method may be called from any thread and returns at once."""

    @property
    def automatic(self) -> bool:
        """Whether everybody gets a slip, not only whoever asks for one."""

    @property
    def is_offered(self) -> bool: ...

    def print_pass(self, code: str, until: datetime) -> Printing: ...
