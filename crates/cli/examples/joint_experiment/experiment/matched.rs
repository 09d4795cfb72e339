//! Turnover at equal tracking error: the price of risk at which the joint planner is as near to target as monthly rebalancing.

use serde::Serialize;

use super::arm::Arm;
use super::outcome::{Average, Difference, average, difference, mean_tracking_error};
use super::simulate::Life;
use super::{Failure, Stage};

/// Prices of risk between which the one is sought, and halvings of their ratio: the last is known to a factor of 1.15.
const LEAST: f64 = 1.0;
const MOST: f64 = 10_000.0;
const HALVINGS: usize = 6;

/// Both at the price of risk that was found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Matched {
    pub(crate) households: usize,
    pub(crate) risk_aversion: f64,
    pub(crate) monthly: Average,
    pub(crate) joint: Average,
    pub(crate) difference: Difference,
}

/// Halves the interval of prices of risk; the higher, the nearer to target.
pub(crate) fn matched(stage: &Stage<'_>) -> Result<Matched, Failure> {
    let households = stage.settings.matched.min(stage.settings.households);
    let lives = |arm: Arm| Ok::<_, Failure>(stage.lives(&[arm], households)?.pop().unwrap_or_default());
    let monthly = lives(Arm::Monthly)?;
    let goal = mean_tracking_error(&monthly);
    let (mut low, mut high) = (LEAST, MOST);
    let mut found: Option<(f64, f64, Vec<Life>)> = None;
    for _ in 0..HALVINGS {
        let risk_aversion = (low * high).sqrt();
        let joint = lives(Arm::JointMonthly { risk_aversion })?;
        let error = mean_tracking_error(&joint);
        if error > goal {
            low = risk_aversion;
        } else {
            high = risk_aversion;
        }
        let miss = (error / goal).ln().abs();
        if found.as_ref().is_none_or(|(least, ..)| miss < *least) {
            found = Some((miss, risk_aversion, joint));
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
