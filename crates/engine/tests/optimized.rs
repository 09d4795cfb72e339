//! Optimized targets: the policy's rules and hard limits are kept by every method, or the method refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use evenkeel::assumptions::{Assumptions, ClassAssumptions};
use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::estimate::EstimateInputs;
use evenkeel::market::{NamedPanel, PriceKind};
use evenkeel::policy::{Policy, Strategy};
use evenkeel::portfolio::Sleeves;
use evenkeel::target::{Backend, OptimizeInputs, Optimized, optimize};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::panel::{Content, Panel};

const HEAD: &str = "schema_version = 1\nname = \"Test\"\nbase_currency = \"USD\"\n[estimate]\nreturns = \"mean\"\ncovariance = \"sample\"\nfrequency = \"daily\"\n";
const TREE: &str = "\
[[target]]\nclass = \"Equity / US\"\nweight = 0.3\ninstruments = [\"US\"]\n\
[[target]]\nclass = \"Equity / Europe\"\nweight = 0.2\ninstruments = [\"EU\"]\n\
[[target]]\nclass = \"Bonds\"\nweight = 0.3\ninstruments = [\"BOND\"]\n\
[[target]]\nclass = \"Gold\"\nweight = 0.2\ninstruments = [\"GOLD\"]\n\
[bands]\nabsolute = 0.05\n";

fn universe() -> Universe {
    let instrument = |symbol: &str, class: &str, sector: &str, score: &str| {
        let mut instrument = Instrument::new(symbol, ClassPath::new(class).unwrap(), Currency::USD);
        instrument.sector = Some(sector.to_owned());
        instrument.scores.insert("quality".to_owned(), score.parse().unwrap());
        instrument
    };
    Universe::new(vec![
        instrument("US", "Equity / US", "growth", "8"),
        instrument("EU", "Equity / Europe", "value", "7"),
        instrument("BOND", "Bonds", "value", "5"),
        instrument("GOLD", "Gold", "metal", "2"),
    ])
    .unwrap()
}

/// Two years of returns of four assets with a common factor, from a seed.
fn history() -> NamedPanel {
    let mut state = 9_u64;
    let mut number = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX) - 0.5
    };
    let market: Vec<f64> = (0..500).map(|_| 0.03 * number()).collect();
    let kinds = [(0.0006, 1.0, 0.01), (0.0004, 0.9, 0.02), (0.0002, 0.1, 0.008), (0.0003, -0.1, 0.03)];
    let values = Matrix::from_fn(500, 4, |row, column| {
        let (mean, beta, own) = kinds[column];
        mean + beta * market[row] + own * number()
    });
    let first = "2024-01-01".parse::<Date>().unwrap().days_since("1970-01-01".parse().unwrap());
    let dates = (0..500).map(|at| first + at).collect();
    let names = ["US", "EU", "BOND", "GOLD"].map(str::to_owned).to_vec();
    NamedPanel {
        kind: Some(PriceKind::TotalReturn),
        base_date: None,
        names,
        panel: Panel::new(Content::SimpleReturns, dates, values).unwrap(),
    }
}

fn policy(optimize_table: &str, limits: &str) -> Policy {
    let text = format!("{HEAD}[optimize]\n{optimize_table}\n{TREE}{limits}");
    let parsed = Policy::parse(SourceText { file: "policy.toml", text: &text });
    parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

fn run(optimize_table: &str, limits: &str) -> Result<Optimized, Vec<Diagnostic>> {
    run_believing(optimize_table, limits, None)
}

fn run_believing(optimize_table: &str, limits: &str, assumptions: Option<&Assumptions>) -> Result<Optimized, Vec<Diagnostic>> {
    run_by(optimize_table, limits, assumptions, None)
}

fn run_by(
    optimize_table: &str,
    limits: &str,
    assumptions: Option<&Assumptions>,
    backend: Option<Backend>,
) -> Result<Optimized, Vec<Diagnostic>> {
    let policy = policy(optimize_table, limits);
    let Strategy::Optimized(optimization) = &policy.strategy else { panic!("not optimized") };
    let (universe, history) = (universe(), history());
    let sleeves = Sleeves::new(&policy.tree, &universe);
    let reference = evenkeel::target::stated_weights(&policy.tree, &sleeves);
    let estimate = EstimateInputs {
        rules: &policy.estimate,
        tree: &policy.tree,
        sleeves: &sleeves,
        universe: &universe,
        history: Some(&history),
        assumptions,
        reference: Some(&reference),
        as_of: "2026-01-01".parse().unwrap(),
        scenarios: false,
    };
    optimize(&OptimizeInputs {
        optimization,
        tree: &policy.tree,
        estimate,
        held: None,
        cash: 0.0,
        limits: &policy.limits,
        base_currency: policy.base_currency,
        value: Some(1_000_000.0),
        backend,
    })
}

fn weights(table: &str, limits: &str) -> Vec<f64> {
    run(table, limits).unwrap_or_else(|problems| panic!("{table}: {problems:?}")).weights()
}

fn refusal(table: &str, limits: &str) -> String {
    run(table, limits).map(|found| found.weights()).unwrap_err().iter().map(|problem| problem.message.clone()).collect()
}

const LIMITS: &str = "\
[[limit]]\nname = \"equity\"\nwhere = { class = [\"Equity\"] }\nat_least = 0.40\n\
[[limit]]\nname = \"value\"\nwhere = { sector = [\"value\"] }\nat_most = 0.45\n\
[[limit]]\nname = \"quality\"\non = \"score:quality\"\nat_least = 5.5\n\
[[limit]]\nname = \"growth\"\non = \"value\"\nwhere = { sector = [\"growth\"] }\nat_most = 350000\n\
[[limit]]\nname = \"one\"\neach = \"instrument\"\nat_most = 0.42\n";

fn assert_limits(weights: &[f64], what: &str) {
    let [us, eu, bond, gold] = weights else { panic!("{what}: {weights:?}") };
    let rounding = 1e-8;
    assert!((weights.iter().sum::<f64>() - 1.0).abs() < rounding, "{what}: {weights:?}");
    assert!(us + eu >= 0.40 - rounding && eu + bond <= 0.45 + rounding && *us <= 0.35 + rounding, "{what}: {weights:?}");
    assert!(8.0 * us + 7.0 * eu + 5.0 * bond + 2.0 * gold >= 5.5 - 1e-7, "{what}: {weights:?}");
    assert!(weights.iter().all(|weight| *weight <= 0.42 + rounding), "{what}: {weights:?}");
}

#[test]
fn searches_keep_the_limits_of_the_policy() {
    for table in [
        "",
        "measure = \"cvar\"",
        "objective = \"maximum_utility\"\nrisk_aversion = 5\n[optimize.cost]\nproportional = 0.001\nfixed = 0.0001",
        "objective = \"maximum_utility\"\nrisk_aversion = 1\nmeasure = \"cvar\"\nconstraints = [\"trade >= 2 %\"]\n[optimize.cost]\nproportional = 0.001",
        "objective = \"maximum_ratio\"\nconstraints = [\"turnover <= 90 %\"]",
        "method = \"maximum_diversification\"",
        "method = \"kelly\"",
        "method = \"risk_budget\"",
        "method = \"risk_budget\"\nmeasure = \"cvar\"\nconfidence = 0.9",
    ] {
        assert_limits(&weights(table, LIMITS), table);
    }
    // Without the limits, the least risk breaks most of them; a soft limit is told and not kept.
    let free = weights("", "");
    assert!(free[0] + free[1] < 0.4 && free[2] > 0.42, "{free:?}");
    assert_eq!(weights("", &LIMITS.replace("at_least", "hard = false\nat_least").replace("at_most", "hard = false\nat_most")), free);
}

#[test]
fn limits_that_contradict_a_rule_are_named() {
    let told = refusal("constraints = [\"Equity/US + Equity/Europe <= 30 %\"]", LIMITS);
    assert!(told.contains("`equity`") && told.contains("`Equity/US + Equity/Europe <= 30 %`"), "{told}");
}

#[test]
fn risk_budgets_keep_rules_on_weights_and_refuse_others() {
    let budget = |rules: &str| format!("method = \"risk_budget\"\n{rules}");
    let plain = run(&budget(""), "").unwrap();
    assert!(plain.assets.iter().all(|asset| (asset.risk_share - 0.25).abs() < 1e-9));
    let capped = weights(&budget("constraints = [\"each <= 40 %\", \"Gold <= 10 %\"]"), "");
    assert!(capped.iter().all(|weight| *weight <= 0.4 + 1e-9) && capped[3] <= 0.1 + 1e-9, "{capped:?}");
    assert!(plain.weights().iter().any(|weight| *weight > 0.4), "the cap binds: {:?}", plain.weights());
    // The measure is not ignored.
    let tail = run(&budget("measure = \"cvar\""), "").unwrap();
    assert!(tail.risk.unwrap() > 0.0 && tail.weights().iter().zip(plain.weights()).any(|(a, b)| (a - b).abs() > 1e-3));
    assert!(refusal(&budget("measure = \"mad\""), "").contains("variance or of `cvar`"));
    assert!(refusal(&budget("constraints = [\"volatility <= 12 %\"]"), "").contains("`volatility <= 12 %` is not a limit on the weights"));
}

#[test]
fn recipes_refuse_what_they_do_not_keep() {
    for method in ["equal_weight", "inverse_volatility", "hrp", "herc", "nco"] {
        let clusters = if ["herc", "nco"].contains(&method) { "clusters = 2\n" } else { "" };
        let table = format!("method = \"{method}\"\n{clusters}");
        assert!((weights(&table, "").iter().sum::<f64>() - 1.0).abs() < 1e-9, "{method}");
        let limit = |bound: &str| format!("[[limit]]\nname = \"gold\"\nwhere = {{ class = [\"Gold\"] }}\n{bound}\n");
        assert!(!weights(&table, &limit("at_most = 0.95")).is_empty(), "{method}");
        assert!(refusal(&table, &limit("at_least = 0.95")).contains("do not keep `gold`"), "{method}");
    }
}

#[test]
fn short_weights_need_no_more_than_a_rule_on_them() {
    for rule in ["short <= 30 %", "gross <= 160 %"] {
        let table = format!("objective = \"maximum_return\"\nconstraints = [\"{rule}\"]");
        let bounded = table.replace(']', ", \"each <= 500 %\"]");
        let (free, bounded) = (weights(&table, ""), weights(&bounded, ""));
        let short: f64 = free.iter().map(|weight| (-weight).max(0.0)).sum();
        assert!((short - 0.3).abs() < 1e-9, "{rule}: {free:?}");
        assert!(free.iter().zip(&bounded).all(|(a, b)| (a - b).abs() < 1e-8), "{rule}: {free:?} {bounded:?}");
    }
}

#[test]
fn short_weights_are_no_targets_of_accounts() {
    let table = "objective = \"maximum_return\"\nconstraints = [\"short <= 30 %\"]";
    let (policy, universe) = (policy(table, ""), universe());
    let sleeves = Sleeves::new(&policy.tree, &universe);
    let as_of = "2026-01-01".parse().unwrap();
    let found = run(table, "").unwrap();
    let problems = evenkeel::target::optimized_weights(&policy, &sleeves, &found, None, None, as_of).unwrap_err();
    assert!(problems.len() == 1 && problems[0].message.contains("not brought to short positions"), "{problems:?}");
}

#[test]
fn a_book_that_sums_to_nothing_needs_shorts() {
    let table = "objective = \"maximum_return\"\nbudget = 0\nconstraints = [\"gross <= 200 %\"]";
    let found = weights(table, "");
    let (sum, gross) = found.iter().fold((0.0, 0.0), |(sum, gross), weight| (sum + weight, gross + weight.abs()));
    assert!(sum.abs() < 1e-9 && (gross - 2.0).abs() < 1e-9, "{found:?}");
    assert!(refusal("budget = 0", "").contains("are all 0"));
}

/// Covariance of two series by its definition.
fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let count = f64::from(u32::try_from(a.len()).unwrap());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let (mean_a, mean_b) = (mean(a), mean(b));
    a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / (count - 1.0)
}

#[test]
fn beta_is_measured_against_the_stated_weights() {
    let found = weights("objective = \"maximum_return\"\nconstraints = [\"beta >= 0.8\"]", "");
    let values = history().panel.values().clone();
    let portfolio = |weights: &[f64]| -> Vec<f64> {
        (0..values.rows()).map(|row| values.row(row).iter().zip(weights).map(|(value, weight)| value * weight).sum()).collect()
    };
    let (optimal, stated) = (portfolio(&found), portfolio(&[0.3, 0.2, 0.3, 0.2]));
    let beta = covariance(&optimal, &stated) / covariance(&stated, &stated);
    assert!((beta - 0.8).abs() < 1e-9, "{beta}");
}

#[test]
fn exposures_are_those_that_assumptions_state() {
    let class = |name: &str, loading: f64| ClassAssumptions {
        class: ClassPath::new(name).unwrap(),
        expected_return: None,
        return_range: None,
        volatility: None,
        scores: BTreeMap::new(),
        distributions: None,
        loadings: BTreeMap::from([("Growth".to_owned(), loading)]),
    };
    let classes = vec![class("Equity", 0.8), class("Gold", -0.5)];
    let assumptions = Assumptions { as_of: "2026-01-01".parse().unwrap(), source: "Test".to_owned(), classes, correlation: None };
    let table = "objective = \"maximum_return\"\nconstraints = [\"exposure to Growth >= 0.3\"]";
    let found = run_believing(table, "", Some(&assumptions)).unwrap().weights();
    let [us, eu, _, gold] = found.as_slice() else { panic!("{found:?}") };
    assert!((0.8 * (us + eu) - 0.5 * gold - 0.3).abs() < 1e-9, "{found:?}");
    assert!(refusal(&table.replace("Growth", "Value"), "").contains("needs loadings on Value, and no class has one"));
}

/// Rules on the four assets of [`universe`]: what they bind, the relation, and the limit in percent.
type Stated<'a> = (&'a str, &'a str, f64);

fn constraints(rules: &[Stated<'_>]) -> String {
    let texts: Vec<String> = rules.iter().map(|(what, relation, limit)| format!("\"{what} {relation} {limit:.2} %\"")).collect();
    format!("constraints = [{}]", texts.join(", "))
}

/// The rules with what a refusal says would do.
fn relaxed<'a>(rules: &[Stated<'a>], help: &str) -> Option<Vec<Stated<'a>>> {
    let terms = help.strip_prefix("relaxing ")?.strip_suffix(" would do")?;
    let mut rules = rules.to_vec();
    for term in terms.split(" and ") {
        let (rule, by) = term.strip_prefix('`')?.split_once("` by ")?;
        let by: f64 = by.strip_suffix(" points")?.replace(',', "").parse().ok()?;
        let found = rules.iter_mut().find(|(what, relation, limit)| format!("{what} {relation} {limit:.2} %") == rule)?;
        found.2 += if found.1 == "<=" { by } else { -by };
    }
    Some(rules)
}

fn contradiction(rules: &[Stated<'_>]) -> Option<Diagnostic> {
    let told = run(&constraints(rules), "").err()?.into_iter().next().unwrap();
    assert_eq!(told.code.to_string(), "EK0442", "{told:?}");
    Some(told)
}

#[test]
fn what_is_said_to_do_is_enough_and_what_is_named_contradicts_itself() {
    let mut state = 5_u64;
    let mut pick = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % count
    };
    let kinds = [
        ("Equity/US", "<=", 5.0),
        ("Equity/US", ">=", 30.0),
        ("Bonds", "<=", 10.0),
        ("Bonds", ">=", 35.0),
        ("Gold", ">=", 45.0),
        ("0.5 Equity/Europe + 0.5 Gold", ">=", 30.0),
        ("each", "<=", 20.0),
        ("turnover", "<=", 20.0),
        ("change", "<=", 5.0),
        ("volatility", "<=", 4.0),
        ("tracking error", "<=", 3.0),
        ("return", ">=", 25.0),
        ("cvar", "<=", 0.5),
    ];
    let mut refused = 0;
    for _ in 0..40 {
        let mut at: Vec<usize> = (0..2 + pick(4)).map(|_| pick(kinds.len())).collect();
        at.sort_unstable();
        at.dedup();
        let rules: Vec<Stated<'_>> = at.into_iter().filter_map(|at| kinds.get(at).copied()).collect();
        let Some(told) = contradiction(&rules) else { continue };
        refused += 1;
        let help = told.help.clone().unwrap();
        let relaxed = relaxed(&rules, &help).unwrap_or_else(|| panic!("{rules:?}: {help}"));
        assert!(contradiction(&relaxed).is_none(), "{rules:?}: {help}");
        let text = |(what, relation, limit): &Stated<'_>| format!("`{what} {relation} {limit:.2} %`");
        let named: Vec<Stated<'_>> = rules.iter().copied().filter(|rule| told.message.contains(&text(rule))).collect();
        assert!(contradiction(&named).is_some(), "{rules:?}: {}", told.message);
        for rule in &named {
            let others: Vec<Stated<'_>> = named.iter().copied().filter(|other| other != rule).collect();
            assert!(contradiction(&others).is_none(), "{rules:?}: {} without {rule:?}", told.message);
        }
    }
    assert!(refused >= 15, "{refused}");
}

#[test]
fn a_choice_that_contradicts_a_rule_is_named_with_it() {
    let told = run("constraints = [\"Gold <= 60 %\", \"assets <= 3\", \"each <= 25 %\"]", "").unwrap_err().remove(0);
    assert_eq!(told.message, "these cannot all be kept: `assets <= 3`, `each <= 25 %`");
    assert_eq!(told.help.as_deref(), Some("relaxing `assets <= 3` by 1 would do"));
}

#[test]
fn a_limit_on_scenarios_holds_growth_once() {
    let found = run("method = \"kelly\"\nconstraints = [\"cvar <= 1 %\"]", "").unwrap();
    let [held] = found.binding.iter().filter(|held| held.stated).collect::<Vec<_>>()[..] else { panic!("{:?}", found.binding) };
    assert!(held.shadow_price > 0.0 && held.sentence.ends_with("of growth a year."), "{held:?}");
}

#[test]
fn the_ratio_to_tracking_error_is_of_the_return_beyond_the_benchmarks() {
    let ratio = "objective = \"maximum_ratio\"\nmeasure = \"tracking_error\"\n";
    assert!(refusal(ratio, "").contains("however near the benchmark"));
    // The benchmark holds 20 % of gold, so a rule that does not keeps weights away from it.
    let rules = "\"Gold <= 15 %\", \"each <= 60 %\"";
    let best = run(&format!("{ratio}constraints = [{rules}]"), "").unwrap();
    let stated = [0.3, 0.2, 0.3, 0.2];
    let information = |found: &Optimized| -> f64 {
        let active: Vec<f64> = found.weights().iter().zip(stated).map(|(weight, benchmark)| weight - benchmark).collect();
        let gain: f64 = active.iter().zip(&found.estimates.expected).map(|(weight, mean)| weight * mean).sum();
        gain / found.estimates.covariance.variance(&active).sqrt()
    };
    let greatest = information(&best);
    assert!(greatest > 0.0);
    for at_most in [2, 4, 6, 8, 12] {
        let along = format!("objective = \"maximum_return\"\nconstraints = [{rules}, \"tracking error <= {at_most} %\"]");
        if let Ok(other) = run(&along, "") {
            assert!(information(&other) <= greatest * (1.0 + 1e-7), "{at_most}: {} {greatest}", information(&other));
        }
    }
}

#[test]
fn a_backend_is_refused_where_there_is_no_program() {
    assert!(run_by("objective = \"minimum_risk\"", "", None, Some(Backend::ActiveSet)).is_ok());
    let refused = run_by("method = \"hrp\"", "", None, Some(Backend::ActiveSet)).unwrap_err();
    assert!(refused[0].message.contains("solves no program"), "{refused:?}");
}

#[test]
fn figures_are_annualized_by_the_dates_and_never_against_them() {
    let (universe, daily) = (universe(), history());
    let months = (0..500).map(|month| "2024-01-31".parse::<Date>().unwrap().add_months(month).unwrap().ordinal()).collect();
    let panel = Panel::new(Content::SimpleReturns, months, daily.panel.values().clone()).unwrap();
    let monthly = NamedPanel { panel, ..daily.clone() };
    let estimated = |keys: &str, history: &NamedPanel| {
        let text = format!("{}{keys}\n[optimize]\n{TREE}", HEAD.replace("frequency = \"daily\"\n", ""));
        let policy = Policy::parse(SourceText { file: "policy.toml", text: &text }).value.unwrap();
        let sleeves = Sleeves::new(&policy.tree, &universe);
        let found = evenkeel::estimate::estimate(&EstimateInputs {
            rules: &policy.estimate,
            tree: &policy.tree,
            sleeves: &sleeves,
            universe: &universe,
            history: Some(history),
            assumptions: None,
            reference: None,
            as_of: "2070-01-01".parse().unwrap(),
            scenarios: false,
        });
        found.map(|found| (found.periods_per_year, found.volatilities()[0])).map_err(|told| (told[0].code, told[0].help.clone().unwrap()))
    };
    let (a_year, by_day) = estimated("", &daily).unwrap();
    let (months, by_month) = estimated("", &monthly).unwrap();
    assert_eq!((a_year, months), (252.0, 12.0));
    assert!((by_day / by_month - 21.0_f64.sqrt()).abs() < 1e-9, "the same returns, 252 and 12 of them a year");
    assert!(estimated("frequency = \"monthly\"", &monthly).is_ok_and(|(months, _)| months.total_cmp(&12.0).is_eq()));
    for (keys, remedy) in [("frequency = \"daily\"", "frequency = \"monthly\""), ("periods_per_year = 252", "periods_per_year = 12")] {
        let (code, help) = estimated(keys, &monthly).unwrap_err();
        assert!(code == Code::HISTORY_UNUSABLE && help.contains(remedy), "{help}");
    }
    assert!(estimated("frequency = \"weekly\"", &monthly).is_err() && estimated("periods_per_year = 260", &daily).is_ok());
}
