"""``lstmprep reshape``: every value once, in a stated shape."""

from __future__ import annotations

from lstmprep.cli.framing import framing_command

EXAMPLES = [
    ("103 samples of three years, every year once", "lstmprep reshape sample_data/sunspots.csv --time YEAR --shape=-1,3,1 -o triples"),
    ("the whole series as one sample", "lstmprep reshape sample_data/sunspots.csv --time YEAR --series-as features -o whole.npy"),
    ("each column a sample of its own", "lstmprep reshape sample_data/weather_hourly.csv --features temp,dewp,humid --series-as samples -o columns.npz"),
]  # fmt: skip

command = framing_command(
    "reshape",
    "Every value once: a whole table, or lag columns already in it, in a stated 3-D shape.",
    "A whole table, or lag columns in it, to a stated 3-D shape.",
    EXAMPLES,
)
