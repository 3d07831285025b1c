"""``lstmprep lag``: the lagged 2-D table."""

from __future__ import annotations

from lstmprep.cli.framing import framing_command

EXAMPLES = [
    ("the three years before each one, beside it", "lstmprep lag sample_data/sunspots.csv --time YEAR --target SUNACTIVITY --lags 1-3 -o sunspots.csv"),
    ("three stations: an hour, a day and a week ago, and the next two hours", "lstmprep lag sample_data/weather_hourly.csv --group-by origin --time time_hour --features temp,humid --target temp --lags 1,24,168 --horizon 2 --missing drop -o weather.parquet"),
    ("the numbers alone, for a model that takes rows", "lstmprep lag sample_data/sunspots.csv --time YEAR --features SUNACTIVITY --lags 0-9 -o rows.npy"),
]  # fmt: skip

command = framing_command(
    "lag",
    "The lagged table: each row beside the rows before it, columns a(t-1), y(t).",
    "The lagged 2-D table, columns a(t-1), y(t): CSV, Parquet or .npy.",
    EXAMPLES,
    ".csv, .parquet, .npy (the numbers alone), or - for CSV on standard output.  [default: INPUT.lags.csv]",
)
