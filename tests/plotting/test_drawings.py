"""What is drawn is what was counted: extents of bars, heights, shades; and nothing is cut or lies over something else."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import lstmprep
from lstmprep.plotting.draw.canvas import DARK, GAP, INPUT, LIGHT, MARK_OF_PART, OF_PART, TARGET, VAL
from lstmprep.plotting.picture import Drawn, picture


@pytest.fixture
def drawn(tmp_path):
    """Makes an output and draws it; or draws a table."""

    def draw(data, command=None, *, kind, look=None, **how) -> Drawn:
        if command is None:
            return picture(data, {"kind": kind, **how})
        out = str(tmp_path / "out")
        getattr(lstmprep, command)(data, output=out, overwrite=True, **how)
        return picture(out, {"kind": kind, **(look or {})})

    return draw


def table(rows: int, columns: int = 1) -> np.ndarray:
    return np.arange(rows)[:, None] + 1000.0 * np.arange(columns)


def hexed(color) -> str:
    from matplotlib.colors import to_hex

    return to_hex(color)


def span(patch, axis: int) -> tuple[float, float]:
    """(where a span begins, how long it is): a rectangle, or before matplotlib 3.9 a polygon."""
    if hasattr(patch, "get_width"):
        return (patch.get_x(), patch.get_width()) if axis == 0 else (patch.get_y(), patch.get_height())
    corners = patch.get_xy()[:, axis]
    return float(corners.min()), float(np.ptp(corners))


def boxes(axes) -> list[tuple[str, float, float, float]]:
    """(colour, begin, end, middle of the lane) of every bar of `broken_barh`."""
    out = []
    for bars in axes.collections:
        face = bars.get_facecolor()
        color = hexed(face[0]) if len(face) and face[0][3] else "none"
        for path in bars.get_paths():
            (x0, y0), (x1, y1) = path.vertices.min(axis=0), path.vertices.max(axis=0)
            out.append((color, float(x0), float(x1), round(float(y0 + y1) / 2, 6)))
    return out


# ---------------------------------------------------------------- facts


def test_a_picture_of_windows_has_a_bar_of_inputs_gap_and_targets_per_sample(drawn):
    made = drawn(table(40), "window", kind="windows", timesteps=5, stride=6, lead=3, horizon=2, target="c0")

    top, under = made.figure.axes
    first = range(0, 40 - 9 + 1, 6)
    color = INPUT.lower(), "none", TARGET.lower()
    wanted = [
        (c, p + a, p + b, i)
        for i, p in enumerate(first)
        for c, (a, b) in zip(color, [(0, 5), (5, 7), (7, 9)], strict=True)
    ]
    assert sorted(boxes(under)) == sorted(wanted)
    shaded = {(hexed(p.get_facecolor()), *span(p, 0)) for p in top.patches if p.get_facecolor()[3]}
    assert shaded == {(INPUT.lower(), 0.0, 5.0), (TARGET.lower(), 7.0, 2.0)}
    (line,) = top.lines
    assert np.nanmax(line.get_ydata()) == 34


def test_rows_left_over_are_hatched_where_they_lie(drawn):
    made = drawn(table(43), "window", kind="windows", timesteps=10, stride=10)

    top, _ = made.figure.axes
    assert [(*span(p, 0), bool(p.get_hatch())) for p in top.patches if not p.get_facecolor()[3]] == [(40, 3, True)]
    assert made.figure.get_suptitle() == "4 samples of 10 steps from 43 rows: no two share a step; 3 rows left over"


def test_padding_of_a_window_is_hatched_and_no_input(drawn):
    made = drawn(table(8), "window", kind="windows", timesteps=4, partial=True)

    _, under = made.figure.axes
    mine = [b for b in boxes(under) if b[3] == 0]
    assert mine == [("none", -3, 0, 0), (INPUT.lower(), 0, 1, 0)]


def test_the_lanes_of_a_split_are_drawn_over_the_rows_of_their_part(drawn):
    made = drawn(table(60), "window", kind="split", timesteps=5, target="c0", split="0.5,0.5", embargo=4)

    (axes,) = made.figure.axes
    lane = made.numbers.lanes[0]
    spans = {(c, a, b) for c, a, b, _ in boxes(axes)}
    for part, color in (("train", OF_PART["train"]), ("test", OF_PART["test"])):
        for ends in (lane.inputs[part], lane.targets[part]):
            assert (color.lower(), *ends[0].tolist()) in spans
    assert ("none", *made.numbers.taken[0][1:]) in spans
    assert [t.get_text() for t in axes.get_yticklabels()] == ["all rows"]


def test_a_histogram_of_lengths_is_as_high_as_there_are_sequences(drawn, tmp_path):
    sizes = [3, 5, 9, 4, 5]
    lines = [f"{k},{t}" for k, n in enumerate(sizes) for t in range(n)]
    (tmp_path / "seq.csv").write_text("key,v\n" + "\n".join(lines) + "\n")

    made = drawn(str(tmp_path / "seq.csv"), kind="lengths", group_by="key", timesteps="4")

    (axes,) = made.figure.axes
    middles = {(p.get_x() + 0.5, p.get_height()) for p in axes.patches if p.get_height()}
    assert middles == {(3, 1), (4, 1), (5, 2), (9, 1)}  # a length stands over its own number
    assert [line.get_xdata()[0] for line in axes.lines] == [4.5]  # after length 4
    assert [t.get_text() for t in axes.texts] == ["4: 3 cut, 26.9% lost, 5.0% padding"]


def test_a_map_of_missing_cells_shows_their_shares(drawn):
    values = table(30, 3)
    values[3:6, 1] = np.nan

    made = drawn(values, kind="missing")

    picture_ = made.figure.axes[0].images[0]
    assert np.array_equal(picture_.get_array().filled(0), made.numbers.shares)
    assert picture_.get_extent() == (0.5, 30.5, 2.5, -0.5) or list(picture_.get_extent()) == [0.5, 30.5, 2.5, -0.5]


def test_a_look_back_has_a_line_per_lag_the_bound_and_the_candidates(drawn):
    wave = np.tile([0.0, 1.0, 0.0, -1.0], 25)[:, None]

    made = drawn(wave, kind="lookback", lookback="c0", max_lag=8)

    top, under = made.figure.axes
    told = lstmprep.inspect(wave, lookback="c0", max_lag=8)["lookback"]
    for axes, name in ((top, "acf"), (under, "pacf")):
        segments = next(c for c in axes.collections if len(c.get_paths()) == 8).get_segments()
        assert [(float(s[1][0]), float(s[1][1])) for s in segments] == [(k + 1, v) for k, v in enumerate(told[name])]
        (band,) = axes.patches
        assert span(band, 1) == (-told["bound"], pytest.approx(2 * told["bound"]))
    marked = sorted(int(t.get_text()) for t in top.texts)
    assert marked == sorted(c["timesteps"] for c in told["candidates"])


def test_a_sample_is_drawn_step_by_step_with_its_answer(drawn):
    made = drawn(table(20, 2), "window", kind="sample", look={"sample": 2}, timesteps=4, lead=2, target="c1")

    first, second = made.figure.axes
    assert first.lines[0].get_ydata().tolist() == [2, 3, 4, 5]
    assert second.lines[0].get_ydata().tolist() == [1002, 1003, 1004, 1005]
    assert second.lines[1].get_xydata().tolist() == [[5, 1007]]


def test_many_features_are_a_map(drawn):
    made = drawn(table(20, 9), "window", kind="sample", timesteps=4)

    axes = made.figure.axes[0]
    assert axes.images[0].get_array().shape == (9, 4)
    assert [t.get_text() for t in axes.get_yticklabels()] == [f"c{i}" for i in range(9)]


def test_distributions_are_drawn_as_they_were_counted(drawn):
    made = drawn(table(100), "window", kind="scaled", timesteps=5, no_overlap=True, split="0.5,0.5")

    (axes,) = made.figure.axes
    seen = [p.get_data().values.tolist() for p in axes.patches]
    for part in ("train", "test"):
        assert made.numbers.shares[0][part].tolist() in seen


# ---------------------------------------------------------------- looks

LONG = "a name that is very much longer than any axis would like it to be"


def some_pictures(drawn, tmp_path):
    """A picture of each kind, with long names and awkward counts."""
    rng = np.random.default_rng(0)
    head = f"k,t,{LONG},b,c,d,e\n"
    lines = [
        f"group number {k},2024-01-{1 + t // 24:02d}T{t % 24:02d}:00:00,"
        + ",".join("" if rng.random() < 0.02 else f"{v:.4f}" for v in rng.normal(size=5) * 1e6)
        for k in range(9)
        for t in range(200 + 30 * k)
    ]
    path = tmp_path / "awkward.csv"
    path.write_text(head + "\n".join(lines) + "\n")
    how = {"time": "t", "group_by": "k", "timesteps": 24, "target": LONG, "missing": "ffill", "scale": "standard"}
    for kind in ("windows", "split", "sample", "scaled"):
        yield drawn(str(path), "window", kind=kind, split="0.7,0.15,0.15", embargo=12, horizon=3, **how)
    yield drawn(str(path), "window", kind="windows", stride=7, lead=9, **how)
    yield drawn(str(path), "pad", kind="lengths", group_by="k", missing="ffill", time="t", timesteps=300)
    yield drawn(str(path), kind="lengths", group_by="k", timesteps="210,300,430")
    yield drawn(str(path), kind="missing")
    yield drawn(str(path), kind="lookback", lookback="b", group_by="k", time="t", max_lag=100)


def texts(figure) -> list:
    """Every text that is seen: tick labels beyond the limits of their axis, and hidden axes, are not."""
    from matplotlib.text import Text

    axes = [a for a in figure.findobj(lambda artist: hasattr(artist, "xaxis")) if a.get_visible()]
    hidden = [a for a in figure.axes if not a.get_visible()]
    every, seen = set(), set()
    for axis in (a for one in (*axes, *hidden) for a in (one.xaxis, one.yaxis)):
        ticks = (*axis.majorTicks, *axis.minorTicks)
        every |= {id(t) for tick in ticks for t in (tick.label1, tick.label2)}
        if axis.axes not in hidden:
            seen |= {id(t) for tick in axis._update_ticks() for t in (tick.label1, tick.label2)}
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [t for t in found if t.axes not in hidden and (id(t) not in every or id(t) in seen)]


def test_no_text_is_cut_and_no_two_lie_over_one_another(drawn, tmp_path):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for made in some_pictures(drawn, tmp_path):
        figure = made.figure
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        wide, high = figure.bbox.width, figure.bbox.height
        areas = []
        for text in texts(figure):
            box = text.get_window_extent(renderer)
            if box.width:
                areas.append((text.get_text(), box))
        for said, box in areas:
            assert box.x0 >= -1 and box.x1 <= wide + 1 and box.y0 >= -1 and box.y1 <= high + 1, (made.kind, said, box)
        for (one, a), (other, b) in combinations(areas, 2):
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            down = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert across <= 1 or down <= 2, (made.kind, one, other)


def grey(color: str) -> float:
    """Lightness as a print in grey shows it, 0 to 1."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_parts_are_told_apart_in_grey_and_without_colours():
    used = [OF_PART[p] for p in ("train", "val", "test")]

    assert min(abs(grey(a) - grey(b)) for a, b in combinations(used, 2)) > 0.05
    assert len({MARK_OF_PART[p] for p in ("train", "val", "test")}) == 3
    assert {INPUT, VAL, TARGET} <= {"#0072B2", "#E69F00", "#D55E00"}  # of Okabe and Ito
    assert abs(grey(GAP) - 1) > 0.3


@pytest.mark.parametrize(("theme", "look"), [("light", LIGHT), ("dark", DARK)])
def test_ink_is_read_on_the_ground_of_either_theme(theme, look, drawn):
    made = drawn(table(30), "window", kind="windows", look={"theme": theme}, timesteps=5)

    assert hexed(made.figure.get_facecolor()) == look.ground
    assert abs(grey(look.ground) - grey(look.ink)) > 0.6
    assert {hexed(t.get_color()) for t in texts(made.figure)} == {look.ink}


def test_a_picture_is_as_wide_as_a_readme(drawn):
    made = drawn(table(30), "window", kind="windows", timesteps=5)

    wide, high = made.figure.get_size_inches() * made.figure.dpi
    assert 800 <= wide <= 1000
    assert 250 <= high <= 900
