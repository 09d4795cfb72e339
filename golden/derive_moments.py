"""Derives covariance.json and entropy_pooling.json from the definitions, in 50-digit arithmetic: python3 golden/derive_moments.py"""

import json
import pathlib
from decimal import Decimal, getcontext

getcontext().prec = 50
FOLDER = pathlib.Path(__file__).parent

RETURNS = [
    ["0.012", "-0.004", "0.021", "0.001"],
    ["-0.007", "0.003", "-0.018", "0.002"],
    ["0.004", "0.006", "0.009", "-0.001"],
    ["-0.015", "0.001", "-0.011", "0.003"],
    ["0.009", "-0.008", "0.002", "0.004"],
    ["0.003", "0.005", "-0.006", "-0.002"],
    ["0.018", "0.002", "0.013", "0.001"],
]
# Row and column of what is missing in the pairwise case.
GAPS = [(0, 1), (5, 2)]

X = [[Decimal(entry) for entry in row] for row in RETURNS]
T, N = len(X), len(X[0])
ASSETS = range(N)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def matrix(entry):
    return [[entry(i, j) for j in ASSETS] for i in ASSETS]


def floats(rows):
    return [[float(entry) for entry in row] for row in rows]


MEANS = [mean(row[i] for row in X) for i in ASSETS]
Y = [[row[i] - MEANS[i] for i in ASSETS] for row in X]


def sample(ddof):
    return matrix(lambda i, j: sum(y[i] * y[j] for y in Y) / (T - ddof))


def exponential(decay):
    raw = [decay ** (T - 1 - t) for t in range(T)]
    w = [weight / sum(raw) for weight in raw]
    weighted = [sum(w[t] * X[t][i] for t in range(T)) for i in ASSETS]

    def about(center):
        return matrix(lambda i, j: sum(w[t] * (X[t][i] - center[i]) * (X[t][j] - center[j]) for t in range(T)))

    biased = about(weighted)
    lost = 1 - sum(weight**2 for weight in w)
    recursive = matrix(lambda i, j: X[0][i] * X[0][j])
    for x in X[1:]:
        recursive = matrix(lambda i, j: decay * recursive[i][j] + (1 - decay) * x[i] * x[j])
    return {
        "zero_mean": about([Decimal(0)] * N),
        "weighted_mean": biased,
        "weighted_mean_unbiased": matrix(lambda i, j: biased[i][j] / lost),
        "plain_mean": about(MEANS),
        "recursive": recursive,
    }


def semi(below, ddof):
    short = [[min(row[i] - below[i], Decimal(0)) for i in ASSETS] for row in X]
    return matrix(lambda i, j: sum(s[i] * s[j] for s in short) / (T - ddof))


def mixed(keep, s, target):
    return matrix(lambda i, j: keep * s[i][j] + (1 - keep) * target(i, j))


def ledoit_wolf_identity():
    s = sample(0)
    m = sum(s[i][i] for i in ASSETS) / N
    d2 = sum((s[i][j] - (m if i == j else 0)) ** 2 for i in ASSETS for j in ASSETS) / N
    b2 = sum(sum((y[i] * y[j] - s[i][j]) ** 2 for i in ASSETS for j in ASSETS) / N for y in Y) / T**2
    delta = min(b2, d2) / d2
    return delta, mixed(1 - delta, s, lambda i, j: m if i == j else 0)


def oracle_approximating():
    s = sample(0)
    m = sum(s[i][i] for i in ASSETS) / N
    alpha = mean(s[i][j] ** 2 for i in ASSETS for j in ASSETS)
    delta = min(1, (alpha + m**2) / ((T + 1) * (alpha - m**2 / N)))
    return delta, mixed(1 - delta, s, lambda i, j: m if i == j else 0)


def constant_correlation(ddof):
    s = sample(ddof)
    sd = [s[i][i].sqrt() for i in ASSETS]
    pairs = [(i, j) for i in ASSETS for j in ASSETS if i != j]
    r = mean(s[i][j] / (sd[i] * sd[j]) for i, j in pairs)
    target = matrix(lambda i, j: s[i][i] if i == j else r * sd[i] * sd[j])
    pi = matrix(lambda i, j: mean((y[i] * y[j] - s[i][j]) ** 2 for y in Y))
    theta = matrix(lambda i, j: mean((y[i] ** 2 - s[i][i]) * (y[i] * y[j] - s[i][j]) for y in Y))
    rho = sum(pi[i][i] for i in ASSETS) + sum(r / 2 * (sd[j] / sd[i] * theta[i][j] + sd[i] / sd[j] * theta[j][i]) for i, j in pairs)
    gamma = sum((target[i][j] - s[i][j]) ** 2 for i in ASSETS for j in ASSETS)
    delta = max(Decimal(0), min(Decimal(1), (sum(map(sum, pi)) - rho) / gamma / T))
    return delta, r, mixed(1 - delta, s, lambda i, j: target[i][j])


def gerber(threshold):
    sd = [s.sqrt() for s in (sample(0)[i][i] for i in ASSETS)]
    sign = [[1 if x[i] >= threshold * sd[i] else -1 if x[i] <= -threshold * sd[i] else 0 for i in ASSETS] for x in X]
    net = matrix(lambda i, j: Decimal(sum(s[i] * s[j] for s in sign)))
    either = matrix(lambda i, j: sum(1 for s in sign if s[i] or s[j]))
    by_either = matrix(lambda i, j: net[i][j] / either[i][j] * sd[i] * sd[j])
    by_each = matrix(lambda i, j: net[i][j] / (net[i][i] * net[j][j]).sqrt() * sd[i] * sd[j])
    return by_either, by_each


def pairwise(ddof):
    gaps = set(GAPS)

    def entry(i, j):
        rows = [x for t, x in enumerate(X) if (t, i) not in gaps and (t, j) not in gaps]
        a, b = mean(x[i] for x in rows), mean(x[j] for x in rows)
        return sum((x[i] - a) * (x[j] - b) for x in rows) / (len(rows) - ddof)

    return matrix(entry)


def write(name, source, tolerance, **content):
    document = {"id": name, "source": source, "script": "golden/derive_moments.py", "tolerance": tolerance, **content}
    (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def covariance():
    (lw, lw_matrix), (oas, oas_matrix), (by_either, by_each) = ledoit_wolf_identity(), oracle_approximating(), gerber(Decimal("0.5"))
    expected = {
        "sample_ddof0": {"covariance": floats(sample(0))},
        "sample_ddof1": {"covariance": floats(sample(1))},
        "semi_mean_ddof1": {"covariance": floats(semi(MEANS, 1))},
        "semi_level_ddof0": {"level": 0.002, "covariance": floats(semi([Decimal("0.002")] * N, 0))},
        "ledoit_wolf_identity": {"intensity": float(lw), "covariance": floats(lw_matrix)},
        "oracle_approximating": {"intensity": float(oas), "covariance": floats(oas_matrix)},
        "gerber_not_both_neutral": {"threshold": 0.5, "covariance": floats(by_either)},
        "gerber_geometric_mean": {"threshold": 0.5, "covariance": floats(by_each)},
        "pairwise_ddof1": {"gaps": GAPS, "covariance": floats(pairwise(1))},
    }
    for form, entries in exponential(Decimal("0.9")).items():
        expected[f"exponential_{form}"] = {"decay": 0.9, "covariance": floats(entries)}
    for ddof in (0, 1):
        delta, r, entries = constant_correlation(ddof)
        expected[f"constant_correlation_ddof{ddof}"] = {
            "intensity": float(delta),
            "mean_correlation": float(r),
            "covariance": floats(entries),
        }
    source = "the defining sums over every period, written out, in 50-digit arithmetic"
    write("covariance", source, {"rel": 1e-12}, returns=floats(X), expected=expected)


def entropy_pooling():
    """One view on the mean: p_t is proportional to exp(a x_t), and a is found by bisection."""
    scenarios = [Decimal(text) for text in ("-0.05", "-0.02", "0.0", "0.01", "0.04", "0.03")]
    cases = []
    for view in ("0.01", "0.0", "-0.03", "0.0399"):
        low, high = Decimal(-10000), Decimal(10000)
        for _ in range(200):
            a = (low + high) / 2
            top = max(a * x for x in scenarios)
            p = [(a * x - top).exp() for x in scenarios]
            p = [entry / sum(p) for entry in p]
            if sum(q * x for q, x in zip(p, scenarios)) < Decimal(view):
                low = a
            else:
                high = a
        entropy = sum(q * (q * len(p)).ln() for q in p if q > 0)
        cases.append({"mean": float(view), "probabilities": [float(q) for q in p], "relative_entropy": float(entropy)})
    source = "the closed form of the posterior with its one multiplier by bisection, in 50-digit arithmetic"
    write("entropy_pooling", source, {"abs": 1e-11}, scenarios=[float(x) for x in scenarios], cases=cases)


covariance()
entropy_pooling()
