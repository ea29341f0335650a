#!/usr/bin/env python3
"""Times one training step of Deep InfoMax in PyTorch, on a batch of 64 images of 96 x 96.

A step gathers the batch, draws the noise, runs the encoder and the three networks forward and
backward, and updates the weights with Adam.

  default  what most people run: eager, contiguous tensors, each network on the concatenation
  best     torch.compile, channels last, the shared part of each first layer computed once, fused
           Adam, noise drawn by all threads, and an allocator that keeps its memory (the program
           restarts itself with glibc's settings in the environment)

Before a case of `best` is timed, the losses and gradients of its first step are compared with those
of `default`. With --encoder, only the encoder is timed, in evaluation mode and without gradients.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import timing

try:
    import numpy as np
    import torch
    from torch import Tensor
except ImportError as error:
    timing.missing(error)

from deep_infomax import CASES, CHANNELS, DeepInfoMax, Losses, latent_side, plain_losses, shared_losses

SIDE = 96
LEARNING_RATE = 1e-4
LOSS_TOLERANCE = 1e-4
# A share of the gradient's norm. In float64 the two agree to 1e-14. The gradient of a bias sums up
# to 700,000 terms, which in float32 costs up to 1e-3 in either form.
GRADIENT_TOLERANCE = 5e-3
FORMATS = {"default": torch.contiguous_format, "best": torch.channels_last}

# Without these settings glibc returns every large tensor to the system, and its pages are zeroed
# again in each step.
ALLOCATOR = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 36),
    "MALLOC_TOP_PAD_": str(256 << 20),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "THP_MEM_ALLOC_ENABLE": "1",
}


class Noise:
    """Uniform noise in [0, 1); each call refills the same memory, in several threads."""

    def __init__(self, shape: tuple[int, int, int, int], threads: int) -> None:
        batch, channels, height, width = shape
        values = np.empty((batch, height, width, channels), np.float32)
        self.tensor = torch.from_numpy(values).permute(0, 3, 1, 2)  # channels last
        seeds = np.random.SeedSequence(0).spawn(threads)
        self._shares = list(zip(map(np.random.default_rng, seeds), np.array_split(values, threads)))
        self._pool = ThreadPoolExecutor(threads)

    def __call__(self) -> Tensor:
        list(self._pool.map(lambda share: share[0].random(dtype=np.float32, out=share[1]), self._shares))
        return self.tensor


def check(case: str, model: DeepInfoMax, losses: Callable[[Tensor, Tensor], Losses], x: Tensor, noise: Tensor) -> None:
    """Fails unless `losses` of `model` and their gradients match those of `plain_losses`."""
    plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
    expected = plain_losses(plain, x.contiguous(), noise.contiguous())
    expected[1].backward()
    found = losses(x, noise)
    found[1].backward()
    off = max(abs(a.item() - b.item()) for a, b in zip(found, expected))
    if not off <= LOSS_TOLERANCE:
        timing.fail(f"training_step.py: case {case}: a loss is off by {off}")
    wanted, got = (torch.cat([p.grad.flatten() for p in m.parameters()]) for m in (plain, model))
    off = ((got - wanted).norm() / wanted.norm()).item()
    if not off <= GRADIENT_TOLERANCE:
        timing.fail(f"training_step.py: case {case}: the gradient is off by {off} of its norm")


def training_step(case: str, args: argparse.Namespace) -> timing.Blocks:
    best = args.config == "best"
    layout = FORMATS[args.config]
    model = DeepInfoMax(case).to(memory_format=layout)
    images = torch.rand(args.batch, 1, SIDE, SIDE).contiguous(memory_format=layout)
    side = latent_side(case, SIDE)
    shape = (args.batch, CHANNELS[-1], side, side)

    def forward(x: Tensor, noise: Tensor) -> Losses:
        return (shared_losses if best else plain_losses)(model, x, noise)

    compiled = torch.compile(forward) if best and not args.quick else forward
    draw: Callable[[], Tensor] = Noise(shape, args.threads) if best else lambda: torch.rand(shape)
    if best:
        check(case, model, compiled, images, draw())
    adam = torch.optim.Adam(model.parameters(), LEARNING_RATE, fused=best or None)

    def step() -> float:
        x = images[torch.randperm(len(images))]
        adam.zero_grad()
        total, objective = compiled(x, draw())
        objective.backward()
        adam.step()
        return total.item()

    return timing.timed(step, args.blocks)


def encoder_forward(case: str, args: argparse.Namespace) -> timing.Blocks:
    layout = FORMATS[args.config]
    encoder = DeepInfoMax(case).encoder.eval().to(memory_format=layout)
    images = torch.rand(args.batch, 1, SIDE, SIDE).contiguous(memory_format=layout)
    with torch.no_grad():
        forward = encoder
        if args.config == "best" and not args.quick:
            # Freezing folds batch norm into the weights and packs them once.
            forward = torch.compile(encoder, options={"freezing": True})
        off = (forward(images) - encoder(images)).abs().max().item()
        if not off <= LOSS_TOLERANCE:
            timing.fail(f"training_step.py: case {case}: the compiled encoder is off by {off}")
        return timing.timed(lambda: forward(images), args.blocks)


def arguments() -> argparse.Namespace:
    def cases(text: str) -> list[str]:
        names = text.upper().split(",")
        if not set(names) <= set(CASES):
            raise argparse.ArgumentTypeError(f"{text}: cases are {', '.join(CASES)}")
        return names

    options = timing.parser(__doc__)
    timing.add_threads(options)
    options.add_argument("--config", choices=list(FORMATS), default="best")
    options.add_argument("--cases", type=cases, default=list(CASES), metavar="A,B", help="default: all four")
    options.add_argument("--encoder", action="store_true", help="time only the encoder")
    args = options.parse_args()
    args.batch = 4 if args.quick else 64
    args.blocks = 1 if args.quick else args.blocks
    return args


def main() -> None:
    args = arguments()
    if args.config == "best" and any(name not in os.environ for name in ALLOCATOR):
        os.environ.update(ALLOCATOR)
        os.execv(sys.executable, [sys.executable, *sys.argv])
    torch.set_num_threads(args.threads)
    timing.print_header(args.threads)
    subject, measure = ("encoder", encoder_forward) if args.encoder else ("training_step", training_step)
    for case in args.cases:
        torch.manual_seed(0)
        torch.compiler.reset()
        result = measure(case, args)
        rates = [args.batch / seconds for seconds in result.seconds]
        timing.print_measurement(subject, f"pytorch_{args.config}", case, "images/s", rates, result.kept_waiting)


if __name__ == "__main__":
    sys.exit(main())
