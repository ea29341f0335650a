#!/usr/bin/env python3
"""Writes linear_reference.json, for tests/suite/linear.rs: R^2 of least-squares fits with an intercept, by
numpy.linalg.lstsq, of arrays that are made by the generator of make_estimator_reference.py.

    pip install numpy==2.4.6
    python3 make_linear_reference.py
"""
import json
from pathlib import Path

import numpy as np


def lcg(seed, n):
    """The generator of the Rust tests: uniform in [0, 1)."""
    values, state = [], seed
    for _ in range(n):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state / 2**32)
    return np.array(values)


def arrays(name, seed, k, n):
    """An image and `[k, n]` maps, float32. The image depends on the maps and on noise."""
    maps = lcg(seed, k * n).reshape(k, n)
    noise = lcg(seed + 1, n)
    image = 0.25 * noise
    for i in range(k):
        image = image + maps[i] / (1 + i) * maps[0]
    if name == "rectified":
        maps = np.maximum(maps - 0.5, 0)
    if name == "collinear":  # sums that float32 rounds, a copy and a constant
        maps[k - 1] = 0.5 * maps[0] - 0.25 * maps[1]
        maps[k - 2] = maps[2]
        maps[k - 3] = 0.75
    if name == "offset":
        maps = 0.001 * maps + 1000
    if name == "unrelated":
        image = noise
    return image.astype(np.float32), maps.astype(np.float32)


def r_squared(image, maps):
    y, x = image.astype(float), maps.astype(float)
    x = np.column_stack([np.ones(len(y)), (x - x.mean(1, keepdims=True)).T])
    # Directions of less than 1e-6 of the largest are the rounding of float32.
    residual = y - x @ np.linalg.lstsq(x, y, rcond=1e-6)[0]
    return 1 - (residual @ residual) / ((y - y.mean()) @ (y - y.mean()))


CASES = [("plain", 1, 1, 100), ("plain", 2, 3, 50), ("plain", 3, 32, 1000), ("rectified", 4, 5, 999),
         ("collinear", 5, 8, 400), ("offset", 6, 4, 300), ("unrelated", 7, 32, 1000), ("plain", 8, 9, 10)]
out = []
for name, seed, k, n in CASES:
    image, maps = arrays(name, seed, k, n)
    out.append({"name": name, "seed": seed, "k": k, "n": n, "image_last": float(image[-1]),
                "map_last": float(maps[-1, -1]), "r_squared": float(r_squared(image, maps))})
text = ",\n".join(json.dumps(case) for case in out)
Path(__file__).with_name("linear_reference.json").write_text(f"[\n{text}\n]\n")
