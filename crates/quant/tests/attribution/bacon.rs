//! `pub_attribution_bacon_2008.json`: tables 5.2 to 5.4 and 8.2 to 8.6.

use evenkeel_quant::attribution::brinson::{Effect, Interaction, Model, Period, attribute};
use evenkeel_quant::attribution::geometric;
use evenkeel_quant::attribution::history::{self, Method};
use evenkeel_quant::attribution::linking::{Linked, Linking, davies_laker, link};
use evenkeel_quant::attribution::segment::{Segment, Totals};
use serde_json::Value;

use super::shared::{case, numbers};
use super::{near, segment};

const EXACT: f64 = 1e-12;
const PRINTED: f64 = 1e-4;

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn quarters(case: &Value) -> Vec<Vec<Segment>> {
    let inputs = &case["inputs"];
    let [w, v, r, b] = ["portfolio_weights_by_quarter", "benchmark_weights_by_quarter", "portfolio_returns", "benchmark_returns"]
        .map(|key| rows(&inputs[key]));
    (0..w.len()).map(|t| (0..w[t].len()).map(|i| segment(w[t][i], v[t][i], r[t][i], b[t][i])).collect()).collect()
}

fn check(found: &[Effect], expected: &Value, tolerance: f64, what: &str) {
    type Part = fn(&Effect) -> f64;
    let parts: [(&str, Part); 3] = [("allocation", |e| e.allocation), ("selection", |e| e.selection), ("interaction", |e| e.interaction)];
    for (name, part) in parts {
        let Some(expected) = expected.get(name) else { continue };
        for (index, (effect, expected)) in found.iter().zip(numbers(expected)).enumerate() {
            near(part(effect), expected, tolerance, &format!("{what}, {name} {index}"));
        }
    }
}

fn top_down(quarters: &[Vec<Segment>]) -> Vec<Period> {
    quarters.iter().map(|quarter| attribute(quarter, Model::BrinsonFachler, Interaction::InSelection).unwrap()).collect()
}

#[test]
fn single_periods() {
    let Some(case) = case("pub_attribution_bacon_2008") else { return };
    let forms = [
        ("bhb", Model::BrinsonHoodBeebower, Interaction::Separate),
        ("bf", Model::BrinsonFachler, Interaction::Separate),
        ("bf_top_down", Model::BrinsonFachler, Interaction::InSelection),
        ("bf_bottom_up", Model::BrinsonFachler, Interaction::InAllocation),
    ];
    let quarters = quarters(&case);
    let expected = &case["expected_recomputed"];
    for (index, quarter) in quarters.iter().enumerate() {
        for (name, model, interaction) in forms {
            let found = attribute(quarter, model, interaction).unwrap();
            check(&found.effects, &expected["single_period"][index][name], EXACT, name);
            near(found.totals.portfolio, expected["portfolio_return_by_quarter"][index].as_f64().unwrap(), EXACT, "portfolio");
            near(found.totals.benchmark, expected["benchmark_return_by_quarter"][index].as_f64().unwrap(), EXACT, "benchmark");
        }
    }
    let printed = &case["published_rounded"];
    let first = |model, interaction| attribute(&quarters[0], model, interaction).unwrap().effects;
    check(&first(Model::BrinsonHoodBeebower, Interaction::Separate), &printed["table_5_2_bhb_q1"], PRINTED, "table 5.2");
    check(&first(Model::BrinsonFachler, Interaction::Separate), &printed["table_5_3_bf_q1"], PRINTED, "table 5.3");
    check(&first(Model::BrinsonFachler, Interaction::InSelection), &printed["table_5_4_top_down_q1"], PRINTED, "table 5.4");
}

#[test]
fn linked_quarters() {
    let Some(case) = case("pub_attribution_bacon_2008") else { return };
    let quarters = quarters(&case);
    let periods = top_down(&quarters);
    let linkings = [
        ("carino", "table_8_2_carino", Linking::Carino),
        ("menchero", "table_8_3_menchero", Linking::Menchero),
        ("grap", "table_8_4_grap", Linking::Grap),
        ("frongello", "table_8_5_frongello", Linking::Frongello),
    ];
    let expected = &case["expected_recomputed"];
    let excess = expected["arithmetic_excess"].as_f64().unwrap();
    let flat: Vec<Segment> = quarters.iter().flatten().copied().collect();
    for (name, table, linking) in linkings {
        let of_method = &expected["linking_on_bf_top_down"][name];
        let linked = link(&periods, linking).unwrap();
        for (t, row) in linked.iter().enumerate() {
            let key = |part: &str| of_method[format!("{part}_per_period")][t].clone();
            let by_period = serde_json::json!({"allocation": key("allocation"), "selection": key("selection")});
            check(row, &by_period, EXACT, &format!("{name}, quarter {t}"));
        }
        let sums: Vec<Effect> = (0..3).map(|i| linked.iter().map(|row| row[i]).sum()).collect();
        check(&sums, of_method, EXACT, name);
        check(&sums, &case["published_rounded"][table], PRINTED, table);
        let total: Effect = sums.iter().copied().sum();
        near(total.total(), excess, EXACT, "linked excess");
        near(total.allocation, of_method["allocation_total"].as_f64().unwrap(), EXACT, "linked allocation");
        if let Some(coefficients) = of_method.get("coefficient_per_period") {
            let totals: Vec<Totals> = periods.iter().map(|period| period.totals).collect();
            for (found, expected) in Linked::new(linking, &totals).unwrap().coefficients.iter().zip(numbers(coefficients)) {
                near(*found, expected, EXACT, "coefficient");
            }
        }
        // The long way round is the same.
        let method = Method { model: Model::BrinsonFachler, interaction: Interaction::InSelection, linking };
        let at_once = history::attribute(&flat, 3, &method).unwrap();
        assert!(at_once.segments.iter().zip(&sums).all(|(a, b)| (a.total() - b.total()).abs() < 1e-16), "{name}");
        near(at_once.totals.portfolio, expected["portfolio_return_total"].as_f64().unwrap(), EXACT, "portfolio");
        near(at_once.totals.benchmark, expected["benchmark_return_total"].as_f64().unwrap(), EXACT, "benchmark");
    }
}

#[test]
fn geometric_quarters() {
    let Some(case) = case("pub_attribution_bacon_2008") else { return };
    let expected = &case["expected_recomputed"]["geometric"];
    let quarters: Vec<_> = quarters(&case).iter().map(|quarter| geometric::attribute(quarter).unwrap()).collect();
    for (t, quarter) in quarters.iter().enumerate() {
        near(quarter.semi_notional, expected["semi_notional_return"][t].as_f64().unwrap(), EXACT, "semi-notional");
        for (key, found) in [("allocation_by_quarter", &quarter.allocation), ("selection_by_quarter", &quarter.selection)] {
            for (found, expected) in found.iter().zip(numbers(&expected[key][t])) {
                near(*found, expected, EXACT, key);
            }
        }
        let (allocation, selection) = quarter.effects();
        near(allocation, expected["allocation_total_by_quarter"][t].as_f64().unwrap(), EXACT, "allocation");
        near(selection, expected["selection_total_by_quarter"][t].as_f64().unwrap(), EXACT, "selection");
    }
    let linked = geometric::link(&quarters).unwrap();
    near(linked.allocation, expected["allocation_linked"].as_f64().unwrap(), EXACT, "linked allocation");
    near(linked.selection, expected["selection_linked"].as_f64().unwrap(), EXACT, "linked selection");
    near(linked.excess, case["expected_recomputed"]["geometric_excess"].as_f64().unwrap(), EXACT, "geometric excess");
    near((1.0 + linked.allocation) * (1.0 + linked.selection) - 1.0, linked.excess, EXACT, "both compound to it");
    near(linked.allocation_by_segment.iter().sum(), linked.allocation, EXACT, "allocation by segment");
    near(linked.selection_by_segment.iter().sum(), linked.selection, EXACT, "selection by segment");
    let printed = &case["published_rounded"]["table_8_6_geometric"];
    near(linked.allocation, printed["allocation_total"].as_f64().unwrap(), PRINTED, "table 8.6, allocation");
    near(linked.selection, printed["selection_total"].as_f64().unwrap(), PRINTED, "table 8.6, selection");
}

/// The order of quarters matters to GRAP and Frongello, and not to Cariño and Menchero.
#[test]
fn order_of_periods() {
    let Some(case) = case("pub_attribution_bacon_2008") else { return };
    let mut quarters = quarters(&case);
    let totals = |quarters: &[Vec<Segment>], linking| link(&top_down(quarters), linking).unwrap().iter().flatten().copied().sum::<Effect>();
    let forward = [Linking::Carino, Linking::Menchero, Linking::Grap, Linking::Frongello].map(|linking| totals(&quarters, linking));
    quarters.reverse();
    let backward = [Linking::Carino, Linking::Menchero, Linking::Grap, Linking::Frongello].map(|linking| totals(&quarters, linking));
    for method in 0..4 {
        let apart = (forward[method].allocation - backward[method].allocation).abs();
        assert!(if method < 2 { apart < EXACT } else { apart > 1e-4 }, "{method}: {apart}");
    }
}

/// Davies and Laker by hand: notional funds of the four quarters.
#[test]
fn notional_funds() {
    let Some(case) = case("pub_attribution_bacon_2008") else { return };
    let quarters = quarters(&case);
    let periods: Vec<(Totals, Effect)> = quarters
        .iter()
        .map(|quarter| attribute(quarter, Model::BrinsonFachler, Interaction::Separate).unwrap())
        .map(|period| (period.totals, period.effects.iter().copied().sum()))
        .collect();
    let found = davies_laker(&periods);
    let grown =
        |earned: &dyn Fn(&Segment) -> f64| quarters.iter().map(|quarter| 1.0 + quarter.iter().map(earned).sum::<f64>()).product::<f64>();
    let benchmark = grown(&|s| s.benchmark_weight * s.benchmark_return);
    near(found.allocation, grown(&|s| s.portfolio_weight * s.benchmark_return) - benchmark, EXACT, "semi-notional");
    near(found.selection, grown(&|s| s.benchmark_weight * s.portfolio_return) - benchmark, EXACT, "selection notional");
    near(found.total(), case["expected_recomputed"]["arithmetic_excess"].as_f64().unwrap(), EXACT, "all");
}
