"""The verbs that begin with an output: new rows like its own, predictions back, and the proof.

    apply(OUT, input)    the same preparation on new data, with the numbers learned before
    invert(OUT, pred)    predictions back to rows, times and units
    check(OUT)           prove it whole, consistent and leak-free

`Prepared.apply` and `Prepared.invert` are the same for an output that is open.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lstmprep.audit.trusted import trusting
from lstmprep.loaders.arrays import Prepared, load, manifest_of, with_views
from lstmprep.place import OF_RUNS, place_asked
from lstmprep.run import Place, Progress, index_of, run, table_of
from lstmprep.sinks.target import require_other
from lstmprep.taught import Taught
from lstmprep.urls import called

if TYPE_CHECKING:
    from lstmprep.audit import Checked


@trusting
def apply(
    out: str | os.PathLike[str],
    data: Any,
    *,
    latest: bool = False,
    no_target: bool = False,
    fold: int | None = None,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **reading: Any,
) -> Prepared:
    """Prepare new data as an output was prepared, with the numbers learned then.

    Parameters
    ----------
    out : path
        The output: its folder, ``.npz``, ``.npy`` or manifest.
    data : path, paths, pandas or polars DataFrame, pyarrow.Table, or (rows, columns) array
        The new rows; columns in any order, others besides them do no harm.
    latest : bool
        Only the newest window of every sequence, without y: the input of a live prediction.
    no_target : bool
        X alone, of all windows, also where the target is present.
    fold : int, optional
        Of an output with folds, the one whose numbers count: the last when none is named.
    output : path or None
        Also write the new output there.
    overwrite : bool
        Replace an output of lstmprep that exists.
    progress : callable or None
        Called with (phase, done, total).
    **reading
        How the new rows are read where that differs from those of the output: ``delimiter``, ``decimal``, ``thousands``, ``encoding``,
        ``no_header``, ``na_values``, ``input_format``, ``dataset``, ``time_format``, ``time_unit``, ``timezone``. And what concerns this run
        alone: ``workers``, ``memory_limit``; with an output ``engine``, ``scheduler``, ``scheduler_file``, ``resume``, ``fsync``.

    Returns
    -------
    Prepared
        One X, in order; y where the target is present.

    Raises
    ------
    RecipeError
        If there is no such fold, or no such setting of reading.
    DataError
        If a column is missing, or a class was never seen.
    StorageError
        If there is no output, or something cannot be read or written.

    Examples
    --------
    >>> import numpy as np, tempfile, os
    >>> from lstmprep import window
    >>> out = os.path.join(tempfile.mkdtemp(), "out")
    >>> old = window(np.arange(20.0).reshape(10, 2), timesteps=3, target="c1", scale="minmax", output=out)
    >>> apply(out, np.full((3, 2), 9.0), latest=True).X[0].tolist()
    [[0.5, 0.4444444477558136], [0.5, 0.4444444477558136], [0.5, 0.4444444477558136]]
    """
    name = called(os.fspath(out))
    if output is not None:
        require_other(os.fspath(out), os.fspath(output))
    place = place_asked(output, overwrite=overwrite, asked={n: reading.pop(n) for n in OF_RUNS if n in reading})
    taught = Taught(manifest_of(out), name, latest=latest, target=not no_target, fold=fold, reading=reading)
    return _applied(taught, data, place, progress)


def _applied(
    taught: Taught,
    data: Any,
    place: Place,
    progress: Progress | None = None,
) -> Prepared:
    recipe = taught.in_force(target=taught.target)
    done = run(data, recipe, place, progress, taught)
    if place.output is not None:
        return load(place.output)
    assert done.arrays is not None
    if recipe.framing.tabular:
        return Prepared(done.manifest, done.arrays, None, lambda: table_of(done.plan))
    return Prepared(done.manifest, with_views(done.manifest, done.arrays), lambda: index_of(done.plan, done.read))


def _apply_open(
    data: Prepared, rows: Any, *, latest: bool, no_target: bool, fold: int | None, reading: dict[str, Any]
) -> Prepared:
    """`apply` for an output that is open; what it has learned is understood once."""
    how = (latest, no_target, fold, repr(sorted(reading.items())))
    taught = data.learned.get(how)
    if taught is None:
        taught = Taught(data.manifest, latest=latest, target=not no_target, fold=fold, reading=reading)
        data.learned[how] = taught
    return _applied(taught, rows, Place())


Prepared.verbs["apply"] = _apply_open


@trusting
def invert(
    out: str | os.PathLike[str],
    pred: Any,
    *,
    split: str | None = None,
    table: Any = None,
    combine: str = "none",
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    **reading: Any,
) -> Any:
    """Bring predictions back to rows, times, groups, classes and original units.

    Parameters
    ----------
    out : path
        The output that was predicted: its folder, ``.npz``, ``.npy`` or manifest.
    pred : path or array
        Predictions of every sample of one part, in the order of X: (samples,), (samples, steps),
        (samples, steps, targets), codes of classes or a score for each.
    split : str, optional
        The part that was predicted.
    table : path, paths or table, optional
        Where the true values stand; without it those in y are taken.
    combine : {"none", "mean"}
        mean: one row for each predicted row, however many samples predicted it.
    output : path, optional
        Also write the rows there, as ``.csv`` or ``.parquet``.
    overwrite : bool
        Replace a file that exists.
    **reading
        How `table` is read where it differs from that of the output: ``delimiter``, ``decimal``, ``na_values``,
        ``time_format`` and the other options of reading.

    Returns
    -------
    pyarrow.Table
        One row per sample, step and target.

    Raises
    ------
    DataError
        If the predictions are none of these samples.
    StorageError
        If a file cannot be read or written.

    Examples
    --------
    >>> import numpy as np, tempfile, os
    >>> from lstmprep import window
    >>> out = os.path.join(tempfile.mkdtemp(), "out")
    >>> data = window(np.arange(20.0).reshape(10, 2), timesteps=3, target="c1", output=out)
    >>> invert(out, data.y + 1).slice(0, 2).select(["sample", "target_row", "prediction", "actual"]).to_pylist()
    [{'sample': 0, 'target_row': 3, 'prediction': 8.0, 'actual': 7.0}, {'sample': 1, 'target_row': 4, 'prediction': 10.0, 'actual': 9.0}]
    """
    if output is None:
        return _inverted(load(out), pred, split=split, table=table, combine=combine, reading=reading)
    from lstmprep.sinks.rows import RowsPlace, write_rows

    tables = table if isinstance(table, (list, tuple)) else [table]
    read = [os.fspath(p) for p in (out, pred, *tables) if isinstance(p, (str, os.PathLike))]
    place = RowsPlace(os.fspath(output), read, overwrite=overwrite)
    found = _inverted(load(out), pred, split=split, table=table, combine=combine, reading=reading)
    place.write(lambda stream: write_rows(stream, place.kind, found.schema, iter(found.to_batches())))
    return found


def _inverted(data: Prepared, pred: Any, **how: Any) -> Any:
    """The table of `invert`, for an output that is open."""
    import pyarrow as pa

    from lstmprep.inverse import inverse_of

    back = inverse_of(data, pred, **how)
    return pa.Table.from_batches(list(back.batches()), schema=back.schema)


Prepared.verbs["invert"] = _inverted


def check(
    *paths: str | os.PathLike[str],
    expect: Any = None,
    expect_output: int | None = None,
    table: Any = None,
    progress: Progress | None = None,
) -> Checked:
    """Prove an output whole, consistent and free of leaks.

    Parameters
    ----------
    *paths : path
        An output (folder, ``.npz``, ``.npy`` or manifest), or ``X.npy`` and ``y.npy`` without a manifest.
    expect : (int, int) or str, optional
        Input shape of a model without the samples: timesteps and features.
    expect_output : int, optional
        Units of the model's last layer.
    table : path, paths or table, optional
        The source; without it the files that the manifest names are looked for.
    progress : callable or None
        Called with (phase, done, total).

    Returns
    -------
    Checked
        ``ok``, ``findings``, ``proved`` and ``open`` (what could not be looked at).

    Raises
    ------
    RecipeError
        If what is expected cannot be meant, or the manifest is none of ours.
    StorageError
        If there is no output and no array.

    Examples
    --------
    >>> import numpy as np, tempfile, os
    >>> from lstmprep import window
    >>> out = os.path.join(tempfile.mkdtemp(), "out")
    >>> data = window(np.arange(20.0).reshape(10, 2), timesteps=3, target="c1", output=out)
    >>> check(out).ok
    True
    >>> print(check(out, expect=(2, 3)).findings[0])
    X: (7, 3, 2) is 3 timesteps of 2 features, and the model expects (2, 3): the two are swapped. Build the model with Input(shape=(3, 2)), in PyTorch input_size=2; timesteps come before features.
    """
    from lstmprep.audit import check as checked

    return checked(
        [os.fspath(p) for p in paths], expect=expect, expect_output=expect_output, table=table, progress=progress
    )
