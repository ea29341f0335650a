#!/usr/bin/env python3
"""Writes the one-dimensional tasks of "Beyond Normal" (Czyz, Grabowski, Vogt, Beerenwinkel and Marx,
"Beyond Normal: On the Evaluation of Mutual Information Estimators", NeurIPS 2023) for the tests and the
example `estimator_errors`: samples by the authors' own package, and the exact information of each task.

    pip install benchmark-mi==0.1.3 jax==0.4.33 jaxlib==0.4.33 numpy==1.26.4 scikit-learn scipy
    python3 make_beyond_normal.py

TASK.f32: 9,216 values of x, then 9,216 of y, float32, little-endian: as jax draws them.
tasks.json: the exact mutual information of each task in nats, and the SHA-256 of its file.
"""
import hashlib, json, os
import jax, numpy as np
from bmi.benchmark.task_list import ONE_DIM_TASKS

N, SEED = 9216, 2023
NAMES = {                                   # the package's id: file name
    "1v1-normal-0.75": "normal",
    "normal_cdf-1v1-normal-0.75": "uniform-margins",
    "1v1-additive-0.1": "additive-noise-0.10",
    "1v1-additive-0.75": "additive-noise-0.75",
    "1v1-bimodal-0.75": "bimodal",
    "wiggly-1v1-normal-0.75": "wiggly",
    "half_cube-1v1-normal-0.75": "half-cube",
    "student-identity-1-1-1": "student",
    "asinh-student-identity-1-1-1": "asinh-student",
}
folder = os.path.dirname(os.path.abspath(__file__))
tasks = []
for number, task in enumerate(ONE_DIM_TASKS):
    assert (task.dim_x, task.dim_y) == (1, 1)
    name = NAMES[task.id]
    x, y = (np.asarray(v, dtype="<f4").ravel() for v in task.sample(N, seed=SEED + number))
    assert len(x) == len(y) == N and np.isfinite(x).all() and np.isfinite(y).all()
    data = x.tobytes() + y.tobytes()
    # Equal values are roundings to f32 only: too few to matter.
    repeats = [N - len(np.unique(v)) for v in (x, y)]
    print(f"{task.id}: {task.mutual_information:.6f} nats, {repeats} repeated values")
    with open(os.path.join(folder, f"{name}.f32"), "wb") as file:
        file.write(data)
    tasks.append({"name": name, "id": task.id, "title": task.name,
                  "mi_nats": float(task.mutual_information),
                  "sha256": hashlib.sha256(data).hexdigest()})
with open(os.path.join(folder, "tasks.json"), "w") as file:
    json.dump({"made_with": {"benchmark-mi": "0.1.3", "jax": jax.__version__, "numpy": np.__version__},
               "seed": f"{SEED} + the task's position", "pairs": N, "tasks": tasks}, file, indent=1)
    file.write("\n")
