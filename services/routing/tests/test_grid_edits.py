"""What becomes of which unit, before anything is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.district import District, DistrictFaultsError, Unit, load_district
from routing.calendar import ChineseCalendar
from routing.domain.editor import Editor, OutOfAreaError
from routing.domain.grid_edits import UnknownUnitError, applied, closed, edited, moved, replaced
from routing.domain.rulebook import Rulebook

from .service import B3

DISTRICT = load_district()
UNITS = DISTRICT.units
TOP, JINPU, LIANBANG = "sanchajie", "sanchajie/jinpu", "sanchajie/jinpu/lianbang"
OTHERS = [path for path, unit in UNITS.items() if unit.parent == TOP and path != JINPU]
B2 = f"{LIANBANG}/b2"


def test_edited_unit_keeps_what_was_not_named() -> None:
    (change,) = edited(UNITS, B3, {"name": {"zh_hans": "新三号楼"}})
    assert change.after is not None
    assert (change.after.name.zh_hans, change.after.persons) == ("新三号楼", UNITS[B3].persons)
    assert applied(UNITS, [change]).keys() == UNITS.keys()


def test_edit_that_changes_nothing_is_no_change() -> None:
    assert edited(UNITS, B3, {"level": UNITS[B3].level.value}) == ()


@pytest.mark.parametrize(
    "fields",
    [{"path": B2}, {"colour": "red"}, {"level": "tower"}, {"name": None}, {"persons": [{"id": "a b"}]}],
    ids=["path", "unknown", "level", "name", "person"],
)
def test_wrong_field_is_refused_by_its_name(fields: dict[str, object]) -> None:
    with pytest.raises(DistrictFaultsError, match=next(iter(fields))):
        edited(UNITS, B3, fields)


def test_unit_that_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(UnknownUnitError):
        edited(UNITS, "nowhere", {})
    with pytest.raises(UnknownUnitError):
        closed(UNITS, "nowhere", None)
    with pytest.raises(UnknownUnitError):
        moved(UNITS, "nowhere", TOP)


@pytest.mark.parametrize(("named", "heir"), [(B2, B2), (None, LIANBANG)], ids=["named", "the-one-above"])
def test_closed_unit_has_a_successor(named: str | None, heir: str) -> None:
    (change,) = closed(UNITS, B3, named)
    assert (change.after, change.successor) == (None, heir)
    assert B3 not in applied(UNITS, [change])


@pytest.mark.parametrize(
    ("path", "successor", "said"),
    [
        (LIANBANG, None, "beneath"),
        (B3, B3, "successor"),
        (B3, "sanchajie/gone", "successor"),
        (TOP, None, "beneath"),
    ],
    ids=["has-units", "itself", "unknown", "top"],
)
def test_unit_is_not_closed_without_somebody_to_take_over(path: str, successor: str | None, said: str) -> None:
    with pytest.raises(DistrictFaultsError, match=said):
        closed(UNITS, path, successor)


def test_moved_unit_takes_all_beneath_it_along_and_leads_there_from_each_old_path() -> None:
    parent = OTHERS[0]
    changes = moved(UNITS, LIANBANG, parent)
    after = applied(UNITS, changes)
    beneath = [path for path in UNITS if path == LIANBANG or path.startswith(f"{LIANBANG}/")]
    carried = {path: path.replace(JINPU, parent, 1) for path in beneath}
    assert {change.path: change.successor for change in changes if change.after is None} == carried
    assert after.keys() == (UNITS.keys() - carried.keys()) | set(carried.values())
    assert all(after[new].persons == UNITS[old].persons for old, new in carried.items())
    assert {change.former for change in changes if change.after} == set(beneath)


@pytest.mark.parametrize(
    ("path", "parent"),
    [(LIANBANG, "sanchajie/gone"), (LIANBANG, LIANBANG), (LIANBANG, B3), (f"{LIANBANG}/b1", f"{LIANBANG}/b1")],
    ids=["unknown", "itself", "beneath", "itself-a-building"],
)
def test_unit_is_not_moved_where_it_cannot_be(path: str, parent: str) -> None:
    with pytest.raises(DistrictFaultsError, match="parent"):
        moved(UNITS, path, parent)


def test_unit_is_not_moved_onto_another_of_its_name() -> None:
    units = applied(UNITS, moved(UNITS, B2, OTHERS[0]))
    units[B2] = UNITS[B2]
    with pytest.raises(DistrictFaultsError, match="already"):
        moved(units, B2, OTHERS[0])


def test_unit_that_stays_where_it_is_does_not_move() -> None:
    assert moved(UNITS, LIANBANG, JINPU) == ()


def test_path_that_grows_too_long_by_a_move_is_refused() -> None:
    deep = UNITS[LIANBANG].model_copy(update={"path": f"{JINPU}/{'c' * 64}"})
    wide = UNITS[B2].model_copy(update={"path": f"{LIANBANG}/{'b' * 64}"})
    with pytest.raises(DistrictFaultsError, match="path"):
        moved({**UNITS, deep.path: deep, wide.path: wide}, wide.path, deep.path)


@given(wanted=st.sets(st.sampled_from(sorted(UNITS.keys() - {TOP}))))
def test_whatever_an_import_leaves_out_goes_to_the_nearest_unit_above_that_remains(wanted: set[str]) -> None:
    remaining = {path: unit for path, unit in UNITS.items() if path == TOP or path in wanted}
    changes = replaced(UNITS, remaining)
    assert applied(UNITS, changes) == remaining
    for change in changes:
        assert change.successor in remaining
        assert change.path.startswith(f"{change.successor}/")
        between = [path for path in remaining if change.path.startswith(f"{path}/")]
        assert max(between, key=len) == change.successor


def test_import_of_what_is_there_changes_nothing() -> None:
    assert replaced(UNITS, dict(UNITS)) == ()


@pytest.mark.parametrize(
    "open_ones", [{}, {TOP: UNITS[TOP].model_copy(update={"closed": True})}], ids=["none", "closed"]
)
def test_import_without_an_open_unit_is_refused(open_ones: dict[str, Unit]) -> None:
    with pytest.raises(DistrictFaultsError, match="there is none"):
        replaced(UNITS, open_ones)


def test_chain_of_closed_units_leads_to_the_one_that_is_open(district: District) -> None:
    rulebook = Rulebook(district, ChineseCalendar(), successors={"a": "b", "b": B3})
    assert [rulebook.present(path) for path in ("a", "b", B3, "nowhere")] == [B3, B3, B3, "nowhere"]


def test_units_that_succeed_each_other_are_stood_for_by_the_top(district: District) -> None:
    rulebook = Rulebook(district, ChineseCalendar(), successors={"a": "b", "b": "c", "c": "b"})
    assert [rulebook.present(path) for path in ("a", "b", "c")] == [TOP, TOP, TOP]


@pytest.mark.parametrize(
    ("areas", "allowed"),
    [(None, True), ((TOP,), True), ((LIANBANG,), True), ((B3,), True), ((f"{B3}x",), False), ((), False)],
    ids=["everywhere", "top", "above", "itself", "neighbour", "none"],
)
def test_editor_changes_what_lies_in_their_areas(areas: tuple[str, ...] | None, allowed: bool) -> None:  # noqa: FBT001
    editor = Editor("boss", "Boss", areas)
    assert editor.may_change(B3) is allowed
    if not allowed:
        with pytest.raises(OutOfAreaError, match="b3"):
            editor.require([B3])


def test_moving_there_and_back_leaves_the_grid_as_it_was() -> None:
    there = applied(UNITS, moved(UNITS, LIANBANG, OTHERS[0]))
    back = applied(there, moved(there, LIANBANG.replace(JINPU, OTHERS[0], 1), JINPU))
    assert back == dict(UNITS)
