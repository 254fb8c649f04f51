"""Nothing scrolls, nothing is cut off, nothing is too small to read or to hit: screen facts, sections 2 and 23."""

import pytest

from kiosk.web.screen import words

pytestmark = pytest.mark.browser

STATES = [
    *(("idle", reason) for reason in (*words.IDLE, "nearly_full")),
    *(("reading", hint) for hint in words.HINTS),
    ("accepted", "kiosk_form"),
    ("already_recorded", "kiosk_form"),
    *(("missing", reason) for reason in words.MISSING),
    *(("refer", reason) for reason in ("declared_risk", *words.REFER)),
    ("test", ""),
    *(("invalid", reason) for reason in words.INVALID),
    *(("not_personal", reason) for reason in words.NOT_PERSONAL),
    ("goodbye", ""),
    *(("fault", fault) for fault in words.FAULTS),
]
SMALLEST_TEXT_PX = 35
SMALLEST_BUTTON_PX = (104, 80)

# venue, clock and the line for staff are not what a visitor must read
MEASURE = """
(screen) => {
  const found = [];
  const state = document.querySelector('.state.' + screen);
  const page = document.scrollingElement;
  if (page.scrollHeight > innerHeight || page.scrollWidth > innerWidth) found.push('the page scrolls');
  for (const element of [state, ...state.querySelectorAll('*')]) {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest('svg')) continue;
    const name = `${element.tagName} ${element.className} “${element.textContent.trim().slice(0, 30)}”`;
    if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1) {
      found.push(`${name} is off the panel`);
    }
    if (element.clientWidth && element.scrollWidth > element.clientWidth + 1) found.push(`${name} is cut`);
    const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (words && size < SMALLEST && !element.closest('header, .small')) found.push(`${name} is ${size} px`);
  }
  return found;
}
""".replace("SMALLEST", str(SMALLEST_TEXT_PX))


@pytest.mark.parametrize("layout", ["800x480", "800x450", "500x889"])
def test_every_state_is_whole_and_readable(kiosk, new_page, layout):
    page = new_page(layout)
    kiosk.show("idle")
    page.goto(kiosk.url)

    found = {}
    for screen, reason in STATES:
        kiosk.show(screen, reason)
        page.wait_for_selector(f'body[data-screen="{screen}"][data-reason="{reason}"]')
        if troubles := page.evaluate(MEASURE, screen):
            found[screen, reason] = troubles

    assert found == {}
    assert page.complaints == []


@pytest.mark.parametrize("layout", ["800x450", "500x889"])
@pytest.mark.parametrize("screen", ["idle", "missing"])
def test_buttons_are_large_enough_and_apart(kiosk, new_page, layout, screen):
    page = new_page(layout)
    kiosk.show(screen)
    page.goto(kiosk.url)
    page.wait_for_selector(f'body[data-screen="{screen}"]')

    boxes = [button.bounding_box() for button in page.locator(f".{screen} button").all()]

    assert len(boxes) == 2
    for box in boxes:
        assert box["width"] >= SMALLEST_BUTTON_PX[0]
        assert box["height"] >= SMALLEST_BUTTON_PX[1]
    first, second = boxes
    apart = max(
        second["x"] - first["x"] - first["width"], second["y"] - first["y"] - first["height"]
    )
    assert apart >= 12


@pytest.mark.parametrize(
    ("screen", "largest_px"), [("accepted", 90), ("refer", 90), ("idle", 64), ("reading", 64)]
)
def test_the_word_that_counts_is_read_from_a_distance(kiosk, new_page, screen, largest_px):
    page = new_page()
    kiosk.show(screen)
    page.goto(kiosk.url)
    page.wait_for_selector(f'body[data-screen="{screen}"]')

    sizes = page.evaluate(
        "(screen) => [...document.querySelectorAll(`.state.${screen} p[lang=vi]`)]"
        ".map((p) => parseFloat(getComputedStyle(p).fontSize))",
        screen,
    )

    assert max(sizes) >= largest_px
