"""Every page of the form, in every language, on every panel: nothing scrolls, nothing is cut, fingers find their place.

Sizes are those of the shared facts, screen section 2.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials.health_pass import issue

pytestmark = pytest.mark.browser

NEAR = (
    *("29242", "29254", "29263", "29267", "29506", "29461", "29374", "29398", "29341", "29431"),
    "29476",
)
PASS_UNTIL = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
PASS = issue(
    Ed25519PrivateKey.generate(),
    pass_id=bytes(16),
    name="Nguyễn Hoàng Thạch Thị Mẫu",
    not_before=PASS_UNTIL - timedelta(hours=24),
    not_after=PASS_UNTIL,
    policy_version=1,
)
ANSWERS = {
    "name": "Nguyễn Hoàng Thạch Thị Mẫu",
    "birth": "1990",
    "sex": "female",
    "phone": "0900000567",
    "number": "084190000000",
    "commune": "29242",
    "symptoms": (),
    "contact": "no",
    "travel": "no",
}
SLIPS = ("printing", "printed", "out_of_paper")
WRONG = {"name": "M", "birth": "19", "phone": "0900", "number": "0841"}


@dataclass
class Slip:
    state: str


class PaperFolder:
    """A printer that is there."""

    automatic = False
    is_offered = True

    def print_pass(self, code, until):
        return Slip("printing")


LOOK = """() => {
  const wrong = [];
  const say = (what, e) => wrong.push(`${what}: ${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`);
  const page = document.documentElement;
  if (page.scrollHeight > innerHeight || page.scrollWidth > innerWidth) wrong.push('the page scrolls');
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('[hidden], svg, template, .unseen')) continue;
    const box = e.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1) say('off', e);
    // a field shows the end of what is longer
    if (e.tagName !== 'INPUT' && e.clientWidth && e.scrollWidth > e.clientWidth + 1) say('cut', e);
    const text = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (text && parseFloat(getComputedStyle(e).fontSize) < 35) say('small text', e);
    if (!['A', 'BUTTON', 'LABEL'].includes(e.tagName)) continue;
    const key = e.classList.contains('k');
    if (box.height < (key ? 57.5 : 79.5) || box.width < (key ? 60.5 : 103.5)) say('small target', e);
  }
  return wrong;
}"""


# the two hardest pairs by default, every pair of language and panel with -m long
@pytest.mark.parametrize(
    ("layout", "language"),
    [
        *(("800x450", "vi"), ("500x889", "km")),
        *(
            pytest.param(layout, language, marks=pytest.mark.long)
            for layout, language in (
                *(("800x480", "vi"), ("800x480", "km"), ("800x480", "en"), ("500x889", "vi")),
                *(("500x889", "en"), ("800x450", "km"), ("800x450", "en")),
            )
        ),
    ],
)
def test_every_page(make_door, new_finger, layout, language):
    door = make_door(near=NEAR, slips=PaperFolder())
    finger = new_finger(door, layout)
    draft = door.drafts.start(None)
    draft.language, draft.agreed, draft.for_other = language, True, True  # the longest headings
    draft.answers.update(ANSWERS)
    found = {}

    def look(name):
        finger.page.wait_for_load_state("load")
        wrong = finger.page.evaluate(LOOK)
        if wrong:
            found[name] = wrong

    for page in ("consent", *ANSWERS, "check"):
        finger.page.goto(f"{door.url}form/{draft.token}/{page}")
        finger.page.wait_for_load_state("networkidle")
        look(page)
        if page in WRONG:
            finger.page.locator("[data-field]").fill(WRONG[page])
            finger.goes_on()
            finger.page.wait_for_selector(".trouble")
            look(f"{page}, wrong")
        if page == "commune":
            finger.tap(".other")
            finger.page.wait_for_selector(".k")
            look("commune, typed")
            finger.types("long hi")
            finger.page.wait_for_selector('.found [value="29506"]')
            look("commune, found")
    finger.tap("[data-ask-leave]")
    look("leaving")
    for name, code, is_full in (
        *(("pass", PASS, False), ("done", "", False)),
        *(("pass", PASS, True), ("done", "", True)),
    ):
        left = door.drafts.finish(draft, code, PASS_UNTIL)
        left.must_wait = is_full
        finger.page.goto(f"{door.url}form/{left.token}/{name}")
        look(f"{name}, full" if is_full else name)
        for state in SLIPS if name == "pass" else ():
            left.slip = Slip(state)
            finger.page.reload()
            look(f"pass, slip {state}")

    assert found == {}
    assert finger.page.complaints == []
