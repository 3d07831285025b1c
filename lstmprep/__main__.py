"""The front door: ``python -m lstmprep`` and the console script.

``--version`` is answered before anything is imported.
"""

from __future__ import annotations

import os
import sys


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
    # the tool needs no linear algebra, and its threads cost a start
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    try:
        from lstmprep.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the door below stands
        sys.stderr.write("lstmprep: interrupted\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
