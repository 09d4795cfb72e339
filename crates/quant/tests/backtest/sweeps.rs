//! Sweeps are single runs, bit for bit, on any number of threads.

use std::num::NonZeroUsize;

use evenkeel_quant::backtest::{Record, Rule, Run, run, sweep};
use proptest::prelude::*;

use crate::generate::{World, rule};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_sweep_is_its_runs(seed: u64) {
        let world = World::with_gaps(seed);
        let study = world.study();
        let rules: Vec<Rule> = (0..23).map(|at| rule(seed.wrapping_add(at), world.assets, world.periods + 1)).collect();
        for record in [Record::Totals, Record::Values, Record::Weights] {
            let single: Vec<Run> = rules.iter().map(|rule| run(&study, rule, record).unwrap()).collect();
            for threads in 1..=3 {
                let swept = sweep(&study, &rules, record, NonZeroUsize::new(threads).unwrap()).unwrap();
                prop_assert_eq!(&single, &swept);
            }
        }
    }
}

#[test]
fn a_sweep_of_nothing_is_empty() {
    let world = World::new(1);
    assert!(sweep(&world.study(), &[], Record::Totals, NonZeroUsize::new(2).unwrap()).unwrap().is_empty());
}
