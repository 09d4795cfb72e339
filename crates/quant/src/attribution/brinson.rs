//! Allocation, selection and interaction of a period.
//!
//! r = Σ wᵢ rᵢ, b = Σ vᵢ bᵢ, r − b = Σ (Aᵢ + Sᵢ + Iᵢ), Sᵢ = vᵢ (rᵢ − bᵢ), Iᵢ = (wᵢ − vᵢ)(rᵢ − bᵢ)
//!
//! | model | allocation Aᵢ | what it asks |
//! |---|---|---|
//! | [`Model::BrinsonHoodBeebower`] | (wᵢ − vᵢ) bᵢ | whether what was overweighted rose |
//! | [`Model::BrinsonFachler`] | (wᵢ − vᵢ)(bᵢ − b) | whether it did better than the benchmark |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | w, v | weights of [`Segment`] | n | fractions at the beginning of the period, each adding up to 1 |
//! | r, b | returns of [`Segment`] | n | simple, of the period |
//! | A, S, I | [`Effect`] | n | fractions of the whole, of the period |
//!
//! Interaction stands for itself, or goes to selection (top down: managers act after the allocation) or to allocation
//! (bottom up). Errors: weights that do not add up to 1, a number that is not finite. Sources: G. P. Brinson, L. R. Hood, G. L. Beebower,
//! Financial Analysts Journal 42 (1986); G. P. Brinson, N. Fachler, Journal of Portfolio Management 11 (1985); C. R. Bacon
//! (2008), tables 5.2 to 5.4.

use std::ops::{Add, AddAssign, Mul};

use super::error::AttributionError;
use super::segment::{Segment, Totals, totals};

/// What allocation is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Against nothing: Brinson, Hood and Beebower.
    BrinsonHoodBeebower,
    /// Against the benchmark: Brinson and Fachler.
    BrinsonFachler,
}

/// Where interaction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    /// It stands for itself.
    Separate,
    /// To selection: top down.
    InSelection,
    /// To allocation: bottom up.
    InAllocation,
}

/// What decisions added.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effect {
    /// Weights other than the benchmark's.
    pub allocation: f64,
    /// Returns within segments other than the benchmark's.
    pub selection: f64,
    /// Both at once.
    pub interaction: f64,
}

impl Effect {
    /// All of them.
    ///
    /// ```
    /// use evenkeel_quant::attribution::brinson::Effect;
    /// assert_eq!(Effect { allocation: 0.5, selection: 0.25, interaction: -0.25 }.total(), 0.5);
    /// ```
    #[inline]
    pub fn total(&self) -> f64 {
        self.allocation + self.selection + self.interaction
    }
}

impl Add for Effect {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self {
            allocation: self.allocation + other.allocation,
            selection: self.selection + other.selection,
            interaction: self.interaction + other.interaction,
        }
    }
}

impl AddAssign for Effect {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<f64> for Effect {
    type Output = Self;

    #[inline]
    fn mul(self, by: f64) -> Self {
        Self { allocation: self.allocation * by, selection: self.selection * by, interaction: self.interaction * by }
    }
}

impl std::iter::Sum for Effect {
    fn sum<I: Iterator<Item = Self>>(effects: I) -> Self {
        effects.fold(Self::default(), Add::add)
    }
}

/// Effects of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Returns of portfolio and benchmark.
    pub totals: Totals,
    /// Effects by segment.
    pub effects: Vec<Effect>,
}

/// Attributes a period.
///
/// ```
/// use evenkeel_quant::attribution::brinson::{Interaction, Model, attribute};
/// use evenkeel_quant::attribution::segment::Segment;
/// let of = |w, v, r, b| Segment { portfolio_weight: w, benchmark_weight: v, portfolio_return: r, benchmark_return: b };
/// let quarter = [of(0.4, 0.4, 0.2, 0.1), of(0.3, 0.2, -0.05, -0.04), of(0.3, 0.4, 0.06, 0.08)];
/// let told = attribute(&quarter, Model::BrinsonFachler, Interaction::Separate)?;
/// assert!((told.effects[1].allocation + 0.0104).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Empty`], [`AttributionError::NotFinite`], [`AttributionError::Weights`].
pub fn attribute(segments: &[Segment], model: Model, interaction: Interaction) -> Result<Period, AttributionError> {
    let totals = totals(0, segments)?;
    let effects = segments.iter().map(|segment| effect(segment, totals.benchmark, model, interaction)).collect();
    Ok(Period { totals, effects })
}

/// Effects of a segment beside the benchmark's return.
#[inline]
pub(crate) fn effect(segment: &Segment, benchmark: f64, model: Model, interaction: Interaction) -> Effect {
    let known = segment.filled();
    let hurdle = match model {
        Model::BrinsonHoodBeebower => 0.0,
        Model::BrinsonFachler => benchmark,
    };
    let (active, better) = (segment.active_weight(), known.portfolio_return - known.benchmark_return);
    let allocation = active * (known.benchmark_return - hurdle);
    let (selection, both) = (segment.benchmark_weight * better, active * better);
    match interaction {
        Interaction::Separate => Effect { allocation, selection, interaction: both },
        Interaction::InSelection => Effect { allocation, selection: selection + both, interaction: 0.0 },
        Interaction::InAllocation => Effect { allocation: allocation + both, selection, interaction: 0.0 },
    }
}
