"""What float results depend on besides their inputs: recorded with every shard."""

import platform
from functools import cache
from hashlib import sha256
from json import dumps
from pathlib import Path


@cache
def one_thread() -> None:
    """Hold this process's torch to one thread: shards are the unit of parallel work."""
    import torch

    torch.set_num_threads(1)


@cache
def keep_freed_memory() -> None:
    """Let this process keep freed arrays of up to 31 MiB, as long as they are not too many.

    glibc returns a freed array to the system unless a larger one was freed before; getting such
    pages back costs a micro-batch, and plain NumPy more, up to half of its speed.
    """
    import numpy

    numpy.empty(31 << 20, dtype=numpy.uint8)


def peak_memory() -> int:
    """The most memory this process has held, in bytes.

    Linux keeps it by address space: `getrusage` would count what the parent held before `exec`.
    """
    status = Path("/proc/self/status")
    if status.exists():
        held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(held.split()[1]) * 1024
    import resource

    held_most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held_most if platform.system() == "Darwin" else held_most * 1024


@cache
def environment() -> str:
    """The facts two machines must share for their floats to be bitwise equal, as JSON."""
    import numpy
    import torch

    facts = {
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    return dumps(facts, sort_keys=True)


def digest(*parts: str | bytes) -> str:
    """Twelve hex digits that change when any part changes."""
    joined = sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        joined.update(len(data).to_bytes(8, "little") + data)
    return joined.hexdigest()[:12]


@cache
def processor() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
