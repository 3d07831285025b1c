"""What other libraries call a setting: Keras, PyTorch, pandas, sktime, darts, and the tutorials.

    --seq-len, sequence_length, look_back    ->  --timesteps
    --force                                  ->  --overwrite

By letters alone `--seq-len` would be answered with `--seed`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lstmprep.errors import did_you_mean
from lstmprep.wording import quoted

CALLED = {
    "timesteps": "seq-len seq-length sequence-len sequence-length window window-size window-length window-len look-back lookback "
    "lookback-window n-steps n-steps-in n-timesteps num-steps num-timesteps time-steps steps n-past history history-length input-width "
    "input-length input-len input-chunk-length context-length maxlen max-len max-length",
    "horizon": "n-steps-out n-future n-out output-chunk-length forecast-horizon forecast-length prediction-length pred-len label-width steps-ahead h",
    "lead": "shift offset gap delay output-chunk-shift lead-time",
    "stride": "step step-size steps-between sequence-stride hop hop-length shift-by",
    "dilation": "sampling-rate every subsample",
    "lags": "lag n-lags n-in",
    "target": "y y-col target-col target-column targets response output-column",
    "label": "class label-col label-column",
    "features": "x columns cols usecols feature feature-cols feature-columns inputs input-columns",
    "exclude": "drop drop-columns ignore without",
    "group-by": "group groups by id ids id-col id-column unit unit-id entity item-id series-id unique-id",
    "time": "date dates datetime timestamp time-col time-column date-col date-column time-index index-col parse-dates ds",
    "split": "train-size test-size val-size validation-size train-split test-split val-split validation-split train-ratio train-test-split "
    "train-fraction test-fraction",
    "folds": "cv n-splits n-folds k-folds kfold",
    "scale": "normalize normalise normalization standardize standardise scaler scaling norm",
    "missing": "drop-na dropna fill-na fillna na nan impute imputer interpolate handle-missing",
    "na-values": "null-values nan-values na-value missing-values missing-value",
    "resample": "freq frequency rule",
    "delimiter": "sep separator",
    "no-header": "header",
    "output": "out out-dir output-dir output-file outdir outfile dest save to",
    "overwrite": "force replace yes clobber exist-ok",
    "padding": "pad pad-side pad-to",
    "truncating": "truncate truncation",
    "pad-value": "mask-value padding-value fill-value",
    "seed": "random-state random-seed random",
    "workers": "n-jobs jobs num-workers threads nproc",
    "batch-size": "batch batchsize",
    "categorical": "categories one-hot-columns cat-cols cat-columns",
    "dry-run": "simulate check plan",
    "input-format": "format file-format",
}  # fmt: skip
_KNOWN = {other: ours for ours, others in CALLED.items() for other in others.split()}


def setting_meant(word: str, choices: Sequence[str]) -> str:
    """``"Did you mean '--timesteps'? "`` of a setting by another name or misspelt, or nothing.

    Parameters
    ----------
    word : str
        As it was written: an option, or a keyword.
    choices : sequence of str
        The settings there are, written likewise.

    Examples
    --------
    >>> setting_meant("--seq-len", ["--seed", "--timesteps"]), setting_meant("seq_len", ["seed", "timesteps"])
    ("Did you mean '--timesteps'? ", "Did you mean 'timesteps'? ")
    >>> setting_meant("--timestep", ["--timesteps"])
    "Did you mean '--timesteps'? "
    """
    ours = called_here(word, choices)
    return did_you_mean(word, list(choices)) if ours is None else f"Did you mean {quoted(ours)}? "


def called_here(word: str, choices: Sequence[str]) -> str | None:
    """The one of these settings that has this name elsewhere, None where there is none.

    Examples
    --------
    >>> called_here("--force", ["--output", "--overwrite"])
    '--overwrite'
    """
    ours = _KNOWN.get(_plain(word))
    return next((name for name in choices if _plain(name) == ours), None)


def _plain(name: str) -> str:
    return name.removeprefix("--").replace("_", "-").casefold()
