"""What a category asks is checked when its file is read."""

from pathlib import Path
from typing import Any

import pytest

from linli.district import AnswerKind, DistrictFaultsError, load_district

from .builders import OTHER, TOP, category, department, write

HOLE = "road.hole"
YES, NO = ({"code": code, "name": {"zh_hans": code}} for code in ("yes", "no"))


def question(code: str = "deep", **more: object) -> dict[str, Any]:
    return {"code": code, "name": {"zh_hans": "问题"}, **more}


def read(folder: Path, *questions: dict[str, Any], overrides: list[dict[str, Any]] | None = None) -> Any:
    categories = [OTHER, category(HOLE, questions=list(questions), overrides=overrides or [])]
    write(folder, units=[TOP], categories=categories, departments=[department("office", categories=["*.*"])])
    return load_district(folder).categories[HOLE].questions


def test_questions_keep_the_order_of_the_file(tmp_path: Path) -> None:
    asked = read(tmp_path, question("b"), question("a", kind="choice", required=True, choices=[YES, NO]))
    assert [(one.code, one.kind, one.required) for one in asked] == [
        ("b", AnswerKind.LINE, False),
        ("a", AnswerKind.CHOICE, True),
    ]
    assert asked[1].codes == {"yes", "no"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([question(kind="riddle")], "questions.0.kind: Input should be"),
        ([question("Deep One")], "questions.0.code: String should match"),
        ([question(kind="choice")], "questions.0: Value error, a choice needs choices"),
        ([question(kind="choices")], "questions.0: Value error, a choices needs choices"),
        ([question(kind="number", choices=[YES])], "questions.0: Value error, a number has no choices"),
        ([question(kind="choice", choices=[YES, YES])], "questions.0: Value error, two choices have one code"),
        ([question(), question()], "asks deep twice"),
        ([question(f"q{number}") for number in range(21)], "questions: Tuple should have at most 20 items"),
    ],
)
def test_a_question_that_cannot_be_asked_is_a_fault(tmp_path: Path, asked: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(DistrictFaultsError) as caught:
        read(tmp_path, *asked)
    assert str(caught.value).startswith(f"categories.yaml: {HOLE}: {said}")


def test_an_override_that_waits_for_an_answer_that_is_not_offered_is_a_fault(tmp_path: Path) -> None:
    asked = question(kind="choice", choices=[YES, NO])
    late = {"code": "late", "name": {"zh_hans": "特例"}, "urgency": "urgent", "attributes": {"deep": ["yes", "very"]}}
    with pytest.raises(DistrictFaultsError) as caught:
        read(tmp_path, asked, overrides=[late])
    fault = "the override late waits for deep very, which its question does not offer"
    assert str(caught.value) == f"categories.yaml: {HOLE}: {fault}"
    late["attributes"] = {"deep": ["yes"]}
    assert read(tmp_path, asked, overrides=[late])
