//! What cannot be attributed says so.

use evenkeel_quant::attribution::brinson::{Interaction, Model, attribute};
use evenkeel_quant::attribution::contribution::contributions;
use evenkeel_quant::attribution::error::AttributionError;
use evenkeel_quant::attribution::geometric;
use evenkeel_quant::attribution::history::{self, Method};
use evenkeel_quant::attribution::linking::{Linked, Linking};
use evenkeel_quant::attribution::segment::Totals;

use super::{near, segment};

#[test]
fn weights_that_are_not_whole() {
    let told = attribute(&[segment(0.5, 1.0, 0.1, 0.1)], Model::BrinsonFachler, Interaction::Separate).unwrap_err();
    assert_eq!(told, AttributionError::Weights { period: 0, side: "portfolio", total: 0.5 });
    assert_eq!(
        told.to_string(),
        "period 0: the portfolio weights add up to 0.5, not to 1; give what is missing a segment of its own, such as cash"
    );
    let second = history::attribute(&[segment(1.0, 1.0, 0.0, 0.0), segment(1.0, 0.9, 0.0, 0.0)], 1, &Method::USUAL);
    assert_eq!(second, Err(AttributionError::Weights { period: 1, side: "benchmark", total: 0.9 }));
}

#[test]
fn returns_that_are_missing() {
    let missing = attribute(&[segment(1.0, 1.0, f64::NAN, 0.1)], Model::BrinsonFachler, Interaction::Separate);
    assert!(matches!(missing, Err(AttributionError::NotFinite { segment: 0, what: "portfolio return", .. })));
    let infinite =
        attribute(&[segment(0.0, 0.0, f64::INFINITY, 0.0), segment(1.0, 1.0, 0.0, 0.0)], Model::BrinsonFachler, Interaction::Separate);
    assert!(matches!(infinite, Err(AttributionError::NotFinite { segment: 0, what: "portfolio return", .. })));
    // Not held by the portfolio, and not in the benchmark: no selection, and all adds up.
    let period = [segment(0.0, 0.4, f64::NAN, 0.2), segment(0.3, 0.0, 0.1, f64::NAN), segment(0.7, 0.6, 0.05, 0.05)];
    let told = attribute(&period, Model::BrinsonFachler, Interaction::Separate).unwrap();
    near(told.effects[0].selection + told.effects[0].interaction, 0.0, 0.0, "what is not held");
    near(told.effects[1].allocation, 0.3 * (0.1 - 0.11), 1e-15, "what the benchmark has not");
    let total: f64 = told.effects.iter().map(evenkeel_quant::attribution::brinson::Effect::total).sum();
    near(total, told.totals.portfolio - told.totals.benchmark, 1e-15, "all");
}

#[test]
fn shapes() {
    assert_eq!(attribute(&[], Model::BrinsonFachler, Interaction::Separate), Err(AttributionError::Empty { what: "segments" }));
    assert_eq!(history::attribute(&[], 2, &Method::USUAL), Err(AttributionError::Empty { what: "periods" }));
    let three = [segment(0.5, 0.5, 0.0, 0.0); 3];
    assert_eq!(
        history::attribute(&three, 2, &Method::USUAL),
        Err(AttributionError::Shape { what: "segments of the last period", found: 1, needed: 2 })
    );
    assert_eq!(history::attribute(&three, 0, &Method::USUAL), Err(AttributionError::Empty { what: "segments" }));
    assert!(contributions(&[0.1, 0.2, 0.3], 2).is_err() && contributions(&[0.1], 0).is_err() && contributions(&[f64::NAN], 1).is_err());
    assert_eq!(geometric::link(&[]), Err(AttributionError::Empty { what: "periods" }));
}

#[test]
fn total_losses() {
    let lost = Totals { portfolio: -1.0, benchmark: 0.1 };
    let told = Linked::new(Linking::Carino, &[Totals { portfolio: 0.1, benchmark: 0.1 }, lost]).unwrap_err();
    assert_eq!(told, AttributionError::TotalLoss { period: 1, side: "portfolio", value: -1.0 });
    assert!(contributions(&[0.1, -1.0], 1).is_err());
    // Of one period a total loss is an effect like any other.
    let alone = attribute(&[segment(1.0, 1.0, -1.0, 0.1)], Model::BrinsonFachler, Interaction::Separate).unwrap();
    near(alone.effects[0].selection, -1.1, 1e-15, "all is lost");
}
