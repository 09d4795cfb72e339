"""Seeded inputs of the comparison, written as little-endian f64 column by column."""

from pathlib import Path

import numpy as np


def returns(rows: int, columns: int) -> np.ndarray:
    """Daily returns: five factors and what each asset has of its own; one day in twenty is wild."""
    random = np.random.default_rng(rows * 10_007 + columns)
    loadings = np.column_stack([0.5 + random.random(columns), 0.3 * random.standard_normal((columns, 4))])
    own = 0.005 + 0.02 * random.random(columns)
    size = np.where(random.random((rows, 1)) < 0.05, 2.5, 1.0)
    factors = 0.01 * size * random.standard_normal((rows, 5))
    mean = 0.0002 + 0.0004 * random.random(columns)
    return mean + factors @ loadings.T + own * size * random.standard_normal((rows, columns))


def fund(assets: int) -> np.ndarray:
    """A fund on 20 factors: a row an asset with loadings, specific variance, expected return, weight held."""
    random = np.random.default_rng(assets)
    loadings = 0.003 * random.uniform(-1, 1, (assets, 20))
    loadings[:, 0] = 0.01 * (1 + 0.3 * random.uniform(-1, 1, assets))
    specific = (0.015 + 0.007 * random.uniform(-1, 1, assets)) ** 2
    mean = 0.0005 * random.uniform(-1, 1, assets)
    held = np.maximum(random.uniform(-1, 1, assets), 0)
    return np.column_stack([loadings, specific, mean, held / held.sum()])


def write(table: np.ndarray, path: Path) -> None:
    np.asfortranarray(table).ravel(order="F").astype("<f8").tofile(path)


def read(path: Path, rows: int) -> np.ndarray:
    return np.fromfile(path, "<f8").reshape((rows, -1), order="F")
