"""The first layers that take an output, in Keras and in PyTorch: one line each, for the report and the manifest."""

from __future__ import annotations

from math import isnan

from lstmprep.plan import Plan


def hints_of(plan: Plan, n: int, classes: list[str] | None, vocabulary: int | None) -> dict[str, str]:
    """The first layer that takes X, in two frameworks.

    Parameters
    ----------
    plan : Plan
    n : int
        Features of X.
    classes : list of str or None
    vocabulary : int or None
        Rows of an embedding, where X holds ids of tokens.
    """
    x, layout = plan.arrays[0], plan.recipe.layout
    if plan.recipe.framing.tabular:
        inputs = n * plan.frame.timesteps
        return {"keras": f"Input(shape=({inputs},))", "torch": f"nn.Linear(in_features={inputs}, ...)"}
    if vocabulary is not None:
        return _token_hints(plan, vocabulary)
    if plan.recipe.framing.unequal and plan.padding is not None:
        return _unequal_hints(plan, n, classes)
    keras = f"Input(shape={tuple(k for k, axis in zip(x.shape, x.axes, strict=True) if axis != 'samples')})"
    torch = f"nn.LSTM(input_size={n}, batch_first=True)"
    if layout.layout == "time-first":
        keras, torch = "takes the samples first: X.swapaxes(0, 1)", f"nn.LSTM(input_size={n}, batch_first=False)"
    elif layout.layout == "channels-first":
        torch = f"nn.Conv1d(in_channels={n}, ...)"
    elif layout.layout == "flat":
        torch = f"nn.Linear(in_features={x.shape[1]}, ...)"
    elif layout.layout == "convlstm":
        keras, torch = f"{keras}, ConvLSTM2D", f"X.flatten(1, 3) for nn.LSTM(input_size={n}, batch_first=True)"
    elif layout.subsequences:
        keras, torch = f"{keras}, TimeDistributed", f"X.flatten(0, 1) for nn.LSTM(input_size={n}, batch_first=True)"
    if classes and plan.parts[0].array("y"):
        keras += f", Dense({len(classes)})"
    return {"keras": keras, "torch": torch}


def _token_hints(plan: Plan, rows: int) -> dict[str, str]:
    """The first layers that take ids: an embedding that knows which of them is padding."""
    framing = plan.recipe.framing
    pad = int(framing.pad_value or 0)
    if framing.ragged:
        return {"keras": f"Embedding({rows}, ...), one sample at a time", "torch": f"nn.EmbeddingBag({rows}, ...)"}
    long = "X[..., 0] into " * plan.recipe.tokens.keep_feature_axis
    steps = None if framing.bucket else plan.frame.timesteps
    known = f", padding_idx={pad}" if pad >= 0 else ""
    zero = ", mask_zero=True" if pad == 0 else ""
    return {
        "keras": f"{long}Input(shape=({steps},)), Embedding({rows}, ...{zero})",
        "torch": f"{long}nn.Embedding({rows}, ...{known})",
    }


def _unequal_hints(plan: Plan, n: int, classes: list[str] | None) -> dict[str, str]:
    """The first layers that take sequences of unequal length."""
    framing = plan.recipe.framing
    any_length = framing.ragged or framing.bucket
    value = 0.0 if framing.pad_value is None else framing.pad_value
    keras = f"Input(shape={(None if any_length else plan.frame.timesteps, n)})"
    torch = f"nn.LSTM(input_size={n}, batch_first=True)"
    if framing.ragged:
        return {
            "keras": f"{keras}, one sample at a time",
            "torch": f"pack_sequence(np.split(values, row_splits[1:-1])) into {torch}",
        }
    packed = "pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False) into "
    if not isnan(value):  # nan equals nothing: Masking(nan) would mask no step
        keras += f", Masking({value:g})"
    keras += f", Dense({len(classes)})" if classes and framing.target_mode != "per-step" else ""
    return {"keras": keras, "torch": (packed if framing.padding == "post" else "") + torch}
