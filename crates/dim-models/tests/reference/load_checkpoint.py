#!/usr/bin/env python3
"""Loads a checkpoint written by dim-models into the PyTorch modules, names and shapes strictly,
and prints the evaluation-mode latent of the formula images as JSON.

    python3 -m venv venv && venv/bin/pip install torch numpy safetensors
    venv/bin/python load_checkpoint.py checkpoint.safetensors

The safetensors metadata must carry "case": "a", "b", "c" or "d", and may carry "align": "crop".
The printed fields are those of "z_eval" in reference.json. Computed in float32 unless --float64 is given.
"""
import argparse
import json

import safetensors
import safetensors.torch
import torch

from dim_torch import LAYERS, DeepInfoMax, aligned, images, summary


def load(path):
    """The model of a checkpoint, in evaluation mode, its case and its alignment."""
    with safetensors.safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
    case, align = metadata.get("case"), metadata.get("align", "resize")
    if case not in LAYERS:
        raise SystemExit(f"{path}: metadata \"case\" must be one of {', '.join(LAYERS)}; found {case!r}")
    tensors = safetensors.torch.load_file(path)
    first = tensors.get("local.0.weight")
    hidden_channels = 32 if first is None else first.shape[0]
    model = DeepInfoMax(case, hidden_channels)
    model.load_state_dict(tensors, strict=True)  # raises, listing missing, unexpected and misshapen names
    return model.eval(), case, align


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint", help="safetensors file")
    parser.add_argument("--batch", type=int, default=3, help="number of formula images (default 3)")
    parser.add_argument("--height", type=int, default=24, help="their height in pixels (default 24)")
    parser.add_argument("--width", type=int, default=24, help="their width in pixels (default 24)")
    parser.add_argument("--float64", action="store_true", help="compute in float64")
    args = parser.parse_args()

    model, case, align = load(args.checkpoint)
    dtype = torch.float64 if args.float64 else torch.float32
    with torch.no_grad():
        x = images(args.batch, args.height, args.width).to(dtype)
        z = aligned(x, model.to(dtype).encoder(x), align)[1]
    print(json.dumps({"case": case, "torch": torch.__version__, "z_eval": summary(z)}))


if __name__ == "__main__":
    main()
