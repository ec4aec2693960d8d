"""Child processes that die with their parent, by whatever signal it dies."""

from collections.abc import Sequence


def dying_with_parent(argv: Sequence[str]) -> list[str]:
    """`argv` run so that the kernel kills it when the parent's thread that starts it ends.

    `setpriv` (util-linux) sets PR_SET_PDEATHSIG and executes the program in its own place: the pid stays.
    Start such children from a thread that lives as long as the process.
    """
    return ["setpriv", "--pdeathsig", "KILL", "--", *argv]


def limited(argv: Sequence[str], memory_mb: int) -> list[str]:
    """The same for an engine's program: with at most so much memory of its own, and without a core dump.

    Beyond (RLIMIT_DATA) its allocations fail, and it ends by itself: not the kernel ends whom it finds.
    """
    return ["prlimit", f"--data={memory_mb << 20}", "--core=0", "--", *dying_with_parent(argv)]
