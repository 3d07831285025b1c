"""What a scaler makes of a panel that can be read once more: the numbers that will be read then are known by their scale."""

from __future__ import annotations

import pytest

from lstmprep.planning import planned
from lstmprep.recipe import from_flat
from lstmprep.stores import Shelf


@pytest.mark.parametrize(
    ("more", "held"),
    [
        ({"scale": "standard"}, ["features", "targets"]),
        ({"scale": "none", "dtype": "float64"}, ["features", "targets"]),
        ({"scale": "standard", "missing": "mask"}, ["targets"]),  # missing values are written over
        ({"scale": "standard", "categorical": "k"}, ["targets"]),  # classes are no numbers of the table
    ],
)
def test_values_that_are_scaled_and_no_more_are_those_that_would_be_read(more, held, tmp_path):
    rows = "".join(f"{i * i % 11},{i % 7},{'ab'[i % 2]}\n" for i in range(40))
    (tmp_path / "t.csv").write_text(f"a,b,k\n{rows}")
    recipe = from_flat({"timesteps": 3, "features": "a", "target": "b", "split": "0.8,0.2", **more})

    shelf = Shelf()
    shelf.apart = True  # others will write, and may read
    plan, _ = planned(str(tmp_path / "t.csv"), recipe, shelf, None)

    panel = plan.parts[0].panel
    assert [
        r for r in ("features", "targets") if panel.reread is not None and panel.reread.holds(r, getattr(panel, r))
    ] == held
