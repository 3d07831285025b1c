"""Room that libraries take for granted: with too few addresses they end the process themselves, in words of their own.

ulimit -v 200000        less than LEAST: refused before any of them is loaded
"""

from __future__ import annotations

from lstmprep.errors import StorageError
from lstmprep.wording import size_of

LEAST = 256 << 20  # measured: numpy and pyarrow take 200 MiB of addresses, a run on a few rows 40 MiB more


def require_addresses() -> None:
    """Refuse to begin where the system lets the process have too few addresses.

    Raises
    ------
    StorageError
        If a limit is set (``ulimit -v``), and it is below `LEAST`.
    """
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY or most >= LEAST:
        return
    raise StorageError(
        f"the memory of this process is limited to {size_of(most)} of addresses, and {size_of(LEAST)} are needed at the least",
        fix="Run it in a shell without that limit, or with a higher one: ulimit -v 1000000.",
    )
