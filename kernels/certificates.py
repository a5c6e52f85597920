"""What the theorems promise of each row from margin and counts, whatever the scores are."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from locality.kernels.flash import accumulator
from locality.kernels.problem import Problem
from locality.kernels.results import Certificate, RowStatus

LARGEST_X = 1e4  # both bounds fall in x and are at their limit here; keeps inf·0 out
