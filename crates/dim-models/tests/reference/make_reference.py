#!/usr/bin/env python3
"""Writes reference.json: what PyTorch computes, in float64, for the models of this crate.

    python3 -m venv venv && venv/bin/pip install torch numpy safetensors
    venv/bin/python make_reference.py            # writes reference.json beside this script
    venv/bin/python make_reference.py --check    # gradients against finite differences; no file

Nothing random goes in: weights, images and noise follow integer formulas (`FORMULAS` in
dim_torch.py, copied into the file under "about"), so a test rebuilds them and compares.

The objective, with sp(t) = ln(1 + exp t), T+ the scores of (x~_i, z_i) and T-_k those of
(x~_(i+k mod B), z_i) for roll k = 1 to K; means run over the batch, the locations and, for
negatives, the rolls:

    jsd      I = mean(-sp(-T+)) - mean(sp(T-))
    dv       I = mean(T+) - ln mean exp(T-)
    infonce  I = mean(T+ - ln(exp T+ + sum_k exp T-_k))

    adversarial  prior_encoder = mean sp(-D(x~, sigmoid(z)))
                 prior_network = mean sp(-D(x~, u)) + mean sp(D(x~, sigmoid(z))), z held constant
    cooperative  prior_encoder = prior_network = that sum, z not held constant

    total = -(beta I_local + alpha I_global) + gamma prior_encoder

Adversarial: encoder, local and global descend `total`, the prior network descends
`prior_network`, both from the same forward pass. Cooperative: all descend `total`.
"""
import argparse
import json
import math
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F

from dim_torch import (
    FORMULAS, LAYERS, DeepInfoMax, aligned, fill_by_formula, images, noise, sample, summary,
)

ALPHA, BETA, GAMMA = 0.5, 1.0, 0.1
LEARNING_RATE, ADAM_STEPS = 1e-2, 3  # the rate is large so that three steps show
BATCH = 3

CALIBRATION_IMAGES = 7  # two batches of BATCH; the last image is left out

ZERO_GRADIENT = 1e-12  # a smaller L2 norm than this is rounding error


class Run(NamedTuple):
    """What distinguishes one run from another."""
    case: str
    height: int
    width: int
    objective: str = "jsd"
    rolls: int = 1
    prior: str = "adversarial"
    gain: int = 1
    align: str = "resize"


FULL_RUNS = [Run(case, 24, 24) for case in LAYERS] + [Run("d", 20, 28)]
FULL_RUNS += [Run(case, 24, 20, align="crop") for case in "ab"]

# Objectives other than the default. At gain 1 scores hardly depend on the image: the estimates of
# dv and infonce hide in their fourth decimal, and float32 loses 0.2 % of dv's gradient.
VARIANT_RUNS = [
    Run("c", 24, 24, objective, rolls, prior, gain=4)
    for objective, rolls, prior in [
        ("jsd", 1, "adversarial"),
        ("jsd", 2, "adversarial"),
        ("dv", 1, "adversarial"),
        ("dv", 2, "adversarial"),
        ("infonce", 1, "adversarial"),
        ("infonce", 2, "adversarial"),
        ("jsd", 1, "cooperative"),
    ]
]

ABOUT = {
    **FORMULAS,
    "gain": "in a run of gain g, the weights (not biases) of global, local and prior are g times the "
    "formula's; the encoder's never change",
    "align": "resize: z is the encoder's output, x~ as in resized; crop: x~ and z are the centres of "
    "image and encoder's output, both of the smaller height and width of the two",
    "resized": "align resize: x~ = torch.nn.functional.interpolate(x, z's height and width, mode='bilinear', "
    "align_corners=False, antialias=False)",
    "summary": "mean, std (divided by n, not n - 1) and sum over all elements; value[i] is the element "
    "of flat row-major index index[i]",
    "z": "latent of the training-mode forward pass from the formula parameters",
    "running": "batch norm's running statistics after that one pass (momentum 0.1; running_var takes "
    "the unbiased variance)",
    "z_eval": "evaluation-mode latent, formula parameters, running statistics after that one pass",
    "losses": "see the docstring of make_reference.py for i_local, i_global, prior_encoder, "
    "prior_network, total; all in nats",
    "gradients": "of total; for the parameters of the prior network, adversarial: of prior_network. "
    "norm is the L2 norm",
    "zero_gradients": "parameters whose gradient is zero except for rounding (norm below 1e-12): biases "
    "before a batch norm and, for dv and infonce, the last bias of local and global, all of which cancel",
    "adam": "three Adam steps (betas 0.9 and 0.999, eps 1e-8, no weight decay) on the same batch, all "
    "networks updated together from one forward pass a step; losses[i] is computed before update i; "
    "parameters are those after the last update. Those in zero_gradients are left out: Adam turns "
    "their rounding errors into steps of any size, which change no loss",
    "calibration": "running statistics after torch.optim.swa_utils.update_bn over consecutive batches "
    "of the formula images, the last short batch dropped; formula parameters",
    "float32": "largest absolute deviation of the same run in float32 PyTorch from the float64 values "
    "here, over all elements: the error to expect of correct float32 code. gradients: each divided by "
    "its L2 norm, zero_gradients left out; adam_losses: those of all three steps",
}


def softplus(t):
    return -F.logsigmoid(-t)  # F.softplus would turn linear above 20


def information(objective, positive, negatives):
    """The estimate in nats; `negatives` is `[K, ...]` over scores shaped like `positive`."""
    if objective == "jsd":
        return -softplus(-positive).mean() - softplus(negatives).mean()
    if objective == "dv":
        return positive.mean() - (torch.logsumexp(negatives.flatten(), 0) - math.log(negatives.numel()))
    candidates = torch.cat([positive.unsqueeze(0), negatives])
    return (positive - torch.logsumexp(candidates, 0)).mean()


def forward(model, x, run):
    """One training-mode pass: the aligned images and latent, and the losses by name."""
    z = model.encoder(x)
    overlaid, z = aligned(x, z, run.align)
    negatives = [torch.roll(overlaid, -k, 0) for k in range(1, run.rolls + 1)]  # -k: i takes i + k

    def estimate(score):
        scores = torch.stack([score(image, z) for image in negatives])
        return information(run.objective, score(overlaid, z), scores)

    def prior_joint(codes):
        uniform = model.score_prior(overlaid, noise(z.shape).to(z))
        return softplus(-uniform).mean() + softplus(model.score_prior(overlaid, codes)).mean()

    losses = {"i_local": estimate(model.score_local), "i_global": estimate(model.score_global)}
    codes = torch.sigmoid(z)
    if run.prior == "adversarial":
        losses["prior_encoder"] = softplus(-model.score_prior(overlaid, codes)).mean()
        losses["prior_network"] = prior_joint(codes.detach())
    else:
        losses["prior_encoder"] = losses["prior_network"] = prior_joint(codes)
    mutual = BETA * losses["i_local"] + ALPHA * losses["i_global"]
    losses["total"] = -mutual + GAMMA * losses["prior_encoder"]
    return overlaid, z, losses


def loss_of(name, run):
    """Which loss the parameter called `name` descends."""
    return "prior_network" if run.prior == "adversarial" and name.startswith("prior.") else "total"


def gradients(model, losses, run):
    """Gradient of each parameter's own loss, by name."""
    result = {}
    for loss in ["total", "prior_network"]:
        group = {n: p for n, p in model.named_parameters() if loss_of(n, run) == loss}
        if group:
            found = torch.autograd.grad(losses[loss], list(group.values()), retain_graph=True)
            result.update(zip(group, found))
    return result


def new_model(run, dtype):
    model = DeepInfoMax(run.case).double()
    fill_by_formula(model)
    for name, parameter in model.named_parameters():
        if name.endswith("weight") and not name.startswith("encoder."):
            parameter.data *= run.gain
    return model.to(dtype).train()


def compute(run, dtype=torch.float64):
    """Everything one run records, as tensors: from the first pass, then over the Adam steps."""
    model = new_model(run, dtype)
    x = images(BATCH, run.height, run.width).to(dtype)

    overlaid, z, losses = forward(model, x, run)
    result = {"resized": overlaid, "z": z.detach(), "losses": values(losses)}
    result["gradients"] = gradients(model, losses, run)
    result["running"] = {n: b.clone() for n, b in model.named_buffers() if "running" in n}
    with torch.no_grad():
        result["z_eval"] = aligned(x, model.eval().encoder(x), run.align)[1]

    model = new_model(run, dtype)
    optimiser = torch.optim.Adam(model.parameters(), LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    result["adam_losses"] = []
    for _ in range(ADAM_STEPS):
        losses = forward(model, x, run)[2]
        result["adam_losses"].append(values(losses))
        found = gradients(model, losses, run)
        for name, parameter in model.named_parameters():
            parameter.grad = found[name]
        optimiser.step()
    result["adam_parameters"] = {n: p.detach() for n, p in model.named_parameters()}
    return result


def values(losses):
    return {name: loss.item() for name, loss in losses.items()}


def zero_gradients(exact):
    return [n for n, g in exact["gradients"].items() if g.norm() < ZERO_GRADIENT]


def float32_deviation(exact, run, full):
    """How far float32 PyTorch lands from `exact`: a yardstick for tolerances."""
    single, skipped = compute(run, torch.float32), zero_gradients(exact)

    def gap(a, b):
        return (a - b.double()).abs().max().item()

    def losses_gap(a, b):
        return max(abs(a[name] - b[name]) for name in a)

    def largest(key, scale):
        return max(gap(a, single[key][n]) / scale(a) for n, a in exact[key].items() if n not in skipped)

    result = {
        "losses": losses_gap(exact["losses"], single["losses"]),
        "gradients": largest("gradients", lambda g: g.norm().item()),
    }
    if full:
        result.update({key: gap(exact[key], single[key]) for key in ["resized", "z", "z_eval"]})
        result["running"] = largest("running", lambda _: 1.0)
        result["adam_losses"] = max(map(losses_gap, exact["adam_losses"], single["adam_losses"]))
        result["adam_parameters"] = largest("adam_parameters", lambda _: 1.0)
    return result


def record(run, full):
    """One entry of "runs"; a variant leaves out what does not depend on the objective."""
    exact, count = compute(run), 8 if full else 4
    skipped = zero_gradients(exact)
    size = f"{run.height}x{run.width}"
    crop = "" if run.align == "resize" else f"-{run.align}"
    entry = {
        "name": f"case-{run.case}-{size}-{run.objective}-{run.rolls}-{run.prior}-gain-{run.gain}{crop}",
        "batch": BATCH,
        **run._asdict(),
    }
    if full:
        entry.update({key: summary(exact[key]) for key in ["resized", "z", "z_eval"]})
        entry["running"] = {n: b.tolist() for n, b in exact["running"].items()}
    entry["losses"] = exact["losses"]
    entry["gradients"] = {
        n: {"norm": g.norm().item(), "sum": g.sum().item(), **sample(g, count)}
        for n, g in exact["gradients"].items()
    }
    entry["zero_gradients"] = skipped
    if full:
        entry["adam"] = {
            "learning_rate": LEARNING_RATE,
            "losses": exact["adam_losses"],
            "parameters": {
                n: {"norm": p.norm().item(), **sample(p, count)}
                for n, p in exact["adam_parameters"].items()
                if n not in skipped
            },
        }
    entry["float32"] = float32_deviation(exact, run, full)
    return entry


def state_dict_keys(case):
    """Names, shapes and dtypes of a checkpoint, in PyTorch's order (float32 model)."""
    return [{"name": n, "shape": list(t.shape), "dtype": str(t.dtype).removeprefix("torch.")}
            for n, t in DeepInfoMax(case).state_dict().items()]


def calibration(case, height, width):
    """One entry of "calibration": batch norm's statistics from one pass over images."""
    model = new_model(Run(case, height, width), torch.float64).encoder
    batches = images(CALIBRATION_IMAGES, height, width).split(BATCH)
    torch.optim.swa_utils.update_bn([x for x in batches if len(x) == BATCH], model)
    sizes = {"images": CALIBRATION_IMAGES, "batch": BATCH, "height": height, "width": width}
    running = {f"encoder.{n}": b.tolist() for n, b in model.named_buffers()}
    return {"name": f"case-{case}-calibration", "case": case, **sizes, "gain": 1, "align": "resize", "running": running}


def check(run):
    """Largest |autograd - central difference| over three elements of every parameter, each divided
    by the gradient's L2 norm, and the parameter's name. Of two steps the better one counts: the
    larger may cross a kink of a ReLU, the smaller drowns in rounding where the gradient is small."""
    model, x = new_model(run, torch.float64), images(BATCH, run.height, run.width)

    def losses():
        return forward(model, x, run)[2]

    found = gradients(model, losses(), run)
    worst = (0.0, "")
    for name, parameter in model.named_parameters():
        flat, gradient, loss = parameter.data.view(-1), found[name], loss_of(name, run)
        scale = max(gradient.norm().item(), 1e-3)  # some gradients are zero
        for j in {0, flat.numel() // 2, flat.numel() - 1}:
            kept, errors = flat[j].item(), []
            for step in [1e-6, 1e-7]:
                flat[j] = kept + step
                above = losses()[loss].item()
                flat[j] = kept - step
                slope = (above - losses()[loss].item()) / (2 * step)
                errors.append(abs(slope - gradient.flatten()[j].item()) / scale)
            flat[j] = kept
            worst = max(worst, (min(errors), name))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("reference.json"),
                        metavar="PATH", help="file to write (default: reference.json beside this script)")
    parser.add_argument("--check", action="store_true",
                        help="compare gradients with finite differences and write nothing;\n"
                             "exit code 1 if any is off by more than 1e-5 of the gradient's norm")
    args = parser.parse_args()
    torch.set_num_threads(1)  # a fixed order of additions

    if args.check:
        worst = 0.0
        for run in FULL_RUNS + VARIANT_RUNS:
            error, name = check(run)
            worst = max(worst, error)
            print(f"{error:.1e}  {name:18} {' '.join(map(str, run))}")
        raise SystemExit(worst > 1e-5)

    reference = {
        "about": ABOUT,
        "command": "python3 make_reference.py",
        "torch": torch.__version__,
        "config": {"alpha": ALPHA, "beta": BETA, "gamma": GAMMA, "hidden_channels": 32, "batch": BATCH},
        "state_dict": {case: state_dict_keys(case) for case in LAYERS},
        "calibration": [calibration(case, 24, 20) for case in LAYERS],
        "runs": [record(run, True) for run in FULL_RUNS] + [record(run, False) for run in VARIANT_RUNS],
    }
    text = json.dumps(reference, separators=(",", ":"), allow_nan=False)
    args.output.write_text(text.replace('{"name":"case-', '\n{"name":"case-') + "\n")
    print(f"{args.output}: {args.output.stat().st_size} bytes, {len(reference['runs'])} runs")


if __name__ == "__main__":
    main()
