//! What lives come to: averages, differences between arms by household, and how sure they are.

use evenkeel_testkit::generate::Random;
use serde::Serialize;

use super::market::uniform;
use super::simulate::Life;

/// Samples that a band is made of.
pub(crate) const SAMPLES: usize = 2_000;

/// A mean over households and the band in which it lies in 95 % of samples drawn from them with replacement
/// (B. Efron, *Bootstrap Methods*, Annals of Statistics 7, 1979; percentile interval).
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Estimate {
    pub(crate) mean: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Averages over the households of an arm. Returns, drag, turnover, costs and tracking error are a year, fractions.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Average {
    pub(crate) arm: String,
    pub(crate) end_before_tax: f64,
    pub(crate) end_after_tax: f64,
    pub(crate) return_before_tax: f64,
    pub(crate) return_after_tax: f64,
    pub(crate) tax_drag: f64,
    pub(crate) tax_paid: f64,
    pub(crate) turnover_two_way: f64,
    pub(crate) costs: f64,
    pub(crate) tracking_error: f64,
    pub(crate) trades_a_year: f64,
    pub(crate) months_with_trades: f64,
    pub(crate) gap: Option<Gap>,
    pub(crate) audited: usize,
    pub(crate) refused: usize,
    /// Households and days on which cash for tax could not be raised.
    pub(crate) short_of_cash: Vec<String>,
}

/// Gaps that the joint planner proved, in basis points of household value.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Gap {
    pub(crate) decisions: usize,
    pub(crate) unproven: usize,
    pub(crate) mean: f64,
    pub(crate) p95: f64,
    pub(crate) max: f64,
    /// The household and day of the largest.
    pub(crate) widest: String,
}

/// An arm less another, household by household on the same path.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Difference {
    pub(crate) arm: String,
    pub(crate) less: String,
    /// A year, in basis points.
    pub(crate) return_after_tax: Estimate,
    /// In percent of the other's.
    pub(crate) end_after_tax: Estimate,
    /// A year, in basis points.
    pub(crate) tax_drag: Estimate,
    /// Two-way a year, in points of a hundred.
    pub(crate) turnover: Estimate,
    /// In basis points.
    pub(crate) tracking_error: Estimate,
}

impl Life {
    fn return_after_tax(&self) -> f64 {
        (self.end_after_tax / self.start).powf(1.0 / self.years) - 1.0
    }

    fn return_before_tax(&self) -> f64 {
        (self.growth / self.years).exp() - 1.0
    }

    fn tax_drag(&self) -> f64 {
        self.return_before_tax() - self.return_after_tax()
    }

    fn turnover_a_year(&self) -> f64 {
        self.turnover / self.years
    }

    fn tracking_error(&self) -> f64 {
        if self.tracked > 0.0 { self.tracking / self.tracked } else { 0.0 }
    }
}

/// Averages over an arm's lives.
pub(crate) fn average(arm: String, lives: &[Life]) -> Average {
    let mean = |of: &dyn Fn(&Life) -> f64| mean_of(&lives.iter().map(of).collect::<Vec<f64>>());
    let sum = |of: fn(&Life) -> usize| lives.iter().map(of).sum::<usize>();
    Average {
        arm,
        end_before_tax: mean(&|life| life.end),
        end_after_tax: mean(&|life| life.end_after_tax),
        return_before_tax: mean(&Life::return_before_tax),
        return_after_tax: mean(&Life::return_after_tax),
        tax_drag: mean(&Life::tax_drag),
        tax_paid: mean(&|life| life.tax),
        turnover_two_way: mean(&Life::turnover_a_year),
        costs: mean(&|life| life.costs / life.years),
        tracking_error: mean_tracking_error(lives),
        trades_a_year: mean(&|life| count(life.trades) / life.years),
        months_with_trades: mean(&|life| count(life.acted) / life.years),
        gap: gap(lives),
        audited: sum(|life| life.audited),
        refused: sum(|life| life.refused),
        short_of_cash: lives.iter().flat_map(|life| life.short_of_cash.iter().cloned()).collect(),
    }
}

/// Tracking error of an arm, on average over households.
pub(crate) fn mean_tracking_error(lives: &[Life]) -> f64 {
    mean_of(&lives.iter().map(Life::tracking_error).collect::<Vec<_>>())
}

fn gap(lives: &[Life]) -> Option<Gap> {
    let mut gaps: Vec<f64> = lives.iter().flat_map(|life| life.gaps.iter().copied()).collect();
    gaps.sort_by(f64::total_cmp);
    let unproven = lives.iter().map(|life| life.unproven).sum();
    let (last, at95) = (gaps.last().copied()?, gaps.len() * 95 / 100);
    let widest = lives.iter().filter_map(|life| life.widest.as_ref()).max_by(|one, other| one.0.total_cmp(&other.0));
    let widest = widest.map(|(_, at)| at.clone()).unwrap_or_default();
    Some(Gap {
        widest,
        decisions: gaps.len() + unproven,
        unproven,
        mean: mean_of(&gaps),
        p95: gaps.get(at95).copied().unwrap_or(last),
        max: last,
    })
}

/// An arm less another; lives are of the same households in the same order.
pub(crate) fn difference((arm, lives): (String, &[Life]), (less, others): (String, &[Life]), seed: u64) -> Difference {
    let estimate = |of: &dyn Fn(&Life, &Life) -> f64| {
        let differences: Vec<f64> = lives.iter().zip(others).map(|(life, other)| of(life, other)).collect();
        bootstrap(&differences, seed)
    };
    Difference {
        arm,
        less,
        return_after_tax: estimate(&|life, other| 1e4 * (life.return_after_tax() - other.return_after_tax())),
        end_after_tax: estimate(&|life, other| 1e2 * (life.end_after_tax / other.end_after_tax - 1.0)),
        tax_drag: estimate(&|life, other| 1e4 * (life.tax_drag() - other.tax_drag())),
        turnover: estimate(&|life, other| 1e2 * (life.turnover_a_year() - other.turnover_a_year())),
        tracking_error: estimate(&|life, other| 1e4 * (life.tracking_error() - other.tracking_error())),
    }
}

fn bootstrap(values: &[f64], seed: u64) -> Estimate {
    let mut random = Random::new(seed);
    let mut draw = || {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place below the number of values")]
        let place = (uniform(&mut random) * count(values.len())) as usize;
        values.get(place).copied().unwrap_or(0.0)
    };
    let mut means: Vec<f64> = (0..SAMPLES).map(|_| (0..values.len()).map(|_| draw()).sum::<f64>() / count(values.len())).collect();
    means.sort_by(f64::total_cmp);
    let at = |thousandths: usize| means.get((SAMPLES * thousandths / 1_000).min(SAMPLES - 1)).copied().unwrap_or(0.0);
    Estimate { mean: mean_of(values), low: at(25), high: at(975) }
}

fn mean_of(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / count(values.len()) }
}

fn count(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵³")]
    let count = count as f64;
    count
}
