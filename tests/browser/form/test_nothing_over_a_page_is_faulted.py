"""axe-core on what the plain way through the form does not meet: complaints, sheets, strips and the last pages."""

import pytest

# one language by default, the others with -m long
LANGUAGES = ["vi", *(pytest.param(name, marks=pytest.mark.long) for name in ("km", "en"))]

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sheet_strip_or_last_page_is_faulted(door, new_page, findings, language):
    page = new_page(bypass_csp=True)
    draft = door.drafts.start(None)
    draft.language, draft.agreed, draft.for_other, draft.since = language, True, True, door.seq
    door.show("idle")
    found = {}

    def look(name):
        if faults := findings(page):
            found[name] = faults

    def opens(name, token=draft.token):
        page.goto(f"{door.url}form/{token}/{name}")
        page.wait_for_load_state("load")

    opens("name")
    page.locator("[data-field]").fill("M")
    page.locator(".k.next").tap()
    page.wait_for_selector(".trouble")
    look("a complaint")
    opens("number")
    page.locator(".key.letters").tap()
    look("letters of a number")
    opens("commune")
    page.locator("[data-field]").fill("tra vinh")
    page.wait_for_selector(".found .tile")
    look("communes found")
    page.locator("[data-ask-leave]").tap()
    look("leaving")
    page.evaluate("document.querySelector('[data-leaving]').hidden = true")
    page.evaluate("document.querySelector('[data-still]').hidden = false")
    look("still there")
    opens("sex")
    for screen in ("accepted", "missing", "refer", "not_personal"):
        door.show(screen)
        page.wait_for_selector(f"[data-result={screen}]")
        look(f"strip, {screen}")
    opens("done", door.drafts.finish(draft, "", None).token)
    look("done")
    page.goto(f"{door.url}form/refused?language={language}")
    look("refused")
    page.goto(f"{door.url}nowhere")
    look("an error")

    assert found == {}
