"""Filled shapes on one sheet, in millimetres from its upper left corner, written as SVG or as PDF.

Nothing but outlines: no font, no picture and no address to be fetched is in either file.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pydyf

POINTS_PER_MM = 72 / 25.4

# a letter of SVG's path language and the numbers that follow it
Step = tuple[str, tuple[float, ...]]
Path = list[Step]
Colour = tuple[int, int, int]


def move(x: float, y: float) -> Step:
    return "M", (x, y)


def line(x: float, y: float) -> Step:
    return "L", (x, y)


def curve(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> Step:
    return "C", (x1, y1, x2, y2, x, y)


def rectangle(left: float, top: float, width: float, height: float) -> Path:
    right, bottom = left + width, top + height
    return [move(left, top), line(right, top), line(right, bottom), line(left, bottom)]


@dataclass(frozen=True, slots=True)
class Stamp:
    """An outline in units of its own, y upwards, `scale` mm each, put where its origin is. The same outline many times
    stands in a PDF once."""

    outline: Path
    scale: float
    left_mm: float
    base_mm: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Every path is closed; all are filled together, inside where the outline winds around. Stamps are of PDF only."""

    paths: Sequence[Path]
    colour: Colour
    stamps: Sequence[Stamp] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    title: str
    width_mm: float
    height_mm: float
    shapes: Sequence[Shape]


def svg(drawing: Drawing) -> bytes:
    width, height = drawing.width_mm, drawing.height_mm
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" role="img"><title>{escape(drawing.title)}</title>\n'
    )
    body = "".join(
        f'<path fill="#{bytes(shape.colour).hex()}" d="{_path_text(shape.paths)}"/>\n'
        for shape in drawing.shapes
    )
    return f"{head}{body}</svg>\n".encode()


def pdf(drawing: Drawing, *others: Drawing) -> bytes:
    """A page for each. The same drawings give the same bytes."""
    document = pydyf.PDF()
    letters = _Letters(document)
    for page in (drawing, *others):
        _add_page(document, page, letters)
    document.info["Title"] = pydyf.String(drawing.title)
    document.catalog["Lang"] = pydyf.String("vi")
    out = io.BytesIO()
    document.write(out, version=b"1.7")
    return out.getvalue()


class _Letters:
    """Outlines that are stamped, each a form of the document (ISO 32000-1 section 8.10), by their names."""

    def __init__(self, document: pydyf.PDF) -> None:
        self._document = document
        self._names: dict[int, str] = {}
        self.forms = pydyf.Dictionary()

    def name(self, outline: Path) -> str:
        found = self._names.get(id(outline))  # it stays where it is as long as the drawing does
        if found is None:
            found = self._names[id(outline)] = f"L{len(self._names)}"
            points = [
                numbers[at : at + 2] for _, numbers in outline for at in range(0, len(numbers), 2)
            ]
            box = [fit(point[at] for point in points) for fit in (min, max) for at in (0, 1)]
            extra = {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array(box)}
            form = pydyf.Stream(extra=extra, compress=True)
            _draw(form, outline)
            form.fill()
            self._document.add_object(form)
            self.forms[found] = form.reference
        return found


def _add_page(document: pydyf.PDF, drawing: Drawing, letters: _Letters) -> None:
    stream = pydyf.Stream(compress=True)
    # millimetres downwards from the top, as in the drawing
    top = drawing.height_mm * POINTS_PER_MM
    stream.set_matrix(POINTS_PER_MM, 0, 0, -POINTS_PER_MM, 0, top)
    for shape in drawing.shapes:
        stream.set_color_rgb(*(part / 255 for part in shape.colour))
        for path in shape.paths:
            _draw(stream, path)
        if shape.paths:
            stream.fill()
        for stamp in shape.stamps:
            place = (
                f"{stamp.scale:.6f} 0 0 {-stamp.scale:.6f} {stamp.left_mm:.3f} {stamp.base_mm:.3f}"
            )
            stream.stream.append(
                f"q {place} cm /{letters.name(stamp.outline)} Do Q".encode("ascii")
            )
    document.add_object(stream)
    document.add_page(
        pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": document.pages.reference,
                "MediaBox": pydyf.Array([0, 0, drawing.width_mm * POINTS_PER_MM, top]),
                "Resources": pydyf.Dictionary({"XObject": letters.forms}),
                "Contents": stream.reference,
            }
        )
    )


def _path_text(paths: Iterable[Path]) -> str:
    return "".join(
        letter + " ".join(f"{number:.3f}".rstrip("0").rstrip(".") for number in numbers)
        for path in paths
        for letter, numbers in (*path, ("Z", ()))
    )


# the path operators of PDF, ISO 32000-1 section 8.5.2
_OPERATORS = {"M": "%.3f %.3f m", "L": "%.3f %.3f l", "C": "%.3f %.3f %.3f %.3f %.3f %.3f c"}


def _draw(stream: pydyf.Stream, path: Path) -> None:
    # written here: pydyf looks at each number by itself, and a page of text has a hundred thousand
    steps = " ".join(_OPERATORS[letter] % numbers for letter, numbers in path)
    stream.stream.append(f"{steps} h".encode("ascii"))
