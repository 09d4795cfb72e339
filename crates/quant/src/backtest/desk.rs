//! Where trades lead: the value that each asset should have.
//!
//! Every destination is one primitive, the projection onto a bounded simplex, with its own point of
//! reference and box; so it is for the portfolio, as the rules planner of a household has it:
//!
//! | destination | reference | box |
//! |---|---|---|
//! | target | target | none: the target itself |
//! | half-way | midway of held and target | at least 0 |
//! | band edge, inner and tolerance band | target | from the nearest point of the band on, one way |
//! | flow | target | no sells for contributions, no buys for withdrawals |
//!
//! What leads into bands goes there by the shortest way: each asset to the nearest point of its band;
//! what is then left over goes where it is short of target, and what is then missing comes from where
//! there is more.

use super::rule::{Destination, Rule, Scope};
use crate::optimize::projection::{Scratch, project_onto_bounded_simplex};

/// Drift and band are compared with this tolerance, in weight.
pub(super) const TOLERANCE: f64 = 1e-12;

/// What trades are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    Rebalance,
    Contribution,
    Withdrawal,
}

/// The assets that can be traded on a row, as a portfolio of their own; those that rest have zeros in every list, and so
/// has what pads the lists to whole vectors.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    /// Value held.
    pub(super) held: Vec<f64>,
    /// Target as a fraction of the value of what can be traded.
    pub(super) goals: Vec<f64>,
    /// Half width of the band, as a fraction of that value.
    pub(super) widths: Vec<f64>,
    /// Whether an asset cannot be traded.
    pub(super) rests: Vec<bool>,
    /// Value of what can be traded, cash and flows included, before costs.
    pub(super) value: f64,
    /// Value of the portfolio ÷ that.
    pub(super) scale: f64,
    /// Value that each asset should have.
    pub(super) wanted: Vec<f64>,
    outside: Vec<bool>,
    /// Whether what each asset may have can add up to the value before costs.
    meets: bool,
    reference: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    scratch: Scratch,
}

impl Desk {
    pub(super) fn new(assets: usize, width: usize) -> Self {
        let zeros = || vec![0.0; width];
        Self {
            held: zeros(),
            goals: zeros(),
            widths: zeros(),
            rests: (0..width).map(|asset| asset >= assets).collect(),
            value: 0.0,
            scale: 1.0,
            wanted: zeros(),
            outside: vec![false; width],
            meets: true,
            reference: zeros(),
            low: zeros(),
            high: zeros(),
            scratch: Scratch::default(),
        }
    }

    /// How far each asset is beyond its band in units of value, below 0 within.
    fn excess(&self) -> impl Iterator<Item = f64> {
        let value = self.value;
        let lists = self.held.iter().zip(&self.goals).zip(&self.widths);
        lists.map(move |((held, goal), width)| (held - goal * value).abs() - width * value)
    }

    /// Whether any asset is beyond its band.
    pub(super) fn is_beyond_band(&self) -> bool {
        self.excess().any(|excess| excess > TOLERANCE * self.value * self.scale)
    }

    /// The asset that is furthest beyond its band, the first of equals.
    pub(super) fn furthest(&self) -> usize {
        let mut furthest = (0, f64::NEG_INFINITY);
        for (asset, excess) in self.excess().enumerate() {
            if excess > furthest.1 && !self.rests[asset] {
                furthest = (asset, excess);
            }
        }
        furthest.0
    }

    /// ½ Σ|drift| in units of value.
    pub(super) fn half_drift(&self) -> f64 {
        0.5 * self.held.iter().zip(&self.goals).map(|(held, goal)| (held - goal * self.value).abs()).sum::<f64>()
    }

    /// Notes what is decided before costs, so that what is wanted does not jump with them: which assets are beyond their
    /// band, and whether the bounds of all can be kept at once.
    pub(super) fn prepare(&mut self, rule: &Rule) {
        let mut outside = std::mem::take(&mut self.outside);
        for (outside, excess) in outside.iter_mut().zip(self.excess()) {
            *outside = excess > TOLERANCE * self.value * self.scale;
        }
        self.outside = outside;
        let (mut least, mut most) = (0.0, 0.0);
        for asset in (0..self.held.len()).filter(|asset| !self.rests[*asset]) {
            let (_, low, high) = self.wish(rule, asset, self.goals[asset] * self.value, self.value);
            (least, most) = (least + low, most + high);
        }
        let slack = TOLERANCE * self.value;
        self.meets = least <= self.value + slack && most >= self.value - slack;
    }

    /// Whether what is wanted are the targets themselves.
    pub(super) fn goes_to_target(rule: &Rule, aim: Aim) -> bool {
        aim == Aim::Rebalance && rule.destination == Destination::Target && rule.scope == Scope::All
    }

    /// Fills in what is wanted where `value` is left after costs; `false` where no sell is allowed and less is left than is held.
    pub(super) fn want(&mut self, rule: &Rule, aim: Aim, value: f64) -> bool {
        if Self::goes_to_target(rule, aim) {
            for (wanted, goal) in self.wanted.iter_mut().zip(&self.goals) {
                *wanted = goal * value;
            }
            return true;
        }
        for asset in 0..self.held.len() {
            let held = self.held[asset];
            let target = self.goals[asset] * value;
            (self.reference[asset], self.low[asset], self.high[asset]) = match aim {
                _ if self.rests[asset] => (0.0, 0.0, 0.0),
                Aim::Rebalance => self.wish(rule, asset, target, value),
                Aim::Contribution => (target, held, f64::INFINITY),
                Aim::Withdrawal => (target, 0.0, held),
            };
        }
        if aim == Aim::Rebalance && (rule.destination != Destination::HalfWay || rule.scope != Scope::All) {
            self.lead_into_bands(value);
        }
        let Self { reference, low, high, wanted, scratch, .. } = self;
        let (least, most): (f64, f64) = (low.iter().sum(), high.iter().sum());
        // Where costs leave less than bounds that could be kept before them, all give way alike.
        let total = if aim == Aim::Rebalance { value.max(least).min(most) } else { value };
        let is_met = project_onto_bounded_simplex(reference, low, high, total, wanted, scratch).is_ok();
        for wanted in wanted {
            *wanted *= value / total;
        }
        is_met
    }

    /// Where an asset would go on its own: point of reference, least and most.
    fn wish(&self, rule: &Rule, asset: usize, target: f64, value: f64) -> (f64, f64, f64) {
        let held = self.held[asset];
        let within = |width: f64| (held, (target - width).max(0.0), target + width);
        let width = self.widths[asset] * value;
        let wish = match rule.destination {
            Destination::Target => (target, 0.0, f64::INFINITY),
            Destination::HalfWay => (f64::midpoint(held, target), 0.0, f64::INFINITY),
            Destination::BandEdge => within(width),
            Destination::InnerBand { distance } => within(distance * self.scale * value),
            Destination::ToleranceBand { fraction } => within(fraction * width),
        };
        if rule.scope == Scope::All {
            wish
        } else if self.outside[asset] {
            let goal = wish.0.min(wish.2).max(wish.1);
            (goal, goal, goal)
        } else {
            // Within its band: takes up what the others release or need, and only toward its own target.
            (held, held.min(target), held.max(target))
        }
    }

    /// The point of an asset's box that is nearest to its reference.
    fn nearest(&self, asset: usize) -> f64 {
        self.reference[asset].min(self.high[asset]).max(self.low[asset])
    }

    /// From the nearest points of the bands on one way, toward the targets.
    fn lead_into_bands(&mut self, value: f64) {
        let is_left_over = (0..self.held.len()).map(|asset| self.nearest(asset)).sum::<f64>() <= value;
        for asset in (0..self.held.len()).filter(|asset| !self.rests[*asset]) {
            let nearest = self.nearest(asset);
            if !self.meets {
                // Bands that cannot all be met at once give way.
                (self.low[asset], self.high[asset]) = (0.0, f64::INFINITY);
            }
            let bound = if is_left_over { &mut self.low[asset] } else { &mut self.high[asset] };
            *bound = nearest;
            self.reference[asset] = self.goals[asset] * value;
        }
    }
}
