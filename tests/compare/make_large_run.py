#!/usr/bin/env python3
"""Writes a Google Benchmark file as the library would: 10,000 benchmarks, 20 repetitions each, and their aggregates with
the bare NaN of a counter that is always zero. For measuring launch_compare on large files:

    tests/compare/make_large_run.py a.json 1; tests/compare/make_large_run.py b.json 2
    /usr/bin/time -f '%e s, %M KiB' build/release/bin/launch_compare a.json b.json > /dev/null
"""
import random
import sys

ROW = """    {
      "name": "%s",
      "family_index": %d,
      "per_family_instance_index": 0,
      "run_name": "%s",
%s
      "threads": 1,
      "iterations": 1,
      "real_time": %.16e,
      "cpu_time": %.16e,
      "time_unit": "ms",
      "api_ms": %.16e,
      "retries": %s
    }"""


def rows(benchmark):
    name = f"Launch{benchmark}/iterations:1/manual_time"
    typical = random.Random(benchmark).uniform(1e3, 1e5)  # the same in every file
    kinds = [(name, f'      "run_type": "iteration",\n      "repetitions": 20,\n      "repetition_index": {i},') for i in range(20)]
    kinds += [(f"{name}_{a}", f'      "run_type": "aggregate",\n      "repetitions": 20,\n      "aggregate_name": "{a}",\n      "aggregate_unit": "time",')
              for a in ("mean", "median", "stddev", "cv")]
    for row_name, kind in kinds:
        time = random.gauss(typical, typical * 0.02)
        yield ROW % (row_name, benchmark, name, kind, time, time / 100, time / 5, "NaN" if row_name.endswith("_cv") else "0.0000000000000000e+00")


if len(sys.argv) != 3:
    sys.exit(__doc__)
random.seed(int(sys.argv[2]))
with open(sys.argv[1], "w") as out:
    out.write('{\n  "context": {\n    "date": "2026-01-01T00:00:00+00:00",\n    "num_cpus": 2\n  },\n  "benchmarks": [\n')
    out.write(",\n".join(row for benchmark in range(10000) for row in rows(benchmark)))
    out.write("\n  ]\n}\n")
