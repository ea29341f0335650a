#!/usr/bin/env python3
"""The most memory that `cargo xtask reproduce` takes for 5,000 and for 100,000 images, as its record tells it.

    python3 benches/memory.py > results/bench/DATE/memory.csv

The images are a file of zeros, which as a hole takes no room on the disk; what they show does not matter here.
Linux, a few minutes.
"""

import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGE_BYTES = 3 * 96 * 96


def peaks(folder: Path, images: int) -> dict[str, int]:
    """The peak in MiB by the end of each step."""
    path = folder / f"{images}_X.bin"
    with path.open("wb") as file:
        file.truncate(images * IMAGE_BYTES)
    command = ["cargo", "xtask", "reproduce", "--source", str(path), "--preset", "smoke", "--cases", "c"]
    command += ["--batch-size", "64", "--train-images", "64", "--iterations", "1"]
    command += ["--measure-images", str(images), "--results", str(folder), "--run", f"of-{images}"]
    subprocess.run(command, cwd=ROOT, check=True)
    record = (folder / f"of-{images}" / "run.toml").read_text()
    found = re.findall(r"^\[steps\.([a-z-]+)\]$(?:\n(?!\[).*)*?\npeak_memory_mib = (\d+)$", record, re.MULTILINE)
    return {step: int(mib) for step, mib in found}


def main() -> None:
    print("images,step,peak_memory_mib", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for images in (5_000, 100_000):
            for step, mib in sorted(peaks(Path(folder), images).items(), key=lambda item: item[1]):
                print(f"{images},{step},{mib}", flush=True)


if __name__ == "__main__":
    main()
