//! What is not convex: weights that must lie in one of several intervals, each with a price.

use crate::optimize::program::Region;

/// An interval that a weight may choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
    /// What choosing it adds to the objective.
    pub cost: f64,
    /// Whether choosing it counts against the largest number.
    pub counts: bool,
}

/// Intervals by asset, and how many that count may be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// By asset, in increasing order; one interval leaves no choice.
    pub(super) modes: Vec<Vec<Mode>>,
    /// The most that may be chosen of those that count.
    pub(super) most: Option<usize>,
}

impl Mode {
    fn free(lower: f64, upper: f64) -> Self {
        Self { lower, upper, cost: 0.0, counts: false }
    }

    /// Whether a weight lies in it, within a tolerance.
    pub(super) fn holds(&self, x: f64, tolerance: f64) -> bool {
        self.lower - tolerance <= x && x <= self.upper + tolerance
    }

    /// Whether everything that another allows is allowed here at no higher price.
    fn covers(&self, other: &Self) -> bool {
        self.lower <= other.lower && other.upper <= self.upper && self.cost <= other.cost && (other.counts || !self.counts)
    }
}

impl Choices {
    /// No choice for so many assets, to which the other functions add.
    ///
    /// ```
    /// use evenkeel_quant::optimize::integer::Choices;
    /// let at_most_five_of_at_least_a_tenth = Choices::free(20).at_most(5).minimum_position(3, 0.1);
    /// assert_eq!(at_most_five_of_at_least_a_tenth.size(), 20);
    /// ```
    pub fn free(assets: usize) -> Self {
        Self { modes: vec![vec![Mode::free(f64::NEG_INFINITY, f64::INFINITY)]; assets], most: None }
    }

    /// Number of assets.
    pub fn size(&self) -> usize {
        self.modes.len()
    }

    /// At most so many weights other than 0.
    #[must_use]
    pub fn at_most(self, count: usize) -> Self {
        let all = 0..self.size();
        self.at_most_of(all, count)
    }

    /// At most so many weights other than 0 among some.
    #[must_use]
    pub fn at_most_of(mut self, assets: std::ops::Range<usize>, count: usize) -> Self {
        let mode = |lower, upper, counts| Mode { lower, upper, cost: 0.0, counts };
        let sides = [mode(f64::NEG_INFINITY, 0.0, true), mode(0.0, 0.0, false), mode(0.0, f64::INFINITY, true)];
        for asset in assets {
            self.refine(asset, &sides);
        }
        self.most = Some(self.most.map_or(count, |most| most.min(count)));
        self
    }

    /// A weight of 0, or of at least so much, long or short.
    #[must_use]
    pub fn minimum_position(mut self, asset: usize, least: f64) -> Self {
        self.refine(asset, &[Mode::free(f64::NEG_INFINITY, -least), Mode::free(0.0, 0.0), Mode::free(least, f64::INFINITY)]);
        self
    }

    /// No trade, or one of at least so much weight.
    #[must_use]
    pub fn minimum_trade(mut self, asset: usize, held: f64, least: f64) -> Self {
        self.refine(asset, &[Mode::free(f64::NEG_INFINITY, held - least), Mode::free(held, held), Mode::free(held + least, f64::INFINITY)]);
        self
    }

    /// A cost for any trade at all, in the unit of the objective.
    #[must_use]
    pub fn fixed_cost(mut self, asset: usize, held: f64, cost: f64) -> Self {
        let trade = |lower, upper| Mode { cost, ..Mode::free(lower, upper) };
        self.refine(asset, &[trade(f64::NEG_INFINITY, held), Mode::free(held, held), trade(held, f64::INFINITY)]);
        self
    }

    /// Every mode with every other where both hold. An asset that is not there stays so.
    fn refine(&mut self, asset: usize, others: &[Mode]) {
        let Some(modes) = self.modes.get_mut(asset) else { return };
        let both = modes.iter().flat_map(|one| others.iter().map(move |other| both(one, other)));
        *modes = without_covered(both.filter(|mode| mode.lower <= mode.upper).collect());
    }

    /// The choices within the bounds of a region: none for an asset whose bounds leave none.
    pub(super) fn within(&self, region: &Region) -> Vec<Vec<Mode>> {
        let bounds = region.lower.iter().zip(&region.upper);
        let clipped = self.modes.iter().zip(bounds).map(|(modes, (lower, upper))| {
            let inside = modes.iter().map(|mode| both(mode, &Mode::free(*lower, *upper)));
            without_covered(inside.filter(|mode| mode.lower <= mode.upper).collect())
        });
        clipped.collect()
    }
}

fn both(one: &Mode, other: &Mode) -> Mode {
    Mode {
        lower: one.lower.max(other.lower),
        upper: one.upper.min(other.upper),
        cost: one.cost + other.cost,
        counts: one.counts || other.counts,
    }
}

/// In increasing order, without those that another covers.
fn without_covered(mut modes: Vec<Mode>) -> Vec<Mode> {
    modes.sort_by(|a, b| a.lower.total_cmp(&b.lower).then(a.upper.total_cmp(&b.upper)));
    modes.dedup();
    let covered: Vec<bool> = modes.iter().map(|mode| modes.iter().any(|other| other != mode && other.covers(mode))).collect();
    let mut covered = covered.into_iter();
    modes.retain(|_| !covered.next().unwrap_or(false));
    modes
}
