"""Code that the peer programs share: common options, timed blocks, and lines of JSON on stdout."""

from __future__ import annotations

import argparse
import glob
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import NoReturn

REQUIREMENTS = Path(__file__).resolve().with_name("requirements.txt")
MISSING_PACKAGE = 3  # exit code
WAITED = 0.03  # a block was kept waiting if its threads waited for more than this share


def missing(error: ImportError) -> NoReturn:
    """Ends the program with a message: what could not be imported, and why."""
    print(why_missing(error), file=sys.stderr)
    sys.exit(MISSING_PACKAGE)


def why_missing(error: ImportError) -> str:
    """One line: a package is missing, or does not load (numba rejects some versions of numpy)."""
    if isinstance(error, ModuleNotFoundError):
        reason = f"{error.name} is missing"
    else:
        reason = f"{error.name or 'a package'} cannot be imported ({' '.join(str(error).split())})"
    return f"{reason}: python -m pip install -r {REQUIREMENTS}"


def default_threads() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with `--blocks` and `--quick`."""
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--blocks", type=positive, default=5, help="timed blocks per measurement (default 5)")
    result.add_argument("--quick", action="store_true", help="smoke test: one block, small sizes, no torch.compile")
    return result


def add_threads(to: argparse.ArgumentParser) -> None:
    """Adds `--threads N`."""
    to.add_argument("--threads", type=positive, default=default_threads(), help="default: all available cores")


def positive(text: str) -> int:
    """Parses an integer of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


@dataclass(frozen=True)
class Blocks:
    """The mean seconds per call of each block, and the number of blocks in which this process's
    threads were kept waiting for a core (0 on systems without Linux's schedstat)."""

    seconds: list[float]
    kept_waiting: int


def timed(call: Callable[[], object], blocks: int, block_s: float = 0.25) -> Blocks:
    """Times `blocks` blocks of about `block_s` seconds or more.

    Before that, one call warms up, and one measures how many calls fill a block."""
    call()
    start = time.perf_counter()
    call()
    calls = max(1, round(block_s / (time.perf_counter() - start)))
    seconds, kept_waiting = [], 0
    for _ in range(blocks):
        waited, start = _waited(), time.perf_counter()
        for _ in range(calls):
            call()
        elapsed = time.perf_counter() - start
        kept_waiting += (_waited() - waited) > WAITED * elapsed
        seconds.append(elapsed / calls)
    return Blocks(seconds, kept_waiting)


def _waited() -> float:
    """The seconds that this process's threads were ready to run but had no core."""
    total = 0
    for path in glob.glob("/proc/self/task/*/schedstat"):
        try:
            total += int(Path(path).read_text().split()[1])
        except OSError:  # the thread has ended
            pass
    return total / 1e9


def print_header(threads: int) -> None:
    """Prints the first line: the installed versions, and the (largest) number of threads."""
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for package in ("torch", "numpy", "numba"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    print(json.dumps({"versions": versions, "threads": threads}), flush=True)


def print_measurement(
    subject: str, program: str, parameter: str, unit: str, values: Sequence[float], kept_waiting: int
) -> None:
    """Prints one measurement: the median, minimum and maximum of its blocks, in `unit`."""
    line = {
        "subject": subject,
        "program": program,
        "parameter": parameter,
        "unit": unit,
        "median": _rounded(statistics.median(values)),
        "low": _rounded(min(values)),
        "high": _rounded(max(values)),
        "blocks": len(values),
        "kept_waiting": kept_waiting,
    }
    print(json.dumps(line), flush=True)


def _rounded(value: float) -> float:
    """Rounds to four significant digits; the rest is noise."""
    return float(f"{value:.4g}")


def fail(message: str) -> NoReturn:
    """Ends the program; one whose answer is wrong must not be timed."""
    print(message, file=sys.stderr)
    sys.exit(1)
