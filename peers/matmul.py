#!/usr/bin/env python3
"""Measures what the machine can do: float32 matrix products with torch, and memory bandwidth.

  matmul     torch.mm of two 1024 x 1024 (and two 2048 x 2048) matrices, 2 n^3 operations each
  bandwidth  512 MiB, too much for the cache; skipped without numba
             `read`: bytes summed as int64 by numba
             `copy`: bytes copied by numpy, counted once although each is both read and written
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import timing

options = timing.parser(__doc__)
timing.add_threads(options)
args = options.parse_args()
os.environ["NUMBA_NUM_THREADS"] = str(args.threads)  # numba reads it on import

try:
    import numpy as np
    import torch
    from numpy.typing import NDArray
except ImportError as error:
    timing.missing(error)


def matmul_speed(size: int, blocks: int) -> None:
    a, b, out = torch.rand(size, size), torch.rand(size, size), torch.empty(size, size)
    torch.mm(a, b, out=out)
    off = float((out[0].double() - a[0].double() @ b.double()).abs().max())
    if not off <= 1e-5 * size:
        timing.fail(f"matmul.py: the product of {size} is off by {off}")
    result = timing.timed(lambda: torch.mm(a, b, out=out), blocks)
    rates = [2 * size**3 / seconds / 1e9 for seconds in result.seconds]
    timing.print_measurement("matmul", "pytorch", str(size), "GFLOP/s", rates, result.kept_waiting)


def numba_total() -> Callable[[NDArray[np.int64], int], int]:
    """A function that sums in a number of parts, with wrapping.

    The compiler may add integers in any order, so it vectorises the sum."""
    from numba import njit, prange

    @njit(parallel=True, boundscheck=False)
    def total(values: NDArray[np.int64], parts: int) -> int:
        sums = np.zeros(parts, np.int64)
        length = values.size // parts
        for part in prange(parts):
            part_sum = np.int64(0)
            for value in values[part * length : (part + 1) * length]:
                part_sum += value
            sums[part] = part_sum
        return sums.sum()

    return total


def bandwidth(mebibytes: int, threads: int, blocks: int) -> None:
    try:
        total = numba_total()
    except ImportError as error:
        print(f"bandwidth is skipped: {timing.why_missing(error)}", file=sys.stderr)
        return
    source = np.ones(mebibytes << 17, np.int64)
    target = np.zeros_like(source)
    parts = list(zip(np.array_split(source, threads), np.array_split(target, threads)))

    def report(program: str, parameter: str, call: Callable[[], object]) -> None:
        result = timing.timed(call, blocks)
        rates = [source.nbytes / seconds / 1e9 for seconds in result.seconds]
        timing.print_measurement("bandwidth", program, parameter, "GB/s", rates, result.kept_waiting)

    if total(source, 64) != source.size:
        timing.fail("matmul.py: the sum is wrong")
    report("numba", "read", lambda: total(source, 64))
    with ThreadPoolExecutor(threads) as pool:
        report("numpy", "copy", lambda: list(pool.map(lambda part: np.copyto(part[1], part[0]), parts)))
    if target.sum() != source.size:
        timing.fail("matmul.py: the copy is wrong")


def main() -> None:
    blocks = 1 if args.quick else args.blocks
    torch.set_num_threads(args.threads)
    timing.print_header(args.threads)
    for size in (256,) if args.quick else (1024, 2048):
        matmul_speed(size, blocks)
    bandwidth(64 if args.quick else 512, args.threads, blocks)


if __name__ == "__main__":
    sys.exit(main())
