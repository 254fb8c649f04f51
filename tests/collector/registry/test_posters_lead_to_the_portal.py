import io
from dataclasses import replace

import pypdfium2
import pytest
import segno
import zxingcpp
from PIL import Image

from collector.registry import lettering, poster
from collector.registry.port import RegistryError

PORTAL = "https://khaibao.example.vn"
A4_MM = (210, 297)
INK = 128  # darker than this

pytestmark = pytest.mark.skipif(
    not (lettering.FONT_FOLDER / "NotoSansKhmer-Bold.ttf").exists(),
    reason="fonts-noto-core is not installed",
)


def page_of(pdf: bytes, pixels_per_mm: int = 6) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        return document[0].render(scale=pixels_per_mm * 25.4 / 72).to_pil().convert("L")
    finally:
        document.close()


def code_on(page: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(page)]


def test_the_code_on_the_pdf_is_read_back_and_is_the_portals_address_of_this_venue(market) -> None:
    page = page_of(poster.pdf(poster.draw(market, PORTAL)))

    assert code_on(page) == [f"{PORTAL}/v/cho-mau"]


def test_it_is_read_from_far_away_too(market) -> None:
    page = page_of(poster.pdf(poster.draw(market, PORTAL)), pixels_per_mm=1)

    assert code_on(page) == [f"{PORTAL}/v/cho-mau"]


def test_the_sheet_is_a4(market) -> None:
    page = page_of(poster.pdf(poster.draw(market, PORTAL)), pixels_per_mm=10)

    assert page.size == pytest.approx([10 * mm for mm in A4_MM], abs=2)


@pytest.mark.parametrize(
    "name",
    [
        "Chợ Mẫu",
        "Trung tâm Phục vụ hành chính công và Kiểm soát thủ tục hành chính phường Trà Vinh, cơ sở 2",
        "ផ្សារគំរូ",
        "M" * 120,
        "ផ្សារ" * 20,
    ],
)
def test_every_name_stays_on_the_sheet_and_off_the_code(market, name) -> None:
    page = page_of(poster.pdf(poster.draw(replace(market, name=name), PORTAL)))

    assert code_on(page) == [f"{PORTAL}/v/cho-mau"]
    below_band = page.crop((0, 60 * 6, page.width, page.height))
    margin = 12 * 6
    assert min(below_band.crop((0, 0, margin, below_band.height)).getextrema()) > INK
    right = below_band.crop((below_band.width - margin, 0, below_band.width, below_band.height))
    assert min(right.getextrema()) > INK


def test_the_code_stands_free_by_four_modules_on_every_side(market) -> None:
    long = replace(market, name="Chợ Mẫu lớn nhất và lâu đời nhất của cả thành phố Trà Vinh " * 2)
    page = page_of(poster.pdf(poster.draw(long, PORTAL)))
    (found,) = zxingcpp.read_barcodes(page)
    modules = segno.make_qr(found.text, error="q").symbol_size(border=0)[0]
    corner, opposite = found.position.top_left, found.position.bottom_right
    free = 4 * (opposite.x - corner.x) // modules - 2
    around = (corner.x - free, corner.y - free, opposite.x + free, opposite.y + free)

    page.paste(255, (corner.x - 2, corner.y - 2, opposite.x + 3, opposite.y + 3))

    assert page.crop(around).getextrema() == (255, 255)


def test_khmer_is_shaped_feet_stand_below_their_letter() -> None:
    shaped = lettering.width_mm("ក្ក", 10)

    # a foot takes no room on the line; unshaped it would stand beside its letter
    assert shaped == pytest.approx(lettering.width_mm("ក", 10), rel=0.05)


def test_no_khmer_line_begins_with_a_part_of_a_letter() -> None:
    lines = lettering.lines("ស្រុកត្រាកូស្រុកត្រាកូ", 10, 25)

    assert len(lines) > 1
    assert "".join(lines) == "ស្រុកត្រាកូស្រុកត្រាកូ"
    for line in lines:
        assert "\u1780" <= line[0] <= "\u17b3"


def test_the_svg_needs_no_font_and_fetches_nothing(market) -> None:
    svg = poster.svg(poster.draw(replace(market, name="Chợ <Mẫu> & con"), PORTAL)).decode()

    assert "<text" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert "<title>KHAI BÁO Y TẾ: Chợ &lt;Mẫu&gt; &amp; con</title>" in svg
    assert 'width="210mm" height="297mm"' in svg


@pytest.mark.browser
def test_the_svg_shows_the_same_code_as_the_pdf(market, chromium, tmp_path) -> None:
    file = tmp_path / "poster.svg"
    file.write_bytes(poster.svg(poster.draw(market, PORTAL)))
    page = chromium.new_page(viewport={"width": 800, "height": 1130})

    page.goto(file.as_uri())
    shot = Image.open(io.BytesIO(page.screenshot())).convert("L")
    page.close()

    assert code_on(shot) == [f"{PORTAL}/v/cho-mau"]


@pytest.mark.parametrize(
    "address", ["", "khaibao.example.vn", "ftp://x", "https://", "https://x?a"]
)
def test_without_an_address_of_the_portal_there_is_no_poster(market, address) -> None:
    with pytest.raises(RegistryError, match=r"\[portal\] address"):
        poster.draw(market, address)


def test_the_same_venue_gives_the_same_file(market) -> None:
    assert poster.pdf(poster.draw(market, PORTAL)) == poster.pdf(poster.draw(market, PORTAL))
