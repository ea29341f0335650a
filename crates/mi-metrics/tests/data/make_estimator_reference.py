#!/usr/bin/env python3
"""Writes estimator_reference.json, for tests/suite/estimators.rs and binning.rs: estimates and measures of
contingency tables, bins and numbers of bins, from numpy, scipy, scikit-learn, scikit-image and
infomeasure, or where they have none from the definition written out without shortcuts.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 scikit-image==0.26.0 infomeasure==0.6.3
    python3 make_estimator_reference.py
"""
import json, math, os
import infomeasure
import numpy as np
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score
from skimage.metrics import variation_of_information


def lcg(seed, n):
    """The generator of the Rust tests: uniform in [0, 1)."""
    values, state = [], seed
    for _ in range(n):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state / 2**32)
    return np.array(values)


def image_table(bins):
    """The inputs "unrelated" of make_mi_reference.py: 9,216 values, most cells of 256 x 256 empty."""
    i = np.arange(9216)
    image, other = i * 7919 % 251, (i * i * 31 + i * 17) % 1009 - 500
    bin_of = lambda v: np.minimum((v - v.min()) * bins // (v.max() - v.min()), bins - 1)
    return np.bincount(bin_of(image) * bins + bin_of(other), minlength=bins * bins).reshape(bins, bins)


TABLES = {
    "diagonal": [[5, 0], [0, 5]],
    "product": [[2, 4, 6], [1, 2, 3]],
    "uniform": [[3, 3], [3, 3]],
    "one value": [[0, 0], [0, 1]],
    "one row": [[0, 0, 0], [7, 1, 2]],
    "sparse": [[4, 0, 0, 0], [3, 0, 1, 0], [2, 0, 0, 0]],
    "singletons": [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]],
    "wide": [[12, 7, 3, 1, 1, 0, 2, 9], [0, 5, 8, 2, 6, 30, 1, 1]],
    "full": [[12, 7, 3], [1, 4, 9], [20, 2, 2], [5, 6, 1]],
    "image 20": 20,
    "image 256": 256,
}


def plug_in(table):
    return entropy(table.sum(0)) + entropy(table.sum(1)) - entropy(table.ravel())


def jackknife(table):
    """Leaves out every value in turn (once for each cell, since the values of one leave the same table)."""
    n = int(table.sum())
    if n == 1:
        return 0.0
    # From counts, with fsum: differences of information are multiplied by n.
    flog = lambda counts: math.fsum(c * math.log(c) for c in counts[counts > 0].tolist())
    information = lambda t: (flog(t) - flog(t.sum(0)) - flog(t.sum(1))) / int(t.sum()) + math.log(t.sum())
    left_out = []
    for i, j in np.argwhere(table).tolist():
        rest = table.copy()
        rest[i, j] -= 1
        left_out.append(int(table[i, j]) * information(rest))
    return n * information(table) - (n - 1) * math.fsum(left_out) / n


def shrink(table):
    """mi.shrink of the R package entropy (get.lambda.shrink, then mi.plugin), line by line."""
    n, u, t = table.sum(), table / table.sum(), 1 / table.size
    if n == 1:
        weight = 1.0
    else:
        spread = ((u - t) ** 2).sum()
        weight = 1.0 if spread == 0 else min(1.0, max(0.0, (u * (1 - u) / (n - 1)).sum() / spread))
    p = weight * t + (1 - weight) * u
    null = np.outer(p.sum(1), p.sum(0))
    nonzero = p > 0
    if (table > 0).all():       # infomeasure shrinks towards the observed cells: here, all of them
        labels = np.repeat(np.arange(table.size), table.ravel())
        theirs = float(infomeasure.entropy(labels, approach="shrink", base="e"))
        assert abs(theirs - entropy(p.ravel())) < 1e-12, (theirs, entropy(p.ravel()))
    return float((p[nonzero] * np.log(p[nonzero] / null[nonzero])).sum())


def measure(name, source):
    table = image_table(source) if isinstance(source, int) else np.array(source)
    n = int(table.sum())
    rows, columns = (int((table.sum(axis) > 0).sum()) for axis in (1, 0))
    x, y = (np.repeat(index.ravel(), table.ravel()) for index in np.indices(table.shape))
    mi = float(mutual_info_score(x, y))
    assert abs(mi - plug_in(table)) < 1e-12
    madow = float(infomeasure.mutual_information(x, y, approach="miller_madow", base="e"))
    vi = variation_of_information(x, y) * math.log(2)
    h = [float(entropy(table.sum(1))), float(entropy(table.sum(0))), float(entropy(table.ravel()))]
    assert abs(vi.sum() - (2 * h[2] - h[0] - h[1])) < 1e-12
    i, j = np.unravel_index(np.argmax(table), table.shape)
    p = table / n
    out = {
        "table": source, "rows": table.shape[0], "columns": table.shape[1],
        "plug-in": mi, "miller-madow": madow, "analytic": mi - (rows - 1) * (columns - 1) / (2 * n),
        "shrinkage": shrink(table), "jackknife": jackknife(table),
        "h_y_given_x": float(vi[0]), "h_x_given_y": float(vi[1]),
        "pointwise": [int(i), int(j), float(np.log(p[i, j] / (p.sum(1)[i] * p.sum(0)[j])))],
        "joint": mi / h[2] if h[2] else 1.0, "studholme": (h[0] + h[1]) / h[2] if h[2] else 2.0,
    }
    for method in ("min", "geometric", "arithmetic", "max"):
        out[method] = float(normalized_mutual_info_score(x, y, average_method=method))
    return {"name": name, **out}


def arrays():
    """Defined by whole numbers and the generator, so that Rust makes the same values."""
    uniform = lcg(1, 1000)
    skewed = uniform * uniform * uniform
    i = np.arange(1000)
    yield "uniform", uniform
    yield "skewed", skewed
    yield "skewed float32", skewed.astype(np.float32)
    yield "bytes", (i * 7919 % 251).astype(np.uint8)
    yield "few bytes", (i % 4).astype(np.uint8)
    yield "zeros", np.where(uniform < 0.8, 0.0, uniform)
    yield "squares", (i * i).astype(float)
    yield "cube", np.arange(8.0)
    yield "tiny", uniform[:64] * 2.0**-900
    yield "huge", uniform[:64] * 2.0**900
    yield "outlier", np.append(uniform[:99], 40.0)
    yield "two", np.array([1.0, 2.5])
    yield "constant", np.full(50, 0.1)


def between_quantiles(values, bins):
    return np.searchsorted(np.quantile(values, np.arange(1, bins) / bins), values, side="right")


def bins(name, values):
    whole = values.dtype == np.uint8
    exact = values if whole else values.astype(float)
    scaled = {"tiny": 2.0**900, "huge": 2.0**-900}.get(name, 1.0)      # numpy's own squares overflow
    counted = exact if scaled == 1.0 else exact * scaled
    # numpy widens a constant array to a range of 1 and divides it by a rounding.
    rule = lambda r: 1 if np.ptp(exact) == 0 else len(np.histogram_bin_edges(counted, bins=r)) - 1
    out = {"name": name, "rules": {r: rule(r) for r in ("sturges", "doane", "scott", "fd")}}
    out["equal_mass"] = {b: np.bincount(between_quantiles(exact, b), minlength=b).tolist() for b in (3, 8, 20)}
    if name in ("uniform", "skewed", "bytes", "zeros"):
        low, high = (0, 255) if whole else (-0.25, 1.25)
        # 7 bins over 1.5: no value lies within rounding of an edge.
        out["in_range"] = np.histogram(exact, bins=7, range=(low, high))[0].tolist()
        edges = [0.0, 0.1, 0.15, 0.5, 1.0] if not whole else [0.0, 1.0, 17.0, 100.0, 250.0]
        out["edges"] = edges
        out["from_edges"] = np.histogram(exact, bins=edges)[0].tolist()
    return out


values = lcg(3, 40)
out = {
    "tables": [measure(*item) for item in TABLES.items()],
    "arrays": [bins(*item) for item in arrays()],
    "quantiles": {str(q): float(np.quantile(values, q)) for q in (0, 0.025, 0.3, 0.5, 0.95, 1)},
    "std": float(values.std(ddof=1)),
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "estimator_reference.json")
with open(path, "w") as f:
    block = lambda items: "[\n" + ",\n".join(json.dumps(i) for i in items) + "\n]"
    f.write("{\n" + ",\n".join(
        f"{json.dumps(k)}: {block(v) if isinstance(v, list) else json.dumps(v)}" for k, v in out.items()) + "\n}\n")
