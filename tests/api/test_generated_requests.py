"""Requests that Schemathesis makes from the OpenAPI document: `make api-fuzz` in a short form, with a seed."""

from pathlib import Path

from tools.fuzz_api import fuzz


def test_each_answer_is_one_that_the_document_declares(tmp_path: Path) -> None:
    outcome = fuzz(tmp_path, cases=300, seed=1, phases="fuzzing,stateful")
    assert outcome.failures == []
    assert outcome.cases >= 300
    assert {status for _operation, status in outcome.statuses} >= {200, 404, 422}
