#!/usr/bin/python3
"""Makes p_values.json, the recorded table mann_whitney_test.cc is held against (SciPy 1.10, Debian 12).

    tests/compare/make_p_values.py > tests/compare/p_values.json

Each case names the SciPy call it comes from:
  exact        mannwhitneyu(method="exact"), samples without ties
  enumeration  permutation_test of the U statistic over every assignment, samples with ties
  asymptotic   mannwhitneyu(method="asymptotic", use_continuity=True)
Infinity stands for a failed launch; it is written as null.
"""
import json
import sys

import numpy as np
from scipy.stats import mannwhitneyu, permutation_test, rankdata

random = np.random.default_rng(20260101)
cases = []


def u_statistic(x, y, axis):
    """Pairs with y above x, ties one half."""
    ranks = rankdata(np.concatenate((x, y), axis=axis), axis=axis)
    n = y.shape[axis]
    of_y = np.take(ranks, np.arange(x.shape[axis], ranks.shape[axis]), axis=axis)
    return of_y.sum(axis=axis) - n * (n + 1) / 2


def add(method, x, y, note=""):
    x, y = np.asarray(x, float), np.asarray(y, float)
    tied = len(np.unique(np.concatenate((x, y)))) < len(x) + len(y)
    if method == "enumeration":
        assert tied
        result = permutation_test((x, y), u_statistic, permutation_type="independent", vectorized=True,
                                  n_resamples=np.inf, alternative="two-sided", batch=4096)
        u, p = result.statistic, result.pvalue
    else:
        assert method == "asymptotic" or not tied
        result = mannwhitneyu(y, x, alternative="two-sided", method=method, use_continuity=True)
        u, p = result.statistic, result.pvalue
    finite = lambda values: [None if np.isinf(v) else v for v in values]
    cases.append({"method": method, "note": note, "x": finite(x), "y": finite(y), "u": float(u), "p": float(p)})


def normal(n, shift=0.0):
    return np.round(random.normal(100 + shift, 10, n), 6)


def whole(n, low, high):
    return random.integers(low, high + 1, n).astype(float)


for m, n in [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 4), (4, 4), (4, 9), (5, 5), (5, 8), (6, 6), (7, 9), (8, 8), (10, 10),
             (12, 7), (1, 40), (2, 50), (20, 20), (30, 25), (50, 50), (15, 80), (100, 90), (100, 100)]:
    add("exact", normal(m), normal(n))
for m, n, shift in [(3, 3, 60), (5, 5, 80), (6, 7, 8), (10, 10, 15), (20, 20, 6), (20, 20, 30), (40, 35, -7), (90, 100, 4)]:
    add("exact", normal(m), normal(n, shift), "shifted by %g" % shift)

for m, n in [(2, 2), (2, 3), (3, 3), (3, 5), (4, 4), (5, 5), (5, 7), (6, 6), (7, 7), (8, 8), (9, 6), (10, 8), (3, 12), (2, 9), (2, 20)]:
    add("enumeration", *(lambda x, y: (x, np.append(y[:-1], x[0])))(whole(m, 1, 6), whole(n, 1, 6)))
for m, n, low in [(4, 4, 3), (5, 5, 2), (6, 6, 3), (8, 7, 2), (10, 10, 2)]:
    x, y = whole(m, 1, 4), whole(n, low, low + 3)
    y[0] = x[0]
    add("enumeration", x, y, "shifted whole numbers")
add("enumeration", [7, 7, 7, 7, 7], [8, 8, 8, 8, 8], "two constants, as API calls are")
add("enumeration", [7, 7, 7, 7, 8], [8, 8, 8, 8, 8], "nearly two constants")
add("enumeration", [1, 1, 1, 1], [1, 1, 1, 2], "one differs")
add("enumeration", np.append(normal(5), np.inf), np.append(normal(4), [np.inf, np.inf]), "failed launches on both sides")
add("enumeration", normal(6), np.append(normal(3), [np.inf] * 3), "failed launches on one side")
add("enumeration", normal(4), [np.inf] * 4, "nothing but failures on one side")
add("enumeration", [0, 0, 0, 0, 0, 3], [0, 0, 0, 1, 2], "retries, mostly none")

for m, n, shift in [(101, 100, 0), (120, 150, 0), (120, 150, 3), (200, 60, -5), (110, 110, 8), (11, 1000, 0), (300, 40, 4)]:
    add("asymptotic", normal(m), normal(n, shift), "no ties, shifted by %g" % shift)
for m, n, low in [(21, 20, 1), (25, 25, 1), (25, 25, 2), (30, 40, 1), (60, 60, 2), (100, 120, 1), (41, 10, 3), (200, 150, 1)]:
    add("asymptotic", whole(m, 1, 6), whole(n, low, low + 5), "whole numbers")
add("asymptotic", np.append(normal(24), [np.inf] * 2), np.append(normal(25), [np.inf] * 6), "failed launches on both sides")

assert len(cases) >= 60
json.dump(cases, sys.stdout, separators=(",", ":"))
print()
