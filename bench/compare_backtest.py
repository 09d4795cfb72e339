"""The vector gear of the backtest beside a hand-written Numba loop, vectorbt and bt: the same seeded returns, one thread.

    make compare-backtest                in target/compare/backtest (made on first use)
    make compare-backtest TASKS="20"     one of 20, 500, sweep

Every contender settles costs by a rule of its own, and is compared with this project's settlement of that name: values of
every day, or final values of every variant, must agree to 1e-12 relative, or the comparison fails. Times are medians of CPU
time of runs after the first, from returns (prices for the libraries, which take no returns) to values. Every contender runs
in a process of its own. Prints each row as it comes and writes the table to target/compare/backtest.md.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import inputs

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target" / "compare"

ROWS = 6300
COST = 0.001
BAND = 0.25
START = 1e6
TOLERANCE = 1e-12

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}

# A contender that takes longer than this, in seconds, is run once more and not nine times.
PATIENCE = 2.0
REPEATS = 9

GOALS = {"20": 0.15, "500": 6, "sweep": 40}

# Study: assets, and settlement or sweep with those who do it.
STUDIES = {
    "20": (20, {"self_financing": ["Numba"], "cash_limited": ["vectorbt"], "outlay_inclusive": ["bt"], "fee_from_cash": ["bt, transact"]}),
    "500": (500, {"self_financing": ["Numba"], "cash_limited": ["vectorbt"], "outlay_inclusive": ["bt"]}),
    "sweep": (20, {"sweep": ["Numba sweep"]}),
}


def grid():
    """Bands of 1 to 50 % of the target, looked at every 1 to 20 days."""
    return [(percent / 100.0, every) for percent in range(1, 51) for every in range(1, 21)]


def prices(returns):
    return np.vstack([np.ones(returns.shape[1]), np.cumprod(1.0 + returns, axis=0)])


def numba_loop(returns):
    """Holdings grown day by day; after a breach the value that is left after its own costs, by Newton's method."""
    from numba import njit

    @njit
    def after_costs(held, target, cost, value):
        left = value
        while True:
            constant, slope = 0.0, 1.0
            for i in range(held.size):
                signed = cost if target * left > held[i] else -cost
                constant += signed * held[i]
                slope += signed * target
            lower = (value + constant) / slope
            if not lower < left:
                return left
            left = lower

    @njit
    def run(returns, band, cost, start):
        days, n = returns.shape
        target = 1.0 / n
        low, high = target - band * target - 1e-12, target + band * target + 1e-12
        held = np.zeros(n)
        values = np.empty(days + 1)
        values[0] = after_costs(held, target, cost, start)
        held[:] = target * values[0]
        for day in range(days):
            value = 0.0
            for i in range(n):
                held[i] *= 1.0 + returns[day, i]
                value += held[i]
            for i in range(n):
                if held[i] > high * value or held[i] < low * value:
                    value = after_costs(held, target, cost, value)
                    held[:] = target * value
                    break
            values[day + 1] = value
        return values

    return lambda: run(returns, BAND, COST, START)


def numba_sweep(returns):
    """Prices once; each variant reads the rows that it looks at."""
    from numba import njit

    @njit
    def run(returns, bands, steps, cost, start):
        days, n = returns.shape
        target = 1.0 / n
        prices = np.ones((days + 1, n))
        for day in range(days):
            for i in range(n):
                prices[day + 1, i] = prices[day, i] * (1.0 + returns[day, i])
        finals = np.empty(bands.size)
        held, units = np.zeros(n), np.zeros(n)
        for variant in range(bands.size):
            low, high = target - bands[variant] * target - 1e-12, target + bands[variant] * target + 1e-12
            units[:] = target * (start / (1.0 + cost))
            for day in range(steps[variant], days + 1, steps[variant]):
                value = 0.0
                for i in range(n):
                    held[i] = units[i] * prices[day, i]
                    value += held[i]
                for i in range(n):
                    if held[i] > high * value or held[i] < low * value:
                        left = value
                        while True:
                            constant, slope = 0.0, 1.0
                            for j in range(n):
                                signed = cost if target * left > held[j] else -cost
                                constant += signed * held[j]
                                slope += signed * target
                            lower = (value + constant) / slope
                            if not lower < left:
                                break
                            left = lower
                        for j in range(n):
                            units[j] = target * left / prices[day, j]
                        break
            value = 0.0
            for i in range(n):
                value += units[i] * prices[days, i]
            finals[variant] = value
        return finals

    bands = np.array([band for band, _ in grid()])
    steps = np.array([every for _, every in grid()])
    return lambda: run(returns, bands, steps, COST, START)


def frame(returns):
    import pandas as pd

    table = prices(returns)
    return pd.DataFrame(table, index=pd.date_range("2000-01-03", periods=len(table), freq="D"), columns=[f"a{i:03}" for i in range(table.shape[1])])


def vectorbt(returns):
    """Orders by a function: on a breach all assets to a share of the group's value, sells first, cash shared."""
    import vectorbt as vbt
    from numba import njit
    from vectorbt.portfolio import nb
    from vectorbt.portfolio.enums import Direction, SizeType

    close = frame(returns)
    n = close.shape[1]

    @njit
    def before(c, band, target, size, size_type, direction, order_value, due):
        value = c.last_cash[c.group]
        for col in range(c.from_col, c.to_col):
            c.last_val_price[col] = c.close[c.i, col]
            value += c.last_position[col] * c.close[c.i, col]
        due[0] = c.i == 0
        for col in range(c.from_col, c.to_col):
            drift = c.last_position[col] * c.close[c.i, col] - target * value
            if abs(drift) > (band * target + 1e-12) * value:
                due[0] = True
        if due[0]:
            nb.sort_call_seq_nb(c, size, size_type, direction, order_value[c.from_col : c.to_col])
        return (due, target)

    @njit
    def order(c, due, target):
        if not due[0]:
            return nb.order_nothing_nb()
        return nb.order_nb(size=target, price=c.close[c.i, c.col], size_type=SizeType.TargetPercent, direction=Direction.LongOnly, fees=COST)

    target = 1.0 / n
    size, size_type, direction = np.full(n, target), np.full(n, SizeType.TargetPercent), np.full(n, Direction.LongOnly)
    arguments = (BAND, target, size, size_type, direction, np.empty(n), np.zeros(1, dtype=np.bool_))

    def run():
        portfolio = vbt.Portfolio.from_order_func(
            close,
            order,
            pre_segment_func_nb=before,
            pre_segment_args=arguments,
            group_by=True,
            cash_sharing=True,
            init_cash=START,
            freq="D",
        )
        return portfolio.value().to_numpy()

    return run


def bt_study(returns, rebalance):
    import bt

    close = frame(returns)
    weights = {name: 1.0 / close.shape[1] for name in close.columns}

    def run():
        breach = bt.algos.Or([bt.algos.RunOnce(), bt.algos.RunIfOutOfBounds(BAND)])
        strategy = bt.Strategy("study", [bt.algos.WeighSpecified(**weights), breach, rebalance(bt)])
        test = bt.Backtest(strategy, close, initial_capital=START, commissions=lambda q, p: abs(q) * p * COST, integer_positions=False, progress_bar=False)
        test.run()
        # Its first value stands on a day before the first.
        return test.strategy.values.to_numpy()[1:]

    return run


def bt_inclusive(returns):
    return bt_study(returns, lambda bt: bt.algos.Rebalance())


def bt_transact(returns):
    def rebalance(bt):
        class TransactToTarget(bt.Algo):
            """Full quantities, with commissions from the strategy's cash."""

            def __call__(self, target):
                value = target.value
                quantities = {}
                for name, weight in target.temp["weights"].items():
                    target._create_child_if_needed(name)
                    child = target.children[name]
                    child.update(target.now)
                    quantities[name] = (weight * value - child.value) / child.price
                for name, quantity in quantities.items():
                    target.children[name].transact(quantity, update=False)
                target.root.update(target.now)
                return True

        return TransactToTarget()

    return bt_study(returns, rebalance)


CONTENDERS = {"Numba": numba_loop, "Numba sweep": numba_sweep, "vectorbt": vectorbt, "bt": bt_inclusive, "bt, transact": bt_transact}


def run_one(contender, table, assets, answer):
    """In a process of its own: time a contender; what it compiles it has compiled before."""
    returns = np.fromfile(table, "<f8").reshape((-1, int(assets)))
    prepared = CONTENDERS[contender](returns)
    found = prepared()
    seconds = []
    for _ in range(REPEATS):
        begin = time.process_time()
        found = prepared()
        seconds.append(time.process_time() - begin)
        if seconds[0] > PATIENCE:
            break
    np.ascontiguousarray(found, dtype="<f8").tofile(answer)
    peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "peak": int(peak)}))


def measured(command, answer):
    """Median milliseconds, peak memory in MB, and the answer."""
    done = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD}, text=True, check=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return 1000 * statistics.median(told["seconds"]), told["peak"] / 1024, np.fromfile(answer, "<f8")


def build():
    """The program of this project that runs a study, built."""
    command = ["cargo", "build", "--locked", "--profile", "bench", "-p", "evenkeel-quant", "--example", "backtest_study", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [found for line in lines if (found := json.loads(line).get("executable"))][-1]


def compare(study, binary):
    assets, tasks = STUDIES[study]
    table, answer = FOLDER / f"backtest_{assets}.f64", FOLDER / "answer.f64"
    np.ascontiguousarray(inputs.returns(ROWS, assets), dtype="<f8").tofile(table)
    for task, contenders in tasks.items():
        ours = measured([binary, task, str(table), str(assets), "101" if assets < 100 else "21", str(answer)], answer)
        what = f"{ROWS:,} × {assets}, {task}" if task != "sweep" else f"{len(grid()):,} variants of {ROWS:,} × {assets}"
        goal = f"{GOALS[study]:g}" if task in ("self_financing", "sweep") else ""
        yield f"| {what} | Evenkeel | {goal} | **{ours[0]:.3g}** | | {ours[1]:.0f} |"
        for contender in contenders:
            theirs = measured([sys.executable, __file__, "--one", contender, str(table), str(assets), str(answer)], answer)
            apart = float(np.max(np.abs(ours[2] / theirs[2] - 1.0)))
            yield f"| | {contender} | | {theirs[0]:,.3g} | {apart:.1e} | {theirs[1]:.0f} |"
            if not apart <= TOLERANCE:
                raise SystemExit(f"{contender} and this project differ by {apart:.1e} of value on {what}")


def main():
    if sys.argv[1:2] == ["--one"]:
        return run_one(*sys.argv[2:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    binary = build()
    rows = ["| study | | goal, ms | CPU, ms | apart by | peak MB |", "|---|---|---|---|---|---|"]
    for study in sys.argv[1:] or STUDIES:
        for row in compare(study, binary):
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    (FOLDER / "backtest.md").write_text("\n".join(rows) + "\n")
    return None


if __name__ == "__main__":
    main()
