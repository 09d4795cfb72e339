//! What must always hold.

use evenkeel_quant::attribution::brinson::{Effect, Interaction, Model, attribute};
use evenkeel_quant::attribution::contribution::contributions;
use evenkeel_quant::attribution::factors;
use evenkeel_quant::attribution::geometric;
use evenkeel_quant::attribution::history::{self, Method};
use evenkeel_quant::attribution::linking::{Linked, Linking};
use evenkeel_quant::attribution::segment::{Segment, Totals};
use proptest::prelude::*;

use super::segment;

pub(super) const LINKINGS: [Linking; 4] = [Linking::Carino, Linking::Menchero, Linking::Grap, Linking::Frongello];
const MODELS: [Model; 2] = [Model::BrinsonHoodBeebower, Model::BrinsonFachler];
const INTERACTIONS: [Interaction; 3] = [Interaction::Separate, Interaction::InSelection, Interaction::InAllocation];

/// Weights that add up to 1; some are 0, and one may be below 0.
fn weights(parts: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![4 => -0.1..1.0_f64, 1 => Just(0.0)], parts).prop_filter_map("a sum", |raw| {
        let sum: f64 = raw.iter().sum();
        (sum > 0.2).then(|| raw.iter().map(|weight| weight / sum).collect::<Vec<f64>>())
    })
}

pub(super) fn period(parts: usize) -> impl Strategy<Value = Vec<Segment>> {
    let returns = || prop::collection::vec(-0.15..0.15_f64, parts);
    (weights(parts), weights(parts), returns(), returns())
        .prop_map(|(w, v, r, b)| (0..w.len()).map(|i| segment(w[i], v[i], r[i], b[i])).collect())
}

fn history() -> impl Strategy<Value = Vec<Vec<Segment>>> {
    (1..5_usize).prop_flat_map(|parts| prop::collection::vec(period(parts), 1..25))
}

fn methods() -> impl Iterator<Item = Method> {
    let pairs = MODELS.into_iter().flat_map(|model| INTERACTIONS.map(|interaction| (model, interaction)));
    pairs.flat_map(|(model, interaction)| LINKINGS.map(|linking| Method { model, interaction, linking }))
}

proptest! {
    #[test]
    fn effects_of_a_period_add_up(period in period(6)) {
        for (model, interaction) in MODELS.into_iter().flat_map(|model| INTERACTIONS.map(|interaction| (model, interaction))) {
            let told = attribute(&period, model, interaction).unwrap();
            let sum: Effect = told.effects.iter().copied().sum();
            prop_assert!((sum.total() - (told.totals.portfolio - told.totals.benchmark)).abs() < 1e-14);
        }
    }

    #[test]
    fn linked_effects_add_up_to_the_compounded_excess(history in history()) {
        let (parts, flat) = (history[0].len(), history.concat());
        for method in methods() {
            let told = history::attribute(&flat, parts, &method).unwrap();
            let excess = told.totals.portfolio - told.totals.benchmark;
            prop_assert!((told.effect().total() - excess).abs() < 1e-12, "{method:?}: {} and {excess}", told.effect().total());
            let by_period: Effect = told.periods.iter().map(|(_, effect)| *effect).sum();
            prop_assert!((by_period.total() - excess).abs() < 1e-12, "{method:?} by period");
        }
    }

    #[test]
    fn effects_of_nothing_are_nothing(history in history()) {
        let (parts, flat) = (history[0].len(), history.concat());
        let alike: Vec<Segment> = flat
            .iter()
            .map(|s| segment(s.benchmark_weight, s.benchmark_weight, s.benchmark_return, s.benchmark_return))
            .collect();
        for method in methods() {
            let told = history::attribute(&alike, parts, &method).unwrap();
            prop_assert!(told.segments.iter().all(|effect| effect.total() == 0.0 && effect.allocation == 0.0));
        }
        let geometric: Vec<_> = alike.chunks(parts).map(|period| geometric::attribute(period).unwrap()).collect();
        prop_assert_eq!(geometric::link(&geometric).unwrap().excess, 0.0);
    }

    #[test]
    fn the_order_of_segments_changes_nothing(history in history()) {
        let (parts, flat) = (history[0].len(), history.concat());
        let turned: Vec<Segment> = history.iter().flat_map(|period| period.iter().rev().copied()).collect();
        for method in methods() {
            let (one, other) = (history::attribute(&flat, parts, &method).unwrap(), history::attribute(&turned, parts, &method).unwrap());
            for (a, b) in one.segments.iter().zip(other.segments.iter().rev()) {
                prop_assert!((a.total() - b.total()).abs() < 1e-12 && (a.allocation - b.allocation).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn one_period_needs_no_linking(period in period(4)) {
        for method in methods() {
            let told = history::attribute(&period, 4, &method).unwrap();
            let alone = attribute(&period, method.model, method.interaction).unwrap();
            prop_assert!(told.segments.iter().zip(&alone.effects).all(|(a, b)| (a.total() - b.total()).abs() < 1e-14));
        }
    }

    #[test]
    fn geometric_effects_compound(history in history()) {
        let periods: Vec<_> = history.iter().map(|period| geometric::attribute(period).unwrap()).collect();
        let linked = geometric::link(&periods).unwrap();
        prop_assert!(((1.0 + linked.allocation) * (1.0 + linked.selection) - 1.0 - linked.excess).abs() < 1e-12);
        prop_assert!((linked.allocation_by_segment.iter().sum::<f64>() - linked.allocation).abs() < 1e-12);
        prop_assert!((linked.selection_by_segment.iter().sum::<f64>() - linked.selection).abs() < 1e-12);
    }

    #[test]
    fn contributions_add_up_to_the_return(history in history()) {
        let parts = history[0].len();
        let flat: Vec<f64> = history.iter().flatten().map(|s| s.portfolio_weight * s.portfolio_return).collect();
        let linked = contributions(&flat, parts).unwrap();
        let grown: f64 = flat.chunks(parts).map(|row| 1.0 + row.iter().sum::<f64>()).product();
        prop_assert!((linked.total - (grown - 1.0)).abs() < 1e-12);
        prop_assert!((linked.parts.iter().sum::<f64>() - linked.total).abs() < 1e-12);
    }

    /// Exposures to segments as factors: what is specific is nothing.
    #[test]
    fn factors_and_what_they_leave_add_up(history in history()) {
        let parts = history[0].len();
        let exposures: Vec<f64> = history.iter().flatten().map(Segment::active_weight).collect();
        let returns: Vec<f64> = history.iter().flatten().map(|s| s.benchmark_return).collect();
        let totals: Vec<Totals> = history
            .iter()
            .map(|period| attribute(period, Model::BrinsonFachler, Interaction::Separate).unwrap().totals)
            .collect();
        for linking in LINKINGS {
            let told = factors::attribute(&exposures, &returns, parts, &totals, linking).unwrap();
            let sum = told.factors.iter().sum::<f64>() + told.specific;
            prop_assert!((sum - (told.totals.portfolio - told.totals.benchmark)).abs() < 1e-12);
        }
    }

    /// Coefficients go to their limits without losing digits where excess returns are tiny.
    #[test]
    fn tiny_excess_returns_are_linked_as_well(base in prop::collection::vec(-0.1..0.1_f64, 1..40), scale in -16..-6_i32) {
        let tiny = 10.0_f64.powi(scale);
        let apart = |t: usize| if t.is_multiple_of(3) { tiny } else { -0.4 * tiny };
        let totals: Vec<Totals> =
            base.iter().enumerate().map(|(t, b)| Totals { portfolio: b + apart(t), benchmark: *b }).collect();
        for linking in [Linking::Carino, Linking::Menchero] {
            let linked = Linked::new(linking, &totals).unwrap();

            let all: f64 = base.iter().map(|b| 1.0 + b).product();
            for (t, coefficient) in linked.coefficients.iter().enumerate() {
                prop_assert!(coefficient.is_finite());
                if linking == Linking::Carino {
                    prop_assert!((coefficient - all / (1.0 + base[t])).abs() < 1e-4 * coefficient, "{coefficient}");
                }
            }
        }
    }
}
