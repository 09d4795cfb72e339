//! The policy's rules, bound to the assets.

use std::collections::BTreeSet;

use evenkeel_ledger::class::ClassPath;
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::optimize::limit::Limit as Bounds;
use evenkeel_quant::optimize::problem::{Benchmark, Constraint, Objective, Outcome, Problem, Rule as Constrains, broken};
use evenkeel_quant::optimize::program::Cost;
use evenkeel_quant::optimize::solution::{Backend, Status};

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::estimate::Estimates;
use crate::policy::{EXPOSURE, Limit, OptimizationCosts, Relation, Rule, RuleSubject, TargetTree};
use crate::words;

use super::{OptimizeInputs, conflict, limits, scenario_measure};

/// Where a constraint comes from.
#[derive(Debug, Clone)]
pub(super) enum Source<'a> {
    /// A rule of `[optimize]`.
    Rule(&'a Rule),
    /// A limit of the policy, under its name.
    Limit(&'a Limit, String),
}

impl Source<'_> {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Rule(rule) => &rule.statement.text,
            Self::Limit(_, name) => name,
        }
    }

    pub(super) fn location(&self) -> Option<&Location> {
        match self {
            Self::Rule(rule) => rule.statement.location.as_ref(),
            Self::Limit(limit, _) => limit.location.as_ref(),
        }
    }

    pub(super) fn rule(&self) -> Option<&Rule> {
        if let Self::Rule(rule) = self { Some(rule) } else { None }
    }
}

/// Rules and what they count from.
pub(super) struct Rules<'a> {
    inputs: &'a OptimizeInputs<'a>,
    /// Each rule and limit of the policy, with the constraint that it is.
    pub(super) bound: Vec<(Source<'a>, Constrains)>,
    /// By asset, the reference weights.
    reference: Option<Vec<f64>>,
    /// By asset, the weights held.
    held: Option<Vec<f64>>,
    /// Shares of the assets' weights, for rules that bind each of them.
    symbols: Vec<String>,
    /// Periods of a scenario in a year.
    pub(super) periods_per_year: f64,
}

impl<'a> Rules<'a> {
    pub(super) fn bind(inputs: &'a OptimizeInputs<'a>, estimates: &Estimates) -> Result<Self, Vec<Diagnostic>> {
        let by_asset = |weights: &[f64]| {
            estimates.assets.iter().map(|asset| weights.get(asset.sleeve.0).copied().unwrap_or(0.0)).collect::<Vec<f64>>()
        };
        let stated = |weights: &Vec<f64>| weights.iter().any(|weight| *weight != 0.0);
        let reference = inputs.estimate.reference.map(by_asset).filter(stated);
        let held = inputs.held.map(by_asset).or_else(|| reference.clone());
        let symbols = estimates.assets.iter().map(|asset| asset.class.to_string()).collect();
        let periods_per_year = estimates.periods_per_year;
        let mut rules = Self { inputs, bound: Vec::new(), reference, held, symbols, periods_per_year };
        let mut problems = Vec::new();
        for rule in &inputs.optimization.constraints {
            match rules.constraint(rule, estimates) {
                Ok(constraint) => rules.bound.push((Source::Rule(rule), constraint)),
                Err(problem) => problems.push(*problem),
            }
        }
        if needs_reference(inputs) && rules.reference.is_none() {
            problems.push(*no_reference("the tracking error", None));
        }
        if inputs.optimization.costs.is_some() && rules.held.is_none() {
            problems.push(*no_held("the cost of moving", None));
        }
        if inputs.optimization.budget == 0.0 && !rules.has_floor() && !rules.budgets_shorts() {
            let message = "weights that sum to 0 and are at least 0 are all 0";
            let help = "let some be short: `gross <= 200 %`, `short <= 100 %` or `each >= -10 %` under `constraints`";
            problems.push(Diagnostic::error(Code::OPTIMIZATION, message).help(help));
        }
        let limits = limits::bind(inputs, estimates).into_iter();
        rules.bound.extend(limits.map(|(limit, name, constraint)| (Source::Limit(limit, name), constraint)));
        if problems.is_empty() { Ok(rules) } else { Err(problems) }
    }

    fn constraint(&self, rule: &Rule, estimates: &Estimates) -> Result<Constrains, Box<Diagnostic>> {
        let value = rule.statement.value;
        let count = estimates.assets.len();
        let (least, most) = match rule.statement.relation {
            Relation::AtMost => (f64::NEG_INFINITY, value),
            Relation::AtLeast => (value, f64::INFINITY),
            Relation::Equal => (value, value),
        };
        let held = || self.held.clone().ok_or_else(|| no_held(&rule.statement.text, Some(rule)));
        Ok(match rule.subject {
            RuleSubject::Weights => {
                let mut coefficients = vec![0.0; count];
                let mut cash = 0.0;
                for term in &rule.statement.terms {
                    cash += add(self.inputs.tree, estimates, &term.name, term.coefficient, &mut coefficients);
                }
                let fixed = cash * self.inputs.cash;
                Constrains::Linear { coefficients, at_least: least - fixed, at_most: most - fixed }
            }
            RuleSubject::Each => {
                // A rule from above leaves weights at least 0; one from below says how low they may be.
                let floor = if rule.statement.relation == Relation::AtMost { f64::NEG_INFINITY } else { least };
                Constrains::Weights { at_least: vec![floor; count], at_most: vec![most; count] }
            }
            RuleSubject::Turnover => Constrains::Turnover { held: held()?, at_most: value },
            RuleSubject::Change => Constrains::Change { held: held()?, at_most: value },
            RuleSubject::Gross => Constrains::Leverage { at_most: value },
            RuleSubject::Short => Constrains::Short { at_most: value },
            RuleSubject::Return => Constrains::Return { at_least: value - self.inputs.cash * self.inputs.estimate.rules.risk_free },
            RuleSubject::Volatility => Constrains::Volatility { at_most: value },
            RuleSubject::TrackingError => {
                let weights = self.reference.clone().ok_or_else(|| no_reference(&rule.statement.text, Some(rule)))?;
                Constrains::TrackingError { benchmark: Benchmark::Weights(weights), at_most: value }
            }
            RuleSubject::Beta => {
                let benchmark = self.reference.clone().ok_or_else(|| no_reference(&rule.statement.text, Some(rule)))?;
                let coefficients = betas(&estimates.covariance, &benchmark).ok_or_else(|| no_variance(rule))?;
                Constrains::Linear { coefficients, at_least: least, at_most: most }
            }
            RuleSubject::Exposure => Constrains::Linear { coefficients: self.loadings(rule, estimates)?, at_least: least, at_most: most },
            RuleSubject::Risk(measure) => match scenario_measure(measure) {
                Some(measure) => Constrains::Risk { measure, at_most: value },
                None => Constrains::Volatility { at_most: value },
            },
            RuleSubject::Assets => Constrains::Assets { at_most: whole(value) },
            RuleSubject::Position => Constrains::Position { at_least: value },
            RuleSubject::Trade => Constrains::Trade { held: held()?, at_least: value, cost: 0.0 },
        })
    }

    /// What is assumed of each asset's loading on the factor of a rule; 0 where nothing is.
    fn loadings(&self, rule: &Rule, estimates: &Estimates) -> Result<Vec<f64>, Box<Diagnostic>> {
        let name = rule.statement.terms.first().map_or("", |term| term.name.as_str());
        let factor = name.strip_prefix(EXPOSURE).unwrap_or(name);
        let assumptions = self.inputs.estimate.assumptions;
        let loading = |class: &ClassPath| assumptions?.of(class)?.loadings.get(factor).copied();
        let known: Vec<Option<f64>> = estimates.assets.iter().map(|asset| loading(&asset.class)).collect();
        if known.iter().all(Option::is_none) {
            let message = format!("`{}` needs loadings on {factor}, and no class has one", rule.statement.text);
            let help = format!("add `loadings = {{ {factor} = … }}` to the classes in assumptions.toml");
            return Err(at(Diagnostic::error(Code::BELIEF_MISSING, message).help(help), place(Some(rule))));
        }
        Ok(known.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// What tracking error is measured against.
    pub(super) fn benchmark(&self) -> Benchmark {
        Benchmark::Weights(self.reference.clone().unwrap_or_default())
    }

    /// What is expected of the benchmark a year.
    pub(super) fn expected_of_benchmark(&self, estimates: &Estimates) -> f64 {
        self.reference.iter().flatten().zip(&estimates.expected).map(|(weight, mean)| weight * mean).sum()
    }

    /// The constraints, with rates of a year divided into so many periods. Without a rule on each weight,
    /// weights are at least 0, unless short weights are budgeted.
    pub(super) fn constraints(&self, periods: f64) -> Vec<Constraint> {
        let count = self.symbols.len();
        let constraint = |label: &str, rule: Constrains| Constraint { label: label.to_owned(), rule };
        let mut constraints: Vec<Constraint> =
            self.bound.iter().map(|(source, rule)| constraint(source.text(), in_periods(rule, periods))).collect();
        if !self.has_floor() {
            let (label, least) = if self.budgets_shorts() { (SHORTS, f64::NEG_INFINITY) } else { (LONG_ONLY, 0.0) };
            constraints.push(constraint(label, Constrains::Weights { at_least: vec![least; count], at_most: vec![f64::INFINITY; count] }));
        }
        constraints
    }

    /// Whether a rule says how low each weight may be.
    fn has_floor(&self) -> bool {
        self.rules().any(|rule| rule.subject == RuleSubject::Each && rule.statement.relation != Relation::AtMost)
    }

    /// Whether a rule says how much may be short in all.
    fn budgets_shorts(&self) -> bool {
        self.rules().any(|rule| matches!(rule.subject, RuleSubject::Short | RuleSubject::Gross))
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.bound.iter().filter_map(|(source, _)| source.rule())
    }

    /// What any change of a weight costs, against the return of one of so many periods a year.
    pub(super) fn fixed_cost(&self, periods: f64) -> Option<Constraint> {
        let costs = self.inputs.optimization.costs.filter(|costs| costs.fixed > 0.0)?;
        let rule = Constrains::Trade { held: self.held.clone()?, at_least: 0.0, cost: costs.fixed / periods };
        Some(Constraint { label: "the fixed cost of a trade".to_owned(), rule })
    }

    /// The rules alone, for fractions of what is invested rather than of the whole.
    pub(super) fn of_fractions(&self, invested: f64) -> Vec<Constraint> {
        let shares = |values: &[f64]| values.iter().map(|value| value / invested).collect();
        let scaled = |constraint: &Constrains| match constraint {
            Constrains::Weights { at_least, at_most } => Constrains::Weights { at_least: shares(at_least), at_most: shares(at_most) },
            Constrains::Linear { coefficients, at_least, at_most } => {
                Constrains::Linear { coefficients: coefficients.clone(), at_least: at_least / invested, at_most: at_most / invested }
            }
            other => other.clone(),
        };
        self.bound.iter().map(|(source, rule)| Constraint { label: source.text().to_owned(), rule: scaled(rule) }).collect()
    }

    /// Refuses weights that no search made to keep the rules, and that break one.
    pub(super) fn check(&self, problem: &Problem, weights: &[f64]) -> Result<(), Vec<Diagnostic>> {
        let broken = broken(problem, weights).map_err(|error| vec![Diagnostic::error(Code::OPTIMIZATION, error.to_string())])?;
        let named = broken.into_iter().filter_map(|index| self.bound.get(index)).map(|(source, _)| {
            let message = format!("the method's weights do not keep `{}`, and it has no others to give", source.text());
            let help = "drop the rule, or use `method = \"mean_risk\"` or `\"risk_budget\"`, which search among what rules allow";
            *at(Diagnostic::error(Code::OPTIMIZATION, message).help(help), source.location())
        });
        let named: Vec<Diagnostic> = named.collect();
        if named.is_empty() { Ok(()) } else { Err(named) }
    }

    /// What moving from the weights held costs, against the return of one of so many periods a year.
    pub(super) fn costs(&self, periods: f64) -> Vec<Cost> {
        let (Some(costs), Some(held)) = (self.inputs.optimization.costs, &self.held) else { return Vec::new() };
        if costs == (OptimizationCosts { fixed: costs.fixed, ..OptimizationCosts::default() }) {
            return Vec::new();
        }
        let cost = |held: &f64| Cost {
            quadratic: costs.quadratic / periods,
            power: costs.three_halves / periods,
            ..Cost::proportional(*held, costs.proportional / periods, costs.proportional / periods)
        };
        held.iter().map(cost).collect()
    }

    /// The name of a limit, in the policy's words, and the place of what it came from.
    pub(super) fn name(&self, constraint: Option<usize>, limit: Bounds) -> (String, Option<&Location>) {
        let source = constraint.and_then(|index| self.bound.get(index)).map(|(source, _)| source);
        let asset = |asset: usize| self.symbols.get(asset).map_or("an asset", String::as_str);
        let name = match (source, limit) {
            (Some(source), Bounds::Lower(at) | Bounds::Upper(at)) => format!("`{}` for {}", source.text(), asset(at)),
            (Some(source), _) => format!("`{}`", source.text()),
            (None, Bounds::Lower(at)) => format!("{} ≥ 0", asset(at)),
            (None, Bounds::Upper(at)) => format!("the greatest weight of {}", asset(at)),
            (None, _) => "the sum of the weights".to_owned(),
        };
        (name, source.and_then(Source::location))
    }

    /// The name of a limit among others: a rule for each asset stands once where many of its limits do.
    pub(super) fn common_name(&self, constraint: Option<usize>, limit: Bounds, limits: &[(Option<usize>, Bounds)]) -> String {
        let source = constraint.and_then(|index| self.bound.get(index)).map(|(source, _)| source);
        let asset = |limit: Bounds| if let Bounds::Lower(at) | Bounds::Upper(at) = limit { Some(at) } else { None };
        let assets: BTreeSet<usize> =
            limits.iter().filter(|(other, _)| *other == constraint).filter_map(|(_, limit)| asset(*limit)).collect();
        match (source, limit) {
            (Some(source), _) if self.is_for_each(constraint) && assets.len() > MOST_NAMED => {
                format!("`{}` for {} classes", source.text(), assets.len())
            }
            (None, Bounds::Lower(_)) => LONG_ONLY.to_owned(),
            _ => self.name(constraint, limit).0,
        }
    }

    fn is_for_each(&self, constraint: Option<usize>) -> bool {
        let rule = constraint.and_then(|index| self.bound.get(index)).and_then(|(source, _)| source.rule());
        rule.is_some_and(|rule| matches!(rule.subject, RuleSubject::Each | RuleSubject::Change))
    }

    /// An outcome without an optimum, as diagnostics.
    pub(super) fn refuse(&self, problem: &Problem, outcome: &Outcome) -> Result<(), Vec<Diagnostic>> {
        match outcome.status {
            Status::Optimal => Ok(()),
            // A search among choices ends with weights and how good they are proven to be.
            Status::WorkSpent if outcome.backend == Backend::BranchAndBound && !outcome.weights.is_empty() => Ok(()),
            Status::Infeasible => Err(vec![conflict::told(self, problem, outcome)]),
            Status::Unbounded => {
                let message = match problem.objective {
                    Objective::MaximumRatio { .. } => {
                        "a portfolio without risk earns more than the risk-free rate, so that no ratio is the greatest"
                    }
                    _ => "the objective improves without end: nothing keeps weights from growing",
                };
                let help = "bound the weights, as in `each <= 100 %`, or limit the risk, as in `volatility <= 12 %`";
                Err(vec![Diagnostic::error(Code::OPTIMIZATION, message).help(help)])
            }
            Status::WorkSpent | Status::Stalled => {
                let gap = words::percent(outcome.proof.gap);
                let message = format!("the optimization ended before its optimum was proven; it may be {gap} away");
                Err(vec![
                    Diagnostic::error(Code::OPTIMIZATION, message).help("ask for less, or check the estimates for what is nearly singular"),
                ])
            }
        }
    }
}

/// Limits of a rule for each asset that are named one by one.
const MOST_NAMED: usize = 3;

/// How weights of at least 0 are called.
const LONG_ONLY: &str = "weights of at least 0";

/// How weights are called that may be below 0.
const SHORTS: &str = "weights of either sign";

/// Adds a name's part of the weights; gives how often cash counts.
fn add(tree: &TargetTree, estimates: &Estimates, name: &str, coefficient: f64, coefficients: &mut [f64]) -> f64 {
    let Some(node) = tree.resolve(name).and_then(|id| tree.nodes.get(id.0)) else { return 0.0 };
    for (asset, entry) in estimates.assets.iter().zip(coefficients) {
        if asset.class.is_within(&node.class) {
            *entry += coefficient;
        }
    }
    if ClassPath::cash().is_within(&node.class) || node.class.is_within(&ClassPath::cash()) { coefficient } else { 0.0 }
}

/// βᵢ = (Σb)ᵢ ÷ bᵀΣb of each asset against a benchmark (Sharpe 1964); `None` where the benchmark does not vary.
fn betas(covariance: &Covariance, benchmark: &[f64]) -> Option<Vec<f64>> {
    let variance = covariance.variance(benchmark);
    (variance > 0.0).then(|| covariance.times(benchmark).iter().map(|with| with / variance).collect())
}

/// Rates a year, as those of a period.
pub(super) fn in_periods(constraint: &Constrains, periods: f64) -> Constrains {
    match constraint.clone() {
        Constrains::Return { at_least } => Constrains::Return { at_least: at_least / periods },
        Constrains::Volatility { at_most } => Constrains::Volatility { at_most: at_most / periods.sqrt() },
        Constrains::TrackingError { benchmark, at_most } => Constrains::TrackingError { benchmark, at_most: at_most / periods.sqrt() },
        other => other,
    }
}

fn needs_reference(inputs: &OptimizeInputs<'_>) -> bool {
    use crate::policy::{Method, RiskMeasure};
    matches!(inputs.optimization.method, Method::MeanRisk { measure: RiskMeasure::TrackingError, .. })
}

fn no_reference(what: &str, rule: Option<&Rule>) -> Box<Diagnostic> {
    let message = format!("{what} is measured against the weights that the targets state, and they state none");
    at(Diagnostic::error(Code::OPTIMIZATION, message).help("give each target a `weight`: the benchmark"), place(rule))
}

fn no_variance(rule: &Rule) -> Box<Diagnostic> {
    let message = format!("`{}` is measured against the weights that the targets state, and those do not vary", rule.statement.text);
    at(Diagnostic::error(Code::OPTIMIZATION, message).help("give weight to targets that do"), place(Some(rule)))
}

fn no_held(what: &str, rule: Option<&Rule>) -> Box<Diagnostic> {
    let message = format!("{what} counts from the weights held, and neither holdings nor weights of the targets are given");
    at(Diagnostic::error(Code::OPTIMIZATION, message).help("give the holdings, or a `weight` to each target"), place(rule))
}

fn place(rule: Option<&Rule>) -> Option<&Location> {
    rule.and_then(|rule| rule.statement.location.as_ref())
}

fn at(told: Diagnostic, place: Option<&Location>) -> Box<Diagnostic> {
    match place {
        Some(place) => Box::new(told.at(place.clone())),
        None => Box::new(told),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number of at least 1 when it was read")]
pub(super) fn whole(value: f64) -> usize {
    value as usize
}
