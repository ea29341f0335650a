#!/usr/bin/env python3
"""Measures the peak memory of training, measuring and drawing, for 5,000 and for 100,000 images.

The peaks come from the record of each run.

    python3 xtask/profiling/memory.py > results/bench/DATE/memory.csv

The images are a sparse file of zeros, which takes no space on the disk. Their content does not
matter here. Needs Linux and takes a few minutes.
"""

import subprocess
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGE_BYTES = 3 * 96 * 96


def peaks(folder: Path, images: int) -> dict[str, int]:
    """The peak memory of each step in MiB; each step runs in its own process."""
    path = folder / f"{images}_X.bin"
    with path.open("wb") as file:
        file.truncate(images * IMAGE_BYTES)
    run = ["--results", str(folder), "--run", f"of-{images}"]
    train = ["--source", str(path), "--preset", "smoke", "--cases", "c", "--measure-images", str(images)]
    train += ["--batch-size", "64", "--train-images", "64", "--epochs", "1"]
    for step in (["train", *train], ["measure"], ["figures"]):
        subprocess.run(["cargo", "xtask", *step, *run], cwd=ROOT, check=True)
    record = tomllib.loads((folder / f"of-{images}" / "run.toml").read_text())
    return {step: record["steps"][step]["peak_memory_mib"] for step in ("train-c", "measure", "figures")}


def main() -> None:
    print("images,step,peak_memory_mib", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for images in (5_000, 100_000):
            for step, mib in peaks(Path(folder), images).items():
                print(f"{images},{step},{mib}", flush=True)


if __name__ == "__main__":
    main()
