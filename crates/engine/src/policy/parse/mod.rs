//! Reading a policy file.
//!
//! Each section of the file has a function here that asks for its keys and checks what they mean
//! together. Weights are read exactly; sums are compared with 1 within 10⁻⁹, the last digit of an
//! exact number.

use std::ops::Range;

use evenkeel_ledger::calendar::Calendar;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Currency, Decimal};

use crate::diagnostic::{Code, Diagnostic, Location, SourceText};
use crate::document::{self, Field, Key, Parsed, Reference, Table, Value, did_you_mean};

use super::{EstimateRules, Objective, Optimization, Overlay, Places, Policy, StopRule, Strategy, StressScenario, TargetTree};

mod estimate;
mod index;
mod limit;
mod location;
mod optimal;
mod optimization;
mod overlay;
mod spending;
mod stop;
mod strategy;
mod stress;
mod style;
mod tax;
mod trading;
mod tree;
mod trigger;

/// The version of the policy format that this program reads.
pub const SCHEMA_VERSION: u32 = 1;

impl Policy {
    /// Reads a policy file and reports all that is wrong with it in one pass.
    pub fn parse(source: SourceText<'_>) -> Parsed<Self> {
        document::read(source, read)
    }

    /// Reads a policy file with keys set from outside of it, such as `estimate.covariance=gerber`; what is
    /// wrong with one is told at its own place.
    ///
    /// ```
    /// use evenkeel::diagnostic::SourceText;
    /// use evenkeel::policy::{CovarianceEstimator, Policy, template};
    /// let source = SourceText { file: "policy.toml", text: template() };
    /// let policy = Policy::parse_with(source, &["estimate.covariance=oas".to_owned()]).value.unwrap();
    /// assert_eq!(policy.estimate.covariance, CovarianceEstimator::OracleApproximating);
    /// let told = Policy::parse_with(source, &["estimate.covariance=ova".to_owned()]).diagnostics;
    /// assert_eq!(told[0].location.as_ref().unwrap().file, "--set");
    /// ```
    pub fn parse_with(source: SourceText<'_>, settings: &[String]) -> Parsed<Self> {
        document::read_with(source, settings, read)
    }
}

/// The keys of a policy file.
pub fn reference() -> Reference {
    document::reference(read)
}

fn read(root: &Table<'_>) -> Option<Policy> {
    let version = root.schema_version(SCHEMA_VERSION);
    let name = root.key("name", "Name for people.").text().required();
    let base_currency = root
        .key("base_currency", "Currency in which everything is valued and in which all amounts of this file are.")
        .parsed::<Currency>("a currency such as `USD`")
        .required();
    let calendar = root
        .key("calendar", "Exchange calendar by which schedules are adjusted.")
        .one_of(&[("new_york", Calendar::new_york as fn() -> Calendar), ("london", Calendar::london), ("weekdays", Calendar::weekdays)])
        .or_else("new_york", || Calendar::new_york);
    let benchmark = root.key("benchmark", "Name of the benchmark, as in `benchmark.csv`.").text().optional();
    let objective = root.table("objective", "What the portfolio is to earn, a year.", read_objective);

    let profiles = strategy::read_profiles(root);
    let strategy = root.table("strategy", "Where the weights of the top classes come from. Left out: from the targets.", |table| {
        (strategy::read(table, &profiles, root.count("profile") == profiles.len()), style::read(table))
    });
    let (strategy, style) = strategy.unwrap_or_default();
    let estimate = estimate::read(root);
    let optimization =
        root.optional_table("optimize", "Optimized weights of the tree's leaves, in place of stated ones.", optimization::read);
    let strategy = optimized(root, strategy, optimization.flatten());
    let targets = tree::read(root, strategy.as_ref());
    let classes = KnownClasses { tree: &targets.tree, has_bands: targets.has_bands, complete: targets.complete };

    if let Some(Strategy::Optimized(optimization)) = &strategy {
        optimization::check_names(root, optimization, &classes);
    }
    let estimate = with_views(root, &classes, estimate);

    let triggers = trigger::read(root, &classes);
    let currency = base_currency.unwrap_or(Currency::USD);
    let rebalance =
        root.table("rebalance", "How to trade once a trigger has fired.", |table| trading::read_rebalance(table, &classes, currency));
    let costs = root.table("costs", "What trading costs.", |table| trading::read_costs(table, currency));
    let cash = root.table("cash", "Cash to keep, and flows to come.", |table| trading::read_cash(table, base_currency));
    let prices = root.table("prices", "How prices are judged.", trading::read_prices);
    let tax = root.table("tax", "What trades have to do with taxes.", |table| tax::read(table, currency));
    let location = location::read(root, &classes);
    let optimal = root.table("optimal", "What the joint planner weighs, where `planner = \"optimal\"`.", optimal::read);
    let spending = spending::read(root);
    let indices = index::read(root, &classes, rebalance.as_ref().and_then(Option::as_ref));
    let limits = limit::read(root, &classes);
    let (overlay, stops, stress) = read_extremes(root, &classes);

    version?;
    let (location, accounts) = location?;
    Some(Policy {
        name: name?,
        base_currency: base_currency?,
        calendar: calendar(),
        benchmark,
        objective: objective?,
        strategy: strategy?,
        style: style?,
        estimate: estimate?,
        profiles: profiles.into_iter().map(|profile| profile.value).collect(),
        tree: targets.tree,
        triggers: triggers?,
        rebalance: rebalance??,
        costs: costs?,
        cash: cash?,
        prices: prices?,
        tax: tax?,
        location,
        optimal: optimal?,
        spending,
        indices,
        limits,
        overlay,
        stops,
        stress,
        places: Places { accounts, ..targets.places },
    })
}

/// The rules of estimation with what is believed beside history.
fn with_views(root: &Table<'_>, classes: &KnownClasses<'_>, estimate: Option<EstimateRules>) -> Option<EstimateRules> {
    let blend = estimate.as_ref().map(|rules| rules.blend);
    let views = estimate::read_views(root, classes, blend);
    estimate.map(|rules| EstimateRules { views, ..rules })
}

/// When weights depart from the strategic ones, and what shocks would do to them.
fn read_extremes(root: &Table<'_>, classes: &KnownClasses<'_>) -> (Option<Overlay>, Vec<StopRule>, Vec<StressScenario>) {
    let overlay = root.optional_table("overlay", "Tactical shifts around the strategic weights.", |table| overlay::read(table, classes));
    (overlay.flatten(), stop::read(root, classes), stress::read(root, classes))
}

/// The strategy where the file has `[optimize]`, which takes the place of any other.
fn optimized(root: &Table<'_>, stated: Option<Strategy>, optimization: Option<Optimization>) -> Option<Strategy> {
    if !root.has("optimize") {
        return stated;
    }
    if stated.as_ref().is_some_and(|stated| *stated != Strategy::Tree) {
        let message = "weights come from `[optimize]`, and from a profile or glide path in `[strategy]` too";
        root.report_value("optimize", Diagnostic::error(Code::CONFLICTING_KEYS, message).help("remove one of the two"));
    }
    optimization.map(|optimization| Strategy::Optimized(Box::new(optimization)))
}

fn read_objective(table: &Table<'_>) -> Objective {
    let yearly = |name, about| table.key(name, about).number().signed_fraction().optional();
    let nominal_return = yearly("nominal_return", "Nominal return wanted.");
    let spending = table.key("spending", "Spending, as a fraction of value.").number().fraction().optional();
    let inflation = yearly("inflation", "Inflation; with spending, what is needed is their sum.");
    table.at_most_one_of(&["nominal_return", "spending"]);
    table.at_most_one_of(&["nominal_return", "inflation"]);
    Objective { nominal_return, spending, inflation }
}

/// A value with the place where the file states it.
#[derive(Debug, Clone)]
struct Located<T> {
    value: T,
    span: Range<usize>,
}

/// Reads a class path, such as `Equity/US Equity`.
fn class(value: Value<'_>) -> Option<Located<ClassPath>> {
    Some(Located { value: value.parsed("a class such as `Equity/US Equity`")?, span: value.span() })
}

/// Reads an array of classes, none of them twice.
fn class_list<'t, 'd>(key: Key<'t, 'd>) -> Field<'t, 'd, Vec<Located<ClassPath>>> {
    key.read("array of classes", |value| {
        let classes = value.list(class)?;
        distinct(value, classes.iter().map(|class| class.value.as_str())).then_some(classes)
    })
}

/// Whether names are distinct; reports one that is not.
fn distinct<'n>(value: Value<'_>, names: impl Iterator<Item = &'n str>) -> bool {
    let mut seen: Vec<&str> = names.collect();
    seen.sort_unstable();
    let twice = seen.windows(2).find_map(|pair| if let [a, b] = pair { (a == b).then_some(*a) } else { None });
    if let Some(name) = twice {
        value.report(Diagnostic::error(Code::DUPLICATE_NAME, format!("`{name}` is listed twice")).help("keep one of the two"));
    }
    twice.is_none()
}

/// Classes and weights.
type Weights = Vec<(Located<ClassPath>, Decimal)>;

/// Reads a table of classes and weights.
fn weights<'t, 'd>(key: Key<'t, 'd>) -> Field<'t, 'd, Weights> {
    key.read("table of `class = weight`", |value| {
        let entries = value.entries(|name, weight| {
            let Ok(class) = ClassPath::new(name) else {
                return weight.refuse(Code::WRONG_TYPE, "has a name that is no class", "write a class such as \"Equity/US Equity\"");
            };
            Some((Located { value: class, span: weight.span() }, weight.fraction()?))
        })?;
        distinct(value, entries.iter().map(|(class, _)| class.value.as_str())).then_some(entries)
    })
}

/// Reports at a place that what should sum to 1 does not; `what` is its subject, in the plural.
fn check_sum(table: &Table<'_>, span: Range<usize>, code: Code, what: &str, parts: impl Iterator<Item = Decimal>) {
    let Ok(sum) = parts.into_iter().try_fold(Decimal::ZERO, Decimal::try_add) else { return };
    let Ok(difference) = sum.try_sub(Decimal::ONE) else { return };
    if difference.abs() <= Decimal::STEP {
        return;
    }
    let (side, remedy) = if difference.is_negative() { ("below", "raise") } else { ("above", "lower") };
    let gap = difference.abs();
    let message = format!("{what} sum to {sum}, which is {gap} {side} 1");
    table.report_at(span, Diagnostic::error(code, message).help(format!("{remedy} them by {gap} together")));
}

/// The classes that the policy has targets for.
struct KnownClasses<'a> {
    tree: &'a TargetTree,
    /// Whether any band is stated, right or wrong.
    has_bands: bool,
    /// Whether all targets could be read; if not, nobody can tell that a class is unknown.
    complete: bool,
}

impl KnownClasses<'_> {
    /// Reports names that are no class and no instrument of the tree.
    fn check_names<'n>(
        &self,
        table: &Table<'_>,
        names: impl Iterator<Item = &'n str>,
        place: Option<&Location>,
        help: impl Fn(&str, &mut dyn Iterator<Item = &str>) -> String,
    ) {
        if !self.complete || table.is_reference() {
            return;
        }
        for name in names.filter(|name| self.tree.resolve(name).is_none()) {
            let nodes = || self.tree.nodes.iter();
            let symbols = nodes().flat_map(|node| node.instruments.iter().map(String::as_str));
            let mut known = nodes().flat_map(|node| [node.class.as_str(), node.class.name()]).chain(symbols);
            let message = format!("`{name}` is no class and no instrument of the targets, or more than one class has that last name");
            let told = Diagnostic::error(Code::UNKNOWN_CLASS, message).help(help(name, &mut known));
            match place {
                Some(place) => table.report_told(told.at(place.clone())),
                None => table.report(told),
            }
        }
    }

    /// Reports a class that has no target at, above or below it. Cash always is known.
    fn check(&self, table: &Table<'_>, class: &Located<ClassPath>) {
        let related = |node: &ClassPath| node.is_within(&class.value) || class.value.is_within(node);
        if class.value != ClassPath::cash() && !self.tree.nodes.iter().any(|node| related(&node.class)) {
            self.report_unknown(table, class, "write a class of the targets, or add a target for it (of weight 0 where none is wanted)");
        }
    }

    /// Reports a class that is not itself a target.
    fn check_target(&self, table: &Table<'_>, class: &Located<ClassPath>) {
        if self.tree.find(&class.value).is_none() {
            self.report_unknown(table, class, "write a class of the targets, or add a target for it");
        }
    }

    fn report_unknown(&self, table: &Table<'_>, class: &Located<ClassPath>, otherwise: &str) {
        if !self.complete || table.is_reference() {
            return;
        }
        let known = self.tree.nodes.iter().map(|node| node.class.as_str());
        let help = did_you_mean(class.value.as_str(), known, otherwise);
        let message = format!("no target has the class `{}`", class.value);
        table.report_at(class.span.clone(), Diagnostic::error(Code::UNKNOWN_CLASS, message).help(help));
    }

    /// Reports at a place that something needs bands where no target has one.
    fn check_bands(&self, table: &Table<'_>, name: &str, what: &str) {
        if self.complete && !self.has_bands && !table.is_reference() {
            let message = format!("{what} needs bands, and no target has one");
            let help = "add `[bands]` with `absolute = 0.05` (5 points) or `relative = 0.25`";
            table.report_value(name, Diagnostic::error(Code::NO_BANDS, message).help(help));
        }
    }
}
