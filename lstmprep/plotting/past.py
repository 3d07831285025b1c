"""How far a column depends on its own past, as a picture: ACF and PACF with the bound of noise.

ACF   |  |  .  .  |  |        lags 1 .. max-lag; within the bound noise is as likely
PACF  |  .  |  .  .  .        candidates for --timesteps are marked
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.records import record
from lstmprep.wording import counted, listed, name_of

Floats = NDArray[np.float64]


@record(frozen=True, eq=False)
class Past:
    """What a picture of a look-back shows.

    Attributes
    ----------
    acf, pacf : (lags,)
        From lag 1 on.
    bound : float
        Noise stays within plus and minus this, 19 times out of 20.
    candidates : list of (int, str)
        Lengths worth trying, and why.
    """

    title: str
    about: str
    acf: Floats
    pacf: Floats
    bound: float
    candidates: list[tuple[int, str]]


def past(told: dict[str, Any]) -> Past:
    """A look-back, from a survey.

    Examples
    --------
    >>> told = {"column": "v", "values": 99, "bound": 0.2, "acf": [0.1, 0.9], "pacf": [0.1, 0.9], "max_lag": 2}
    >>> past(told | {"candidates": [{"timesteps": 2, "reason": "one period"}]}).title
    'v: one period; worth trying: 2 timesteps'
    """
    tried = [(int(c["timesteps"]), str(c["reason"])) for c in told["candidates"]]
    reason = tried[0][1].removeprefix("one period: ")
    first = f"{reason}; worth trying: {listed([str(k) for k, _ in tried[:4]])} timesteps"
    train = f" of train ({told['rows']:,} rows)" if "rows" in told else ""
    return Past(
        title=f"{name_of(told['column'])}: {first}",
        about=f"{counted(told['values'], 'value')}{train}; noise stays within ±{told['bound']:.3f} 19 times out of 20; "
        "ACF and PACF see linear dependence only",
        acf=np.array(told["acf"]),
        pacf=np.array(told["pacf"]),
        bound=float(told["bound"]),
        candidates=tried,
    )
