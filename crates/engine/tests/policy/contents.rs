//! What is read is what the file says, exactly.

use evenkeel::policy::{
    Bound, Destination, GlideAxis, LotChoice, Measure, OverlayBound, ScoreTilt, SignalTransform, Strategy, Trigger, preset,
};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Rate};
use evenkeel_ledger::select::LotMethod;

use crate::{GLIDE, PROFILE, TARGET_DATE, TREE, policy};

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn class(text: &str) -> ClassPath {
    ClassPath::new(text).unwrap()
}

#[test]
fn the_tree_is_in_depth_first_order_with_models_in_place() {
    let tree = policy(TREE).tree;
    let nodes: Vec<(&str, Option<usize>, Option<Rate>)> =
        tree.nodes.iter().map(|node| (node.class.as_str(), node.parent.map(|parent| parent.0), node.weight)).collect();
    let expected = [
        ("Equity", None, Some(rate("0.6"))),
        ("Equity/US", Some(0), Some(rate("0.7"))),
        ("Equity/World", Some(0), Some(rate("0.3"))),
        ("Equity/World/Europe", Some(2), Some(rate("1"))),
        ("Bonds", None, Some(rate("0.35"))),
        ("Cash", None, Some(rate("0.05"))),
    ];
    assert_eq!(nodes, expected);
    assert_eq!(tree.nodes[4].instruments, ["BND", "AGG"]);
    let bands: Vec<(Option<f64>, Option<f64>)> = tree.nodes.iter().map(|node| (node.band.absolute, node.band.relative)).collect();
    let (default, equity, us) = ((Some(0.05), Some(0.25)), (Some(0.04), Some(0.2)), (Some(0.03), Some(0.1)));
    assert_eq!(bands, [equity, us, equity, equity, default, default], "own, else inherited, else the default");
}

#[test]
fn every_section_is_read() {
    let policy = policy(TREE);
    assert_eq!((policy.base_currency, policy.calendar.name(), policy.benchmark.as_deref()), (Currency::EUR, "weekdays", Some("index")));
    assert_eq!(policy.objective.required_return(), Some(0.04 + 0.025));
    assert_eq!(policy.triggers.len(), 9);
    assert_eq!(policy.triggers[0], Trigger::Calendar { schedule: "year_end".parse().unwrap() });
    assert_eq!(policy.triggers[8], Trigger::NoTradeRegion { class: class("Equity"), risk_aversion: 3.0 });
    assert_eq!(policy.rebalance.destination, Destination::InnerBand { distance: 0.01 });
    assert_eq!(policy.rebalance.lot_method, LotChoice::By(LotMethod::Lofo));
    assert_eq!(policy.rebalance.min_trade.to_string(), "250.50 EUR");
    assert_eq!(policy.costs.fixed_per_trade.to_string(), "9.95 EUR");
    assert_eq!(policy.costs.proportional, rate("0.0005"));
    let costs: Vec<(&str, Vec<(&str, f64)>)> = policy
        .location
        .costs
        .iter()
        .map(|costs| (costs.accounts.name(), costs.classes.iter().map(|(class, cost)| (class.as_str(), *cost)).collect()))
        .collect();
    assert_eq!(costs, [("taxable", vec![("Bonds", 0.012), ("Equity/US", 0.003)]), ("ira", vec![("Equity", -0.001)])]);
    assert!(policy.places.accounts.keys().eq(["ira", "taxable"]));
    let [index] = &policy.indices[..] else { panic!("{:?}", policy.indices) };
    assert_eq!((&index.class, index.benchmark.as_str(), index.max_tracking_error), (&class("Equity/US"), "index", Some(0.02)));
    assert_eq!((index.exclude.len(), index.exclude[0].attributes.len(), index.exclude[0].liquidity_tier_at_most), (1, 6, Some(3)));
    assert_eq!(index.tilt, Some(ScoreTilt { score: "esg".to_owned(), strength: 0.5 }));
    assert_eq!(index.location.as_ref().map(|at| at.text.as_str()), Some("[[index]]"));
    let flow = &policy.cash.flows[0];
    assert_eq!((flow.date, flow.amount.to_string()), (Date::new(2026, 6, 30).unwrap(), "-2500.75 EUR".to_owned()));
    let limits: Vec<(&str, Bound, f64, bool)> = policy.limits.iter().map(|l| (l.name.as_str(), l.bound, l.value, l.hard)).collect();
    let expected = [
        ("liquid", Bound::AtMost, 0.9, false),
        ("liquid", Bound::AtLeast, 0.2, false),
        ("of many kinds", Bound::AtMost, 1e6, true),
        ("score", Bound::AtLeast, 6.5, true),
        ("no tobacco", Bound::AtMost, 0.0, true),
    ];
    assert_eq!(limits, expected);
    assert_eq!(policy.limits[3].measure, Measure::Score("esg".to_owned()));
    assert_eq!(policy.limits[2].selector.attributes.len(), 6);
    assert_eq!(policy.limits[0].location.as_ref().map(|at| at.text.as_str()), Some("at_most = 0.9"));
    let overlay = policy.overlay.unwrap();
    assert_eq!(overlay.offset, [(class("Bonds"), rate("0.7")), (class("Cash"), rate("0.3"))]);
    assert_eq!(overlay.signals[1].transform, SignalTransform::Momentum { days: 250 });
    assert_eq!(overlay.rules[1].bound, OverlayBound::Below(-0.1));
    let shocks: Vec<f64> = policy.stress[1].shocks.iter().map(|(_, shock)| *shock).collect();
    assert_eq!((policy.stress[1].name.as_str(), shocks), ("Inflation", vec![-0.15, -0.10, 0.05]));
}

#[test]
fn a_profile_gives_the_top_classes() {
    let policy = policy(PROFILE);
    let classes: Vec<&str> = policy.tree.nodes.iter().map(|node| node.class.as_str()).collect();
    assert_eq!(classes, ["US Equity", "International Equity", "Fixed Income", "Real Estate", "Commodities", "Cash"]);
    assert!(policy.tree.nodes.iter().all(|node| node.weight.is_none() && node.band.absolute == Some(0.05)));
    let Strategy::Profile { profile, horizon_years } = policy.strategy else { panic!("not a profile") };
    assert_eq!((profile.weights[0].1, horizon_years), (rate("0.35"), Some(rate("25"))));
}

#[test]
fn a_glide_path_gives_the_top_classes() {
    let own = policy(GLIDE);
    let Strategy::GlidePath(path) = own.strategy else { panic!("not a glide path") };
    assert_eq!(path.axis, GlideAxis::YearsFrom(Date::new(2045, 6, 30).unwrap()));
    assert_eq!((path.points[0].years, path.points[1].years), (rate("-25"), rate("0.5")));
    let Strategy::GlidePath(preset_path) = policy(TARGET_DATE).strategy else { panic!("not a glide path") };
    assert_eq!(preset_path.points, preset::target_date());
}

#[test]
fn left_out_means_the_default() {
    let least =
        policy("schema_version = 1\nname = \"n\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.05\n[strategy]\nprofile = \"aggressive\"");
    assert_eq!(least.triggers, [Trigger::Threshold]);
    assert_eq!(least.rebalance.min_trade.to_string(), "1000.00 USD");
    assert_eq!(least.costs.proportional, rate("0.001"));
    assert_eq!((least.rebalance.destination, least.rebalance.whole_lots), (Destination::Target, true));
    assert!(least.limits.is_empty() && least.overlay.is_none() && least.stress.is_empty() && least.cash.flows.is_empty());
}

#[test]
fn round_numbers_are_exact() {
    // Ten tenths sum to exactly 1, which in floats they do not.
    let targets: String = (0..10).map(|index| format!("[[target]]\nclass = \"C{index}\"\nweight = 0.1\n")).collect();
    let text = format!("schema_version = 1\nname = \"n\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.05\n{targets}");
    assert!(policy(&text).tree.nodes.iter().all(|node| node.weight == Some(rate("0.1"))));
    // Three thirds of nine digits lack the last digit, which is allowed.
    let thirds: String = (0..3).map(|index| format!("[[target]]\nclass = \"C{index}\"\nweight = 0.333333333\n")).collect();
    policy(&format!("schema_version = 1\nname = \"n\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.05\n{thirds}"));
}
