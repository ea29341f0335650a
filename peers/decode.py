#!/usr/bin/env python3
"""Converts STL-10's binary images to gray with numpy: 5,000 images, float32 in [0, 1], row-major.

  numpy_usual  the lines that most people would write
  numpy_best   float32 throughout, in batches that fit in the cache, in a pool of threads, into an
               existing array

Parameter `file`: reads a file that was just written, so it is in the page cache. Parameter
`memory`: reads an array.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import timing

try:
    import numpy as np
    from numpy.typing import NDArray
except ImportError as error:
    timing.missing(error)

Bytes = NDArray[np.uint8]
Gray = NDArray[np.float32]

IMAGES = 5_000
SIDE = 96
PIXELS = SIDE * SIDE
IMAGE_BYTES = 3 * PIXELS
BATCH = 32  # images: 3.5 MB as float32
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
TOLERANCE = 1e-6  # a few roundings of float32 at 1


def usual(rgb: Bytes) -> Gray:
    """Converts the official layout (colour planes, column-major) to `[n, 96, 96]`."""
    planes = rgb.reshape(-1, 3, SIDE, SIDE).transpose(0, 1, 3, 2)
    gray = (LUMA[0] * planes[:, 0] + LUMA[1] * planes[:, 1] + LUMA[2] * planes[:, 2]) / 255
    return np.ascontiguousarray(gray, dtype=np.float32)


def best(read: Callable[[int, int], Bytes], out: Gray, threads: int, pool: ThreadPoolExecutor) -> Gray:
    """Does the same into `out`; `read(first, count)` returns the bytes of some images."""
    images = len(out)
    weights = [np.float32(weight / 255) for weight in LUMA]

    def share(thread: int) -> None:
        planes = np.empty((BATCH, 3, SIDE, SIDE), np.float32)
        for first in range(thread * BATCH, images, threads * BATCH):
            count = min(BATCH, images - first)
            batch = planes[:count]
            np.copyto(batch, read(first, count).reshape(-1, 3, SIDE, SIDE))
            red, green, blue = (batch[:, colour] for colour in range(3))
            for plane, weight in zip((red, green, blue), weights):
                plane *= weight
            red += green
            red += blue
            out[first : first + count] = red.transpose(0, 2, 1)

    list(pool.map(share, range(threads)))  # numpy releases the GIL in these loops
    return out


def best_of_file(path: str, out: Gray, threads: int, pool: ThreadPoolExecutor) -> Gray:
    """Runs `best` on a file; each thread reads its own batches."""
    with open(path, "rb") as file:
        descriptor = file.fileno()

        def read(first: int, count: int) -> Bytes:
            return np.frombuffer(os.pread(descriptor, count * IMAGE_BYTES, first * IMAGE_BYTES), np.uint8)

        return best(read, out, threads, pool)


def main() -> None:
    options = timing.parser(__doc__)
    timing.add_threads(options)
    args = options.parse_args()
    images = 200 if args.quick else IMAGES
    blocks = 1 if args.quick else args.blocks
    rgb = np.random.default_rng(0).integers(0, 256, images * IMAGE_BYTES, np.uint8)
    out = np.empty((images, SIDE, SIDE), np.float32)

    def in_memory(first: int, count: int) -> Bytes:
        return rgb[first * IMAGE_BYTES : (first + count) * IMAGE_BYTES]

    timing.print_header(args.threads)
    with tempfile.NamedTemporaryFile(suffix=".bin") as file, ThreadPoolExecutor(args.threads) as pool:
        rgb.tofile(file)
        file.flush()
        programs: list[tuple[str, str, Callable[[], Gray]]] = [
            ("numpy_usual", "file", lambda: usual(np.fromfile(file.name, np.uint8))),
            ("numpy_best", "file", lambda: best_of_file(file.name, out, args.threads, pool)),
            ("numpy_usual", "memory", lambda: usual(rgb)),
            ("numpy_best", "memory", lambda: best(in_memory, out, args.threads, pool)),
        ]
        expected = usual(rgb)
        for program, parameter, call in programs:
            out.fill(np.nan)
            off = float(np.abs(call() - expected).max())
            if not off <= TOLERANCE:
                timing.fail(f"decode.py: {program} from {parameter} is off by {off}")
        del expected
        for program, parameter, call in programs:
            result = timing.timed(call, blocks)
            rates = [images / seconds for seconds in result.seconds]
            timing.print_measurement("decode_gray", program, parameter, "images/s", rates, result.kept_waiting)


if __name__ == "__main__":
    sys.exit(main())
