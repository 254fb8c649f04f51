"""Documents and code agree: every command, setting and topic stands in the docs, and paths in the docs exist."""

import argparse
import dataclasses
import re
import typing
from pathlib import Path

import pytest

import collector.cli
import collector.config
import kiosk.cli
import kiosk.config
from kiosk.domain.shown import Fault
from kiosk.wire.topics import Channel

ROOT = Path(__file__).parents[1]


def doc(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def commands(parser, prefix):
    """Every command a parser knows, in full, with its options."""
    subparsers = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not subparsers:
        options = [o for a in parser._actions for o in a.option_strings if o.startswith("--")]
        yield prefix, [o for o in options if o != "--help"]
    for action in subparsers:
        for name, child in action.choices.items():
            yield from commands(child, f"{prefix} {name}")


KIOSK = list(commands(kiosk.cli._parser(), "kiosk"))
COLLECTOR = list(commands(collector.cli._parser(), "collector"))


def settings(shape, prefix=""):
    hints = typing.get_type_hints(shape)
    for field in dataclasses.fields(shape):
        if dataclasses.is_dataclass(hints[field.name]):
            yield from settings(hints[field.name], f"{field.name}.")
        else:
            yield prefix + field.name


@pytest.mark.parametrize(("command", "options"), KIOSK, ids=[name for name, _ in KIOSK])
def test_every_kiosk_command_is_in_operations(command, options):
    del options

    assert command in doc("operations.md")


@pytest.mark.parametrize(("command", "options"), COLLECTOR, ids=[name for name, _ in COLLECTOR])
def test_every_collector_command_is_in_its_page(command, options):
    del options

    assert command in doc("collector.md")


@pytest.mark.parametrize("setting", list(settings(kiosk.config.Config)))
def test_every_setting_of_a_kiosk_is_explained(setting):
    table, _, name = setting.rpartition(".")
    page = doc("settings.md")

    section = page.partition(f"## [{table}]")[2].partition("\n## ")[0]
    assert f"`{name}`" in section


@pytest.mark.parametrize("setting", list(settings(collector.config.CollectorConfig)))
def test_every_setting_of_a_collector_is_explained(setting):
    assert f"`{setting.rpartition('.')[2]}`" in doc("collector.md")


@pytest.mark.parametrize("channel", list(Channel))
def test_every_topic_is_in_the_contract(channel):
    assert f"/{channel}`" in doc("wire.md")


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_tells_what_to_do(fault):
    assert f"`{fault}`" in doc("operations.md")


DOCS = [*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("page", DOCS, ids=[page.name for page in DOCS])
def test_every_link_in_a_document_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]

    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_test_that_a_document_names_is_there():
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    named = {name for page in pages for name in re.findall(r"`(test_\w+)`", page.read_text())}

    assert {name for name in named if f"def {name}(" not in tests} == set()


# a path of this repository in backticks: with a folder in it and an ending, or a folder alone
PATH = re.compile(
    r"`((?:bench|collector|docs|hardware|kiosk|provisioning|requirements|systemd|tests)/[\w./-]+)`"
)


@pytest.mark.parametrize("page", DOCS, ids=[page.name for page in DOCS])
def test_every_file_that_a_document_names_is_there(page):
    named = set(PATH.findall(page.read_text(encoding="utf-8")))
    # a part in capitals stands for any
    real = [
        name for name in named if not any(Path(part).stem.isupper() for part in name.split("/"))
    ]

    assert [name for name in real if not (ROOT / name).exists()] == []


def test_the_worked_examples_name_the_files_they_touch():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    examples = re.split(
        r"\n### ", text.partition("## Five worked examples")[2].partition("\n## ")[0]
    )

    assert [each.splitlines()[0] for each in examples[1:]] == [
        *("A new card format", "A new verdict", "A new broker", "A new language", "A new lamp")
    ]
    assert all(len(set(PATH.findall(each))) >= 4 for each in examples[1:])
