#!/usr/bin/env python3
"""Writes numpy_cases.json: what numpy.histogram2d, scikit-learn and scikit-image say of small
inputs, for tests/suite/numpy.rs.

    pip install numpy==2.4.6 scikit-learn==1.9.1 scikit-image==0.26.0
    python3 make_numpy_cases.py
"""
import json, os
import numpy as np
from sklearn.metrics import normalized_mutual_info_score
from skimage.metrics import normalized_mutual_information

INLINE = [  # values on edges, the closed last bin, few values, one bin, a constant
    ([0, 1, 2, 3], [3, 2, 1, 0], 3),
    ([0, 1, 2, 3, 4, 4, 1], [-2, -1, 0, 1, 2, 2, 2], 4),
    ([0.0, 0.5, 1.0, 1.0], [10.0, 10.0, 20.0, 15.0], 2),
    ([3, 1, 4, 1, 5], [2, 7, 1, 8, 2], 16),
    ([3, 1, 4, 1, 5], [2, 7, 1, 8, 2], 1),
    ([6, 6, 6, 6], [0, 1, 2, 3], 4),
    ([-1e300, 1e299, 1e300, 6e299], [1e-300, 2.2e-300, 3.3e-300, 5e-300], 4),
]


def generated(seed, n):
    """Uniform x; y = 3/4 x^2 + 1/4 another uniform.  Every step rounds as in any IEEE language."""
    values, state = [], seed
    for _ in range(2 * n):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state / 2**32)
    x, z = np.array(values[0::2]), np.array(values[1::2])
    return x, 0.75 * x * x + 0.25 * z


def measure(x, y, bins, edge_margin=0.0):
    for v in (x, y):        # no value so near an edge that a rounding could move it
        at = (v.astype(float) - v.min()) / (float(v.max()) - float(v.min()) or 1.0) * bins
        inner = at[(at > 0.5) & (at < bins - 0.5)]
        assert not inner.size or np.abs(inner - np.round(inner)).min() >= edge_margin
    counts = np.histogram2d(x, y, bins=bins)[0]
    p = counts / counts.sum()
    px, py = p.sum(1, keepdims=True), p.sum(0, keepdims=True)
    nz = p > 0
    h = lambda q: float(-(q[q > 0] * np.log(q[q > 0])).sum())
    labels = [np.searchsorted(np.histogram_bin_edges(v, bins)[1:-1], v, side="right") for v in (x, y)]
    return {
        "mi": float((p[nz] * np.log(p[nz] / (px * py)[nz])).sum()),
        "h_x": h(px), "h_y": h(py), "h_xy": h(p),
        "nmi_sklearn": float(normalized_mutual_info_score(*labels)),
        # In doubles: given floats, scikit-image also sums its entropies in floats.
        "nmi_skimage": float(normalized_mutual_information(x.astype(float), y.astype(float), bins=bins)) if h(p) else None,
        # numpy widens the range of a constant array: the same table, moved to another bin.
        "counts": counts.astype(int).ravel().tolist()
        if bins <= 8 and np.ptp(x) > 0 and np.ptp(y) > 0 else None,
    }


cases = []
for x, y, bins in INLINE:
    cases.append({"x": x, "y": y, "bins": bins, **measure(np.array(x, float), np.array(y, float), bins)})
for seed, n, bins in [(1, 500, 7), (2, 501, 20), (3, 1000, 33), (4, 37, 100), (5, 2048, 2)]:
    x, y = generated(seed, n)
    for dtype in (np.float64, np.float32):
        cases.append({"seed": seed, "n": n, "bins": bins, "dtype": np.dtype(dtype).name,
                      **measure(x.astype(dtype), y.astype(dtype), bins, 1e-5)})
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "numpy_cases.json")
with open(path, "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
