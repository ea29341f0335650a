#!/usr/bin/env python3
"""Times histogram mutual information (nats) of 20 images of 96 x 96, each with 32 feature maps.

The histograms have 20 bins per axis.

  numpy_histogram2d     as in tutorials, one pair at a time
  numpy_bincount        the 32 maps of an image at once
  numba_best            compiled, two passes over each map: the range, then bins and counts
  scikit_learn          mutual_info_score of numpy's bins, if scikit-learn is installed

Times are per pixel of a feature map and include everything that depends on the maps. The data are
the values of `crates/mi-metrics/benches/histogram.rs`, except for the last bits of sin, cos and
tanh.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import timing


def thread_counts(text: str) -> list[int]:
    return sorted({timing.positive(count) for count in text.split(",")})


options = timing.parser(__doc__)
options.add_argument("--threads", type=thread_counts, default=sorted({1, timing.default_threads()}),
                     metavar="N,N", help="for numba_best (default: 1 and all available cores)")
args = options.parse_args()
os.environ["NUMBA_NUM_THREADS"] = str(max(args.threads))  # numba reads it on import

try:
    import numba
    import numpy as np
    from numba import njit, prange
    from numpy.typing import NDArray
except ImportError as error:
    timing.missing(error)
try:
    from sklearn.metrics import mutual_info_score
except ImportError:
    mutual_info_score = None

Floats = NDArray[np.float32]
Table = NDArray[np.float64]
Method = Callable[[Floats, Floats], Table]  # images [n, pixels], maps [n, k, pixels] -> MI [n, k]

SIDE = 96
PIXELS = SIDE * SIDE
MAPS = 32
BINS = 20
CHUNK = 1536  # pixels per pass: their bins stay in the first-level cache until counted
# numpy compares values with bin edges; the others scale them in float32. A value within a few
# rounding errors of an edge may thus fall in the next bin. This is rare, but moving one of 9,216
# pixels changes the MI of a pair by up to about ln(9216) / 9216 = 0.001.
WORST_TOLERANCE, MEAN_TOLERANCE = 1e-3, 2e-6


@njit
def draw(state: np.uint32) -> tuple[np.uint32, np.float32]:
    """The next state of a linear congruential generator, and a value from -0.5 to 0.5."""
    state = np.uint32(state * np.uint64(1_664_525) + np.uint64(1_013_904_223))
    return state, np.float32(state >> np.uint32(8)) / np.float32(1 << 24) - np.float32(0.5)


@njit(boundscheck=False)
def data(images: int) -> tuple[Floats, Floats]:
    """Smooth images `[n, pixels]`, and maps `[n, k, pixels]`, in float32.

    A map is a nonlinear function of its image plus noise. The noise is one stream: the pixels of an
    image, those of its maps, then the next image."""
    f32 = np.float32
    state = np.uint32(7)
    image, maps = np.empty((images, PIXELS), np.float32), np.empty((images, MAPS, PIXELS), np.float32)
    for n in range(images):
        for i in range(PIXELS):
            state, noise = draw(state)
            row, column = f32(i // SIDE), f32(i % SIDE)
            wave = np.sin(row * f32(0.05) * f32(1 + n % 5)) + np.cos(column * f32(0.11))
            image[n, i] = wave + f32(0.1) * noise
        for k in range(MAPS):
            gain, spread = f32(k) / f32(4) - f32(4), f32(0.05) + f32(k) / f32(32)
            for i in range(PIXELS):
                state, noise = draw(state)
                maps[n, k, i] = np.tanh(gain * image[n, i]) + image[n, i] + spread * noise
    return image, maps


def information(counts: NDArray[np.integer] | Table) -> Table:
    """The mutual information `[...]` in nats, from joint counts `[..., bins, bins]`."""
    p = counts / counts.sum((-2, -1), keepdims=True)
    independent = p.sum(-1, keepdims=True) * p.sum(-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * np.log(p / independent), 0.0).sum((-2, -1))


def bins_of(values: Floats) -> NDArray[np.int64]:
    """The bin of each value; the bins span the range of the last axis."""
    low, high = values.min(-1, keepdims=True), values.max(-1, keepdims=True)
    return np.minimum(((values - low) * (BINS / (high - low))).astype(np.int64), BINS - 1)


def numpy_histogram2d(images: Floats, maps: Floats) -> Table:
    def pair(x: Floats, y: Floats) -> Table:
        return information(np.histogram2d(x, y, bins=BINS)[0])

    return np.array([[pair(image, one) for one in its_maps] for image, its_maps in zip(images, maps)])


def numpy_bincount(images: Floats, maps: Floats) -> Table:
    tables = (np.arange(MAPS) * BINS * BINS)[:, None]
    out = np.empty(maps.shape[:2])
    for n, (image, its_maps) in enumerate(zip(images, maps)):
        cells = bins_of(its_maps) + bins_of(image) * BINS + tables
        counts = np.bincount(cells.ravel(), minlength=MAPS * BINS * BINS)
        out[n] = information(counts.reshape(MAPS, BINS, BINS))
    return out


def scikit_learn(images: Floats, maps: Floats) -> Table:
    def pairs(x: Floats, its_maps: Floats) -> list[float]:
        bins = bins_of(x)
        return [mutual_info_score(bins, bins_of(one)) for one in its_maps]

    return np.array([pairs(image, its_maps) for image, its_maps in zip(images, maps)])


@njit(boundscheck=False)
def value_range(values: Floats) -> tuple[np.float32, np.float32]:
    """The smallest and largest value. It compares integers of the same order, which vectorises."""
    bits = values.view(np.int32)
    low, high = np.int32(0x7FFFFFFF), np.int32(-0x80000000)
    for i in range(bits.size):
        key = np.int32(bits[i] ^ ((bits[i] >> np.int32(31)) & np.int32(0x7FFFFFFF)))
        low, high = min(low, key), max(high, key)
    keys = np.array([low, high], np.int32)
    keys ^= (keys >> np.int32(31)) & np.int32(0x7FFFFFFF)
    back = keys.view(np.float32)
    return back[0], back[1]


def numba_with(lanes: int) -> Method:
    """Compiles a kernel with `lanes` tables per map. Neighbouring pixels are counted in different
    tables, so a count does not wait for the previous one when both fall in the same cell."""
    bins = BINS

    @njit(parallel=True, fastmath=True, boundscheck=False)
    def kernel(images: Floats, maps: Floats, xlnx: Table) -> Table:
        count, map_count, pixels = maps.shape
        out = np.empty((count, map_count))
        last = np.int32(bins - 1)
        for n in prange(count):
            row = np.empty(pixels, np.int32)
            cells = np.empty(CHUNK, np.uint32)
            table = np.empty((lanes, bins * bins), np.uint32)
            image = images[n]
            low, high = value_range(image)
            scale = np.float32(bins) / (high - low)
            for i in range(pixels):
                row[i] = min(np.int32((image[i] - low) * scale), last) * np.int32(bins)
            for k in range(map_count):
                one = maps[n, k]
                low, high = value_range(one)
                scale = np.float32(bins) / (high - low)
                table[:] = 0
                for first in range(0, pixels, CHUNK):
                    size = min(CHUNK, pixels - first)
                    values, rows = one[first : first + size], row[first : first + size]
                    for i in range(size):
                        cells[i] = np.uint32(rows[i] + min(np.int32((values[i] - low) * scale), last))
                    even = size - size % lanes
                    for i in range(0, even, lanes):
                        for lane in range(lanes):
                            table[lane, cells[np.uint32(i + lane)]] += np.uint32(1)
                    for i in range(even, size):
                        table[0, cells[i]] += np.uint32(1)
                for lane in range(1, lanes):
                    for cell in range(bins * bins):
                        table[0, cell] += table[lane, cell]
                both = rows_sum = columns_sum = 0.0
                for i in range(bins):
                    in_row, in_column = np.uint32(0), np.uint32(0)
                    for j in range(bins):
                        in_row += table[0, i * bins + j]
                        in_column += table[0, j * bins + i]
                        both += xlnx[table[0, i * bins + j]]
                    rows_sum += xlnx[in_row]
                    columns_sum += xlnx[in_column]
                out[n, k] = (xlnx[pixels] + both - rows_sum - columns_sum) / pixels
        return out

    counts = np.arange(PIXELS + 1, dtype=np.float64)
    xlnx = counts * np.log(np.maximum(counts, 1))  # one per count: no logarithm in the kernel
    return lambda images, maps: kernel(images, maps, xlnx)


def fastest_lanes(images: Floats, maps: Floats) -> int:
    """Compiles and times three numbers of lanes on one thread, and returns the fastest."""
    numba.set_num_threads(1)

    def seconds(lanes: int) -> float:
        return min(timing.timed(lambda call=numba_with(lanes): call(images, maps), 3, 0.05).seconds)

    return min((1, 2, 4), key=seconds)


def main() -> None:
    blocks = 1 if args.quick else args.blocks
    images, maps = data(2 if args.quick else 20)
    timing.print_header(max(args.threads))
    numba_best = numba_with(1 if args.quick else fastest_lanes(images, maps))

    runs: list[tuple[str, Method, int]] = [
        ("numpy_histogram2d", numpy_histogram2d, 1),
        ("numpy_bincount", numpy_bincount, 1),
    ]
    runs += [("numba_best", numba_best, threads) for threads in args.threads]
    if mutual_info_score is not None:
        runs.append(("scikit_learn", scikit_learn, 1))

    expected = numpy_histogram2d(images, maps)
    for program, method, threads in runs:
        numba.set_num_threads(threads)
        off = np.abs(method(images, maps) - expected)
        if not (off.max() <= WORST_TOLERANCE and off.mean() <= MEAN_TOLERANCE):
            timing.fail(f"histogram_mi.py: {program} is off by up to {off.max()}, {off.mean()} in the mean")
        result = timing.timed(lambda: method(images, maps), blocks)
        times = [seconds / maps.size * 1e9 for seconds in result.seconds]
        parameter = f"{BINS} bins, {threads} thread{'s' if threads > 1 else ''}"
        timing.print_measurement("histogram_mi", program, parameter, "ns/pixel", times, result.kept_waiting)


if __name__ == "__main__":
    sys.exit(main())
