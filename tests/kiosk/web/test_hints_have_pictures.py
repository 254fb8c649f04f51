"""Whoever reads none of the languages still sees what to do: each advice has a picture of its own, and it is there."""

import re

import pytest

from kiosk.web.feed import Feed
from kiosk.web.screen import create_screen_app, words
from kiosk.web.settings import PageSettings


@pytest.mark.parametrize("hint", [hint for hint in words.HINTS if hint])
def test_each_advice_has_a_picture_of_its_own(hint: str) -> None:
    app = create_screen_app(Feed(), None, PageSettings(venue_name="Chợ Mẫu"))

    page = app.test_client().get("/", base_url="http://127.0.0.1").get_data(as_text=True)

    drawn = dict(re.findall(r'<symbol id="([a-z_]+)"[^>]*>(.*?)</symbol>', page))
    words_for_it = page.split(f'data-for="{hint}"')[1].split("</div>")[0]
    assert re.findall(r'href="#([a-z_]+)"', words_for_it) == [hint]
    assert [name for name, lines in drawn.items() if lines == drawn[hint]] == [hint]
