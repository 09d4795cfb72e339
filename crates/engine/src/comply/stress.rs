//! [`StressTests`]: a policy's scenarios, bound to the instruments of a universe.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Currency, NumberError, Rounding};

use crate::boundary::to_money;
use crate::drift::TOLERANCE;
use crate::policy::{Policy, StressScenario};
use crate::portfolio::{Sleeves, State, class_parts};

use super::StressResult;

/// A policy's stress scenarios, bound to the instruments of a universe.
///
/// A shock is the return of all that is of its classes, looking through composed funds; the first
/// shock of a scenario that holds a class counts, and what none holds stays put.
#[derive(Debug, Clone)]
pub struct StressTests {
    base: Currency,
    scenarios: Vec<BoundScenario>,
}

#[derive(Debug, Clone)]
struct BoundScenario {
    scenario: StressScenario,
    /// By instrument, the shocks that hold a part of it, and the part.
    instruments: Vec<Vec<(usize, f64)>>,
    /// The shock that holds cash.
    cash: Option<usize>,
}

impl StressTests {
    /// Binds the scenarios of a policy.
    pub fn bind(policy: &Policy, universe: &Universe, sleeves: &Sleeves) -> Self {
        let bind = |scenario: &StressScenario| {
            let first = |holds: &dyn Fn(&ClassPath) -> bool| scenario.shocks.iter().position(|(classes, _)| classes.iter().any(holds));
            let instruments = universe.iter().map(|(id, instrument)| {
                let parts = class_parts(id, instrument, sleeves);
                parts.iter().filter_map(|part| Some((first(&|class| part.is_within(class))?, part.fraction))).collect()
            });
            let cash = ClassPath::cash();
            BoundScenario { scenario: scenario.clone(), instruments: instruments.collect(), cash: first(&|class| cash.is_within(class)) }
        };
        Self { base: policy.base_currency, scenarios: policy.stress.iter().map(bind).collect() }
    }

    /// What each scenario does to a state; nothing where there is no value above zero to lose.
    ///
    /// Amounts are rounded half to even to the currency's cents.
    ///
    /// # Errors
    /// Where a value has more than 38 digits.
    pub fn run(&self, state: &State) -> Result<Vec<StressResult>, NumberError> {
        if state.total() <= 0.0 {
            return Ok(Vec::new());
        }
        self.scenarios.iter().map(|bound| bound.run(state, self.base)).collect()
    }
}

impl BoundScenario {
    fn run(&self, state: &State, base: Currency) -> Result<StressResult, NumberError> {
        let shocks = &self.scenario.shocks;
        let mut exposed = vec![0.0; shocks.len()];
        let mut add = |shock: usize, value: f64| {
            if let Some(sum) = exposed.get_mut(shock) {
                *sum += value;
            }
        };
        for (id, value) in state.values() {
            for (shock, fraction) in self.instruments.get(id.index()).map_or(&[][..], Vec::as_slice) {
                add(*shock, fraction * value);
            }
        }
        if let Some(shock) = self.cash {
            add(shock, state.cash());
        }
        let name = |classes: &[ClassPath]| classes.iter().map(ClassPath::as_str).collect::<Vec<_>>().join(", ");
        let contributions: Vec<(String, f64)> =
            shocks.iter().zip(&exposed).map(|((classes, shock), value)| (name(classes), shock * value / state.total())).collect();
        let portfolio_return: f64 = contributions.iter().map(|(_, contribution)| contribution).sum();
        let to_cents = |value: f64| to_money(value, base)?.to_cents(Rounding::HalfEven);
        Ok(StressResult {
            scenario: self.scenario.name.clone(),
            portfolio_return,
            value_before: to_cents(state.total())?,
            value_after: to_cents(state.total() * (1.0 + portfolio_return))?,
            survives: 1.0 + portfolio_return > self.scenario.survival + TOLERANCE,
            contributions,
        })
    }
}
