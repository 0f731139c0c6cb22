"""`linli volunteer solve`."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from linli.cli.main import app

RUN = CliRunner()


def instance(**told: Any) -> dict[str, Any]:
    return {
        "format": "linli-matching/1",
        "people": [{"id": "a"}, {"id": "b"}],
        "needs": [{"id": "x"}, {"id": "y"}],
        "pairs": [["a", "x", 5], ["a", "y", 4], ["b", "x", 4]],
        **told,
    }


@pytest.fixture
def solve(tmp_path: Path) -> Any:
    def run(content: object, *options: str) -> Result:
        file = tmp_path / "instance.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return RUN.invoke(app, ["volunteer", "solve", str(file), *options])

    return run


def found(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_weights_are_matched_as_well_as_can_be(solve: Any) -> None:
    told = found(solve(instance(), "--json"))

    assert (told["value"], told["bound"], told["gap"], told["pairs"]) == (8, 8, 0, [["a", "y"], ["b", "x"]])
    shown = solve(instance()).stdout
    assert all(word in shown for word in ("value", "bound", "gap", "seconds", "0.0000%"))


def test_capacities_on_both_sides_are_kept(solve: Any) -> None:
    people, needs = [{"id": "a", "most": 2}, {"id": "b", "most": None}], [{"id": "x", "room": 2}, {"id": "y"}]

    assert found(solve(instance(people=people, needs=needs), "--json"))["value"] == 13


def test_nobody_gets_two_needs_at_once(solve: Any) -> None:
    needs = [{"id": "x", "begins": 0, "ends": 10}, {"id": "y", "begins": 9, "ends": 20}]
    people = [{"id": "a", "most": None}, {"id": "b", "most": None}]
    after = [needs[0], {"id": "y", "begins": 10, "ends": 20}]
    pairs = [["a", "x", 5], ["a", "y", 4]]

    assert found(solve(instance(people=people, needs=needs, pairs=pairs), "--json"))["value"] == 5
    assert found(solve(instance(people=people, needs=after, pairs=pairs), "--json"))["value"] == 9


def test_generalised_assignment_finds_the_cheapest_within_budgets(solve: Any) -> None:
    told = instance(
        goal="min",
        people=[{"id": "a", "most": None, "budget": 10}, {"id": "b", "most": None, "budget": 5}],
        needs=[{"id": name, "exact": True} for name in ("x", "y", "z")],
        pairs=[
            *(["a", name, cost, 5] for name, cost in (("x", 1), ("y", 1), ("z", 1))),
            *(["b", name, cost, 5] for name, cost in (("x", 9), ("y", 7), ("z", 8))),
        ],
    )

    answer = found(solve(told, "--json"))

    assert (answer["value"], answer["bound"], answer["gap"]) == (9, 9, 0)
    assert sorted(answer["pairs"]) == [["a", "x"], ["a", "z"], ["b", "y"]]


def test_arrivals_are_answered_one_by_one_with_what_the_past_teaches(solve: Any) -> None:
    arriving = {
        "people": [{"id": "a"}],
        "needs": [{"id": "small"}, {"id": "large"}],
        "pairs": [["a", "small", 10], ["a", "large", 100]],
        "arrivals": ["small", "large"],
    }
    past = [{"arrivals": [[["a", 10]], [["a", 100]]]}] * 3

    taught, untaught = (found(solve(instance(**arriving, history=some), "--json")) for some in (past, []))

    assert (taught["value"], taught["bound"], taught["greedy"]) == (100, 100, 10)
    assert (untaught["value"], untaught["gap"]) == (10, 0.9)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("{", "JSON"),
        ("[]", "the file"),
        (instance(format="other"), "format"),
        (instance(people=[{"id": "a", "most": -1}]), "people.0.most"),
        (instance(pairs=[["a", "x", 1], ["a", "x", 2]]), "pairs: a and x is there twice"),
        (instance(pairs=[["c", "x", 1]]), "there is no person c"),
        (instance(pairs=[["a", "w", 1]]), "there is no need w"),
        (instance(pairs=[["a", "x", 0.5]]), "pairs.0"),
        (instance(needs=[{"id": "x"}, {"id": "y", "begins": 3, "ends": 2}]), "ends before it begins"),
        (instance(goal="min"), "goal"),
        (instance(arrivals=["z"]), "there is no need z"),
        (instance(arrivals=["x"], needs=[{"id": "x", "room": 2}, {"id": "y"}]), "needs: x arrives"),
        (instance(history=[{"arrivals": []}]), "history"),
        (instance(colour="red"), "colour"),
        (instance(needs=[{"id": "x", "room": 3, "exact": True}, {"id": "y"}]), "x: fewer people"),
        (
            instance(
                people=[{"id": "a"}, {"id": "b", "most": 0}],
                needs=[{"id": "x", "exact": True}, {"id": "y", "exact": True}],
            ),
            "together",
        ),
    ],
)
def test_malformed_or_infeasible_instance_is_refused_in_words(solve: Any, told: object, fault: str) -> None:
    result = solve(told)

    assert result.exit_code == 1
    assert fault in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["volunteer", "solve", str(tmp_path / "none.json")])

    assert (result.exit_code, "No such file" in result.stderr) == (1, True)


def test_only_some_of_many_faults_are_told(solve: Any) -> None:
    result = solve(instance(pairs=[[f"p{number}", "x", 1] for number in range(50)]))

    assert len(result.stderr.splitlines()) == 11
    assert "and 40 more" in result.stderr
