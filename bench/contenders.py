"""What Evenkeel is compared with: one function for each task and library, weights (or a matrix) out.

Each takes the input table and returns a closure that is timed; what libraries do to their inputs
belongs to them, so that returns go in and weights come out, as a user would write it.
"""

import warnings

import numpy as np

warnings.filterwarnings("ignore")

CONFIDENCE = 0.95
POINTS = 50


def covariance_of(returns):
    return np.cov(returns, rowvar=False)


# --- covariances ---------------------------------------------------------------------------------


def numpy_covariance(returns):
    return lambda: covariance_of(returns)


def sklearn_ledoit_wolf(returns):
    from sklearn.covariance import ledoit_wolf

    return lambda: ledoit_wolf(returns)[0]


def riskfolio_gerber(returns):
    import pandas as pd
    from riskfolio.src import GerberStatistic

    table = pd.DataFrame(returns)
    return lambda: np.asarray(GerberStatistic.gerber_cov_stat2(table, threshold=0.5))


# --- variance ------------------------------------------------------------------------------------


def skfolio_mean_risk(objective, **more):
    def prepare(returns):
        from skfolio import RiskMeasure
        from skfolio.optimization import MeanRisk, ObjectiveFunction

        measure = getattr(RiskMeasure, more.get("measure", "VARIANCE"))
        size = more.get("points")

        def run():
            model = MeanRisk(
                objective_function=getattr(ObjectiveFunction, objective), risk_measure=measure, efficient_frontier_size=size
            )
            return model.fit(returns).weights_

        return run

    return prepare


def riskfolio(objective, measure="MV"):
    def prepare(returns):
        import pandas as pd
        import riskfolio as rp

        table = pd.DataFrame(returns, columns=[f"a{i}" for i in range(returns.shape[1])])

        def run():
            portfolio = rp.Portfolio(returns=table)
            portfolio.solvers = ["CLARABEL"]
            portfolio.alpha = 1 - CONFIDENCE
            portfolio.assets_stats(method_mu="hist", method_cov="hist")
            return portfolio.optimization(model="Classic", rm=measure, obj=objective, rf=0, hist=True).to_numpy().ravel()

        return run

    return prepare


def pypfopt(method):
    def prepare(returns):
        import pandas as pd
        from pypfopt import EfficientFrontier, risk_models

        table = pd.DataFrame(returns)

        def run():
            covariance = risk_models.sample_cov(table, returns_data=True, frequency=1)
            frontier = EfficientFrontier(table.mean(), covariance)
            found = frontier.min_volatility() if method == "min_volatility" else frontier.max_sharpe(risk_free_rate=0)
            return np.array(list(found.values()))

        return run

    return prepare


def cvxpy_minimum_variance(returns):
    import cvxpy as cp

    def run():
        weights = cp.Variable(returns.shape[1], nonneg=True)
        risk = cp.quad_form(weights, cp.psd_wrap(covariance_of(returns)))
        cp.Problem(cp.Minimize(risk), [cp.sum(weights) == 1]).solve(solver=cp.CLARABEL)
        return weights.value

    return run


def piqp_solve(quadratic, linear, equal, value):
    import piqp

    size = len(linear)
    solver = piqp.DenseSolver()
    solver.settings.eps_abs = 1e-12
    solver.settings.eps_rel = 1e-12
    solver.setup(quadratic, linear, equal, value, x_l=np.zeros(size))
    solver.solve()
    return solver.result.x


def piqp_minimum_variance(returns):
    def run():
        covariance = covariance_of(returns)
        scale = 1 / np.trace(covariance) * len(covariance)
        size = len(covariance)
        return piqp_solve(covariance * scale, np.zeros(size), np.ones((1, size)), np.ones(1)).copy()

    return run


def piqp_maximum_sharpe(returns):
    def run():
        covariance, mean = covariance_of(returns), returns.mean(axis=0)
        scale = 1 / np.trace(covariance) * len(covariance)
        found = piqp_solve(covariance * scale, np.zeros(len(mean)), mean[None, :] / mean.std(), np.ones(1))
        return found / found.sum()

    return run


def piqp_frontier(returns):
    covariance, mean = covariance_of(returns), returns.mean(axis=0)
    scale = 1 / np.trace(covariance) * len(covariance)
    size = len(mean)
    least = piqp_solve(covariance * scale, np.zeros(size), np.ones((1, size)), np.ones(1)).copy()
    targets = np.linspace(mean @ least, mean.max(), POINTS + 2)[1:-1]

    def run():
        rows = np.vstack([np.ones(size), mean / mean.std()])
        each = [piqp_solve(covariance * scale, np.zeros(size), rows, np.array([1, target / mean.std()])).copy() for target in targets]
        return np.array(each)

    return run


# --- conditional value at risk -------------------------------------------------------------------


def cvxpy_cvar(returns):
    import cvxpy as cp

    def run():
        rows, columns = returns.shape
        weights, threshold = cp.Variable(columns, nonneg=True), cp.Variable()
        excess = cp.Variable(rows, nonneg=True)
        objective = threshold + cp.sum(excess) / ((1 - CONFIDENCE) * rows)
        constraints = [cp.sum(weights) == 1, excess >= -returns @ weights - threshold]
        cp.Problem(cp.Minimize(objective), constraints).solve(solver=cp.CLARABEL)
        return weights.value

    return run


def highs_cvar(returns):
    import highspy
    import scipy.sparse as sparse

    def run():
        rows, columns = returns.shape
        cost = np.r_[np.zeros(columns), 1, np.full(rows, 1 / ((1 - CONFIDENCE) * rows))]
        losses = sparse.hstack([returns, np.ones((rows, 1)), sparse.eye(rows)])
        budget = sparse.csr_matrix(np.r_[np.ones(columns), 0, np.zeros(rows)])
        matrix = sparse.vstack([losses, budget]).tocsc()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
        model.col_cost_ = cost
        model.col_lower_ = np.r_[np.zeros(columns), -highspy.kHighsInf, np.zeros(rows)]
        model.col_upper_ = np.full(matrix.shape[1], highspy.kHighsInf)
        model.row_lower_ = np.r_[np.zeros(rows), 1]
        model.row_upper_ = np.r_[np.full(rows, highspy.kHighsInf), 1]
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("solver", "simplex")
        solver.setOptionValue("threads", 1)
        solver.passModel(model)
        solver.run()
        return np.array(solver.getSolution().col_value[:columns])

    return run


# --- risk parity and clusters --------------------------------------------------------------------


def numpy_risk_parity(returns):
    """Newton's method on x'Σx/2 − Σ ln x / n (Spinu, 2013)."""
    covariance = covariance_of(returns)

    def run():
        size = len(covariance)
        volatility = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(volatility, volatility)
        x = np.full(size, 1 / np.sqrt(correlation.sum()))
        for _ in range(50):
            gradient = correlation @ x - 1 / (size * x)
            hessian = correlation + np.diag(1 / (size * x * x))
            step = np.linalg.solve(hessian, gradient)
            decrement = np.sqrt(gradient @ step)
            x -= step / (1 + decrement) if decrement > 0.3 else step
            if decrement < 1e-13:
                break
        weights = x / volatility
        return weights / weights.sum()

    return run


def skfolio_risk_parity(returns):
    from skfolio.optimization import RiskBudgeting

    return lambda: RiskBudgeting().fit(returns).weights_


def riskfolio_risk_parity(returns):
    import pandas as pd
    import riskfolio as rp

    table = pd.DataFrame(returns, columns=[f"a{i}" for i in range(returns.shape[1])])
    portfolio = rp.Portfolio(returns=table)
    portfolio.solvers = ["CLARABEL"]
    portfolio.assets_stats(method_mu="hist", method_cov="hist")
    return lambda: portfolio.rp_optimization(model="Classic", rm="MV", rf=0, b=None, hist=True).to_numpy().ravel()


def numpy_hrp(returns):
    """López de Prado (2016), section 16.4, with SciPy's linkage and order of the leaves."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    covariance = covariance_of(returns)

    def cluster_variance(items):
        part = covariance[np.ix_(items, items)]
        weights = 1 / np.diag(part)
        weights /= weights.sum()
        return weights @ part @ weights

    def run():
        volatility = np.sqrt(np.diag(covariance))
        distance = np.sqrt(np.clip((1 - covariance / np.outer(volatility, volatility)) / 2, 0, 1))
        order = leaves_list(linkage(squareform(distance, checks=False), "single", optimal_ordering=True))
        weights, clusters = np.ones(len(order)), [order]
        while clusters:
            halves = [(c[: len(c) // 2], c[len(c) // 2 :]) for c in clusters if len(c) > 1]
            for left, right in halves:
                one, other = cluster_variance(left), cluster_variance(right)
                weights[left] *= other / (one + other)
                weights[right] *= one / (one + other)
            clusters = [half for pair in halves for half in pair]
        return weights

    return run


def pypfopt_hrp(returns):
    import pandas as pd
    from pypfopt import HRPOpt

    covariance = pd.DataFrame(covariance_of(returns))
    return lambda: np.array(list(dict(sorted(HRPOpt(cov_matrix=covariance).optimize().items())).values()))


def riskfolio_hrp(returns):
    import pandas as pd
    import riskfolio as rp

    table = pd.DataFrame(returns, columns=[f"a{i}" for i in range(returns.shape[1])])
    portfolio = rp.HCPortfolio(returns=table)
    return lambda: portfolio.optimization(model="HRP", codependence="pearson", rm="MV", linkage="single").to_numpy().ravel()


# --- a fund on factors ---------------------------------------------------------------------------


def cvxpy_fund(table):
    import cvxpy as cp

    loadings, specific, mean, held = table[:, :20], table[:, 20], table[:, 21], table[:, 22]

    def run():
        weights = cp.Variable(len(mean))
        change = cp.norm1(weights - held)
        risk = 2.5 * (cp.sum_squares(loadings.T @ weights) + cp.sum_squares(cp.multiply(np.sqrt(specific), weights)))
        constraints = [cp.sum(weights) == 1, weights >= 0, weights <= 0.05, change <= 0.5]
        cp.Problem(cp.Minimize(risk - mean @ weights + 0.0002 * change), constraints).solve(solver=cp.CLARABEL)
        return weights.value

    return run


def piqp_fund(table):
    import piqp
    import scipy.sparse as sparse

    loadings, specific, mean, held = table[:, :20], table[:, 20], table[:, 21], table[:, 22]
    size = len(mean)

    def run():
        # Weights, factors, purchases, sales.
        quadratic = sparse.diags(np.r_[5 * specific, np.full(20, 5.0), np.zeros(2 * size)]).tocsc()
        linear = np.r_[-mean, np.zeros(20), np.full(2 * size, 0.0002)]
        eye, empty = sparse.eye(size), sparse.csc_matrix((size, 20))
        equal = sparse.vstack(
            [
                sparse.hstack([sparse.csc_matrix(loadings.T), -sparse.eye(20), sparse.csc_matrix((20, 2 * size))]),
                sparse.hstack([eye, empty, -eye, eye]),
                sparse.csc_matrix(np.r_[np.ones(size), np.zeros(20 + 2 * size)]),
            ]
        ).tocsc()
        value = np.r_[np.zeros(20), held, 1]
        traded = sparse.csc_matrix(np.r_[np.zeros(size + 20), np.ones(2 * size)])
        lower = np.r_[np.zeros(size), np.full(20, -np.inf), np.zeros(2 * size)]
        upper = np.r_[np.full(size, 0.05), np.full(20, np.inf), np.full(2 * size, np.inf)]
        solver = piqp.SparseSolver()
        solver.setup(quadratic, linear, equal, value, traded, h_u=np.array([0.5]), x_l=lower, x_u=upper)
        solver.solve()
        return solver.result.x[:size].copy()

    return run


CONTENDERS = {
    "covariance": {"NumPy": numpy_covariance},
    "ledoit_wolf": {"scikit-learn": sklearn_ledoit_wolf},
    "gerber": {"Riskfolio-Lib": riskfolio_gerber},
    "minimum_variance": {
        "PIQP": piqp_minimum_variance,
        "cvxpy": cvxpy_minimum_variance,
        "PyPortfolioOpt": pypfopt("min_volatility"),
        "skfolio": skfolio_mean_risk("MINIMIZE_RISK"),
        "Riskfolio-Lib": riskfolio("MinRisk"),
    },
    "maximum_sharpe": {
        "PIQP": piqp_maximum_sharpe,
        "PyPortfolioOpt": pypfopt("max_sharpe"),
        "skfolio": skfolio_mean_risk("MAXIMIZE_RATIO"),
        "Riskfolio-Lib": riskfolio("Sharpe"),
    },
    "frontier": {"PIQP": piqp_frontier, "skfolio": skfolio_mean_risk("MINIMIZE_RISK", points=POINTS)},
    "cvar": {
        "HiGHS": highs_cvar,
        "cvxpy": cvxpy_cvar,
        "skfolio": skfolio_mean_risk("MINIMIZE_RISK", measure="CVAR"),
        "Riskfolio-Lib": riskfolio("MinRisk", "CVaR"),
    },
    "risk_parity": {"NumPy": numpy_risk_parity, "skfolio": skfolio_risk_parity, "Riskfolio-Lib": riskfolio_risk_parity},
    "hrp": {"NumPy": numpy_hrp, "PyPortfolioOpt": pypfopt_hrp, "Riskfolio-Lib": riskfolio_hrp},
    "fund": {"PIQP": piqp_fund, "cvxpy": cvxpy_fund},
    "fund_warm": {},
}
