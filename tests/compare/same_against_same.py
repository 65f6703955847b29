#!/usr/bin/env python3
"""How often does the gate of launch_compare cry wolf, and what does it miss?

    same_against_same.py measure DIR --launch_bench=PROGRAM [--pairs=200] [--jobs=1] [-- FLAGS OF launch_bench]
    same_against_same.py false_alarms DIR --launch_compare=PROGRAM [-- FLAGS OF launch_compare]
    same_against_same.py power DIR --launch_compare=PROGRAM [-- FLAGS OF launch_compare]

`measure` makes pairs of runs of one configuration (DIR/000-a.json, DIR/000-b.json, ...), alternating the sides, each run
under a seed of its own. `false_alarms` gates each pair: whatever it calls a regression is a false alarm. `power` makes
every launch of one side slower by a known share, takes the first n repetitions of both, and counts what the gate finds:
the differences are put in, the noise is measured. Intervals are Wilson's, 95%.
"""
import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

OUTCOMES = {0: "pass", 1: "regression", 2: "cannot tell"}


def wilson(hits, n, z=1.959964):
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def describe(hits, n):
    low, high = wilson(hits, n)
    return f"{hits} of {n} ({100 * hits / n:.1f}%, interval {100 * low:.1f}% to {100 * high:.1f}%)"


def pairs_in(directory):
    pairs = [(a, a.with_name(a.name.replace("-a.", "-b."))) for a in sorted(directory.glob("*-a.json"))]
    pairs = [pair for pair in pairs if pair[1].exists()]
    if not pairs:
        sys.exit(f"{directory}: holds no pair of runs: make them with `measure`")
    return pairs


def measure_pair(options, pair):
    sides = "ab" if pair % 2 == 0 else "ba"  # so that what drifts does not always hit one side
    for position, side in enumerate(sides):
        out = options.directory / f"{pair:03}-{side}.json"
        if out.exists():
            continue  # a study that was interrupted goes on
        part = out.with_suffix(".part")
        command = [options.launch_bench, f"--benchmark_out={part}", f"--local_seed={2 * pair + position + 1}", *options.flags]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1):  # 1: some launch failed, which is a result
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        part.rename(out)


def measure(options):
    options.directory.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done, _ in enumerate(pool.map(lambda pair: measure_pair(options, pair), range(options.pairs))):
            print(f"\r{done + 1} of {options.pairs} pairs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def gate(options, baseline, candidate):
    command = [options.launch_compare, "--gate", "--format=json", *options.flags, str(baseline), str(candidate)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 2 and done.stderr:
        sys.exit(done.stderr)
    return done.returncode, json.loads(done.stdout)


def false_alarms(options):
    outcomes = collections.Counter()
    verdicts = collections.Counter()
    for a, b in pairs_in(options.directory)[: options.pairs]:
        code, report = gate(options, a, b)
        outcomes[OUTCOMES[code]] += 1
        verdicts.update(test["verdict"] for test in report["gate"]["tests"])
    n = sum(outcomes.values())
    print(f"outcomes: {dict(outcomes)}; verdicts: {dict(verdicts)}")
    print(f"false alarms: {describe(outcomes['regression'], n)}")


def cut_and_slow(path, repetitions, slower):
    """The run's first repetitions, with every launch and each of its phases slower by a share."""
    run = json.loads(path.read_text())
    rows = [row for row in run["benchmarks"] if row.get("run_type") == "iteration" and row["repetition_index"] < repetitions]
    for row in rows:
        row["real_time"] *= 1 + slower
        for key in row:
            if key.endswith("_ms"):
                row[key] *= 1 + slower
    run["benchmarks"] = rows
    return run


def power(options):
    pairs = pairs_in(options.directory)[: options.pairs]
    available = min(max(row["repetition_index"] for row in json.loads(pair[0].read_text())["benchmarks"] if "repetition_index" in row)
                    for pair in pairs) + 1
    counts = [n for n in (4, 6, 8, 10, 12, 20, 30) if n <= available]
    differences = (0.0, 0.05, 0.08, 0.10, 0.15, 0.20)
    print("share of", len(pairs), "pairs called a regression, by what was put in and by repetitions")
    print("| repetitions | " + " | ".join(f"+{100 * d:.0f}%" for d in differences) + " |")
    print("|---|" + "--:|" * len(differences), flush=True)

    def one(pair, repetitions, slower):
        with tempfile.TemporaryDirectory() as scratch:
            a, b = pathlib.Path(scratch) / "a.json", pathlib.Path(scratch) / "b.json"
            a.write_text(json.dumps(cut_and_slow(pair[0], repetitions, 0)))
            b.write_text(json.dumps(cut_and_slow(pair[1], repetitions, slower)))
            return gate(options, a, b)[0]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for repetitions in counts:
            cells = []
            for slower in differences:
                codes = collections.Counter(pool.map(lambda pair: one(pair, repetitions, slower), pairs))
                cells.append("cannot tell" if codes[2] == len(pairs) else f"{100 * codes[1] / len(pairs):.0f}%")
            print(f"| {repetitions} | " + " | ".join(cells) + " |", flush=True)


def main():
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["measure", "false_alarms", "power"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--launch_bench", default="./launch_bench")
    parser.add_argument("--launch_compare", default="./launch_compare")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1, help="pairs measured at the same time")
    options = parser.parse_args(arguments[:split])
    options.flags = arguments[split + 1:]
    {"measure": measure, "false_alarms": false_alarms, "power": power}[options.mode](options)


main()
