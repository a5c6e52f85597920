"""Non-local means: every pixel the local mean of pixels whose patches look alike.

Keys are the patches around the pixels of a window, the query is the pixel's own, values are the
pixels; the kernel falls with the patches' distance. What a cut-off leaves out is bounded pixel by
pixel. Source: localization; the weights within a patch and the cut-off are scikit-image's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from locality.kernels.arguments import described, number, require, tensor, whole
from locality.kernels.localization.local_mean import LocalMean
from locality.theory import theorem
from locality.theory.core.errors import InputError


@dataclass(frozen=True)
class Denoised:
    """`pixels` (rows, columns), and what the cut-off left out of each one's mean.

    `left_out`: patches of the window beyond the cut-off. `bound`: how far the mean over the whole
    window can be from the pixel, σ(ln c − t − lse)·D, 0 where nothing was left out; None where the
    cut-off is infinite or a noise is subtracted, so that exponents may fall from row to row.
    """

    pixels: Tensor
    left_out: Tensor
    bound: Tensor | None


@dataclass(frozen=True)
class PatchKernel:
    """ln K of patches (…, size²) around others: −(Σ wₖ(difference² − 2σ²))₊/h².

    w are Gaussian weights of width (size − 1)/4 that sum to 1. A patch whose sum passes `cutoff`
    before the last of its rows has no weight: the sum grows with the rows unless σ > 0.
    """

    size: int
    h: float
    sigma: float = 0.0
    cutoff: float = math.inf

    def __call__(self, queries: Tensor, keys: Tensor, bandwidth: Tensor) -> Tensor:
        """Log weights (…, q, n) of keys (…, n, size²) around queries (…, q, size²)."""
        exponents = self.exponents(queries, keys)
        beyond = (exponents[..., :-1] > self.cutoff).any(-1)
        return -exponents[..., -1].clamp(min=0.0).masked_fill(beyond, math.inf)

    def exponents(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Exponents (…, q, n, size) summed up to each of a patch's rows."""
        squared = (queries.unsqueeze(-2) - keys.unsqueeze(-3)).square() - 2 * self.sigma**2
        weighted = squared * self.weights().to(squared)
        return weighted.unflatten(-1, (self.size, self.size)).sum(-1).cumsum(-1) / self.h**2

    def weights(self) -> Tensor:
        """w (size²,)."""
        offsets = torch.arange(self.size, dtype=torch.float64) - self.size // 2
        row = torch.exp(-(offsets**2) / (2 * ((self.size - 1) / 4) ** 2))
        w = torch.outer(row, row).flatten()
        return w / w.sum()


def non_local_means(
    image: Any,
    patch_size: int = 7,
    patch_distance: int = 11,
    h: float = 0.1,
    *,
    sigma: float = 0.0,
    cutoff: float = math.inf,
) -> Denoised:
    """Denoise a grey image (rows, columns) by the local mean over patches.

    patch_size: odd, ≥ 3, and less than twice the shorter side: the image is reflected around its
        edges. patch_distance ≥ 0: windows reach that many pixels in each direction, and end at
        the image's. h > 0: bandwidth in grey levels, K = exp(−d²/h²). sigma ≥ 0: the noise's
        deviation, whose part in d² is subtracted. cutoff: exponents beyond it have no weight
        (`PatchKernel`); scikit-image has 5.
    Memory grows with columns · window · patch. InputError says what was wrong with an argument.
    """
    pixels = _image(image)
    kernel = _kernel(patch_size, h, sigma, cutoff)
    whole("patch_distance", patch_distance, 0)
    if patch_size // 2 >= min(pixels.shape):
        sizes = " × ".join(map(str, pixels.shape))
        raise InputError(f"patch_size = {patch_size} for {sizes} pixels: expected a smaller patch")
    rows = Windows.of(pixels, patch_size, patch_distance)
    found = [rows.denoised(row, kernel) for row in range(len(pixels))]
    bounded = math.isfinite(cutoff) and sigma == 0
    means, left_out, bounds = (torch.stack(part) for part in zip(*found, strict=True))
    return Denoised(means, left_out, bounds if bounded else None)


def _image(image: Any) -> Tensor:
    pixels = tensor("image", image, "a grey image (rows, columns)")
    if pixels.ndim != 2 or not pixels.is_floating_point() or not pixels.numel():
        raise InputError(f"image: {described(pixels)}: expected floats (rows, columns)")
    require("image", pixels, pixels.isfinite(), "finite grey levels")
    return pixels


def _kernel(size: int, h: float, sigma: float, cutoff: float) -> PatchKernel:
    whole("patch_size", size, 3)
    if size % 2 == 0:
        raise InputError(f"patch_size = {size}: expected an odd number")
    number("h", h, lambda v: 0 < v < math.inf, "a finite number > 0")
    number("sigma", sigma, lambda v: 0 <= v < math.inf, "a finite number ≥ 0")
    number("cutoff", cutoff, lambda v: v >= 0, "a number ≥ 0")
    return PatchKernel(size, h, sigma, cutoff)


@dataclass(frozen=True)
class Windows:
    """Patches of an image and, row by row, the windows of pixels around each pixel.

    `patches` (rows, columns, size²), `reach` how far a window reaches.
    """

    pixels: Tensor
    patches: Tensor
    reach: int

    @classmethod
    def of(cls, pixels: Tensor, size: int, reach: int) -> Windows:
        """With the image reflected around its edges."""
        padded = functional.pad(pixels[None, None], (size // 2,) * 4, mode="reflect")[0, 0]
        patches = padded.unfold(0, size, 1).unfold(1, size, 1).flatten(2)
        return cls(pixels, patches, min(reach, max(pixels.shape) - 1))

    def around(self, row: int) -> tuple[Tensor, Tensor, Tensor]:
        """Keys (columns, n, size²), values (columns, n) and whether they lie in the image, of one
        row's pixels, nearest rows first to last.
        """
        r, columns = self.reach, self.pixels.shape[1]
        near = slice(max(row - r, 0), row + r + 1)
        at = torch.arange(columns).unsqueeze(1) + torch.arange(-r, r + 1)
        inside = (at >= 0) & (at < columns)
        at = at.clamp(0, columns - 1)
        keys = self.patches[near][:, at].transpose(0, 1).flatten(1, 2)
        values = self.pixels[near][:, at].transpose(0, 1).flatten(1, 2)
        height = values.shape[1] // inside.shape[1]
        return keys, values, inside.repeat(1, height)

    def denoised(self, row: int, kernel: PatchKernel) -> tuple[Tensor, Tensor, Tensor]:
        """One row's pixels, the patches left out, and the bound of what that changes."""
        queries = self.patches[row].unsqueeze(1)
        keys, values, inside = self.around(row)
        mean = LocalMean(kernel, kernel.h, dial=math.inf).fit(keys, values, inside.long())
        own = torch.ones(queries.shape[:2], dtype=torch.long)
        found = mean.describe(queries, own)
        if math.isinf(kernel.cutoff):
            return found.mean[:, 0], own[:, 0] * 0, torch.zeros_like(found.lse[:, 0])
        kept = kernel(queries, keys, queries.new_tensor(kernel.h))[:, 0].isfinite() & inside
        left, lse = inside & ~kept, found.lse[:, 0]
        count = left.sum(-1)
        if not bool(left.any()):
            return found.mean[:, 0], count, torch.zeros_like(lse)
        bound = theorem("adaptive-and-nonlocal").bound(
            c=count.clamp(min=1).to(lse),
            cutoff=lse.new_tensor(min(kernel.cutoff, 1e300)),
            log_kept=lse,
            diameter=_apart(values, kept, left),
        )
        return found.mean[:, 0], count, bound.masked_fill(count == 0, 0.0)


def _apart(values: Tensor, kept: Tensor, left: Tensor) -> Tensor:
    """The largest difference of a kept value and one left out, 0 where none is."""
    low, high = (
        (
            values.masked_fill(~some, math.inf).amin(-1),
            values.masked_fill(~some, -math.inf).amax(-1),
        )
        for some in (kept, left)
    )
    return torch.maximum(low[1] - high[0], high[1] - low[0]).clamp(min=0.0)
