"""``lstmprep pad``: one sample per sequence, padded and truncated to one length."""

from __future__ import annotations

from lstmprep.cli.framing import framing_command

EXAMPLES = [
    ("recordings of unequal length, cut to the length that keeps 90 % of them whole", "lstmprep pad sample_data/watch_exercises.csv --group-by series --time step --exclude subject --label label --timesteps p90"),
    ("three stations, the last two days of each", "lstmprep pad sample_data/weather_hourly.csv --group-by origin --time time_hour --features temp --timesteps 48 -o last_days"),
    ("no padding at all: rows and where each sequence begins", "lstmprep pad sample_data/watch_exercises.csv --group-by series --time step --exclude subject --label label --ragged -o recordings.npz"),
]  # fmt: skip

command = framing_command(
    "pad",
    "One sample per sequence, padded and truncated to one length, with mask and lengths.",
    "One sample per sequence, padded and truncated to one length.",
    EXAMPLES,
)
