"""Evenkeel beside other libraries: the same seeded inputs, one thread each, medians of CPU time, answers judged apart.

    make compare                       all tasks, in target/compare/environment (made on first use)
    make compare TASKS="cvar frontier" some of them

Prints each row as it comes and writes the table to target/compare/table.md. Every contender runs in a process of its own.
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
import judge
from contenders import CONTENDERS

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target" / "compare"

# Task: what it is called, and its sizes as rows × columns of the table.
TASKS = {
    "covariance": ("sample covariance", [(2500, 100), (2500, 500), (2500, 1000)]),
    "ledoit_wolf": ("Ledoit–Wolf", [(2500, 500)]),
    "gerber": ("Gerber", [(2500, 500)]),
    "minimum_variance": ("minimum variance from returns", [(2500, 20), (2500, 100), (2500, 500), (2500, 1000)]),
    "maximum_sharpe": ("maximum Sharpe from returns", [(2500, 20), (2500, 100), (2500, 500), (2500, 1000)]),
    "frontier": ("frontier from moments", [(2500, 100), (2500, 500)]),
    "cvar": ("minimum CVaR", [(1000, 100), (2500, 100), (1000, 500)]),
    "risk_parity": ("risk parity from the covariance", [(2500, 100), (2500, 500), (2500, 1000)]),
    "hrp": ("HRP from the covariance", [(2500, 100), (2500, 500), (2500, 1000)]),
    "fund": ("fund on 20 factors, costs and turnover, cold", [(1000, 23), (3000, 23)]),
    "fund_warm": ("the same, warm", [(1000, 23), (3000, 23)]),
}

# Goals in milliseconds, in the order of the sizes.
GOALS = {
    "ledoit_wolf": [25],
    "gerber": [15],
    "minimum_variance": [0.15, 1.5, 25, 120],
    "maximum_sharpe": [0.15, 1.5, 25, 120],
    "frontier": [3, 150],
    "cvar": [20, 60, 100],
    "risk_parity": [0.3, 10, 50],
    "hrp": [0.6, 20, 70],
    "fund": [5, 15],
    "fund_warm": [1, 1],
}

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}

# A contender that takes longer than this for one run is not run again.
PATIENCE = 3.0
REPEATS = 9


def run_one(task, contender, table, rows, answer):
    """In a process of its own: time a library."""
    prepared = CONTENDERS[task][contender](inputs.read(Path(table), int(rows)))
    begin = time.process_time()
    found = prepared()
    seconds = [time.process_time() - begin]
    if seconds[0] < PATIENCE:
        seconds = []
        for _ in range(REPEATS if prepared else 1):
            begin = time.process_time()
            found = prepared()
            seconds.append(time.process_time() - begin)
            if sum(seconds) > 3 * PATIENCE:
                break
    np.ascontiguousarray(found, dtype="<f8").tofile(answer)
    peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "peak": int(peak)}))


def measured(command, answer):
    """Median milliseconds, peak memory in MB, and the answer; None where the contender failed."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **ONE_THREAD}, text=True)
    output, errors = process.communicate()
    if process.returncode != 0:
        print(errors.strip().splitlines()[-1:] or process.returncode, file=sys.stderr)
        return None
    told = json.loads(output.strip().splitlines()[-1])
    return 1000 * statistics.median(told["seconds"]), told["peak"] / 1024, np.fromfile(answer, "<f8")


def build():
    """The benchmark of this project, built."""
    command = ["cargo", "bench", "--locked", "-p", "evenkeel-quant", "--bench", "compare", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [found for line in lines if (found := json.loads(line).get("executable"))][-1]


def size_of(task, rows, columns):
    if task.startswith("fund"):
        return f"n = {rows:,}"
    return f"{rows:,} × {columns:,}" if task in ("cvar", "ledoit_wolf", "gerber", "covariance") else f"n = {columns:,}"


def compare(task, binary):
    title, sizes = TASKS[task]
    for place, (rows, columns) in enumerate(sizes):
        table = inputs.fund(rows) if task.startswith("fund") else inputs.returns(rows, columns)
        path = FOLDER / f"{task}_{rows}_{columns}.f64"
        inputs.write(table, path)
        answer = FOLDER / "answer.f64"
        ours = [binary, task, str(path), str(rows), str(columns), str(REPEATS), str(answer)]
        found = {"Evenkeel": measured(ours, answer)}
        for contender in CONTENDERS[task]:
            command = [sys.executable, __file__, "--one", task, contender, str(path), str(rows), str(answer)]
            found[contender] = measured(command, answer)
        done = {name: result for name, result in found.items() if result}
        behind = judge.judge(task, table, {name: result[2] for name, result in done.items()})
        goal = GOALS.get(task, [None] * len(sizes))[place]
        for name, result in found.items():
            what = f"{title}, {size_of(task, rows, columns)}" if name == "Evenkeel" else ""
            aim = f"{goal:g}" if goal and name == "Evenkeel" else ""
            if result is None:
                yield f"| {what} | {name} | | failed | | |"
                continue
            milliseconds, memory, _ = result
            yield f"| {what} | {name} | {aim} | {milliseconds:.3g} | {behind[name]:.1e} | {memory:.0f} |"


def start_up():
    """Milliseconds of wall clock until a library is ready to be called."""
    modules = {"Evenkeel": None, "cvxpy": "cvxpy", "PyPortfolioOpt": "pypfopt", "skfolio": "skfolio.optimization", "Riskfolio-Lib": "riskfolio"}
    command = {name: [sys.executable, "-c", f"import {module}"] for name, module in modules.items()}
    subprocess.run(["cargo", "build", "--locked", "--release", "-p", "evenkeel-cli"], cwd=ROOT, check=True)
    command["Evenkeel"] = [str(ROOT / "target" / "release" / "evenkeel"), "--version"]
    for name, words in command.items():
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
            times.append(1000 * (time.perf_counter() - begin))
        yield f"| {name} | {statistics.median(times):.3g} |"


def main():
    if sys.argv[1:2] == ["--one"]:
        return run_one(*sys.argv[2:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    chosen = sys.argv[1:] or [*TASKS, "start"]
    binary = build()
    rows = ["| task | library | goal, ms | CPU, ms | behind | peak MB |", "|---|---|---|---|---|---|"]
    for task in (task for task in chosen if task != "start"):
        for row in compare(task, binary):
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    if "start" in chosen:
        rows += ["", "| start | ms |", "|---|---|", *start_up()]
    (FOLDER / "table.md").write_text("\n".join(rows) + "\n")
    return None


if __name__ == "__main__":
    main()
