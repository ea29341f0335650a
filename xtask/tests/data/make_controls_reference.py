#!/usr/bin/env python3
"""Writes controls_reference.json: the geometry matrix, copy ceilings, blur curve, other-image floor, calibrated
batch norm and linear fit of a few images, by numpy and PyTorch. Shares no code with the Rust program.

    pip install numpy==2.4.6 pyarrow pillow safetensors torch
    python3 make_controls_reference.py --order 5,3,1,2,0,4    # the committed file: 6 sample photographs, run sample-quick
    python3 make_controls_reference.py --help       # another run, other images, another output

A value `{"mean": .., "images": [..]}` is a number for each image, in the order of the file, and the mean of these.
Where the measure is mutual information (MI, in nats), the number of an image is the mean over its 32 maps.
MI is that of `numpy.histogram2d(x, y, 20)`: bins of equal width, each array over its own range.
"""
import argparse, io, json, math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[3]
CASES = "abcd"
KINDS = {"a": ["valid"] * 4, "b": ["up"] * 4, "c": ["same"] * 4, "d": ["up", "up", "valid", "valid"]}
SIZE = {"a": 88, "b": 104, "c": 96, "d": 96}  # of the maps; images are 96 x 96
COMMON = 88  # the centre that the maps of every case cover
BLURS = [1, 3, 5, 7, 9]
BINS = 20


def read_images(path, count):
    """`[count, 1, 96, 96]`, float32: the gray values of the first images of a Parquet file of PNG files."""
    rows = next(pq.ParquetFile(path).iter_batches(count, columns=["image"]))
    images = []
    for row in rows.column("image").to_pylist():
        r, g, b = np.moveaxis(np.asarray(Image.open(io.BytesIO(row["bytes"])).convert("RGB"), np.float32), 2, 0)
        weights = [np.float32(w) for w in (0.299, 0.587, 0.114)]
        images.append((weights[0] * r + weights[1] * g + weights[2] * b) / np.float32(255))
    return torch.from_numpy(np.stack(images)).unsqueeze(1)


# --- encoders ---

def load_layers(folder, case):
    """Four layers, each with its kernel as that of a convolution, `[out, in, 3, 3]`, whatever it was trained as."""
    tensors = load_file(Path(folder) / f"case-{case}.safetensors")
    layers = []
    for i, kind in enumerate(KINDS[case]):
        layer = {"weight": tensors[f"encoder.{3 * i}.weight"], "bias": tensors[f"encoder.{3 * i}.bias"]}
        if kind == "up":
            layer["weight"] = layer["weight"].transpose(0, 1).flip(2, 3)
        if i < 3:
            names = ("weight", "bias", "running_mean", "running_var")
            layer["norm"] = {n: tensors[f"encoder.{3 * i + 1}.{n}"] for n in names}
        layers.append(layer)
    return layers


def convolve(x, layer, kind):
    if kind == "up":
        return F.conv_transpose2d(x, layer["weight"].transpose(0, 1).flip(2, 3), layer["bias"])
    return F.conv2d(x, layer["weight"], layer["bias"], padding=1 if kind == "same" else 0)


def encode(x, layers, kinds):
    """`[n, 1, 96, 96]` to the maps `[n, 32, h, w]`, in evaluation mode."""
    for layer, kind in zip(layers, kinds):
        x = convolve(x, layer, kind)
        if "norm" in layer:
            norm = layer["norm"]
            x = F.batch_norm(x, norm["running_mean"], norm["running_var"], norm["weight"], norm["bias"], eps=1e-5)
            x = F.relu(x)
    return x


def calibrate(layers, kinds, images, batch):
    """The layers with batch-norm statistics from one pass over the images in consecutive batches.

    In training mode: each layer sees the output of the batch-normalised layers before it. The statistics are the
    averages over batches of mean and unbiased variance (`momentum=None`). A last short batch is left out, unless
    it is the only one.
    """
    norms = []
    for layer in layers[:3]:
        norm = torch.nn.BatchNorm2d(len(layer["bias"]), eps=1e-5, momentum=None)
        norm.load_state_dict({n: layer["norm"][n] for n in ("weight", "bias")}, strict=False)
        norms.append(norm.train())
    whole = len(images) // batch * batch or len(images)
    for x in images[:whole].split(batch):
        for layer, kind, norm in zip(layers, kinds, norms):
            x = F.relu(norm(convolve(x, layer, kind)))
    out = [dict(layer) for layer in layers]
    for layer, norm in zip(out, norms):
        layer["norm"] = {n: getattr(norm, n) for n in ("weight", "bias", "running_mean", "running_var")}
    return out


# --- arrangement of images and maps ---

def resize(images, size):
    """Bilinear, half-pixel centres, no antialias: what a case's maps are compared with."""
    return F.interpolate(images, size=(size, size), mode="bilinear", align_corners=False, antialias=False)


def centre(x, size):
    start = (x.shape[-1] - size) // 2
    return x[..., start:start + size, start:start + size]


def blur(images, width):
    """The mean over the pixels of a `width` x `width` window that exist."""
    mean = F.avg_pool2d(images.double(), width, stride=1, padding=width // 2, count_include_pad=False)
    return mean.float()


# --- measures ---

def mi(x, y):
    counts = np.histogram2d(x.numpy().ravel().astype(float), y.numpy().ravel().astype(float), BINS)[0]
    p = counts / counts.sum()
    independent = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    occupied = p > 0
    return float((p[occupied] * np.log(p[occupied] / independent[occupied])).sum())


def r_squared(image, maps):
    """Of the least-squares fit of the image by its maps and a constant, over its pixels."""
    y = image.numpy().ravel().astype(float)
    x = np.column_stack([np.ones(len(y)), maps.numpy().reshape(len(maps), -1).T.astype(float)])
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return 1 - (residual @ residual) / ((y - y.mean()) @ (y - y.mean()))


def each(values):
    values = list(values)
    return {"mean": round(math.fsum(values) / len(values), 8), "images": [round(v, 8) for v in values]}


def mean_mi(images, maps):
    """For each image the mean over its maps of the MI of the image and the map."""
    return each(np.mean([mi(image, m) for m in of_image]) for image, of_image in zip(images, maps))


# --- what is measured ---

def geometry(images, weights):
    """Weights trained as the first case, in the layers of the second; `own` as that case is measured."""
    table = {}
    for trained in CASES:
        for case in CASES:
            maps = encode(images, weights[trained], KINDS[case])
            table[f"weights-{trained}-layers-{case}"] = {
                "own": mean_mi(resize(images, SIZE[case]), maps),
                "common": mean_mi(centre(images, COMMON), centre(maps, COMMON)),
            }
    return table


def copies(images):
    """No encoder: the (blurred) pixels in the place of a case's maps. D is laid out as C."""
    table = {}
    for width in BLURS:
        pixels = blur(images, width)
        x_b = resize(images, SIZE["b"])
        row = {"a": mean_mi(resize(images, SIZE["a"]), centre(pixels, SIZE["a"])), "c": mean_mi(images, pixels),
               "b-without-border": mean_mi(centre(x_b, 96), pixels)}
        for name, mode in [("zeros", "constant"), ("nearest", "replicate")]:
            row[f"b-border-{name}"] = mean_mi(x_b, F.pad(pixels, [4] * 4, mode=mode))
        table[f"blur-{width}"] = row
    return table


def blur_curve(images, weights):
    maps = {case: centre(encode(images, weights[case], KINDS[case]), COMMON) for case in CASES}
    references = {width: centre(blur(images, width), COMMON) for width in BLURS}
    return {case: {f"blur-{w}": mean_mi(x, maps[case]) for w, x in references.items()} for case in CASES}


def other_images(images, weights, order):
    """The maps of image `order[j]` with the image `order[j + 1]`, of the last with the first."""
    partner = dict(zip(order, order[1:] + order[:1]))
    others = images[[partner[i] for i in range(len(images))]]
    return {case: mean_mi(resize(others, SIZE[case]), encode(images, weights[case], KINDS[case])) for case in CASES}


def calibrated(images, weights, batch):
    table = {}
    for case in CASES:
        layers = calibrate(weights[case], KINDS[case], images, batch)
        norms = [{n: [round(v, 8) for v in layer["norm"][n].tolist()] for n in ("running_mean", "running_var")}
                 for layer in layers[:3]]
        maps = encode(images, layers, KINDS[case])
        table[case] = {"statistics": norms, "mi": mean_mi(resize(images, SIZE[case]), maps)}
    return table


def linear_fits(images, weights):
    table = {}
    for case in CASES:
        maps = centre(encode(images, weights[case], KINDS[case]), COMMON)
        table[case] = each(r_squared(image, of_image) for image, of_image in zip(centre(images, COMMON), maps))
    return table


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--checkpoints", default=ROOT / "results/sample-quick/checkpoints", help="case-*.safetensors")
    parser.add_argument("--to-calibrate", help="folder of the encoders to calibrate; else those of --checkpoints")
    parser.add_argument("--batches", type=int, nargs="+", default=[2, 4], help="images in a batch of the calibration")
    parser.add_argument("--parquet", default=ROOT / "datasets/sample/sample.parquet")
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--order", help="comma-separated positions of all images; else image i has i + 1 as its other")
    parser.add_argument("--copies-only", action="store_true", help="measure the copies of the pixels alone")
    parser.add_argument("--out", default=Path(__file__).with_name("controls_reference.json"))
    args = parser.parse_args()

    images = read_images(args.parquet, args.images)
    out = {"images": len(images), "bins": BINS, "copies": copies(images)}
    if not args.copies_only:
        order = [int(i) for i in args.order.split(",")] if args.order else list(range(len(images)))
        assert sorted(order) == list(range(len(images))), "--order must name each image once"
        weights = {case: load_layers(args.checkpoints, case) for case in CASES}
        untrained = {case: load_layers(args.to_calibrate or args.checkpoints, case) for case in CASES}
        out |= {
            "geometry": geometry(images, weights),
            "blur_curve": blur_curve(images, weights),
            "order": order, "other_images": other_images(images, weights, order),
            "calibrated": {f"batch-{batch}": calibrated(images, untrained, batch) for batch in args.batches},
            "r_squared": linear_fits(images, weights),
        }
    Path(args.out).write_text(json.dumps(out, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    with torch.inference_mode():
        main()
