"""Derives the golden files of this folder by exact or 50-digit arithmetic: python3 golden/derive.py"""

import itertools
import json
import pathlib
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 50
FOLDER = pathlib.Path(__file__).parent


def nearest(reference, lower, upper, total):
    """The nearest point of all splits into entries at the lower bound, free, and at the upper bound."""
    v, l, u = ([Fraction(entry) for entry in entries] for entries in (reference, lower, upper))
    found = []
    for split in itertools.product("<=>", repeat=len(v)):
        free = [i for i, side in enumerate(split) if side == "="]
        fixed = sum(l[i] if side == "<" else u[i] for i, side in enumerate(split) if side != "=")
        rest = Fraction(total) - fixed - sum(v[i] for i in free)
        if not free and rest != 0:
            continue
        step = rest / len(free) if free else Fraction(0)
        x = [l[i] if side == "<" else u[i] if side == ">" else v[i] + step for i, side in enumerate(split)]
        if all(l[i] <= x[i] <= u[i] for i in range(len(v))):
            found.append((sum((a - b) ** 2 for a, b in zip(x, v)), x))
    return [float(entry) for entry in min(found)[1]]


def write(name, source, tolerance, cases):
    document = {"id": name, "source": source, "script": "golden/derive.py", "tolerance": tolerance, "cases": cases}
    (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def bounded_simplex():
    problems = [
        (["0.5", "0.3", "0.1"], ["0"] * 3, ["1"] * 3, "1"),
        (["0.8", "0.15", "0.05"], ["0"] * 3, ["0.5", "0.3", "1"], "1"),
        (["-0.4", "0.2", "0.9", "0.1"], ["0"] * 4, ["1", "1", "0.6", "1"], "1"),
        (["0.3", "0.3", "0.3"], ["0.35", "0.1", "0"], ["1", "0.2", "1"], "1"),
        (["100", "250", "400"], ["0", "300", "0"], ["1000", "1000", "350"], "900"),
        (["1", "2", "3", "4"], ["1"] * 4, ["2"] * 4, "6"),
    ]
    cases = []
    for v, l, u, total in problems:
        inputs = {"v": list(map(float, v)), "lower": list(map(float, l)), "upper": list(map(float, u)), "total": float(total)}
        cases.append({"inputs": inputs, "expected": nearest(v, l, u, total)})
    write("bounded_simplex", "derived in exact rational arithmetic over every split into bound and free entries", {"abs": 1e-15}, cases)


def no_trade_region():
    cases = []
    for weight, risk_aversion, cost in itertools.product(["0.2", "0.35", "0.6", "0.8"], ["2", "5", "10"], ["0.0005", "0.002", "0.01"]):
        w, gamma, c = Decimal(weight), Decimal(risk_aversion), Decimal(cost)
        half_width = (3 / (2 * gamma) * w**2 * (1 - w) ** 2 * c) ** (Decimal(1) / 3)
        cases.append({"weight": float(w), "risk_aversion": float(gamma), "cost_each_side": float(c), "half_width": float(half_width)})
    source = "closed form of Janecek and Shreve (2004), leading order, in 50-digit arithmetic"
    write("no_trade_region", source, {"rel": 1e-14}, cases)


bounded_simplex()
no_trade_region()
