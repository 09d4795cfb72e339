"""Derives the golden files of this folder by exact or 50-digit arithmetic: python3 golden/derive.py"""

import itertools
import json
import math
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


def return_measures():
    """Every measure of a return series, by its definition; EVaR by bisecting its slope."""
    portfolio = "0.021 -0.034 0.0125 -0.0075 0.018 -0.051 0.009 0.027 -0.0165 0.0033 -0.0288 0.0402 0.0061".split()
    index = "0.018 -0.029 0.0101 -0.0052 0.0144 -0.0433 0.0112 0.0209 -0.0201 0.0067 -0.0254 0.0351 0.0019".split()
    cases = []
    for name, texts in (("portfolio", portfolio), ("index", index), ("steady", ["0.004", "0.006", "-0.001", "0.005", "0.0045"])):
        r, b = list(map(Decimal, texts)), list(map(Decimal, index))
        found = measures(r)
        if len(b) == len(r) and name != "index":
            found |= relative_measures(r, b)
        inputs = {"returns": list(map(float, r)), "benchmark": list(map(float, b))}
        cases.append({"name": name, "inputs": inputs, "expected": {key: float(value) for key, value in found.items()}})
    write("return_measures", "the definitions in crates/quant/src/risk, in 50-digit arithmetic", {"rel": 1e-12, "abs": 1e-16}, cases)


def measures(r):
    count, mean = len(r), sum(r) / len(r)
    log_growth = sum((1 + x).ln() for x in r) / count
    squares = sum((x - mean) ** 2 for x in r)
    level, rate, periods = Decimal("0.002"), Decimal("0.0005"), Decimal(52)
    downside = (sum(min(x - level, 0) ** 2 for x in r) / count).sqrt()
    found = {
        "mean": mean,
        "total_return": (log_growth * count).exp() - 1,
        "log_growth": log_growth,
        "annualized_mean_52": mean * periods,
        "annualized_return_52": (log_growth * periods).exp() - 1,
        "variance_0": squares / count,
        "variance_1": squares / (count - 1),
        "volatility_1": (squares / (count - 1)).sqrt(),
        "annualized_volatility_52": (squares / (count - 1) * periods).sqrt(),
        "semideviation_1": (sum(min(x - mean, 0) ** 2 for x in r) / (count - 1)).sqrt(),
        "downside_deviation_0.002": downside,
        "mean_absolute_deviation": sum(abs(x - mean) for x in r) / count,
        "lower_partial_moment_0_0.002": Decimal(sum(x < level for x in r)) / count,
        "lower_partial_moment_1_0.002": sum(max(level - x, 0) for x in r) / count,
        "lower_partial_moment_3_0.002": sum(max(level - x, 0) ** 3 for x in r) / count,
        "worst_realization": -min(r),
        "sharpe_0.0005_52": (mean - rate) / (squares / (count - 1)).sqrt() * periods.sqrt(),
        "sortino_0.002_52": (mean - level) / downside * periods.sqrt(),
        "omega_0.002": sum(max(x - level, 0) for x in r) / sum(max(level - x, 0) for x in r),
    }
    for beta in ("0.5", "0.75", "0.8", "0.9"):
        losses = sorted((-x for x in r), reverse=True)
        found[f"value_at_risk_{beta}"] = losses[math.ceil((1 - Decimal(beta)) * count) - 1]
        found[f"conditional_value_at_risk_{beta}"] = tail_mean(losses, Decimal(beta))
        found[f"entropic_value_at_risk_{beta}"] = entropic(losses, Decimal(beta))
    for name, path in (("uncompounded", uncompounded(r)), ("compounded", compounded(r))):
        found[f"maximum_drawdown_{name}"] = max(path)
        found[f"average_drawdown_{name}"] = sum(path) / count
        found[f"ulcer_index_{name}"] = (sum(u**2 for u in path) / count).sqrt()
        found[f"conditional_drawdown_at_risk_0.8_{name}"] = tail_mean(sorted(path, reverse=True), Decimal("0.8"))
    found["calmar_52"] = found["annualized_return_52"] / found["maximum_drawdown_compounded"]
    found["martin_52"] = found["annualized_return_52"] / found["ulcer_index_compounded"]
    return found


def relative_measures(r, b):
    active = [x - y for x, y in zip(r, b)]
    mean, r_mean, b_mean = (sum(x) / len(x) for x in (active, r, b))
    error = (sum((a - mean) ** 2 for a in active) / (len(active) - 1)).sqrt()
    beta = sum((x - r_mean) * (y - b_mean) for x, y in zip(r, b)) / sum((y - b_mean) ** 2 for y in b)
    return {"tracking_error": error, "information_ratio_52": mean / error * Decimal(52).sqrt(), "beta": beta}


def tail_mean(descending, beta):
    size = (1 - beta) * len(descending)
    whole = int(size)
    boundary = (size - whole) * descending[whole] if size > whole else 0
    return (sum(descending[:whole]) + boundary) / size


def entropic(losses, beta):
    worst, tail = max(losses), 1 - beta

    def slope(t):
        weights = [(t * (loss - worst)).exp() for loss in losses]
        mean = sum(w * (worst - loss) for w, loss in zip(weights, losses)) / sum(weights)
        return (sum(weights) / len(losses)).ln() - tail.ln() + t * mean

    if losses.count(worst) >= tail * len(losses):
        return worst
    low, high = Decimal("1e-6"), Decimal("1e6")
    for _ in range(170):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    mean = sum((low * (loss - worst)).exp() for loss in losses) / len(losses)
    return worst + (mean.ln() - tail.ln()) / low


def uncompounded(r):
    path = list(itertools.accumulate(r, initial=Decimal(0)))
    return [max(path[: t + 1]) - path[t] for t in range(1, len(path))]


def compounded(r):
    path = list(itertools.accumulate(r, lambda value, x: value * (1 + x), initial=Decimal(1)))
    return [1 - path[t] / max(path[: t + 1]) for t in range(1, len(path))]


def expected_returns():
    """Equal correlations, so that the largest eigenvalue is known, and an inverse in rational arithmetic."""
    rows = ["0.012 -0.004 0.021 0.003 0.007", "-0.007 0.009 0.003 0.002 -0.011", "0.016 0.011 -0.013 0.001 0.018"]
    rows += ["0.002 -0.006 0.008 0.004 -0.005", "0.005 0.014 0.010 0.003 0.013"]
    returns = [list(map(Fraction, row.split())) for row in rows]
    market = list(map(Fraction, "0.010 0.001 0.004 -0.002 0.009".split()))
    weights, decay, observations = list(map(Fraction, "0.4 0.2 0.2 0.15 0.05".split())), Fraction("0.94"), 900
    variance, rho, size = Fraction("0.0004"), Fraction("0.1"), 5
    covariance = [[variance * (1 if i == j else rho) for j in range(size)] for i in range(size)]
    columns = list(zip(*returns))
    means = [sum(column) / len(column) for column in columns]
    ages = [decay ** (len(rows) - 1 - t) for t in range(len(rows))]
    market_mean = sum(market) / len(market)
    from_mean = [x - market_mean for x in market]
    betas = [sum(a * b for a, b in zip(column, from_mean)) / sum(b * b for b in from_mean) for column in columns]
    risk_free, market_return, risk_aversion = Fraction("0.001"), Fraction("0.006"), Fraction("2.5")
    js_target = sum(means) / size
    largest = variance * (1 + (size - 1) * rho)
    js = max(Fraction(0), min(Fraction(1), (size * variance - 2 * largest) / observations / sum((m - js_target) ** 2 for m in means)))
    ones = solve(covariance, [Fraction(1)] * size)
    bs_target = sum(a * b for a, b in zip(ones, means)) / sum(ones)
    apart = [m - bs_target for m in means]
    bs = (size + 2) / (size + 2 + observations * sum(a * b for a, b in zip(apart, solve(covariance, apart))))
    expected = {
        "mean": means,
        "exponential": [sum(w * x for w, x in zip(ages, column)) / sum(ages) for column in columns],
        "equilibrium": [risk_aversion * sum(a * w for a, w in zip(row, weights)) for row in covariance],
        "betas": betas,
        "capm": [risk_free + beta * (market_return - risk_free) for beta in betas],
        "james_stein": [m + js * (js_target - m) for m in means],
        "bayes_stein": [m + bs * (bs_target - m) for m in means],
        "intensities": [js, bs],
    }
    inputs = {"returns": returns, "market": [market], "covariance": covariance, "weights": [weights]}
    inputs = {key: [list(map(float, row)) for row in table] for key, table in inputs.items()}
    scalars = {"decay": decay, "observations": observations, "risk_free": risk_free, "market_return": market_return}
    inputs |= {key: float(value) for key, value in scalars.items()} | {"risk_aversion": float(risk_aversion)}
    cases = [{"inputs": inputs, "expected": {key: list(map(float, value)) for key, value in expected.items()}}]
    write("expected_returns", "the definitions in crates/quant/src/estimate/returns, in rational arithmetic", {"rel": 1e-12}, cases)


def solve(matrix, right):
    """Gauss-Jordan elimination."""
    rows = [row + [b] for row, b in zip(matrix, right)]
    for i in range(len(rows)):
        rows[i] = [entry / rows[i][i] for entry in rows[i]]
        for j in range(len(rows)):
            if i != j:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i])]
    return [row[-1] for row in rows]


bounded_simplex()
no_trade_region()
return_measures()
expected_returns()
