"""Deep InfoMax as in docs/method.md, in PyTorch: one model, and two ways to compute its losses.

`plain_losses` follows the textbook: each network sees the concatenation of image and latent.
`shared_losses` computes the same function with fewer operations; `training_step.py` checks that.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

Losses = tuple[Tensor, Tensor]  # the encoder's loss, and the sum that one backward pass minimises

CASES = {"A": "vvvv", "B": "uuuu", "C": "ssss", "D": "uuvv"}  # valid, up (transposed), same
CHANNELS = (1, 4, 8, 16, 32)
WIDTH = 32
PARAMETERS = 29_371
BETA, ALPHA, GAMMA = 1.0, 0.5, 0.1  # weights of the local, global and prior term


def encoder(case: str) -> nn.Sequential:
    """Four 3x3 layers from `[batch, 1, h, w]` to `[batch, 32, h', w']`; the last one is linear."""
    layers: list[nn.Module] = []
    for i, (kind, c_in, c_out) in enumerate(zip(CASES[case], CHANNELS, CHANNELS[1:])):
        if kind == "u":
            layers.append(nn.ConvTranspose2d(c_in, c_out, 3))
        else:
            layers.append(nn.Conv2d(c_in, c_out, 3, padding=1 if kind == "s" else 0))
        if i < 3:
            layers += [nn.BatchNorm2d(c_out), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class DeepInfoMax(nn.Module):
    """The encoder of one case, and its local, global and prior networks."""

    def __init__(self, case: str) -> None:
        super().__init__()
        pair = CHANNELS[-1] + 1  # the latent's channels and the image's
        self.encoder = encoder(case)
        self.local = nn.Sequential(
            nn.Conv2d(pair, WIDTH, 1), nn.ReLU(),
            nn.Conv2d(WIDTH, WIDTH, 1), nn.ReLU(),
            nn.Conv2d(WIDTH, 1, 1),
        )
        self.global_ = nn.Sequential(
            nn.Conv2d(pair, WIDTH, 3, stride=2), nn.ReLU(),
            nn.Conv2d(WIDTH, WIDTH, 3, stride=2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(WIDTH, WIDTH), nn.ReLU(),
            nn.Linear(WIDTH, 1),
        )
        self.prior = nn.Sequential(nn.Conv2d(pair, WIDTH, 1), nn.ReLU(), nn.Conv2d(WIDTH, 1, 1))
        assert sum(p.numel() for p in self.parameters()) == PARAMETERS


def latent_side(case: str, side: int) -> int:
    """The latent's height and width for square images."""
    return side + sum({"v": -2, "u": 2, "s": 0}[kind] for kind in CASES[case])


def resized(x: Tensor, z: Tensor) -> Tensor:
    """`x~`: the image, resized to the latent's size."""
    if x.shape[2:] == z.shape[2:]:
        return x
    return F.interpolate(x, z.shape[2:], mode="bilinear", align_corners=False)


def jsd(positive: Tensor, negative: Tensor) -> Tensor:
    """Minus the Jensen-Shannon bound."""
    return F.softplus(-positive).mean() + F.softplus(negative).mean()


def losses(local: Tensor, global_: Tensor, noise: Tensor, own: Tensor, seen: Tensor) -> Losses:
    """The losses, from `-I_local`, `-I_global` and three logits of the prior network: of noise, of
    the latent held constant (`own`), and of the latent with the network held constant (`seen`)."""
    total = BETA * local + ALPHA * global_ + GAMMA * F.softplus(-seen).mean()
    return total, total + jsd(noise, own)


def plain_losses(model: DeepInfoMax, x: Tensor, noise: Tensor) -> Losses:
    """`x` is `[batch, 1, 96, 96]`; `noise` is uniform in [0, 1) and has the latent's shape."""
    z = model.encoder(x)
    x = resized(x, z)
    positive, negative = torch.cat([x, z], 1), torch.cat([x.roll(-1, 0), z], 1)
    latent = torch.cat([x, z.sigmoid()], 1)
    held = {name: parameter.detach() for name, parameter in model.prior.named_parameters()}
    return losses(
        local=jsd(model.local(positive), model.local(negative)),
        global_=jsd(model.global_(positive), model.global_(negative)),
        noise=model.prior(torch.cat([x, noise], 1)),
        own=model.prior(latent.detach()),
        seen=functional_call(model.prior, held, (latent,)),
    )


def per_image(x: Tensor, weight: Tensor) -> Tensor:
    """The image's part of a first 1x1 layer: an outer product that the compiler fuses."""
    return x * weight[:, :1].reshape(1, -1, 1, 1)


def one_score(h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A 1x1 layer to one channel, as a fused sum; a convolution would need a separate pass."""
    return (h * weight).sum(1, keepdim=True) + bias


def shared_losses(model: DeepInfoMax, x: Tensor, noise: Tensor) -> Losses:
    """Computes the same function. A first layer is linear, so `W [x; z] = W_x x + W_z z`: the
    latent's part is the same for positive and negative pairs, and rolling the batch commutes with
    `W_x`."""
    z = model.encoder(x)
    x = resized(x, z)
    rolled = x.roll(-1, 0)

    first, _, second, _, last = model.local
    from_z = F.conv2d(z, first.weight[:, 1:], first.bias)

    def local(image: Tensor) -> Tensor:
        h = second((from_z + per_image(image, first.weight)).relu()).relu()
        return one_score(h, last.weight, last.bias)

    strided, _, *rest = model.global_
    global_z = F.conv2d(z, strided.weight[:, 1:], strided.bias, stride=2)
    global_x = F.conv2d(x, strided.weight[:, :1], stride=2)

    def global_(from_x: Tensor) -> Tensor:
        h = (global_z + from_x).relu()
        for layer in rest:
            h = layer(h)
        return h

    def prior(maps: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        return one_score((F.conv2d(maps, w1[:, 1:], b1) + per_image(x, w1)).relu(), w2, b2)

    latent = z.sigmoid()
    weights = list(model.prior.parameters())
    return losses(
        local=jsd(local(x), local(rolled)),
        global_=jsd(global_(global_x), global_(global_x.roll(-1, 0))),
        noise=prior(noise, *weights),
        own=prior(latent.detach(), *weights),
        seen=prior(latent, *(weight.detach() for weight in weights)),
    )
