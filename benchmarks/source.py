"""Measures the source reader: how much of published model code it reads whole, and what that costs.

    python benchmarks/source.py [--table] [--files 1000] [PACKAGE …]

Completeness: for torchvision, keras.applications and timm, where they are installed, the builder functions whose
default call really runs (`source_denominator.toml`), and of how many the graph from source has 90 % of its layer sites
placed and as many layers of each kind as the executed model. `--table` prints every model.

Cost, all in seconds of CPU of this process: per file (read, lift, all rules) median, 90th percentile and worst; a
thousand files in one run, which are copies of the tests' corpus; the same with bare `ast.parse`, which is what a reader
that understands nothing costs. Peak memory at the end. Exit code 1 if a target is missed: median 60 ms, worst 3 s,
a thousand files 60 s, 60 % of torchvision and keras.applications read whole.
"""

from __future__ import annotations

import argparse
import ast
import gc
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.loaders.source.published import (  # noqa: E402 - the checkout must be found first
    PACKAGES,
    Judged,
    Read,
    causes,
    files_of,
    judge,
    read_all,
    root_of,
    targets_of,
)

CORPUS = ROOT / "tests" / "loaders" / "source" / "corpus"
MEDIAN, WORST, THOUSAND, WHOLE = 0.060, 3.0, 60.0, 0.6
REPORTED = frozenset({"timm"})
"""Packages without a target."""


def _parse(files: list[Path]) -> float:
    texts = [path.read_bytes() for path in files]
    gc.collect()
    start = time.process_time()
    for text in texts:
        ast.parse(text)
    return time.process_time() - start


def _missed(name: str, value: float, limit: float, unit: str = "s") -> bool:
    scale = 1000 if unit == "ms" else 1
    print(f"  {name}: {value * scale:.1f} {unit}  (<= {limit * scale:g} {unit} {'MISSED' if value > limit else 'met'})")
    return value > limit


def _completeness(package: str, read: list[Read], *, table: bool) -> bool:
    judged = judge(targets_of(package), read)
    whole = sum(not each.fault for each in judged)
    share = whole / len(judged)
    missed = package not in REPORTED and share < WHOLE
    target = "" if package in REPORTED else f"  (>= {WHOLE:.0%} {'MISSED' if missed else 'met'})"
    print(f"  read whole: {whole} of {len(judged)} models, {share:.0%}{target}")
    for fault, count in Counter(each.fault for each in judged if each.fault).most_common():
        print(f"    {count:4} {fault}")
    if table:
        for each in judged:
            print(f"    {_where(each):72} {each.fault or 'whole'} {each.detail}".rstrip())
    for cause, count in causes(judged):
        print(f"    cause, {count:3} models: {cause[:160]}")
    return missed


def _where(each: Judged) -> str:
    return f"{each.target.file.rpartition('/')[2]}:{each.target.name}"


def _package(package: str, *, table: bool) -> tuple[bool, list[float]]:
    root = root_of(package)
    print(f"\n{package}")
    if root is None:
        print("  not installed")
        return False, []
    files = files_of(package, root)
    read = read_all(files, root)
    seconds = sorted(each.seconds for each in read)
    missed = _completeness(package, read, table=table)
    bare = _parse(files)
    print(f"  {len(files)} files, {sum(len(each.graphs) for each in read)} graphs, {sum(seconds):.1f} s of CPU")
    print(f"  bare ast.parse of them: {bare:.1f} s, a {sum(seconds) / bare:.0f}th")
    missed |= _missed("median", statistics.median(seconds), MEDIAN, "ms")
    print(f"  90th percentile: {seconds[int(0.9 * (len(seconds) - 1))] * 1000:.0f} ms")
    worst = max(read, key=lambda each: each.seconds)
    missed |= _missed(f"worst, {worst.file}", worst.seconds, WORST)
    for each in read:
        if each.failure:
            print(f"  FAILED {each.file}: {each.failure}")
            missed = True
    return missed, seconds


def _thousand(count: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="lintnet-benchmark-") as name:
        folder, number = Path(name), 0
        files: list[Path] = []
        while len(files) < count:
            copy = folder / f"copy{number}"
            shutil.copytree(CORPUS, copy, ignore=shutil.ignore_patterns("__pycache__", "*.toml"))
            files += sorted(copy.rglob("*.py"))
            number += 1
        files = files[:count]
        bare = _parse(files)
        start = time.process_time()
        read = read_all(files, folder)
        total = time.process_time() - start
    print(f"\n{count} files in one run, {sum(len(each.graphs) for each in read)} graphs")
    print(f"  bare ast.parse of them: {bare:.1f} s, lintnet {total / bare:.1f} times that")
    return _missed("CPU", total, THOUSAND * count / 1000)


def _memory() -> str:
    try:
        import resource
    except ImportError:  # Windows
        return "peak memory: not known here"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f"peak memory: {peak / 2**20:.0f} MB"


def _main() -> int:
    parser = argparse.ArgumentParser(description="Measure the source reader; the module's docstring explains.")
    parser.add_argument("packages", nargs="*", choices=[*PACKAGES, []], help="default: all that are installed")
    parser.add_argument("--table", action="store_true", help="print every model")
    parser.add_argument("--files", type=int, default=1000, help="files in one run; 0 leaves it out")
    options = parser.parse_args()
    missed, seconds = False, []
    for package in options.packages or PACKAGES:
        failed, costs = _package(package, table=options.table)
        missed |= failed
        seconds += costs
    if seconds:
        print(f"\nall {len(seconds)} files: median {statistics.median(seconds) * 1000:.1f} ms")
    if options.files:
        missed |= _thousand(options.files)
    print(_memory())
    return int(missed)


if __name__ == "__main__":
    sys.exit(_main())
