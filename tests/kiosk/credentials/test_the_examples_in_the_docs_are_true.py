import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.credentials import identity_checks
from kiosk.domain.identity import CodeKind, NotPersonalReason, ProofFailure

CODES = (Path(__file__).parents[3] / "docs" / "codes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", CODES, re.DOTALL)


@pytest.mark.parametrize(("command", "answer"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_answered_as_it_is_printed(command, answer, tmp_path):
    # the same commands, with files in a place of their own and the kiosk of this environment
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    ran = subprocess.run(
        ["sh", "-c", command.replace("/tmp/", f"{tmp_path}/")],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ran.stderr == b""
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == json.loads(answer)


def test_every_command_in_the_document_has_its_answer():
    assert len(EXAMPLES) == CODES.count("```sh\n") == CODES.count("kiosk identify --json") - 1


def test_every_kind_and_reason_has_an_example_or_a_row():
    kinds = {json.loads(answer)["kind"] for _, answer in EXAMPLES}
    reasons = {json.loads(answer).get("reason") for _, answer in EXAMPLES}

    assert kinds == (set(CodeKind) - {CodeKind.FORM, CodeKind.PAPER}) | {"not_personal"}
    assert reasons - {None} == set(NotPersonalReason)
    assert [failure for failure in ProofFailure if f"`{failure}`" not in CODES] == []


def test_every_warning_is_explained():
    source = Path(identity_checks.__file__).read_text(encoding="utf-8")
    warnings = set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)+)"', source)) | {"signer_certificate_ended"}

    assert len(warnings) == 9
    assert [warning for warning in warnings if f"`{warning}`" not in CODES] == []
