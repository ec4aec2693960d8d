"""Memory of a running `dragoman up` and everything it started: `python tests/bench/memory.py DATA`.

Proportional set size, which counts shared pages once. The figure in docs/performance.md is of the middle of a session.
"""

import json
import sys
from pathlib import Path

import psutil


def main(data: Path) -> None:
    """Prints MB by process, and the sum."""
    running = json.loads((data / "run.json").read_text())
    supervisor = psutil.Process(next(iter(running["processes"].values()))["pid"]).parent()
    assert supervisor is not None
    sizes = []
    for process in [supervisor, *supervisor.children(recursive=True)]:
        sizes.append(process.memory_full_info().pss / 1e6)
        sys.stdout.write(f"{sizes[-1]:6.0f} MB  {' '.join(process.cmdline())[-70:]}\n")
    sys.stdout.write(f"{sum(sizes):6.0f} MB  in all\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data"))
