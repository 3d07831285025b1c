"""The front door: ``python -m lstmprep`` and the console script.

``--version`` is answered before anything is imported. Garbage is looked for seldom: what is imported stays.
Ending, what stands in the streams is flushed and the process is left at once: taking a hundred modules
apart costs some ten milliseconds, and native threads have been seen to die of it.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # what typing says, without its price
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        import lstmprep

        try:
            sys.stdout.write(f"lstmprep {lstmprep.__version__}\n")
            sys.stdout.flush()
        except OSError:
            pass  # closed or full: the door below has the words for it
        else:
            return
    gc.set_threshold(200_000, 20, 20)
    # the tool needs no linear algebra, and its threads cost a start
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")  # what Arrow's memory is done with goes back at once
    # Arrow's own allocator keeps blocks that were given back: a third more memory, and no quicker
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        from lstmprep.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the door below stands
        sys.stderr.write("lstmprep: interrupted\n")
        code = 130
    _leave(code)


def _leave(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 (contextlib costs more than all of --version)
            stream.flush()
        except (OSError, ValueError, AttributeError):  # closed, full or absent
            pass
    os._exit(code)


if __name__ == "__main__":
    main()
