//! The search against every combination.

use evenkeel_quant::optimize::lots::branch::{Budget, Ended, Rounding, Searched, search};
use evenkeel_quant::optimize::lots::check::LotsError;
use evenkeel_quant::optimize::lots::program::{Choices, Exclusion, Program, Sizes, Surface};

use super::small::{best_of_all, decided, small};

struct Own<'a>(&'a Program, &'a Choices);

impl Rounding for Own<'_> {
    fn round(&mut self, pieces: &[f64]) -> Option<f64> {
        decided(self.0, self.1, pieces)
    }
}

fn searched(program: &Program, choices: &Choices, work: f64) -> Searched {
    search(program, choices, &mut Own(program, choices), Budget { work, tolerance: 1e-8 }).unwrap()
}

#[test]
fn the_search_finds_the_best_of_all_combinations() {
    let (mut complaints, mut nodes, mut branched) = (Vec::new(), 0, 0);
    for seed in 0..300 {
        let (program, choices) = small(seed);
        let best = best_of_all(&program, &choices);
        let found = searched(&program, &choices, 3e7);
        nodes += found.nodes;
        branched += usize::from(found.nodes > 1);
        let proven = found.ended == Ended::Proven && found.bound <= best + 1e-9 && found.bound >= best - 3e-8;
        let reached = found.best.is_some_and(|value| (value - best).abs() <= 3e-8) || best.is_infinite();
        if !proven || !reached {
            complaints.push(format!("seed {seed}: best {best:e}, found {:?}, bound {:e}, {} nodes", found.best, found.bound, found.nodes));
        }
    }
    println!("{nodes} nodes, {branched} searches branched");
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
    assert!(branched > 150);
}

#[test]
fn the_bound_holds_wherever_the_search_stops() {
    for seed in 0..60 {
        let (program, choices) = small(seed);
        let best = best_of_all(&program, &choices);
        let whole = searched(&program, &choices, 1e7);
        let mut last = f64::NEG_INFINITY;
        for part in 0..8 {
            let found = searched(&program, &choices, whole.work * f64::from(part) / 8.0);
            assert!(found.bound <= best + 1e-9, "seed {seed}: {} above {best}", found.bound);
            assert!(found.bound >= last - 1e-9, "seed {seed}: more work, and a lower bound");
            assert!(found.best.is_none_or(|value| value >= best - 1e-8), "seed {seed}");
            last = found.bound;
        }
    }
}

#[test]
fn a_search_is_the_same_on_every_run() {
    for seed in 0..20 {
        let (program, choices) = small(seed);
        assert_eq!(searched(&program, &choices, 1e6), searched(&program, &choices, 1e6));
    }
}

#[test]
fn choices_that_name_nothing_are_refused_with_their_place() {
    let refused = |change: &dyn Fn(&mut Choices)| {
        let (program, mut choices) = small(0);
        change(&mut choices);
        search(&program, &choices, &mut Own(&program, &choices), Budget { work: 1e6, tolerance: 1e-8 }).unwrap_err()
    };
    let sizes = Sizes { trade: 0, fee: 0.0, least: 0.0, step: 0.0 };
    assert!(matches!(refused(&|choices| choices.sizes.push(Sizes { trade: 99, ..sizes })), LotsError::Missing { index: 99, .. }));
    assert!(matches!(refused(&|choices| choices.sizes.push(Sizes { fee: -1.0, ..sizes })), LotsError::Below { .. }));
    assert!(matches!(refused(&|choices| choices.sizes.push(Sizes { step: f64::NAN, ..sizes })), LotsError::NotFinite { .. }));
    assert!(matches!(refused(&|choices| choices.orders.push(vec![99])), LotsError::Missing { owner: "order", .. }));
    let exclusion = Exclusion { one: vec![0], other: vec![99] };
    assert!(matches!(refused(&|choices| choices.exclusions.push(exclusion.clone())), LotsError::Missing { index: 99, .. }));
    let surface = Surface { pieces: 0..2, corners: vec![[0.0; 2]], lines: Vec::new() };
    assert!(matches!(refused(&|choices| choices.surfaces.push(surface.clone())), LotsError::Missing { owner: "surface", .. }));
}
