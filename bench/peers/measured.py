"""Runs a command and prints its exit code, its seconds and the most memory that it held (kB), as JSON.

A script of its own and small, because a process begins with the memory of the one that started it:
``python -I measured.py OUTPUT MOST_SECONDS COMMAND...``. A command that takes longer is killed; its code is null.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def main(output: Path, most: float, command: list[str]) -> None:
    with output.open("wb") as out, output.with_suffix(".log").open("wb") as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=log)  # noqa: S603
        code: int | None
        try:
            code = process.wait(most)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"code": code, "seconds": seconds, "memory": memory}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
