//! Turnover at equal tracking error: the price of risk at which the joint planner is as near to target as monthly rebalancing.

use serde::Serialize;

use super::arm::Arm;
use super::outcome::{Average, Difference, average, difference, mean_tracking_error};
use super::simulate::Life;
use super::{Failure, Stage};

/// The first two prices of risk that are tried, all that are tried, and the bounds of the others.
const FIRST: [f64; 2] = [100.0, 1_000.0];
const TRIED: usize = 5;
const LEAST: f64 = 1.0;
const MOST: f64 = 100_000.0;

/// A miss of the tracking error, in logarithms, that is near enough.
const NEAR: f64 = 0.01;

/// Both at the price of risk that was found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Matched {
    pub(crate) households: usize,
    pub(crate) risk_aversion: f64,
    pub(crate) monthly: Average,
    pub(crate) joint: Average,
    pub(crate) difference: Difference,
}

/// Follows the line through the two last tries, in logarithms of price and tracking error, to that of monthly rebalancing.
pub(crate) fn matched(stage: &Stage<'_>) -> Result<Matched, Failure> {
    let households = stage.settings.matched.min(stage.settings.households);
    let lives = |arm: Arm| Ok::<_, Failure>(stage.lives(&[arm], households)?.pop().unwrap_or_default());
    let monthly = lives(Arm::Monthly)?;
    let goal = mean_tracking_error(&monthly);
    let mut tries: Vec<(f64, f64)> = Vec::with_capacity(TRIED);
    let mut found: Option<(f64, f64, Vec<Life>)> = None;
    while tries.len() < TRIED && found.as_ref().is_none_or(|(miss, ..)| *miss > NEAR) {
        let risk_aversion = FIRST.get(tries.len()).copied().unwrap_or_else(|| next(&tries));
        let joint = lives(Arm::JointMonthly { risk_aversion })?;
        let miss = (mean_tracking_error(&joint) / goal).ln();
        tries.push((risk_aversion.ln(), miss));
        if found.as_ref().is_none_or(|(least, ..)| miss.abs() < *least) {
            found = Some((miss.abs(), risk_aversion, joint));
        }
    }
    let (_, risk_aversion, joint) = found.ok_or("no price of risk was tried")?;
    let (name, other) = (Arm::JointMonthly { risk_aversion }.name(), Arm::Monthly.name());
    Ok(Matched {
        households,
        risk_aversion,
        difference: difference((name.clone(), &joint), (other.clone(), &monthly), stage.settings.seed),
        joint: average(name, &joint),
        monthly: average(other, &monthly),
    })
}

/// The price of risk at which the line through the last two tries misses nothing.
fn next(tries: &[(f64, f64)]) -> f64 {
    let [.., (before, missed_before), (last, missed)] = tries else { return LEAST };
    let slope = (missed - missed_before) / (last - before);
    // Where a higher price does not lead nearer, only a much higher one can tell.
    let to = if slope < 0.0 { last - missed / slope } else { last + 10_f64.ln() };
    to.exp().clamp(LEAST, MOST)
}
