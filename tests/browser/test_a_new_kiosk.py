"""The page of a new kiosk, before the panels it is made for."""

from dataclasses import replace

import pytest

from bench.posed_firstboot import PosedBoot, served, views
from kiosk.enrol.firstboot import Answer, Stage, View

pytestmark = pytest.mark.browser

MEASURE = """
() => {
  const found = [];
  const page = document.scrollingElement;
  if (page.scrollHeight > innerHeight || page.scrollWidth > innerWidth) found.push('the page scrolls');
  for (const element of document.querySelectorAll('body *')) {
    const box = element.getBoundingClientRect();
    if (!box.width) continue;
    const name = `${element.tagName} “${element.textContent.trim().slice(0, 30)}”`;
    if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1) {
      found.push(`${name} is off the panel`);
    }
    if (element.clientWidth && element.scrollWidth > element.clientWidth + 1) found.push(`${name} is cut`);
    const isButton = element.tagName === 'BUTTON';
    if (element.scrollHeight > element.clientHeight + 1 && isButton) found.push(`${name} runs over`);
    if (element.tagName === 'BUTTON' && box.height < 80) found.push(`${name} is ${box.height} px high`);
  }
  const [head, main, foot] = ['body > header', 'main', 'form'].map((of) => document.querySelector(of));
  const edge = (one) => one.getBoundingClientRect();
  if (edge(main).top < edge(head).bottom - 1) found.push('main lies over the header');
  if (foot && edge(main).bottom > edge(foot).top + 1) found.push('main lies over the buttons');
  return found;
}
"""


@pytest.fixture
def boot():
    return PosedBoot()


@pytest.fixture
def url(boot):
    with served(boot) as server:
        yield f"http://127.0.0.1:{server.port}/"


@pytest.mark.parametrize("layout", ["800x480", "500x889"])
def test_every_stage_and_trouble_fits_the_panel(boot, url, new_page, layout):
    page = new_page(layout)
    found = {}
    for name, view in views():
        boot.view = view
        page.goto(url)
        if troubles := page.evaluate(MEASURE):
            found[name] = troubles

    assert found == {}
    assert page.complaints == []


def test_no_stage_is_faulted(boot, url, new_page, findings):
    page = new_page(bypass_csp=True)
    found = {}
    for name, view in views():
        if name.startswith("trouble") and not name.endswith("clock"):
            continue  # other words in the same places
        boot.view = view
        page.goto(url)
        if faults := findings(page):
            found[name] = faults

    assert found == {}


def test_the_page_follows_the_kiosk_by_itself(boot, url, new_page):
    page = new_page()
    page.goto(url)
    page.wait_for_selector('body[data-stage="code"]')

    boot.view = replace(boot.view, stage=Stage.READ, number=1)

    page.wait_for_selector('body[data-stage="read"]')
    status = page.request.get(url + "status.json").json()
    assert status["page"] == "alive"


def test_a_touch_is_an_answer_to_what_is_shown(boot, url, new_page):
    boot.view = View(Stage.BUZZER)
    page = new_page()
    page.goto(url)

    with page.expect_response(lambda answer: answer.url.endswith("/answer")):
        page.tap('button[value="no"]')

    assert boot.answers == [(Stage.BUZZER, Answer.NO)]


def test_a_foreign_touch_is_refused(boot, url, new_page):
    page = new_page()

    answer = page.request.post(url + "answer", form={"stage": "words", "answer": "yes"})

    assert answer.status == 403
    assert boot.answers == []
