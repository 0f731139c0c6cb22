"""A picture of a simulated year."""

from pathlib import Path

from matplotlib.figure import Figure

from routing.simulation.report import Report

MOST_PERSONS = 30


def draw(found: Report, file: Path) -> None:
    """Write a picture, in the format that the file's name says: cases by level, and each person's load.

    Raises:
        ValueError: there is no such format.
        OSError: the file cannot be written.
    """
    figure = Figure(figsize=(12, 5), layout="constrained")
    levels, persons = figure.subplots(1, 2)
    names = [each.level.value for each in found.levels]
    levels.bar(names, [each.cases for each in found.levels], label="cases")
    levels.bar(names, [each.late for each in found.levels], label="late")
    levels.set_title("Cases by level")
    levels.legend()
    busiest = found.persons[:MOST_PERSONS][::-1]
    persons.barh([each.person for each in busiest], [each.load for each in busiest])
    persons.axvline(1, color="grey", linestyle="--")
    persons.set_title("Work as a share of working time")
    persons.tick_params("y", labelsize=7)
    figure.savefig(file)
