"""Parts of the recipe about time: clocks and cuts, the regular grid, missing values, derived columns, other tables.

Each is a frozen record that declares its settings and checks itself; what they forbid each other
stands in `check`.
"""

from lstmprep.timing.check import check_timing
from lstmprep.timing.clock import Timing
from lstmprep.timing.derived import Derived
from lstmprep.timing.gaps import Gaps
from lstmprep.timing.grid import Grid
from lstmprep.timing.tables import Tables
from lstmprep.timing.timely import SECOND, Timely

__all__ = ["SECOND", "Derived", "Gaps", "Grid", "Tables", "Timely", "Timing", "check_timing"]
