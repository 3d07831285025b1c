"""``lstmprep window``: fixed-length windows of every sequence."""

from __future__ import annotations

from lstmprep.cli.framing import framing_command

EXAMPLES = [
    ("forecast the next year from the ten before it", "lstmprep window sample_data/sunspots.csv --time YEAR --target SUNACTIVITY --timesteps 10"),
    ("three stations: the temperature six rows on", "lstmprep window sample_data/weather_hourly.csv --group-by origin --time time_hour --target temp --timesteps 24 --lead 6 --missing drop -o weather"),
    ("which exercise is it: blocks of 50 steps", "lstmprep window sample_data/watch_exercises.csv --group-by series --time step --exclude subject --label label --timesteps 50 --no-overlap -o watch.npz"),
]  # fmt: skip

command = framing_command(
    "window",
    "Frame tables into fixed-length windows [samples, timesteps, features].",
    "Fixed-length windows, overlapping or not, of every sequence.",
    EXAMPLES,
)
