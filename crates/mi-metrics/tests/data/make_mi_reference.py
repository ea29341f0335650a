#!/usr/bin/env python3
"""Writes mi_reference.json, for tests/suite/reference.rs: mutual information of integer-defined
arrays, to check any implementation against.  Inputs and bin numbers are exact integer arithmetic;
only the logarithms are floating point (summed with math.fsum).  Each case is cross-checked with
numpy.histogram2d, scikit-learn and (for NMI) scikit-image.

    pip install numpy==2.4.6 scikit-learn==1.9.1 scikit-image==0.26.0
    python3 make_mi_reference.py
"""
import hashlib, json, math, os
import numpy as np
import sklearn, skimage
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score
from skimage.metrics import normalized_mutual_information as sk_nmi

N = 9216                                    # 96 x 96, row-major: i = 96*row + col
I = np.arange(N, dtype=np.int64)
R, C = I // 96, I % 96
IMG = I * 7919 % 251
GRAD = (3 * R + 2 * C) % 256
INPUTS = {                                  # name: (image formula, map formula, image, map)
    "noisy_square": ("i*7919 % 251", "img*img/16 (floor) + 40*((i*i) % 23) - 1500",
                     IMG, IMG * IMG // 16 + 40 * (I * I % 23) - 1500),
    "gradient": ("(3*r + 2*c) % 256, r = i/96 (floor), c = i % 96", "97 - 3*img + 5*((7*r + c*c) % 29)",
                 GRAD, 97 - 3 * GRAD + 5 * ((7 * R + C * C) % 29)),
    "unrelated": ("i*7919 % 251", "(i*i*31 + i*17) % 1009 - 500", IMG, (I * I * 31 + I * 17) % 1009 - 500),
    "identical": ("i*7919 % 251", "img", IMG, IMG),
}
BINS = (8, 20, 64, 256)


def bin_of(v, bins):
    lo, hi = int(v.min()), int(v.max())
    return np.minimum((v - lo) * bins // (hi - lo), bins - 1)


def entropy(counts):
    return -math.fsum(c / N * math.log(c / N) for c in counts.ravel().tolist() if c)


out = {
    "about": "Mutual information in nats. i = 0..9215 (96x96 row-major). All integer arithmetic; "
             "the arrays are exact in float32. bin = min(bins-1, (v-lo)*bins / (hi-lo) floored), lo and hi the "
             "array's own min and max. joint counts: row = image bin, column = map bin. "
             "joint_sha256: SHA-256 of the bins*bins counts, row-major, little-endian u32. "
             "mi = h_image + h_map - h_joint = sum p ln(p / (px py)). "
             "nmi_arith = 2 mi / (h_image + h_map) (scikit-learn default); "
             "nmi_studholme = (h_image + h_map) / h_joint (scikit-image).",
    "pixels_moved_note": "pixels that float32 binning, ((v-lo)*(bins/(hi-lo))) or ((v-lo)*bins/(hi-lo)), puts "
                          "into another bin than the exact integer rule: for information, not a target.",
    "made_with": {"numpy": np.__version__, "sklearn": sklearn.__version__, "skimage": skimage.__version__},
    "inputs": {}}
for name, (fi, fm, img, mp) in INPUTS.items():
    assert 0 <= img.min() and img.max() <= 255
    assert (img.astype(np.float32) == img).all() and (mp.astype(np.float32) == mp).all()
    rows = []
    for b in BINS:
        bi, bm = bin_of(img, b), bin_of(mp, b)
        j = np.bincount(bi * b + bm, minlength=b * b).reshape(b, b)
        hi, hm, hj = entropy(j.sum(1)), entropy(j.sum(0)), entropy(j)
        px, py = j.sum(1), j.sum(0)
        r, c = np.nonzero(j)
        mi = math.fsum(n / N * math.log(n * N / (int(px[a]) * int(py[d])))
                       for a, d, n in zip(r.tolist(), c.tolist(), j[r, c].tolist()))
        # cross-checks
        edge = {}
        for dt in (np.float64, np.float32):
            h = np.histogram2d(img.astype(dt), mp.astype(dt), bins=b)[0]
            edge[np.dtype(dt).name] = int(np.abs(h - j).sum()) // 2     # pixels np puts in another bin
        def f32(v, recip):                      # what plain float32 binning does to the edges
            v = v.astype(np.float32); lo, w = v.min(), np.float32(v.max() - v.min())
            t = (v - lo) * (np.float32(b) / w) if recip else (v - lo) * np.float32(b) / w
            return np.minimum(t.astype(np.int64), b - 1)
        for key, recip in (("f32_times_reciprocal", True), ("f32_times_then_divide", False)):
            edge[key] = int(((f32(img, recip) != bi) | (f32(mp, recip) != bm)).sum())
        h = np.histogram2d(img.astype(np.float64), mp.astype(np.float64), bins=b)[0]
        p = h / h.sum(); q = p.sum(1, keepdims=True) * p.sum(0, keepdims=True); nz = p > 0
        mi_np = float((p[nz] * np.log(p[nz] / q[nz])).sum())
        mi_sk = float(mutual_info_score(bi, bm))
        nmi_sk = float(normalized_mutual_info_score(bi, bm))
        st = float(sk_nmi(img.astype(np.float64), mp.astype(np.float64), bins=b))
        assert abs(mi - (hi + hm - hj)) < 1e-12 and abs(mi - mi_sk) < 1e-12, (name, b)
        assert abs(nmi_sk - 2 * mi / (hi + hm)) < 1e-12
        if edge["float64"] == 0:
            assert abs(mi_np - mi) < 1e-12 and abs(st - (hi + hm) / hj) < 1e-12
        rows.append({"bins": b, "mi": mi, "h_image": hi, "h_map": hm, "h_joint": hj,
                     "nmi_arith": 2 * mi / (hi + hm), "nmi_studholme": (hi + hm) / hj,
                     "joint_nonzero": int((j > 0).sum()), "joint_max": int(j.max()),
                     "joint_sha256": hashlib.sha256(j.astype("<u4").tobytes()).hexdigest(),
                     **({"joint": j.ravel().tolist()} if b == 8 else {}),
                     "numpy_histogram2d": {"mi_float64": mi_np, "pixels_moved_float64": edge["float64"],
                                           "pixels_moved_float32": edge["float32"]},
                     "pixels_moved_f32_times_reciprocal": edge["f32_times_reciprocal"],
                     "pixels_moved_f32_times_then_divide": edge["f32_times_then_divide"],
                     "sklearn_mi_minus_mi": mi_sk - mi})
    out["inputs"][name] = {
        "image": fi, "map": fm, "image_min_max": [int(img.min()), int(img.max())],
        "map_min_max": [int(mp.min()), int(mp.max())], "image_first8": img[:8].tolist(),
        "map_first8": mp[:8].tolist(), "image_sum": int(img.sum()), "map_sum": int(mp.sum()), "results": rows}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mi_reference.json")
json.dump(out, open(path, "w"), indent=1)
for n, v in out["inputs"].items():
    print(n, v["map_min_max"], [(r["bins"], round(r["mi"], 6), r["numpy_histogram2d"]["pixels_moved_float64"],
                                 r["numpy_histogram2d"]["pixels_moved_float32"],
                                 r["pixels_moved_f32_times_reciprocal"], r["pixels_moved_f32_times_then_divide"], f'{r["sklearn_mi_minus_mi"]:.1e}') for r in v["results"]])
