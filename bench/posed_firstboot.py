"""The page of a new kiosk, posed: every stage and every trouble, for pictures and for tests."""

from collections.abc import Iterator
from datetime import UTC, datetime

from kiosk.enrol.firstboot import WORDS_DIFFER, Answer, Stage, View
from kiosk.enrol.joining import Joined, Step
from kiosk.enrol.trouble import Trouble
from kiosk.web.firstboot import create_firstboot_app
from kiosk.web.server import PageServer
from kiosk.web.settings import PageSettings

AT = datetime(2026, 11, 28, 1, 15, tzinfo=UTC)
JOINED = Joined("cho-mau-cong-1", "Chợ Mẫu", ("khoai", "thanh", "nghe", "trang"))
ALL_WELL = tuple(
    (stage, True) for stage in (Stage.TOUCH, Stage.LIGHTS, Stage.BUZZER, Stage.READ, Stage.RECEIPT)
)
ONE_BROKEN = (*ALL_WELL[:2], (Stage.BUZZER, False), *ALL_WELL[3:])


class PosedBoot:
    """Stands still; remembers what was answered."""

    def __init__(self) -> None:
        self.view = View()
        self.answers: list[tuple[Stage, Answer]] = []

    def answer(self, stage: Stage, answer: Answer) -> None:
        self.answers.append((stage, answer))


def views() -> Iterator[tuple[str, View]]:
    """Each by the name of its picture."""
    yield "code", View()
    for trouble in (*Trouble, WORDS_DIFFER):
        yield f"trouble-{trouble}", View(trouble=str(trouble))
    for step in Step:
        yield f"joining-{step}", View(Stage.JOINING, step=str(step))
    for stage in (Stage.WORDS, Stage.TOUCH, Stage.LIGHTS, Stage.BUZZER, Stage.READ):
        yield str(stage), View(stage, joined=JOINED)
    yield "receipt", View(Stage.RECEIPT, joined=JOINED, checks=ALL_WELL[:4])
    yield "done", View(Stage.DONE, joined=JOINED, checks=ALL_WELL, is_printed=True)
    yield "done-broken", View(Stage.DONE, joined=JOINED, checks=ONE_BROKEN)


def served(boot: PosedBoot) -> PageServer:
    """To be entered."""
    app = create_firstboot_app(
        boot,
        lambda stage, answer: (Stage(stage), Answer(answer)),
        PageSettings(),
        lambda: AT,
    )
    return PageServer(app, 0, threads=4, name="firstboot")
