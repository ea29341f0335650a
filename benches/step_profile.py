#!/usr/bin/env python3
"""Where the time of a training step goes: samples the benchmark of one case with Linux's `perf` and adds the
samples up by the part of the step that they fell in. The shares sum to 1.

    cargo bench -p dim-models --bench training_step --no-run     # prints the program's path
    python3 benches/step_profile.py target/release/deps/training_step-... --case c > step-profile.csv

Needs `perf`, `addr2line` and `readelf`. A sample belongs to the outermost function, among those inlined at its address,
that a rule below names; what no rule names is printed as `other`.
"""

from __future__ import annotations

import argparse
import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# In order: the first rule that matches a frame, looked for from the outermost frame inwards, names the part.
RULES: list[tuple[str, str]] = [
    (r"kernels::per_pixel::PixelBackward|PixelBackward", "local and prior networks, backward"),
    (r"kernels::per_pixel::ScorePixels|ScorePixels", "local and prior networks, forward"),
    (r"WeightGradImage", "convolutions: weight gradients"),
    (r"InputGradImage", "global network, stride 2: input gradients"),
    (r"ForwardImage|correlate|kernels::pack|with_simd.*pack|pack_parities", "convolutions: forward and input gradients"),
    (r"batch_norm::passes|MomentSums|GradSums|kernels::batch_norm", "batch norm and ReLU"),
    (r"kernels::global", "global network, outside its convolutions"),
    (r"kernels::exp|softplus|bounds", "losses"),
    (r"random::prior_noise|chacha20", "noise"),
    (r"add_in_order|kernels::flat", "sums over images"),
    (r"adam|Adam", "Adam"),
    (r"rayon|crossbeam|sched_yield", "waiting for the other threads"),
    (r"memmove|memcpy|memset", "memory copies"),
    (r"\bmi_|mimalloc", "memory allocation"),
    (r"kernel", "the system"),
]


def frames(program: Path, addresses: list[str]) -> dict[str, list[str]]:
    """The functions at each address, innermost first."""
    command = ["addr2line", "-a", "-f", "-i", "-C", "-e", str(program)]
    text = subprocess.run(command, input="\n".join(addresses), capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {}
    current: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        if re.fullmatch(r"0x[0-9a-f]+", line):
            current = found.setdefault(hex(int(line, 16)), [])
        else:
            current.append(line)
            next(lines, None)  # the file and line
    return found


def part(stack: list[str]) -> str:
    """The part of the step that a stack, innermost first, belongs to."""
    for function in reversed(stack):
        for pattern, name in RULES:
            if re.search(pattern, function):
                return name
    return "other"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="the benchmark training_step, built")
    parser.add_argument("--case", default="c", choices=["a", "b", "c", "d"])
    parser.add_argument("--seconds", type=int, default=20)
    arguments = parser.parse_args()
    benchmark = [str(arguments.program), "--bench", "--profile-time", str(arguments.seconds + 6)]
    benchmark.append(f"training_step/dim-models/{arguments.case}")
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(benchmark, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running,
    ):
        # The answer is checked before.
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
    base = load_address(text, arguments.program)
    samples: collections.Counter[tuple[str, str]] = collections.Counter()
    for line in text.splitlines():
        match = re.match(r"\s*([0-9a-f]+)\s+(.*)\s+\((.*)\)\s*$", line)
        if match and "PERF_RECORD" not in line:
            address, symbol, dso = match.groups()
            inside = dso.endswith(arguments.program.name)
            samples[(hex(int(address, 16) - base) if inside else "", "" if inside else f"{dso} {symbol}")] += 1
    stacks = frames(arguments.program, sorted({address for address, _ in samples if address}))
    shares: collections.Counter[str] = collections.Counter()
    for (address, symbol), count in samples.items():
        shares[part(stacks.get(address, ["?"]) if address else [symbol])] += count
    total = sum(shares.values())
    print("part,share")
    for name, count in shares.most_common():
        print(f"{name},{count / total:.4f}")


def load_address(script: str, program: Path) -> int:
    """By how much addresses in the running program exceed those in its file."""
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
