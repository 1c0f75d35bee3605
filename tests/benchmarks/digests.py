"""Measure the one pass that makes all digests of a file.

    .venv/bin/python -m tests.benchmarks.digests [--gib N] [--repeats R] [--folder F]
        [--dtype F16 F32]

For each type a safetensors file of N GiB is written, read once so that it stands in the page
cache, and removed in the end. Everything is timed in one run, interleaved, R times; medians are
told:

sha256 alone   the slowest single digest: read and hash in one loop of 1 MiB, one thread
one pass       ``digest_file``: SHA256, AutoV1, AutoV2, AutoV3, BLAKE3 and CRC32; then the same
               with the digests of tensors: of each its bytes, and rounded to what it is rounded
one by one     what makes the digests without us: ``sha256sum`` and ``b3sum`` where they are on
               PATH, else hashlib and blake3; hashlib again for AutoV3; zlib for the CRC-32

and the most memory that a process used which does nothing but one pass. CPU seconds stand beside
the clock's, and a second ratio is made of them: what the speed would be on two cores that nobody
else uses and that share the work evenly. Where other programs run, the clock tells less than that
about the pass, which needs both cores at once; on an idle machine it tells the truth.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from blake3 import blake3

from registry.fingerprints.digests import Algorithm, digest_file
from registry.fingerprints.float_rounding import WIDTHS

GIB = 1 << 30
TENSOR_BYTES = 4 << 20
CHUNK = 1 << 20
CORES = 2  # that the target is meant for
LEAST_OF_SHA256 = 0.55
LEAST_OF_ONE_BY_ONE = 1.5
MOST_MEMORY_MB = 100


@dataclass(slots=True)
class Times:
    """Seconds of every repeat, by what was measured: on the clock, and of the CPU."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def time(self, name: str, act: Callable[[], object]) -> None:
        """Measure ``act`` and the programs that it runs."""
        wall, cpu = time.perf_counter(), _cpu_seconds()
        act()
        self.wall.setdefault(name, []).append(time.perf_counter() - wall)
        self.cpu.setdefault(name, []).append(_cpu_seconds() - cpu)

    def median(self, name: str) -> float:
        """Return the seconds of the median repeat."""
        return statistics.median(self.wall[name])

    def median_cpu(self, name: str) -> float:
        """Return the CPU seconds of the median repeat."""
        return statistics.median(self.cpu[name])

    def line(self, name: str, size_bytes: int) -> str:
        """Describe all repeats."""
        each = ", ".join(f"{seconds:.2f}" for seconds in self.wall[name])
        speed = size_bytes / self.median(name) / 1e9
        cpu = ", ".join(f"{seconds:.2f}" for seconds in self.cpu[name])
        return f"{name:22} {speed:5.2f} GB/s   clock {each} s   CPU {cpu} s"


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def write_model(path: Path, *, size_bytes: int, dtype: str) -> None:
    """Write a safetensors file of random weights, in tensors of 4 MiB."""
    count = size_bytes // TENSOR_BYTES
    numbers = TENSOR_BYTES // WIDTHS[dtype]
    header = {
        f"model.diffusion_model.block.{n}.weight": {
            "dtype": dtype,
            "shape": [numbers],
            "data_offsets": [n * TENSOR_BYTES, (n + 1) * TENSOR_BYTES],
        }
        for n in range(count)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    blocks = [_weights(seed, numbers, dtype) for seed in range(8)]
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for n in range(count):
            file.write(blocks[n % len(blocks)])


def _weights(seed: int, count: int, dtype: str) -> bytes:
    """Return normal weights of the spread that diffusion models have."""
    singles = np.random.default_rng(seed).normal(0, 0.02, count).astype(np.float32)
    if dtype == "BF16":
        return (singles.view(np.uint32) >> 16).astype(np.uint16).tobytes()
    return singles.astype(
        {"F16": np.float16, "F32": np.float32, "F64": np.float64}[dtype]
    ).tobytes()


def read_all(path: Path, update: Callable[[memoryview], object], *, start: int = 0) -> None:
    """Hand a file's bytes to ``update``, in one thread."""
    buffer = memoryview(bytearray(CHUNK))
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while count := file.readinto(buffer):
            update(buffer[:count])


def sha256_alone(path: Path, *, start: int = 0) -> str:
    """Return a SHA-256 as a plain loop makes it."""
    digest = hashlib.sha256()
    read_all(path, digest.update, start=start)
    return digest.hexdigest()


def one_by_one(path: Path, *, tensors_start: int) -> tuple[str, str, str, str]:
    """Return SHA-256, BLAKE3, AutoV3 (whole) and CRC-32, a pass for each."""
    crc32 = 0

    def update_crc32(chunk: memoryview) -> None:
        nonlocal crc32
        crc32 = zlib.crc32(chunk, crc32)

    sha256 = _program("sha256sum", path) or sha256_alone(path)
    whole = _program("b3sum", path)
    if not whole:
        hashed = blake3()
        read_all(path, hashed.update)
        whole = hashed.hexdigest()
    autov3 = sha256_alone(path, start=tensors_start)
    read_all(path, update_crc32)
    return sha256, whole, autov3, f"{crc32:08x}"


def _program(name: str, path: Path) -> str:
    found = shutil.which(name)
    if found is None:
        return ""
    ran = subprocess.run([found, path], check=True, capture_output=True, text=True)
    return ran.stdout.split()[0]


def peak_memory_mb(path: Path, *, with_tensors: bool) -> float:
    """Return the most memory (MB) of a process that only makes one pass."""
    code = (
        "import sys\n"
        "from tests.benchmarks.digests import own_peak_mb\n"
        "from registry.fingerprints.digests import digest_file\n"
        f"digest_file(sys.argv[1], with_tensors={with_tensors})\n"
        "sys.stdout.write(str(own_peak_mb()))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, path], check=True, capture_output=True, text=True
    )
    return float(ran.stdout)


def own_peak_mb() -> float:
    """Return the most memory (MB) that this process used.

    Linux's ``ru_maxrss`` would count what the process that started this one used before.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def measure(path: Path, *, repeats: int) -> Times:
    """Time everything, and see to it that all agree."""
    times = Times()
    with path.open("rb") as file:
        tensors_start = 8 + int.from_bytes(file.read(8), "little")
    for _ in range(repeats):
        times.time("sha256 alone", lambda: sha256_alone(path))
        times.time("one pass", lambda: digest_file(path, with_tensors=False))
        times.time("one pass with tensors", lambda: digest_file(path))
        times.time("one by one", lambda: one_by_one(path, tensors_start=tensors_start))
    sha256, whole, autov3, crc32 = one_by_one(path, tensors_start=tensors_start)
    found = digest_file(path)
    agree = (found.sha256, found.values[Algorithm.BLAKE3], found.crc32_high_first)
    if agree != (sha256, whole, crc32) or not autov3.startswith(found.values[Algorithm.AUTOV3]):
        raise SystemExit("The digests differ.")
    return times


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def report(times: Times, path: Path) -> None:
    """Print speeds, ratios against their targets, and memory."""
    size_bytes = path.stat().st_size
    for name in times.wall:
        say(times.line(name, size_bytes))
    for name in ("one pass", "one pass with tensors"):
        of_sha256 = times.median("sha256 alone") / times.median(name)
        ideal = times.median_cpu("sha256 alone") / (times.median_cpu(name) / CORES)
        of_all = times.median("one by one") / times.median(name)
        say(
            f"{name}: {of_sha256:.2f} of the speed of sha256 alone by the clock (at least "
            f"{LEAST_OF_SHA256}), {ideal:.2f} by CPU seconds (sha256's / half of the pass's: two "
            f"idle cores, shared evenly); {of_all:.2f} times as fast as one by one (at least "
            f"{LEAST_OF_ONE_BY_ONE})"
        )
    for with_tensors in (False, True):
        used = peak_memory_mb(path, with_tensors=with_tensors)
        say(
            f"memory {'with' if with_tensors else 'without'} tensors: {used:.0f} MB (under "
            f"{MOST_MEMORY_MB})"
        )


def main() -> None:
    """Make the file, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gib", type=float, default=4.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dtype", nargs="+", choices=list(WIDTHS), default=["F16", "F32"])
    parser.add_argument("--folder", default=tempfile.gettempdir())
    options = parser.parse_args()
    programs = [name for name in ("sha256sum", "b3sum") if shutil.which(name)]
    say(f"{os.cpu_count()} cores, programs on PATH: {', '.join(programs) or 'none'}")
    for dtype in options.dtype:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            path = Path(folder, "model.safetensors")
            write_model(path, size_bytes=int(options.gib * GIB), dtype=dtype)
            os.sync()
            read_all(path, len)
            say(f"\n{path.stat().st_size / GIB:.2f} GiB of {dtype}")
            report(measure(path, repeats=options.repeats), path)


if __name__ == "__main__":
    main()
