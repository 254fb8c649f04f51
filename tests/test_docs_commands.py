"""What the documents tell to type can be typed, and the words that they tell to press stand on the pages."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

import collector.cli
import kiosk.cli
from kiosk.web.catalogue import load_catalogues

ROOT = Path(__file__).parents[1]
DOCS = [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PARSERS = {"kiosk": kiosk.cli._parser, "collector": collector.cli._parser}
# a block between fences that says it is for a shell, or an indented one
BLOCKS = re.compile(r"^ *```sh\n(.*?)^ *```|((?:^ {4,}\S.*\n)+)", re.M | re.S)
MODULE = re.compile(r"`?python -m (bench[\w.]*)((?: [\w./|-]+)*)")


def lines(page):
    """The command lines of its blocks, with what is piped into them and what comes of them left out."""
    for fenced, indented in BLOCKS.findall(page.read_text(encoding="utf-8")):
        whole = (fenced or indented).replace("\\\n", " ")
        for line in whole.splitlines():
            if re.search("[─│]", line):  # a drawing
                continue
            for part in re.split(r"\s(?:&&|\|)\s?|;\s", line.strip()):
                yield re.sub(r"\s*[<>]\s*\S+|\s+&$|\s+#.*", "", part.strip()).removeprefix("sudo ")


TYPED = sorted(
    {
        (page.name, line)
        for page in DOCS
        for line in lines(page)
        if line.split(" ")[0] in PARSERS or line.startswith(("./provisioning/", "provisioning/"))
    }
)


def test_there_are_command_lines_in_the_documents():
    assert len(TYPED) > 40


@pytest.mark.parametrize(("page", "line"), TYPED, ids=[f"{page}: {line}" for page, line in TYPED])
def test_a_command_line_in_a_document_is_one_that_can_be_typed(page, line, capsys):
    program, *arguments = shlex.split(line)
    if program in PARSERS:
        try:
            PARSERS[program]().parse_args(arguments)
        except SystemExit:
            pytest.fail(f"{page}: {line}: {capsys.readouterr().err}")
    else:
        script = (ROOT / program).read_text(encoding="utf-8")
        steps = "".join(
            step.read_text(encoding="utf-8") for step in (ROOT / "provisioning/steps").iterdir()
        )
        options = [each for each in arguments if each.startswith("--") and each != "--"]
        assert [each for each in options if each not in script + steps] == []


BENCHES = sorted(
    {
        found
        for page in DOCS
        for found in MODULE.findall(page.read_text(encoding="utf-8"))
        if found[0] != "bench.NAME"
    }
)


@pytest.mark.parametrize(("module", "rest"), BENCHES, ids=["".join(each) for each in BENCHES])
def test_a_benchmark_that_a_document_names_is_there_with_its_options(module, rest):
    found = importlib.util.find_spec(module)
    assert found is not None

    folder = Path(found.origin or "").parent
    files = folder.glob("*.py") if module == "bench" or found.submodule_search_locations else ()
    text = "".join(
        file.read_text(encoding="utf-8") for file in [Path(found.origin or ""), *files]
    ) + (ROOT / "bench/report.py").read_text(encoding="utf-8")
    options = [each for each in rest.split() if each.startswith("--")]
    assert [each for each in options if f'"{each}"' not in text] == []


def emphasised(name, language):
    """The words in italics of one half of a guide."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    half = {"vi": text.partition("## English")[0].partition("## Tiếng Việt")[2]}
    half["en"] = text.partition("## English")[2]
    return set(re.findall(r"(?<![*\w])\*([^*\n]+)\*(?!\*)", half[language]))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_words_that_the_staff_guide_tells_to_tap_stand_on_the_pages(language):
    entries = load_catalogues()["vi"].entries.values()
    words = " ".join(each.translation if language == "vi" else each.source for each in entries)

    told = emphasised("guide-staff.md", language)

    assert len(told) > 10
    assert [each for each in told if each.rstrip("s") not in words] == []


def test_the_words_that_the_officers_guide_tells_to_press_stand_on_the_pages():
    office = ROOT / "collector/office"
    pages = [
        *office.glob("templates/*.html"),
        *office.glob("*.py"),
        *ROOT.glob("collector/*/words.py"),
    ]
    words = "".join(page.read_text(encoding="utf-8") for page in pages)
    text = (ROOT / "docs/guide-officer.md").read_text(encoding="utf-8")

    told = set(re.findall(r"(?<![*\w])\*([^*\n]+)\*(?!\*)", text)) - {"italics"}

    assert len(told) > 10
    assert [each for each in told if each not in words] == []
