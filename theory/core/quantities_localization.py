"""The quantities of Part II: localization kernels, the means and the models that they weigh."""

from __future__ import annotations
