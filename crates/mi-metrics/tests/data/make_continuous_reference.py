#!/usr/bin/env python3
"""Writes continuous_reference.json, for tests/suite/continuous_reference.rs: estimates of mutual
information by scikit-learn and numpy, of inputs made from SplitMix64 by additions and multiplications
alone, so that any language makes the same ones.

    pip install numpy==1.26.4 scipy==1.17.1 scikit-learn==1.9.1
    python3 make_continuous_reference.py

KSG 1: sklearn.feature_selection._mutual_info._compute_mi_cc. KSG 2, which scikit-learn lacks: eq. 9 of
Kraskov et al. 2004 written out over all pairs. Both on arrays divided by their standard deviation.
Ross: eq. 2 of Ross 2014 written out, which sklearn.feature_selection._mutual_info._compute_mi_cd gives too,
but for labels that occur no more than 2k + 1 times: there scikit-learn's distances come from a matrix product,
whose rounding lets the k-th neighbour itself into some counts. Gaussian: numpy.corrcoef.
A rectified Gaussian: by numerical integration.
"""
import json, os
import numpy as np, scipy, sklearn
from scipy.integrate import quad
from scipy.special import digamma
from scipy.stats import norm
from sklearn.feature_selection._mutual_info import _compute_mi_cc, _compute_mi_cd

M = (1 << 64) - 1


class Random:
    def __init__(self, state):
        self.state = state

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & M
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        return ((z ^ (z >> 31)) >> 11) / (1 << 53)

    def bell(self):
        """The sum of 12 uniforms less 6: nearly a standard Gaussian."""
        sum = 0.0
        for _ in range(12):
            sum += self.uniform()
        return sum - 6.0


def linear(r):
    a, b = r.bell(), r.bell()
    return a, 0.6 * a + 0.8 * b


def scaled(r):
    x, y = linear(r)
    return 0.001 * x + 3.0, 10000.0 * y - 7.0


def cubic(r):
    x = 2.0 * r.uniform() - 1.0
    return x, x * x * x + 0.25 * r.uniform()


def parabola(r):
    x = 2.0 * r.uniform() - 1.0
    return x, x * x + 0.125 * r.uniform()


def common(r):
    """Three labels with values around them."""
    l = int(3.0 * r.uniform())
    return l, 0.75 * l + r.bell()


def rare(r):
    """Three common labels and a few rare ones."""
    l = int(3.0 * r.uniform())
    if r.uniform() < 0.008:
        l = 3 + int(8.0 * r.uniform())
    return l, 0.75 * l + r.bell()


def ross(labels, values, k):
    counts = dict(zip(*np.unique(labels, return_counts=True)))
    kept = np.array([counts[l] > 1 for l in labels])
    labels, values = labels[kept], values[kept]
    total = 0.0
    for l, v in zip(labels, values):
        k_i = min(k, counts[l] - 1)
        radius = np.sort(np.abs(values[labels == l] - v))[k_i]      # [0] is the value itself
        m = (np.abs(values - v) < radius).sum()
        total += digamma(k_i) - digamma(counts[l]) - digamma(m)
    return digamma(len(values)) + total / len(values)


def ksg2(x, y, k):
    x, y = x / x.std(), y / y.std()
    total = 0.0
    for i in range(len(x)):
        dx, dy = np.abs(x - x[i]), np.abs(y - y[i])
        near = [j for j in np.argsort(np.maximum(dx, dy), kind="stable") if j != i][:k]
        nx, ny = ((d <= d[near].max()).sum() - 1 for d in (dx, dy))
        total += digamma(nx) + digamma(ny)
    return digamma(k) - 1 / k - total / len(x) + digamma(len(x))


def rectified_gaussian(rho):
    """I(X; max(Y, 0)) of standard Gaussians of correlation rho: of P(Y <= 0) and of the density above."""
    s = np.sqrt(1 - rho * rho)

    def at(x):
        p0 = norm.cdf(-rho * x / s)
        zero = p0 * np.log(p0 / 0.5) if p0 > 0 else 0.0
        f = lambda y: norm.pdf(y, rho * x, s) * (norm.logpdf(y, rho * x, s) - norm.logpdf(y))
        return norm.pdf(x) * (zero + quad(f, max(0, rho * x - 9 * s), max(rho * x + 9 * s, 0.5))[0])

    return quad(at, -9, 9, limit=400)[0]


def make(formula, n, seed):
    r = Random(seed)
    return (np.array(v) for v in zip(*(formula(r) for _ in range(n))))


pairs, labelled = [], []
for seed, (formula, n) in enumerate([(linear, 1000), (cubic, 16), (scaled, 700), (cubic, 500), (parabola, 2000)]):
    x, y = make(formula, n, seed)
    rho = np.corrcoef(x, y)[0, 1]
    case = {"formula": formula.__name__, "n": n, "seed": seed, "x0": x[0], "y_last": y[-1],
            "gaussian": -0.5 * np.log(1 - rho * rho), "ksg": []}
    for k in (1, 3, 10):
        one = _compute_mi_cc(x / x.std(), y / y.std(), k)
        assert one > 0, "scikit-learn cuts off at 0"
        case["ksg"].append({"k": k, "one": one, "two": ksg2(x, y, k)})
    pairs.append(case)
for seed, (formula, n) in enumerate([(common, 600), (rare, 1500), (common, 40)], 10):
    labels, values = make(formula, n, seed)
    counts = np.unique(labels, return_counts=True)[1].tolist()
    case = {"formula": formula.__name__, "n": n, "seed": seed, "counts": counts, "value_last": values[-1],
            "ross": []}
    for k in (1, 3, 10):
        mi, theirs = ross(labels, values, k), _compute_mi_cd(values, labels, k)
        exact = k < min(counts) // 2
        assert mi > 0 and abs(mi - theirs) < (1e-12 if exact else 0.02), (formula, n, k, mi, theirs)
        case["ross"].append({"k": k, "mi": mi})
    labelled.append(case)
assert any(1 in case["counts"] for case in labelled) and any(2 in case["counts"] for case in labelled)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "continuous_reference.json"), "w") as file:
    json.dump({"made_with": {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__},
               "rectified_gaussian": {"rho": 0.9, "mi": rectified_gaussian(0.9)},
               "pairs": pairs, "labelled": labelled}, file, indent=1)
    file.write("\n")
