//! Level by level.

use evenkeel_quant::attribution::brinson::{Interaction, Model, attribute};
use evenkeel_quant::attribution::error::AttributionError;
use evenkeel_quant::attribution::levels;
use evenkeel_quant::attribution::segment::Segment;
use proptest::prelude::*;

use super::laws::period;
use super::{near, segment};

const NONE: Segment = Segment { portfolio_weight: 0.0, benchmark_weight: 0.0, portfolio_return: f64::NAN, benchmark_return: f64::NAN };

/// Equity 60 % against 50 %, of which half is abroad on both sides; bonds the rest.
#[test]
fn two_levels_by_hand() {
    let parents = [None, Some(0), Some(0), None];
    let nodes = [NONE, segment(0.45, 0.25, 0.12, 0.10), segment(0.15, 0.25, 0.04, 0.06), segment(0.40, 0.50, 0.03, 0.02)];
    let told = levels::attribute(&parents, &nodes).unwrap();
    // The benchmark: equity 8 %, bonds 2 %, all 5 %.
    near(told.nodes[0].segment.benchmark_return, 0.08, 1e-15, "return of a class");
    near(told.nodes[0].allocation, 0.1 * (0.08 - 0.05), 1e-15, "equity over bonds");
    near(told.nodes[3].allocation, -0.1 * (0.02 - 0.05), 1e-15, "bonds under equity");
    // Within equity the benchmark has half and half: 30 % and 30 % of the whole at the portfolio's weight.
    near(told.nodes[1].allocation, (0.45 - 0.30) * (0.10 - 0.08), 1e-15, "home over abroad");
    near(told.nodes[2].allocation, (0.15 - 0.30) * (0.06 - 0.08), 1e-15, "abroad under home");
    near(told.nodes[1].selection, 0.45 * 0.02, 1e-15, "selection at home");
    near(told.nodes[0].selection, 0.0, 0.0, "a class selects nothing");
    near(told.totals.portfolio, 0.072, 1e-15, "portfolio");
}

#[test]
fn a_class_that_the_benchmark_has_not() {
    let parents = [None, Some(0), Some(0), None];
    let nodes = [NONE, segment(0.1, 0.0, 0.12, f64::NAN), segment(0.1, 0.0, 0.04, f64::NAN), segment(0.8, 1.0, 0.03, 0.02)];
    let told = levels::attribute(&parents, &nodes).unwrap();
    let total: f64 = told.nodes.iter().map(|node| node.allocation + node.selection).sum();
    near(total, told.totals.portfolio - told.totals.benchmark, 1e-15, "all");
    near(told.nodes[0].allocation, 0.2 * (0.08 - 0.02), 1e-15, "the class");
}

#[test]
fn trees_that_are_none() {
    let late = levels::attribute(&[Some(1), None], &[segment(0.5, 0.5, 0.0, 0.0); 2]);
    assert_eq!(late, Err(AttributionError::Tree { node: 0, parent: 1 }));
    assert!(matches!(levels::attribute(&[None], &[]), Err(AttributionError::Shape { .. })));
    assert_eq!(levels::attribute(&[], &[]), Err(AttributionError::Empty { what: "segments" }));
}

proptest! {
    #[test]
    fn all_levels_add_up(leaves in period(8), shape in prop::collection::vec(0..3_usize, 8)) {
        // Three classes, the second with two sub-classes; leaves hang on any of them.
        let mut parents = vec![None, None, None, Some(1), Some(1)];
        let homes = [0, 2, 3];
        let mut nodes = vec![NONE; 5];
        for (leaf, home) in leaves.iter().zip(&shape) {
            parents.push(Some(homes[*home]));
            nodes.push(*leaf);
        }
        // What no leaf hangs on is a leaf itself, without weight.
        let told = levels::attribute(&parents, &nodes).unwrap();
        let total: f64 = told.nodes.iter().map(|node| node.allocation + node.selection).sum();
        // A class whose weights cancel has no return; effects below it still add up.
        let cancels = told.nodes.iter().any(|node| {
            let weight = node.segment.benchmark_weight.abs().min(node.segment.portfolio_weight.abs());
            weight > 0.0 && weight < 1e-2
        });
        prop_assume!(!cancels);
        prop_assert!((total - (told.totals.portfolio - told.totals.benchmark)).abs() < 1e-11);
    }

    #[test]
    fn one_level_is_brinson_and_fachler(leaves in period(5)) {
        let told = levels::attribute(&[None; 5], &leaves).unwrap();
        let flat = attribute(&leaves, Model::BrinsonFachler, Interaction::InSelection).unwrap();
        for (node, effect) in told.nodes.iter().zip(&flat.effects) {
            prop_assert!((node.allocation - effect.allocation).abs() < 1e-14 && (node.selection - effect.selection).abs() < 1e-14);
        }
    }
}
