"""Runs each bench in a process and with a PostgreSQL server of its own, prints a table, writes bench.json."""

import argparse
import json
import keyword
import os
import subprocess
import sys
import time
from pathlib import Path

BENCHES = {  # name -> most seconds it may take
    "intake": 240,
    "react": 180,
    "inbox": 420,
    "import": 300,
    "freshness": 150,
    "kill": 400,
    "backup": 300,
    "channels": 500,
}
HERE = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default="", help="names, with commas between")
    wanted = [name for name in parser.parse_args().only.replace(" ", "").split(",") if name] or list(BENCHES)
    unknown = sorted(set(wanted) - set(BENCHES))
    if unknown:
        print(f"There is no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    rows, failed = [], False
    for name in wanted:
        began = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        found = run(name)
        failed = failed or found is None
        rows += found or []
        print(f"{name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(rows))
    folder = Path(os.environ.get("TANGGAP_DATA") or "./var").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(rows, indent=1) + "\n")
    print(f"\nWritten to {folder / 'bench.json'}.")
    return 1 if failed or not all(row["holds"] for row in rows) else 0


def run(name: str) -> list[dict] | None:
    """The rows of one bench; None when it broke or took too long."""
    module = f"{name}_" if keyword.iskeyword(name) else name  # "import" is no name of a module
    command = [sys.executable, "-m", f"bench.{module}"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, cwd=HERE, timeout=BENCHES[name], text=True)
    except subprocess.TimeoutExpired:
        print(f"{name} was stopped after {BENCHES[name]} s.", file=sys.stderr)
        return None
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        print(f"{name} ended with {done.returncode}.", file=sys.stderr)
        return None
    return json.loads(lines[-1])


def table(rows: list[dict]) -> str:
    head = ("name", "value", "unit", "goal", "")
    cells = [
        (row["name"], f"{row['value']:g}", row["unit"], row["goal"], "holds" if row["holds"] else "MISSED")
        if row["goal"]
        else (row["name"], f"{row['value']:g}", row["unit"], "", "")
        for row in rows
    ]
    wide = [max(len(line[at]) for line in [head, *cells]) for at in range(5)]
    lines = [
        f"{a:<{wide[0]}}  {b:>{wide[1]}}  {c:<{wide[2]}}  {d:<{wide[3]}}  {e}".rstrip()
        for a, b, c, d, e in [head, *cells]
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


if __name__ == "__main__":
    sys.exit(main())
