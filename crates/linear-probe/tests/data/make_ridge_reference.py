#!/usr/bin/env python3
"""Writes ridge_reference.json, for tests/suite/scikit_learn.rs: what scikit-learn's RidgeClassifierCV makes of
standardised features, with more observations than features, fewer, and of two classes.

    pip install numpy==2.4.6 scikit-learn==1.9.1
    python3 make_ridge_reference.py
"""
import json, os
import numpy as np
import sklearn
from sklearn.linear_model import Ridge, RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, StandardScaler

SCALE = 64                                  # features are integers over 64: exact in float32
PENALTIES = [10.0 ** e for e in range(-3, 7)]
CASES = {                                   # name: labels, training rows, features, class signal
    "more_observations": ([1, 4, 9], 60, 8, 0.8),
    "fewer_observations": ([0, 2, 3, 7], 32, 50, 0.9),
    "two_classes": ([3, 5], 40, 12, 0.5),
}


def draw(rng, labels, rows, dimension, signal):
    y = rng.choice(labels, size=rows, p=np.arange(1, len(labels) + 1) / sum(range(1, len(labels) + 1)))
    centres = np.random.default_rng(7).normal(size=(256, dimension)) * signal
    x = (centres[y] + rng.normal(size=(rows, dimension))) * np.linspace(0.2, 5, dimension) + 1.5
    x[:, 2] = -3.25                         # a constant feature
    return np.rint(x * SCALE).astype(int), y


def refit_errors(x, y):
    """Mean squared leave-one-out error by its definition: a fit without each observation."""
    targets = LabelBinarizer(neg_label=-1).fit_transform(y)
    def squares(penalty, i):
        rest = np.arange(len(y)) != i
        model = Ridge(alpha=penalty, solver="svd").fit(x[rest], targets[rest])
        return (model.predict(x[i:i + 1]) - targets[i]) ** 2
    return np.array([np.mean([squares(p, i) for i in range(len(y))]) for p in PENALTIES])


out = {"about": "features are integers over `scale`, row-major; test_decisions, a row an observation, a column "
                "a class (of two classes: one column, the second's); errors are the mean squared leave-one-out errors, by a fit "
                "without each observation.",
       "made_with": {"numpy": np.__version__, "sklearn": sklearn.__version__},
       "scale": SCALE, "penalties": PENALTIES, "cases": {}}
for number, (name, (labels, rows, dimension, signal)) in enumerate(CASES.items()):
    rng = np.random.default_rng(number)
    x, y = draw(rng, labels, rows, dimension, signal)
    test, test_y = draw(rng, labels, 12, dimension, signal)
    model = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=PENALTIES, store_cv_results=True))
    model.fit(x / SCALE, y)
    ridge = model[-1]
    assert ridge.classes_.tolist() == labels
    errors = ridge.cv_results_.reshape(-1, len(PENALTIES)).mean(axis=0)
    assert 0 < errors.argmin() < len(PENALTIES) - 1, (name, errors)
    exact = refit_errors(model[0].transform(x / SCALE), y)
    assert np.allclose(errors, exact, rtol=1e-11, atol=0)
    out["cases"][name] = {
        "dimension": dimension, "features": x.ravel().tolist(), "labels": y.tolist(),
        "test_features": test.ravel().tolist(), "test_labels": test_y.tolist(),
        "penalty": float(ridge.alpha_), "errors": exact.tolist(),
        "test_decisions": model.decision_function(test / SCALE).reshape(12, -1).tolist(),
        "test_predictions": model.predict(test / SCALE).tolist(),
        "test_accuracy": model.score(test / SCALE, test_y)}
    print(name, ridge.alpha_, exact.round(4), abs(errors / exact - 1).max(), out["cases"][name]["test_accuracy"])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ridge_reference.json"), "w") as file:
    file.write(json.dumps(out).replace('"cases": ', '\n"cases": ').replace('], "', '],\n"') + "\n")
