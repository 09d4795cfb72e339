//! `pub_returns_irr_dietz_twr.json`.

use evenkeel_quant::performance::dietz::{Flow, modified_dietz};
use evenkeel_quant::performance::money_weighted::{DatedFlow, internal_rates};
use evenkeel_quant::performance::time_weighted::{Valuation, subperiod_returns, time_weighted_return, total_return};
use serde_json::Value;

use super::shared::{case, numbers};

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, not {expected}");
}

/// Days since the beginning of the era of a civil date, or of `year n` with years of 365 days.
fn day(text: &str) -> i32 {
    if let Some(year) = text.strip_prefix("year ") {
        return year.parse::<i32>().unwrap() * 365;
    }
    let parts: Vec<i32> = text.split('-').map(|part| part.parse().unwrap()).collect();
    let (year, month) = if parts[1] > 2 { (parts[0], parts[1] - 3) } else { (parts[0] - 1, parts[1] + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2] - 1
}

fn flows(inputs: &Value) -> Vec<DatedFlow> {
    let flow = |pair: &Value| DatedFlow { day: day(pair[0].as_str().unwrap()), amount: pair[1].as_f64().unwrap() };
    inputs.as_array().unwrap().iter().map(flow).collect()
}

#[test]
fn internal_rates_of_return() {
    let Some(case) = case("pub_returns_irr_dietz_twr") else { return };
    for each in case["xirr"].as_array().unwrap() {
        let name = each["name"].as_str().unwrap();
        let found = internal_rates(&flows(&each["inputs"])).unwrap();
        let expected = &each["expected"];
        let roots = expected.get("roots").map_or_else(|| vec![expected["exact"].as_f64().unwrap()], numbers);
        assert_eq!(found.all.len(), roots.len(), "{name}: {found:?}");
        for (rate, root) in found.all.iter().zip(&roots) {
            near(*rate, *root, 1e-12, name);
        }
        assert_eq!(found.meant.is_some(), !roots.is_empty(), "{name}");
    }
}

#[test]
fn modified_dietz_returns() {
    let Some(case) = case("pub_returns_irr_dietz_twr") else { return };
    for each in case["modified_dietz"].as_array().unwrap() {
        let (name, inputs, expected) = (each["name"].as_str().unwrap(), &each["inputs"], &each["expected"]);
        let number = |value: &Value| value.as_f64().unwrap();
        let flows: Vec<Flow> =
            inputs["flows"].as_array().unwrap().iter().map(|flow| Flow { time: number(&flow[0]), amount: number(&flow[1]) }).collect();
        let found = modified_dietz(number(&inputs["start"]), number(&inputs["end"]), &flows, number(&inputs["T"])).unwrap();
        near(found.average_capital, number(&expected["average_capital"]), 1e-9, name);
        near(found.ratio, number(&expected["modified_dietz"]), 1e-12, name);
        assert_eq!(found.is_return(), number(&expected["average_capital"]) > 0.0, "{name}");
        if let Some(rate) = expected.get("irr_per_year") {
            let dated = [(0, -number(&inputs["start"])), (365, -50.0), (730, number(&inputs["end"]))];
            let rates = internal_rates(&dated.map(|(day, amount)| DatedFlow { day, amount })).unwrap();
            near(rates.meant.unwrap(), number(rate), 1e-12, name);
        }
    }
}

#[test]
fn time_weighted_returns() {
    let Some(case) = case("pub_returns_irr_dietz_twr") else { return };
    for each in case["twr"].as_array().unwrap() {
        let values: Vec<f64> = each["inputs"]["valuations"].as_array().unwrap().iter().map(|pair| pair[1].as_f64().unwrap()).collect();
        // Start; then before and after each flow; then the end.
        let mut valuations = vec![Valuation { value: values[0], flow: 0.0 }];
        valuations.extend(values[1..values.len() - 1].chunks(2).map(|pair| Valuation { value: pair[0], flow: pair[1] - pair[0] }));
        valuations.push(Valuation { value: *values.last().unwrap(), flow: 0.0 });
        let found = subperiod_returns(&valuations).unwrap();
        for (found, expected) in found.iter().zip(numbers(&each["expected"]["subperiods"])) {
            near(*found, expected, 1e-12, "subperiod");
        }
        let expected = each["expected"]["twr"].as_f64().unwrap();
        near(time_weighted_return(&valuations).unwrap(), expected, 1e-12, "time-weighted");
        near(total_return(&found).unwrap(), expected, 1e-12, "linked");
    }
}
