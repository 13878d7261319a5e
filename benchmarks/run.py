"""Measure lintnet beside what else can look at the same file: `python benchmarks/run.py [--quick]`.

How to read it. Every row is one whole process, from the start of the interpreter to its end, in CPU time (user
and system, of all threads) and peak memory (largest resident set). The commands of a section take turns, so that
a busy moment of the machine hits all of them, and the best of the rounds counts: noise only ever adds. The first
round warms the file cache, compiles all modules into the temporary folder and is thrown away. *Ratios are lintnet
divided by the peer in that row: 0.10 means a tenth.* Trust ratios; absolute numbers belong to the machine. `bare` is
`python -c pass`, below which no Python program can go; a ratio against it says what lintnet adds to starting Python.

A target is printed beside the ratio it is about, and the exit code is 1 when one is missed. The models are made by
`models.py` in a temporary folder (about 1.4 GB) and deleted; nothing else is written. `--quick` takes fewer rounds and
leaves Keras out. `--program` measures another lintnet, for example the one of an older release:
`--program '/path/to/venv/bin/lintnet'`. Needs the `dev` extra and a Unix system (`os.wait4`). Progress goes to stderr.

On Linux the peak memory of a child starts at that of the process that started it; so this script imports
nothing large, and makes the models in processes of their own.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

__all__ = ["Cost", "measure"]

_HERE = Path(__file__).resolve().parent
_MEGABYTE = 1e6
_PYTHON = sys.executable


class Cost(NamedTuple):
    """What one process took: CPU time in seconds and peak resident memory in bytes."""

    cpu: float
    memory: float


class Peer(NamedTuple):
    """A command to compare with, and the largest ratios to it that lintnet promises (None: no promise)."""

    name: str
    command: list[str]
    cpu: float | None = None
    memory: float | None = None


class Section(NamedTuple):
    """A model and what looks at it."""

    title: str
    model: str
    peers: tuple[Peer, ...]


def measure(command: list[str], allowed: tuple[int, ...], environment: dict[str, str] | None = None) -> Cost:
    """Run a command, in the given environment or this process's own, and return what it took.

    Raises:
        RuntimeError: it ended with an exit code that is not `allowed`, so its cost means nothing.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in allowed:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-2000:]
            message = f"{shlex.join(command)} ended with {process.returncode}:\n{said}"
            raise RuntimeError(message)
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def _installed(folder: Path) -> dict[str, str]:
    """Return an environment in which the warm-up leaves compiled modules behind, as an installation by pip does.

    They lie in the temporary folder, those of the peers too. Without this a checkout, or a machine that sets
    PYTHONDONTWRITEBYTECODE, would measure the compiler.
    """
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _best(commands: dict[str, tuple[list[str], tuple[int, ...]]], rounds: int, folder: Path) -> dict[str, Cost]:
    """Measure commands in turn and keep the least of each number."""
    best: dict[str, Cost] = {}
    environment = _installed(folder)
    for number in range(rounds + 1):
        _say(f"  round {number} of {rounds}" if number else "  warming up")
        for name, (command, allowed) in commands.items():
            cost = measure(command, allowed, environment)
            if number:
                before = best.get(name, cost)
                best[name] = Cost(min(before.cpu, cost.cpu), min(before.memory, cost.memory))
    return best


def _python(code: str, *arguments: str) -> list[str]:
    return [_PYTHON, "-c", code, *arguments]


def _onnx_peers(path: Path, cpu: float, memory: float) -> tuple[Peer, ...]:
    check = "import onnx, sys; onnx.checker.check_model(sys.argv[1])"
    load = "import onnx, sys; onnx.load(sys.argv[1])"
    return (
        Peer("onnx.checker", _python(check, str(path)), cpu, memory),
        Peer("onnx.load", _python(load, str(path))),
    )


def _sections(folder: Path, *, quick: bool) -> tuple[Section, ...]:
    resnet, large, keras = (folder / name for name in ("resnet50.onnx", "large.onnx", "resnet50.keras"))
    sections = (
        Section("ResNet-50, ONNX", resnet.name, _onnx_peers(resnet, 0.4, 0.25)),
        Section("perceptron above 1 GB, ONNX", large.name, _onnx_peers(large, 0.1, 0.05)),
    )
    if quick:
        return sections
    load = "import keras, sys; keras.models.load_model(sys.argv[1], compile=False)"
    peers = (Peer("keras.models.load_model", _python(load, str(keras))),)
    return (*sections, Section("ResNet-50, Keras", keras.name, peers))


def _make(name: str, folder: Path) -> Path:
    _say(f"making {name}")
    path = folder / name
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    done = subprocess.run([_PYTHON, str(_HERE / "models.py"), name, str(path)], text=True, check=False, **quiet)
    if done.returncode:
        message = f"models.py could not make {name}:\n{done.stderr[-2000:]}"
        raise RuntimeError(message)
    return path


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _cost(cost: Cost) -> str:
    return f"{cost.cpu * 1000:9.0f} ms {cost.memory / _MEGABYTE:8.0f} MB"


def _verdict(ratio: float, target: float | None, width: int) -> tuple[str, bool]:
    """Return a ratio with its target, and whether the target is missed."""
    if target is None:
        return f"{ratio:{width}.2f} {'':16}", False
    missed = ratio > target
    return f"{ratio:{width}.2f} {f'(<= {target:g} ' + ('MISSED)' if missed else 'met)'):16}", missed


def _compare(section: Section, folder: Path, program: list[str], rounds: int) -> bool:
    """Print one section and say whether a target was missed."""
    path = _make(section.model, folder)
    size = path.stat().st_size
    _say(f"measuring {section.title}")
    commands = {
        "bare": (_python("pass"), (0,)),
        "lintnet": ([*program, "check", str(path), "--format", "json"], (0, 1)),
        **{peer.name: (peer.command, (0,)) for peer in section.peers},
    }
    best = _best(commands, rounds, folder)
    path.unlink()
    print(f"\n{section.title} ({size / _MEGABYTE:,.0f} MB)")
    print(f"  {'process':24}{'CPU':>12}{'memory':>12}    lintnet / it: CPU           memory")
    ours, any_missed = best["lintnet"], False
    print(f"  {'lintnet check':24}{_cost(ours)}")
    for peer in (*section.peers, Peer("bare", [])):
        other = best[peer.name]
        cpu, slow = _verdict(ours.cpu / other.cpu, peer.cpu, 6)
        memory, fat = _verdict(ours.memory / other.memory, peer.memory, 6)
        print(f"  {peer.name:24}{_cost(other)}    {cpu}{memory}".rstrip())
        any_missed |= slow or fat
    return any_missed


def _start_up(folder: Path, program: list[str], rounds: int) -> bool:
    """Print what starting costs, and say whether a budget was missed."""
    path = _make("small.onnx", folder)
    _say("measuring start-up")
    # Budgets in milliseconds of CPU, from the conventions of the project; None where none was set.
    rows: tuple[tuple[str, list[str], float | None], ...] = (
        ("--version", ["--version"], 100),
        ("rules", ["rules"], None),
        ("explain dropout-before-batch-norm", ["explain", "dropout-before-batch-norm"], 150),
        ("check small.onnx --format json", ["check", str(path), "--format", "json"], None),
        ("check small.onnx", ["check", str(path)], None),
    )
    commands = {name: ([*program, *arguments], (0,)) for name, arguments, _ in rows}
    best = _best({"bare": (_python("pass"), (0,)), **commands}, rounds, folder)
    print("\nStart-up")
    print(f"  {'process':36}{'CPU':>12}{'memory':>12}    it / bare: CPU  memory   budget")
    bare, any_missed = best["bare"], False
    print(f"  {'bare':36}{_cost(bare)}")
    for name, _, budget in rows:
        cost = best[name]
        missed = budget is not None and cost.cpu * 1000 > budget
        any_missed |= missed
        note = "" if budget is None else f"<= {budget:g} ms {'MISSED' if missed else 'met'}"
        ratios = f"{cost.cpu / bare.cpu:15.1f}{cost.memory / bare.memory:8.1f}"
        print(f"  {name:36}{_cost(cost)}    {ratios}   {note}".rstrip())
    return any_missed


def _main() -> int:
    parser = argparse.ArgumentParser(description="Measure lintnet beside its peers; the module's docstring explains.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no Keras")
    parser.add_argument("--rounds", type=int, default=0, help="rounds that count (default 7, quick 3)")
    parser.add_argument("--program", default="", help="command line of another lintnet to measure")
    options = parser.parse_args()
    program = shlex.split(options.program) or [_PYTHON, "-m", "lintnet"]
    rounds = options.rounds or (3 if options.quick else 7)
    missed = False
    with tempfile.TemporaryDirectory(prefix="lintnet-benchmark-") as name:
        folder = Path(name)
        print(f"best of {rounds} rounds each, Python {sys.version.split()[0]} on {sys.platform}")
        missed |= _start_up(folder, program, rounds)
        for section in _sections(folder, quick=options.quick):
            missed |= _compare(section, folder, program, rounds)
    return int(missed)


if __name__ == "__main__":
    sys.exit(_main())
