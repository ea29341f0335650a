"""The four encoders and three objective networks as plain PyTorch modules, and the formulas
that fill them and their inputs with the same numbers in any language.

Written from the description of the experiment, not from the Rust code, so that the two can be
held against each other. `make_reference.py` and `load_checkpoint.py` share it.
"""
import math

import torch
from torch import nn

CHANNELS = [1, 4, 8, 16, 32]
LAYERS = {
    "a": ["conv", "conv", "conv", "conv"],
    "b": ["up", "up", "up", "up"],
    "c": ["same", "same", "same", "same"],
    "d": ["up", "up", "conv", "conv"],
}

# Each formula as a sentence; the functions below implement them. All integers are exact, all
# divisions are in float64, indices and positions count from 0, tensors are row-major (NCHW).
FORMULAS = {
    "parameter": "v0[j] = ((j*7919 + s*104729) % 2001 - 1000) / 1000 for the element of flat index j, "
    "s being the position of the parameter's name in the sorted list of the names of all trainable "
    "parameters of the model (encoder, global, local, prior)",
    "weight": "weight and bias of a convolution or linear layer: v0 / sqrt(fan_in), fan_in = "
    "weight.shape[1] * kernel height * kernel width, which for a transposed convolution (weight "
    "[in, out, 3, 3]) counts its output channels, as PyTorch does; linear: weight.shape[1]",
    "batch_norm": "weight = 1 + 0.1*v0, bias = 0.1*v0, running_mean = 0, running_var = 1, "
    "num_batches_tracked = 0",
    "image": "x[b,0,r,c] = ((r*37 + c*101 + b*53 + (r*c*(b+3)) % 97) % 256) / 255",
    "noise": "u[j] = ((j*48271) % 65537) / 65537 for the flat index j of a tensor shaped like z",
}


def encoder(case):
    """Case `a` to `d`: `[batch, 1, h, w]` to the latent `[batch, 32, h', w']`."""
    layers = []
    for i, kind in enumerate(LAYERS[case]):
        inputs, outputs = CHANNELS[i], CHANNELS[i + 1]
        if kind == "up":
            layers.append(nn.ConvTranspose2d(inputs, outputs, 3))
        else:
            layers.append(nn.Conv2d(inputs, outputs, 3, padding=1 if kind == "same" else 0))
        if i < 3:
            layers += [nn.BatchNorm2d(outputs, eps=1e-5, momentum=0.1), nn.ReLU()]
    return nn.Sequential(*layers)


class DeepInfoMax(nn.Module):
    """One encoder and its objective networks, each fed `[x~, z]`: 33 channels, image first."""

    def __init__(self, case, hidden_channels=32):
        super().__init__()
        hidden = hidden_channels
        self.encoder = encoder(case)
        self.local = nn.Sequential(
            nn.Conv2d(33, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, 1, 1),
        )
        global_net = nn.Sequential(
            nn.Conv2d(33, hidden, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 3, stride=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )
        self.add_module("global", global_net)  # a Python keyword: no attribute syntax
        self.prior = nn.Sequential(nn.Conv2d(33, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, 1, 1))

    def score_local(self, image, latent):
        """One score a location: `[batch, 1, h', w']`."""
        return self.local(torch.cat([image, latent], 1))

    def score_global(self, image, latent):
        """One score an image: `[batch, 1]`."""
        return self.get_submodule("global")(torch.cat([image, latent], 1))

    def score_prior(self, image, latent):
        """One logit a location, high where `latent` looks uniform: `[batch, 1, h', w']`."""
        return self.prior(torch.cat([image, latent], 1))


def aligned(image, latent, align):
    """Image and latent as the objective networks see them: `resize` brings the image to the latent's
    size, `crop` cuts the larger of the two to the centre that the other covers."""
    if align == "resize":
        size = latent.shape[2:]
        return nn.functional.interpolate(image, size, mode="bilinear", align_corners=False), latent
    size = [min(sides) for sides in zip(image.shape[2:], latent.shape[2:])]
    return centre(image, size), centre(latent, size)


def centre(tensor, size):
    """The middle `size` rows and columns."""
    top, left = [(side - wanted) // 2 for side, wanted in zip(tensor.shape[2:], size)]
    return tensor[:, :, top : top + size[0], left : left + size[1]]


def formula_values(count, salt):
    """`v0` of the first `count` elements: `FORMULAS["parameter"]`."""
    j = torch.arange(count, dtype=torch.int64)
    return ((j * 7919 + salt * 104729) % 2001 - 1000).double() / 1000


@torch.no_grad()
def fill_by_formula(model):
    """Sets every trainable parameter by `FORMULAS`; running statistics stay as constructed."""
    for salt, (name, parameter) in enumerate(sorted(model.named_parameters())):
        layer = model.get_submodule(name.rpartition(".")[0])
        values = formula_values(parameter.numel(), salt).view_as(parameter)
        if isinstance(layer, nn.BatchNorm2d):
            values = 0.1 * values + (1.0 if name.endswith("weight") else 0.0)
        else:
            values = values / math.sqrt(layer.weight[0].numel())  # shape[1] * kernel area
        parameter.copy_(values)


def images(batch, height, width):
    """`[batch, 1, height, width]` in [0, 1], float64: `FORMULAS["image"]`."""
    b = torch.arange(batch).view(-1, 1, 1)
    r = torch.arange(height).view(1, -1, 1)
    c = torch.arange(width).view(1, 1, -1)
    gray = (r * 37 + c * 101 + b * 53 + (r * c * (b + 3)) % 97) % 256
    return gray.double().unsqueeze(1) / 255


def noise(shape):
    """Samples in [0, 1) standing in for the uniform prior, float64: `FORMULAS["noise"]`."""
    j = torch.arange(math.prod(shape), dtype=torch.int64)
    return (((j * 48271) % 65537).double() / 65537).view(shape)


def sample(tensor, count):
    """Up to `count` elements spread evenly from the first to the last, with their flat indices."""
    flat = tensor.detach().flatten()
    last = flat.numel() - 1
    count = min(count, last + 1)
    index = [i * last // max(count - 1, 1) for i in range(count)]
    return {"index": index, "value": flat[index].tolist()}


def summary(tensor):
    """Shape, mean, standard deviation (divided by n), sum and 16 elements of a tensor."""
    tensor = tensor.detach()
    return {
        "shape": list(tensor.shape),
        "mean": tensor.mean().item(),
        "std": tensor.std(correction=0).item(),
        "sum": tensor.sum().item(),
        **sample(tensor, 16),
    }
