"""How good an answer is, by arithmetic that no contender shares: 0 is as good as the best in the same run.

Weights are first made feasible, by cutting what is outside the bounds and scaling the sum to 1, so that nobody
gains by leaving a limit.
"""

import numpy as np

CONFIDENCE = 0.95


def feasible(weights):
    cut = np.maximum(weights, 0)
    return cut / cut.sum(axis=-1, keepdims=True)


def variance(table, answer):
    weights = feasible(answer)
    return weights @ np.cov(table, rowvar=False) @ weights


def negative_ratio(table, answer):
    weights = feasible(answer)
    return -(weights @ table.mean(axis=0)) / np.sqrt(weights @ np.cov(table, rowvar=False) @ weights)


def cvar(table, answer):
    """Mean of the worst 1 − β of losses, the scenario at the edge in part (Rockafellar and Uryasev, 2002)."""
    losses = np.sort(-(table @ feasible(answer)))[::-1]
    tail = (1 - CONFIDENCE) * len(losses)
    whole = int(tail)
    part = losses[whole] * (tail - whole) if tail > whole else 0
    return (losses[:whole].sum() + part) / tail


def uneven_risk(table, answer):
    weights = answer / answer.sum()
    covariance = np.cov(table, rowvar=False)
    shares = weights * (covariance @ weights) / (weights @ covariance @ weights)
    return np.abs(shares - 1 / len(weights)).max()


def fund(table, answer):
    """Objective, with what is beyond a limit added to it."""
    loadings, specific, mean, held = table[:, :20], table[:, 20], table[:, 21], table[:, 22]
    traded = np.abs(answer - held).sum()
    risk = np.sum((loadings.T @ answer) ** 2) + specific @ answer**2
    beyond = max(0, traded - 0.5) + abs(answer.sum() - 1) + np.maximum(-answer, 0).sum() + np.maximum(answer - 0.05, 0).sum()
    return 2.5 * risk - mean @ answer + 0.0002 * traded + beyond * np.abs(mean).max()


def frontier(table, answers):
    """Greatest variance in excess of the least that anybody found at the same expected return, as a fraction."""
    covariance, mean = np.cov(table, rowvar=False), table.mean(axis=0)
    curves = {}
    for name, answer in answers.items():
        points = feasible(answer.reshape(-1, len(mean)))
        expected = points @ mean
        curves[name] = (expected[np.argsort(expected)], points[np.argsort(expected)])

    def at(curve, value):
        """Variance of a mix of two neighbours, which is feasible, at an expected return."""
        expected, points = curve
        right = int(np.clip(np.searchsorted(expected, value), 1, len(expected) - 1))
        span = expected[right] - expected[right - 1]
        share = 0 if span <= 0 else np.clip((value - expected[right - 1]) / span, 0, 1)
        weights = (1 - share) * points[right - 1] + share * points[right]
        return weights @ covariance @ weights

    excess = {}
    for name, (expected, points) in curves.items():
        found = [(point @ covariance @ point, value) for value, point in zip(expected, points)]
        others = [other for key, other in curves.items() if key != name]
        inside = [(v, r) for v, r in found if all(o[0][0] <= r <= o[0][-1] for o in others)]
        excess[name] = max(max(v / min(at(o, r) for o in others) - 1, 0) for v, r in inside)
    return excess


OBJECTIVES = {
    "minimum_variance": variance,
    "maximum_sharpe": negative_ratio,
    "cvar": cvar,
    "risk_parity": uneven_risk,
    "fund": fund,
}


def judge(task, table, answers):
    """By contender: how far behind the best, or how far from the first where there is nothing to be best at."""
    if task == "frontier":
        return frontier(table, answers)
    if task == "risk_parity":
        return {name: uneven_risk(table, answer) for name, answer in answers.items()}
    if task in OBJECTIVES:
        values = {name: OBJECTIVES[task](table, answer) for name, answer in answers.items()}
        best = min(values.values())
        return {name: (value - best) / abs(best) for name, value in values.items()}
    first = next(iter(answers.values())).ravel()
    return {name: np.abs(answer.ravel() - first).max() / np.abs(first).max() for name, answer in answers.items()}
