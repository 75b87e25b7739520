import io

from PIL import Image
from rich.markup import render

from factorion_cli.runs import read_run
from factorion_cli.runs.charts import chart
from factorion_cli.runs.plotting import plot
from factorion_cli.runs.summary import Curve

RISING = Curve("a", "m", (0, 50, 100), (0.0, 1.0, 2.0))


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right():
    lines = plot([RISING], 24, 5)
    assert lines[0].startswith("2 │ ")
    assert lines[3].startswith("0 │⣀")
    assert lines[4] == "  └0" + "100".rjust(20)
    assert {len(lines[0]), len(lines[4])} == {24}


def test_every_dot_of_the_corners_can_be_reached():
    lines = plot([Curve("a", "m", (0, 1), (0.0, 1.0))], 12, 3)
    assert ord(lines[0][-1]) & 0x08
    assert ord(lines[1][lines[1].index("│") + 1]) & 0x40


def test_points_in_one_column_are_shown_by_their_mean():
    steps = tuple(range(1000))
    noisy = Curve("a", "m", steps, tuple(float(step % 2) for step in steps))
    lines = plot([noisy], 30, 9)
    assert not lines[1].split("│")[1].strip()
    assert lines[4].split("│")[1].strip() or lines[3].split("│")[1].strip()


def test_a_flat_line_is_named_once():
    lines = plot([Curve("a", "m", (1, 2, 3), (0.5, 0.5, 0.5))], 30, 8)
    assert sum("0.5" in line for line in lines) == 1


def test_each_curve_has_its_colour_and_the_markup_is_sound():
    lines = plot([RISING, Curve("b", "m", (0, 100), (2.0, 0.0))], 30, 6, ["cyan", "red"])
    spans = [span.style for line in lines for span in render(line).spans]
    assert {"cyan", "red"} <= set(spans)


def test_the_picture_has_a_panel_for_each_metric(make_run):
    runs = [read_run(make_run("one")), read_run(make_run("two", lr=0.2))]
    one = Image.open(io.BytesIO(chart(runs, ["one", "two"], ["train/loss"])))
    four = Image.open(io.BytesIO(chart(runs, ["one", "two"], ["train/loss", "validation/loss", "time/data", "step"])))
    assert four.size[0] > 1.8 * one.size[0]
    assert four.size[1] > 1.7 * one.size[1]
    assert four.convert("RGB").getextrema() != ((255, 255),) * 3
