//! Target weights: profiles and horizons, glide paths, trees, the tactical overlay, the objective.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use evenkeel::assumptions::{Assumptions, ClassAssumptions};
use evenkeel::diagnostic::{Diagnostic, SourceText};
use evenkeel::market::SignalHistory;
use evenkeel::policy::{Policy, Strategy, preset};
use evenkeel::portfolio::Sleeves;
use evenkeel::target::{Targets, side_by_side, target_weights};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Currency, Rate};

const HEAD: &str = "schema_version = 1\nname = \"Test\"\nbase_currency = \"USD\"\ncalendar = \"weekdays\"\n";
const TAIL: &str = "[bands]\nabsolute = 0.05\n";

/// Classes without weights, for strategies that give them.
const PROFILE_TREE: &str = "\
[[target]]\nclass = \"US Equity\"\ninstruments = [\"US\"]\n\
[[target]]\nclass = \"International Equity\"\ninstruments = [\"INTL\"]\n\
[[target]]\nclass = \"Fixed Income\"\ninstruments = [\"BOND\"]\n\
[[target]]\nclass = \"Real Estate\"\ninstruments = [\"REIT\"]\n\
[[target]]\nclass = \"Commodities\"\ninstruments = [\"COMM\"]\n\
[[target]]\nclass = \"Cash\"\n";

/// The overlay of the reference scenario.
const OVERLAY: &str = "\
[overlay]\nreview_by = 2026-12-31\nshifted = [\"US Equity\", \"International Equity\"]\noffset = { \"Fixed Income\" = 0.7, Cash = 0.3 }\n\
[[overlay.signal]]\nname = \"valuation\"\nseries = \"pe\"\ntransform = \"relative_to\"\nto = \"historical_pe\"\n\
[[overlay.signal]]\nname = \"volatility\"\nseries = \"vix\"\ntransform = \"relative_to\"\nto = \"historical_vix\"\n\
[[overlay.signal]]\nname = \"recession\"\nseries = \"recession\"\ntransform = \"level\"\n\
[[overlay.rule]]\nsignal = \"valuation\"\nabove = 0.20\nshift = -0.05\n\
[[overlay.rule]]\nsignal = \"valuation\"\nbelow = -0.20\nshift = 0.05\n\
[[overlay.rule]]\nsignal = \"volatility\"\nabove = 0.50\nshift = -0.03\n\
[[overlay.rule]]\nsignal = \"recession\"\nabove = 0.30\nshift = -0.05\n";

fn policy(body: &str) -> Policy {
    let text = format!("{HEAD}{body}{TAIL}");
    let parsed = Policy::parse(SourceText { file: "policy.toml", text: &text });
    parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn today() -> Date {
    day("2026-06-30")
}

fn household(birth_dates: &[&str]) -> Household {
    let owner = |(index, birth_date): (usize, &&str)| Owner {
        id: format!("owner {index}"),
        name: None,
        birth_date: Some(day(birth_date)),
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates::default(),
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    };
    Household::new("home", birth_dates.iter().enumerate().map(owner).collect(), Vec::new()).unwrap()
}

fn signals(values: &[(&str, f64)]) -> SignalHistory {
    SignalHistory { series: values.iter().map(|(name, value)| ((*name).to_owned(), vec![(day("2026-06-15"), *value)])).collect() }
}

fn scenario_signals() -> SignalHistory {
    signals(&[("pe", 25.0), ("historical_pe", 18.0), ("vix", 28.0), ("historical_vix", 18.0), ("recession", 0.35)])
}

/// Class, expected return, volatility; all correlated alike.
fn assumptions(classes: &[(&str, f64, f64)], correlation: f64) -> Assumptions {
    let entry = |(class, expected_return, volatility): &(&str, f64, f64)| ClassAssumptions {
        class: ClassPath::new(class).unwrap(),
        expected_return: Some(*expected_return),
        return_range: None,
        volatility: Some(*volatility),
        scores: BTreeMap::new(),
        distributions: None,
        loadings: BTreeMap::new(),
    };
    let n = classes.len();
    let matrix = (0..n * n).map(|at| if at / n == at % n { 1.0 } else { correlation }).collect();
    Assumptions {
        as_of: day("2026-01-01"),
        source: "test".to_owned(),
        classes: classes.iter().map(entry).collect(),
        correlation: Some(matrix),
    }
}

fn targets_of(policy: &Policy, assumptions: Option<&Assumptions>, signals: Option<&SignalHistory>) -> Result<Targets, Vec<Diagnostic>> {
    let sleeves = Sleeves::new(&policy.tree, &Universe::default());
    target_weights(policy, &sleeves, &household(&["1970-05-17"]), assumptions, signals, today())
}

/// Weights by class, of every node.
fn by_class(policy: &Policy, targets: &Targets) -> BTreeMap<String, f64> {
    let sum: f64 = targets.weights.sleeves.iter().sum();
    assert!((sum - 1.0).abs() < 1e-12, "the sleeves sum to {sum}");
    let top: f64 = policy.tree.top().map(|(id, _)| targets.weights.nodes[id.0]).sum();
    assert!((top - 1.0).abs() < 1e-12, "the top classes sum to {top}");
    policy.tree.iter().map(|(id, node)| (node.class.to_string(), targets.weights.nodes[id.0])).collect()
}

fn assert_weights(found: &BTreeMap<String, f64>, expected: &[(&str, f64)]) {
    for (class, expected) in expected {
        assert!((found[*class] - expected).abs() < 1e-12, "{class} is {}, not {expected}", found[*class]);
    }
}

fn codes(result: Result<Targets, Vec<Diagnostic>>) -> Vec<String> {
    let mut codes: Vec<String> = result.unwrap_err().iter().map(|diagnostic| diagnostic.code.to_string()).collect();
    codes.dedup();
    codes
}

fn with_horizon(profile: &str, years: &str) -> Policy {
    policy(&format!("{PROFILE_TREE}[strategy]\nprofile = \"{profile}\"\nhorizon_years = {years}\n"))
}

#[test]
fn an_aggressive_profile_with_a_long_horizon_holds_exactly_no_cash() {
    let policy = with_horizon("aggressive", "25");
    let targets = targets_of(&policy, None, None).unwrap();
    let weights = by_class(&policy, &targets);
    assert_weights(&weights, &[("US Equity", 0.51), ("International Equity", 0.29), ("Fixed Income", 0.07), ("Real Estate", 0.08)]);
    assert_eq!(weights["Cash"].to_bits(), 0.0_f64.to_bits());
}

#[test]
fn a_leg_without_funds_is_paid_by_the_other() {
    let profile = "[[profile]]\nname = \"tight\"\nweights = { \"US Equity\" = 0.60, \"International Equity\" = 0.28, \"Fixed Income\" = 0.10, \"Real Estate\" = 0.006, Commodities = 0.004, Cash = 0.01 }\n";
    let policy = policy(&format!("{PROFILE_TREE}{profile}[strategy]\nprofile = \"tight\"\nhorizon_years = 30\n"));
    let targets = targets_of(&policy, None, None).unwrap();
    let expected = [
        ("US Equity", 0.66),
        ("International Equity", 0.32),
        ("Fixed Income", 0.01),
        ("Real Estate", 0.006),
        ("Commodities", 0.004),
        ("Cash", 0.0),
    ];
    assert_weights(&by_class(&policy, &targets), &expected);
    let told = &targets.weights.reasons.iter().find(|reason| reason.step == "horizon").unwrap().sentence;
    assert!(told.contains("Cash lacks 1 points of its part") && told.contains("makes up for it"), "{told}");
}

#[test]
fn a_shift_that_nobody_can_pay_is_scaled_down_and_told() {
    let profile = "[[profile]]\nname = \"bold\"\nweights = { \"US Equity\" = 0.60, \"International Equity\" = 0.30, \"Fixed Income\" = 0.04, \"Real Estate\" = 0.04, Commodities = 0.01, Cash = 0.01 }\n";
    let policy = policy(&format!("{PROFILE_TREE}{profile}[strategy]\nprofile = \"bold\"\nhorizon_years = 30\n"));
    let targets = targets_of(&policy, None, None).unwrap();
    let expected = [
        ("US Equity", 0.63),
        ("International Equity", 0.32),
        ("Fixed Income", 0.0),
        ("Real Estate", 0.04),
        ("Commodities", 0.01),
        ("Cash", 0.0),
    ];
    assert_weights(&by_class(&policy, &targets), &expected);
    let told = &targets.weights.reasons.iter().find(|reason| reason.step == "horizon").unwrap().sentence;
    assert!(told.contains("Of the 10 points asked for only 5 points can be paid"), "{told}");
}

#[test]
fn the_shares_of_the_tree_multiply_down() {
    let tree = "\
[[target]]\nclass = \"Equity\"\nweight = 0.6\n\
[[target]]\nclass = \"Equity/US\"\nweight = 0.7\n\
[[target]]\nclass = \"Equity/US/Large\"\nweight = 0.8\ninstruments = [\"L\"]\n\
[[target]]\nclass = \"Equity/US/Small\"\nweight = 0.2\ninstruments = [\"S\"]\n\
[[target]]\nclass = \"Equity/World\"\nweight = 0.3\ninstruments = [\"W\"]\n\
[[target]]\nclass = \"Bonds\"\nweight = 0.4\ninstruments = [\"B\"]\n";
    let policy = policy(tree);
    let targets = targets_of(&policy, None, None).unwrap();
    let expected = [("Equity", 0.6), ("Equity/US", 0.42), ("Equity/US/Large", 0.336), ("Equity/US/Small", 0.084), ("Equity/World", 0.18)];
    assert_weights(&by_class(&policy, &targets), &expected);
}

#[test]
fn a_glide_path_is_as_its_table_on_the_day_and_linear_by_days_between() {
    let tree = "[[target]]\nclass = \"Equity\"\ninstruments = [\"E\"]\n[[target]]\nclass = \"Fixed Income\"\ninstruments = [\"F\"]\n";
    let policy = policy(&format!("{tree}[strategy.glide_path]\npreset = \"target_date\"\ntarget_date = 2045-06-30\n"));
    let sleeves = Sleeves::new(&policy.tree, &Universe::default());
    let equity = |as_of: &str| {
        let targets = target_weights(&policy, &sleeves, &household(&[]), None, None, day(as_of)).unwrap();
        by_class(&policy, &targets)["Equity"]
    };
    // 9,131 days from 2020-06-30, where equity is 90 %, to 2045-06-30, where it is 50 %.
    for (as_of, expected) in [("2010-01-01", 0.9), ("2020-06-30", 0.9), ("2045-06-30", 0.5), ("2060-01-01", 0.5)] {
        assert!((equity(as_of) - expected).abs() < 1e-12, "{as_of}");
    }
    assert!((equity("2032-12-30") - (0.9 - 0.4 * 4566.0 / 9131.0)).abs() < 1e-9);
}

#[test]
fn a_glide_path_by_age_goes_by_the_oldest_owner() {
    let tree = "[[target]]\nclass = \"Equity\"\ninstruments = [\"E\"]\n[[target]]\nclass = \"Fixed Income\"\ninstruments = [\"F\"]\n";
    let path = "[strategy.glide_path]\naxis = \"age\"\n[[strategy.glide_path.point]]\nyears = 40\nweights = { Equity = 0.9, \"Fixed Income\" = 0.1 }\n\
                [[strategy.glide_path.point]]\nyears = 60\nweights = { Equity = 0.5, \"Fixed Income\" = 0.5 }\n";
    let policy = policy(&format!("{tree}{path}"));
    let sleeves = Sleeves::new(&policy.tree, &Universe::default());
    let at = |births: &[&str], as_of: &str| target_weights(&policy, &sleeves, &household(births), None, None, day(as_of));
    let targets = at(&["1980-03-01", "1976-02-29"], "2016-02-29").unwrap();
    assert!((by_class(&policy, &targets)["Equity"] - 0.9).abs() < 1e-12);
    assert_eq!(codes(at(&[], "2016-02-29")), ["EK0406"]);
}

#[test]
fn the_overlay_of_the_scenario_asks_for_thirteen_points_and_gets_ten() {
    let policy = policy(&format!("{PROFILE_TREE}[strategy]\nprofile = \"moderate\"\n{OVERLAY}"));
    let targets = targets_of(&policy, None, Some(&scenario_signals())).unwrap();
    let overlay = targets.overlay.as_ref().unwrap();
    assert!((overlay.requested + 0.13).abs() < 1e-12 && (overlay.limited + 0.10).abs() < 1e-12 && (overlay.applied + 0.10).abs() < 1e-12);
    let expected = [
        ("US Equity", 0.28),
        ("International Equity", 0.12),
        ("Fixed Income", 0.37),
        ("Real Estate", 0.10),
        ("Commodities", 0.05),
        ("Cash", 0.08),
    ];
    assert_weights(&by_class(&policy, &targets), &expected);
    assert_eq!(
        overlay.sentences[0],
        "valuation at 38.89 % is above 20 % (-5 points), volatility at 55.56 % is above 50 % (-3 points), \
         recession at 35 % is above 30 % (-5 points): -13 points in all, limited to -10 points by the greatest deviation of 10 points."
    );
}

#[test]
fn a_threshold_is_strict() {
    let policy = policy(&format!("{PROFILE_TREE}[strategy]\nprofile = \"moderate\"\n{OVERLAY}"));
    // 21.6 ÷ 18 − 1 and 27 ÷ 18 − 1 are 0.2 and 0.5, give or take rounding.
    let at_the_edge = signals(&[("pe", 21.6), ("historical_pe", 18.0), ("vix", 27.0), ("historical_vix", 18.0), ("recession", 0.3)]);
    let targets = targets_of(&policy, None, Some(&at_the_edge)).unwrap();
    assert_eq!(targets.weights.sleeves, targets.strategic);
    assert!(targets.overlay.unwrap().rules.iter().all(|rule| !rule.fired));
}

#[test]
fn the_tracking_error_limit_scales_the_shift() {
    let limited = OVERLAY.replace("[overlay]\n", "[overlay]\ntracking_error_limit = 0.01\n");
    let policy = policy(&format!("{PROFILE_TREE}[strategy]\nprofile = \"moderate\"\n{limited}"));
    assert_eq!(codes(targets_of(&policy, None, Some(&scenario_signals()))), ["EK0416"]);
    let beliefs = assumptions(
        &[
            ("US Equity", 0.09, 0.17),
            ("International Equity", 0.08, 0.19),
            ("Fixed Income", 0.04, 0.06),
            ("Real Estate", 0.07, 0.15),
            ("Commodities", 0.05, 0.22),
        ],
        0.3,
    );
    let targets = targets_of(&policy, Some(&beliefs), Some(&scenario_signals())).unwrap();
    let overlay = targets.overlay.as_ref().unwrap();
    assert!((overlay.tracking_error.unwrap() - 0.01).abs() < 1e-9);
    assert!(overlay.applied > -0.10 && overlay.applied < -0.01);
    let weights = by_class(&policy, &targets);
    // The shift keeps its shape: 70 to 30 on each side.
    assert!(((0.35 - weights["US Equity"]) / (0.15 - weights["International Equity"]) - 7.0 / 3.0).abs() < 1e-6);
    assert!(((weights["Fixed Income"] - 0.30) / (weights["Cash"] - 0.05) - 7.0 / 3.0).abs() < 1e-6);
    assert!(overlay.sentences.last().unwrap().contains("over the limit of 1 %"));
}

#[test]
fn an_overlay_may_shift_a_class_below_the_top() {
    let tree = "\
[[target]]\nclass = \"Equity\"\nweight = 0.6\n\
[[target]]\nclass = \"Equity/US\"\nweight = 0.5\n\
[[target]]\nclass = \"Equity/US/Large\"\nweight = 0.8\ninstruments = [\"L\"]\n\
[[target]]\nclass = \"Equity/US/Small\"\nweight = 0.2\ninstruments = [\"S\"]\n\
[[target]]\nclass = \"Equity/World\"\nweight = 0.5\ninstruments = [\"W\"]\n\
[[target]]\nclass = \"Bonds\"\nweight = 0.4\ninstruments = [\"B\"]\n";
    let overlay = "[overlay]\nreview_by = 2026-12-31\nshifted = [\"Equity/US\"]\noffset = { Bonds = 1 }\n\
                   [[overlay.signal]]\nname = \"recession\"\nseries = \"recession\"\ntransform = \"level\"\n\
                   [[overlay.rule]]\nsignal = \"recession\"\nabove = 0.30\nshift = -0.05\n";
    let policy = policy(&format!("{tree}{overlay}"));
    let targets = targets_of(&policy, None, Some(&scenario_signals())).unwrap();
    let expected = [
        ("Equity", 0.55),
        ("Equity/US", 0.25),
        ("Equity/US/Large", 0.20),
        ("Equity/US/Small", 0.05),
        ("Equity/World", 0.3),
        ("Bonds", 0.45),
    ];
    assert_weights(&by_class(&policy, &targets), &expected);
}

#[test]
fn signals_that_are_absent_stale_or_undefined_are_errors_all_at_once() {
    let policy = policy(&format!("{PROFILE_TREE}[strategy]\nprofile = \"moderate\"\n{OVERLAY}"));
    assert_eq!(codes(targets_of(&policy, None, None)), ["EK0413"]);
    assert_eq!(targets_of(&policy, None, None).unwrap_err().len(), 3);
    let mut history = scenario_signals();
    history.series.insert("vix".to_owned(), vec![(day("2026-05-01"), 28.0)]);
    history.series.insert("historical_pe".to_owned(), vec![(day("2026-06-15"), 0.0)]);
    history.series.insert("recession".to_owned(), vec![(day("2026-07-01"), 0.35)]);
    let mut found: Vec<String> =
        targets_of(&policy, None, Some(&history)).unwrap_err().iter().map(|found| found.code.to_string()).collect();
    found.sort();
    assert_eq!(found, ["EK0413", "EK0414", "EK0415"]);
}

#[test]
fn an_overlay_is_refused_after_its_review_date() {
    let expired = OVERLAY.replace("2026-12-31", "2026-06-29");
    let policy = policy(&format!("{PROFILE_TREE}[strategy]\nprofile = \"moderate\"\n{expired}"));
    assert_eq!(codes(targets_of(&policy, None, Some(&scenario_signals()))), ["EK0411"]);
    let last_day = OVERLAY.replace("2026-12-31", "2026-06-30");
    let policy = self::policy(&format!("{PROFILE_TREE}[strategy]\nprofile = \"moderate\"\n{last_day}"));
    assert!(targets_of(&policy, None, Some(&scenario_signals())).is_ok());
}

#[test]
fn a_return_that_cannot_be_met_is_told() {
    let mix = "[[target]]\nclass = \"Stocks\"\nweight = 0.5\ninstruments = [\"S\"]\n[[target]]\nclass = \"Bonds\"\nweight = 0.5\ninstruments = [\"B\"]\n";
    let beliefs = assumptions(&[("Stocks", 0.08, 0.16), ("Bonds", 0.04, 0.05)], 0.1);
    for (required, met) in [("0.06", true), ("0.0601", false)] {
        let policy = policy(&format!("[objective]\nnominal_return = {required}\n{mix}"));
        let targets = targets_of(&policy, Some(&beliefs), None).unwrap();
        assert_eq!(targets.objective.met, Some(met));
        assert_eq!(targets.warnings.is_empty(), met);
    }
    let policy = policy(&format!("[objective]\nspending = 0.04\ninflation = 0.025\n{mix}"));
    let targets = targets_of(&policy, None, None).unwrap();
    assert_eq!((targets.objective.required, targets.objective.met), (Some(0.065), None));
    assert_eq!(targets.warnings[0].code.to_string(), "EK0422");
}

#[test]
fn a_class_that_the_tree_lacks_is_named() {
    let mut policy = with_horizon("moderate", "10");
    policy.tree.nodes.retain(|node| node.class.as_str() != "Commodities");
    let errors = targets_of(&policy, None, None).unwrap_err();
    assert!(errors[0].message.contains("Commodities has a target weight of 5 %"), "{}", errors[0]);
}

#[test]
fn profiles_stand_side_by_side() {
    let years: Rate = "25".parse().unwrap();
    let beliefs = assumptions(
        &[
            ("US Equity", 0.09, 0.17),
            ("International Equity", 0.08, 0.19),
            ("Fixed Income", 0.04, 0.06),
            ("Real Estate", 0.07, 0.15),
            ("Commodities", 0.05, 0.22),
            ("Cash", 0.02, 0.0),
        ],
        0.3,
    );
    let table = side_by_side(&preset::profiles(), Some(years), &evenkeel::policy::Objective::default(), Some(&beliefs)).unwrap();
    assert_eq!(table.classes, ["US Equity", "International Equity", "Fixed Income", "Real Estate", "Commodities", "Cash"]);
    let names: Vec<&str> = table.profiles.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["conservative", "moderate", "aggressive"]);
    assert_eq!(table.profiles[2].weights, [0.51, 0.29, 0.07, 0.08, 0.05, 0.0]);
    let moderate = table.profiles[1].objective.expected.unwrap();
    assert!((moderate - (0.41 * 0.09 + 0.19 * 0.08 + 0.22 * 0.04 + 0.10 * 0.07 + 0.05 * 0.05 + 0.03 * 0.02)).abs() < 1e-15);
    let volatility: Vec<f64> = table.profiles.iter().map(|column| column.volatility.unwrap()).collect();
    assert!(volatility.windows(2).all(|pair| pair[0] < pair[1]), "{volatility:?}");
}

#[test]
fn the_cases_of_every_profile_and_horizon_match() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/scenario_saa.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not here", path.display());
        return;
    };
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() > 30);
    for case in cases {
        let mut policy = with_horizon(case["inputs"]["risk_profile"].as_str().unwrap(), "10");
        let Strategy::Profile { horizon_years, .. } = &mut policy.strategy else { panic!("not a profile") };
        *horizon_years = Some(case["inputs"]["time_horizon"].to_string().parse().unwrap());
        let targets = targets_of(&policy, None, None).unwrap();
        let weights = by_class(&policy, &targets);
        for (class, expected) in case["expected"]["weights_exact_decimal"].as_object().unwrap() {
            let expected: f64 = expected.as_str().unwrap().parse().unwrap();
            assert_eq!(weights[class].to_bits(), expected.to_bits(), "{} {class}", case["inputs"]);
        }
    }
}
