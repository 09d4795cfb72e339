"""The integer problems of trades in lots, given to SCIP and HiGHS as well.

    cargo bench -p evenkeel-quant --bench lots -- write target/compare/lots
    target/compare/environment/bin/pip install pyscipopt==6.3.0
    target/compare/environment/bin/python bench/compare_lots.py target/compare/lots

`risk-*` are quadratic with powers of 3/2 and go to SCIP, `cash-*` are linear and go to both. Each peer is stopped after
SECONDS of time, on one thread. Objectives and bounds are in basis points.
"""

import itertools
import json
import pathlib
import sys
import time

import highspy
import pyscipopt

SECONDS = 60.0
GAP = 1e-8


def cells(surface):
    """Corners of each cell between the lines."""
    found = set()
    for sides in itertools.product((-1, 1), repeat=len(surface["lines"])):
        inside = tuple(
            at
            for at, (s, l) in enumerate(surface["corners"])
            if all(side * (a * s + b * l - c) >= -1e-9 for side, (a, b, c) in zip(sides, surface["lines"]))
        )
        if len(inside) >= 3:
            found.add(inside)
    return sorted(found)


class Scip:
    name = "SCIP"

    def __init__(self):
        self.model = pyscipopt.Model()
        self.model.hideOutput()
        self.model.setParams({"limits/time": SECONDS, "limits/absgap": GAP, "limits/gap": 0.0, "parallel/maxnthreads": 1})
        self.model.setParam("numerics/feastol", 1e-9)

    def variable(self, lower, upper, kind="C"):
        return self.model.addVar(lb=lower, ub=upper, vtype=kind)

    def equal(self, terms, value):
        self.model.addCons(pyscipopt.quicksum(count * v for v, count in terms) == value)

    def at_most(self, terms, value):
        self.model.addCons(pyscipopt.quicksum(count * v for v, count in terms) <= value)

    def above_squares(self, variable, terms):
        self.model.addCons(pyscipopt.quicksum(count * v * v for v, count in terms) <= variable)

    def above_power(self, variable, size):
        self.model.addCons(size**1.5 <= variable)

    def solve(self, terms):
        self.model.setObjective(pyscipopt.quicksum(count * v for v, count in terms))
        self.model.optimize()
        best = self.model.getObjVal() if self.model.getNSols() else float("nan")
        return best, self.model.getDualbound()


class Highs:
    name = "HiGHS"

    def __init__(self):
        self.model = highspy.Highs()
        for name, value in [("output_flag", False), ("threads", 1), ("time_limit", SECONDS), ("mip_abs_gap", GAP), ("mip_rel_gap", 0.0)]:
            self.model.setOptionValue(name, value)
        self.model.setOptionValue("primal_feasibility_tolerance", 1e-9)
        self.model.setOptionValue("mip_feasibility_tolerance", 1e-9)
        self.count = 0

    def variable(self, lower, upper, kind="C"):
        self.model.addVar(lower, upper)
        if kind != "C":
            self.model.changeColIntegrality(self.count, highspy.HighsVarType.kInteger)
        self.count += 1
        return self.count - 1

    def row(self, terms, lower, upper):
        sums = {}
        for variable, count in terms:
            sums[variable] = sums.get(variable, 0.0) + count
        self.model.addRow(lower, upper, len(sums), list(sums), list(sums.values()))

    def equal(self, terms, value):
        self.row(terms, value, value)

    def at_most(self, terms, value):
        self.row(terms, -highspy.kHighsInf, value)

    def solve(self, terms):
        for variable, count in terms:
            self.model.changeColCost(variable, count)
        self.model.run()
        info = self.model.getInfo()
        return info.objective_function_value, info.mip_dual_bound


def state(problem, peer):
    """Builds the problem; the terms of its objective."""
    pieces = [peer.variable(piece["lower"], piece["upper"]) for piece in problem["pieces"]]
    objective = [(v, piece["price"]) for v, piece in zip(pieces, problem["pieces"])]
    rows = [[] for _ in problem["rows"]]
    moves = [[] for _ in problem["assets"]]
    sizes = []
    for trade in problem["trades"]:
        own = range(*trade["pieces"])
        total = sum(problem["pieces"][at]["upper"] for at in own)
        size = peer.variable(0.0, total)
        sizes.append((size, total))
        peer.equal([(pieces[at], 1.0) for at in own] + [(size, -1.0)], 0.0)
        for row, count in trade["rows"]:
            rows[row].append((size, count))
        if trade["asset"] is not None:
            moves[trade["asset"]].append((size, -trade["sign"]))
        if trade["impact"] > 0.0:
            power = peer.variable(0.0, total**1.5)
            peer.above_power(power, size)
            objective.append((power, trade["impact"]))
    for v, piece in zip(pieces, problem["pieces"]):
        for row, count in piece["rows"]:
            rows[row].append((v, count))
    for terms, value in zip(rows, problem["rows"]):
        peer.equal(terms, value)
    if any(entry for column in problem["loadings"] for entry in column):
        objective.append((state_risk(problem, peer, moves), 0.5))
    for choice in problem["sizes"]:
        objective.append((state_size(peer, choice, *sizes[choice["trade"]]), choice["fee"]))
    state_surface(problem["surface"], peer, pieces)
    return objective


def state_risk(problem, peer, moves):
    active = []
    for terms, (_, value) in zip(moves, problem["assets"]):
        active.append(peer.variable(-10.0, 10.0))
        peer.equal(terms + [(active[-1], 1.0)], value)
    factors = []
    for factor in range(len(problem["loadings"][0])):
        factors.append(peer.variable(-10.0, 10.0))
        terms = [(v, column[factor]) for v, column in zip(active, problem["loadings"])]
        peer.equal(terms + [(factors[-1], -1.0)], 0.0)
    risk = peer.variable(0.0, 100.0)
    peer.above_squares(risk, [(f, 1.0) for f in factors] + [(x, specific) for x, (specific, _) in zip(active, problem["assets"])])
    return risk


def state_size(peer, choice, size, total):
    """w = 0, all there is, or a multiple of the step from the least size on; whether it is made."""
    made, all_of_it = peer.variable(0, 1, "B"), peer.variable(0, 1, "B")
    most = int(total / choice["step"] + 1e-9)
    count = peer.variable(0, most, "I")
    peer.equal([(size, 1.0), (count, -choice["step"]), (all_of_it, -total)], 0.0)
    peer.at_most([(count, 1.0), (made, -most), (all_of_it, most)], 0.0)
    peer.at_most([(all_of_it, 1.0), (made, -1.0)], 0.0)
    peer.at_most([(made, choice["least"]), (all_of_it, -choice["least"]), (size, -1.0), (all_of_it, 0.0)], 0.0)
    return made


def state_surface(surface, peer, pieces):
    around = cells(surface)
    chosen = [peer.variable(0, 1, "B") for _ in around]
    peer.equal([(cell, 1.0) for cell in chosen], 1.0)
    for corner in range(len(surface["corners"])):
        share = pieces[surface["start"] + corner]
        peer.at_most([(share, 1.0)] + [(cell, -1.0) for cell, of in zip(chosen, around) if corner in of], 0.0)


def main(folder):
    print("| problem | | objective bp | bound bp | ms |\n|---|---|---|---|---|")
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        problem = json.loads(path.read_text())
        found = problem["found"]
        best = float("nan") if found["best"] is None else found["best"]
        show(path.stem, f"Evenkeel, {found['nodes']} nodes", best, found["bound"], found["milliseconds"])
        for peer in [Scip()] if path.stem.startswith("risk") else [Scip(), Highs()]:
            objective = state(problem, peer)
            before = time.process_time()
            best, bound = peer.solve(objective)
            show(path.stem, peer.name, best, bound, 1e3 * (time.process_time() - before))


def show(problem, solver, best, bound, milliseconds):
    print(f"| {problem} | {solver} | {1e4 * best:.4f} | {1e4 * bound:.4f} | {milliseconds:.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
