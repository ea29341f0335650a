#!/usr/bin/env python3
"""Shows where the time of a training step goes.

Samples the benchmark of one case with Linux's `perf`, and prints the share of the samples that fell
in each part of the step. The shares sum to 1.

    cargo bench -p dim-models --bench training_step --no-run     # prints the program's path
    python3 xtask/profiling/step_profile.py target/release/deps/training_step-... --case c > step-profile.csv

Needs `perf`, `addr2line` and `readelf`. Several functions may be inlined at the address of a sample.
The rules below pick the one that names its part; a sample that no rule matches counts as `other`.
"""

from __future__ import annotations

import argparse
import collections
import csv
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# The rules, most specific first: a list is used only if no frame of the sample matches an earlier
# list. Within a list, frames are tried from the outermost inwards, each against the rules in order.
PARTS: list[tuple[str, str]] = [
    (r"PixelBackward", "local and prior networks, backward"),
    (r"ScorePixels", "local and prior networks, forward"),
    (r"WeightGradImage", "convolutions: weight gradients"),
    (r"InputGradImage", "global network, stride 2: input gradients"),
    (r"ForwardImage|correlate|gemm::pack|gemm/pack\.rs", "convolutions: forward and input gradients"),
    (r"batch_norm::passes|MomentSums|GradSums|kernels::batch_norm", "batch norm and ReLU"),
    (r"fused::global", "global network, outside its convolutions"),
    (r"simd::exp|[Ss]oftplus|fused::bounds", "losses"),
    (r"dim-models/src/random\.rs|chacha20|rand_core", "noise"),
    (r"add_in_order|kernels::sum|fused::(parameters|first)", "sums over images"),
    (r"dim_models::adam", "Adam"),
]
BETWEEN: list[tuple[str, str]] = [
    (r"dim_models::kernels|dim-models/src/kernels", "between the kernels"),
    (r"candle_core|dim_models::|dim-models/src", "trainer and candle's tape"),
]
RUNTIME: list[tuple[str, str]] = [
    (r"rayon|crossbeam|sched_yield", "waiting for the other threads"),
    (r"memmove|memcpy|memset", "memory copies"),
    (r"\b_?mi_|mimalloc", "memory allocation"),
]
KERNEL = re.compile(r"\[kernel|vmlinux|\[unknown\]")  # perf's names for the kernel's code


def frames(program: Path, addresses: list[str]) -> dict[str, list[str]]:
    """The functions at each address, innermost first, each with its source file."""
    command = ["addr2line", "-a", "-f", "-i", "-C", "-e", str(program)]
    text = subprocess.run(command, input="\n".join(addresses), capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {}
    current: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        if re.fullmatch(r"0x[0-9a-f]+", line):
            current = found.setdefault(hex(int(line, 16)), [])
        else:
            current.append(f"{line} {next(lines, '')}")
    return found


def part(stack: list[str]) -> str:
    """The part of the step that a stack belongs to; the innermost function comes first."""
    for rules in (PARTS, BETWEEN, RUNTIME):
        for function in reversed(stack):
            for pattern, name in rules:
                if re.search(pattern, function):
                    return name
    return "other"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="the compiled benchmark training_step")
    parser.add_argument("--case", default="c", choices=["a", "b", "c", "d"])
    parser.add_argument("--seconds", type=int, default=20)
    arguments = parser.parse_args()
    benchmark = [str(arguments.program), "--bench", "--profile-time", str(arguments.seconds + 6)]
    benchmark.append(f"training_step/dim-models/{arguments.case}")
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(benchmark, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running,
    ):
        # The benchmark checks its answer before it profiles.
        assert running.stderr is not None
        if not any("Profiling" in line for line in running.stderr):
            sys.exit(f"{arguments.program} made no step")
        data = str(Path(folder) / "perf.data")
        record = ["perf", "record", "-F", "1999", "-o", data, "-p", str(running.pid)]
        run = subprocess.run([*record, "--", "sleep", str(arguments.seconds)], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"perf failed:\n{run.stderr}")
        script = ["perf", "script", "-i", data, "-F", "ip,sym,dso", "--show-mmap-events"]
        text = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    shares = parts(text, arguments.program)
    total = sum(shares.values())
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["part", "share"])
    table.writerows((name, f"{count / total:.4f}") for name, count in shares.most_common())


def parts(script: str, program: Path) -> collections.Counter[str]:
    """Counts the samples of `perf script`'s output by part."""
    base = load_address(script, program)
    shares: collections.Counter[str] = collections.Counter()
    inside: collections.Counter[str] = collections.Counter()  # by address in the program's file
    for line in script.splitlines():
        match = re.match(r"\s*([0-9a-f]+)\s+(.*)\s+\((.*)\)\s*$", line)
        if not match or "PERF_RECORD" in line:
            continue
        address, symbol, file = match.groups()
        if KERNEL.match(file):
            shares["the system"] += 1
        elif file.endswith(program.name):
            inside[hex(int(address, 16) - base)] += 1
        else:
            shares[part([symbol])] += 1
    stacks = frames(program, sorted(inside))
    for address, count in inside.items():
        shares[part(stacks[address])] += count
    return shares


def load_address(script: str, program: Path) -> int:
    """The difference between an address in the running program and the same address in its file."""
    code = re.search(r"LOAD\s+0x([0-9a-f]+) 0x([0-9a-f]+) .* R E ", run_readelf(program))
    for line in script.splitlines():
        pattern = r"\[0x([0-9a-f]+)\(0x[0-9a-f]+\) @ (0x[0-9a-f]+|0)\s.*" + re.escape(program.name)
        mapped = re.search(pattern, line)
        if mapped and code:
            offset, address = (int(group, 16) for group in code.groups())
            return int(mapped.group(1), 16) - int(mapped.group(2), 16) + offset - address
    sys.exit(f"perf did not see {program} being loaded")


def run_readelf(program: Path) -> str:
    """The segments of a program."""
    return subprocess.run(["readelf", "-lW", str(program)], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
