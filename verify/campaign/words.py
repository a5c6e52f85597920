"""Numbers as a person reads them."""

import math

THIN = "\u202f"  # narrow no-break space


def grouped(number: int) -> str:
    """A whole number in groups of three digits."""
    return f"{number:,}".replace(",", THIN)


def clock(seconds: float) -> str:
    """A duration: `41 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def slack(value: float | None) -> str:
    """A slack with two digits, a dash where there is none."""
    if value is None:
        return "–"
    return "< 1e-300" if abs(value) < 1e-300 else _scientific(value, 1)


def power(value: float | None) -> str:
    """A power in per cent, or as it is where that would be zeros; `none` if nothing is excluded."""
    if value is None:
        return "–"
    if math.isinf(value):
        return "none"
    if 0 < value < 1e-5:
        return _scientific(value, 0)
    return f"{100 * value:.0f} %" if value >= 0.1 else f"{100 * value:.2g} %"


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def stratum(name: str) -> str:
    """The name of a stratum of the margin as a condition."""
    return {"negative": "< 0", "0": "= 0"}.get(name, name.replace(">=", "≥ "))


def enclosure(ends: tuple[float, float]) -> str:
    """An interval as balls certify it."""
    return f"[{ends[0]:.6g}, {ends[1]:.6g}]"
