#!/usr/bin/env python3
"""Writes statistics_reference.json, for src/statistics: Student-t quantiles and intervals, Cohen's d of
pairs and Spearman's rank correlation by scipy.

    pip install numpy==2.4.6 scipy==1.17.1
    python3 make_statistics_reference.py
"""
import json, os
import numpy as np
import scipy
from scipy import stats

SAMPLES = [[0.71, 0.74], [1.5, 2.25, -0.5], [0.612, 0.618, 0.607, 0.633, 0.621],
           [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3]]
PAIRS = [[[0.71, 0.64], [0.74, 0.66], [0.69, 0.65], [0.72, 0.69], [0.7, 0.71]], [[2, 1], [5, 7], [3, 3]]]
RANKED = [[[1, 10], [2, 20], [3, 15], [4, 40]], [[1, 4], [2, 3], [3, 1]], [[0.1, 8.5], [0.3, 2]],
          [[1, 3], [1, 5], [2, 4], [2, 4], [2, 8], [7, 1], [3, 8]], [[-1, 0], [0, 0], [0, 0], [5, -2], [5, 1e9]]]


def interval(values):
    mean = np.mean(values)
    low, high = stats.t.interval(0.95, len(values) - 1, loc=mean, scale=stats.sem(values))
    return {"mean": mean, "interval_95": (high - low) / 2}


out = {"made_with": {"numpy": np.__version__, "scipy": scipy.__version__},
       "t_975": [[f, stats.t.ppf(0.975, f)] for f in (1, 2, 3, 4, 5, 7, 9, 19, 29, 99, 4999)],
       "samples": [{"values": s, **interval(s)} for s in SAMPLES],
       "pairs": [], "ranked": [{"pairs": p, "rho": stats.spearmanr(*zip(*p)).statistic} for p in RANKED]}
for pairs in PAIRS:
    differences = [a - b for a, b in pairs]
    out["pairs"].append({"pairs": pairs, **interval(differences),
                         "cohens_d": np.mean(differences) / np.std(differences, ddof=1)})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "statistics_reference.json"), "w") as file:
    file.write(json.dumps(out).replace('], "', '],\n"').replace('}, {', '},\n{') + "\n")
