//! What a risk measure of scenario returns tells to be optimized.
//!
//! A measure ρ is a convex function of the portfolio's returns y = X w in T scenarios. With
//! q = −∂ρ/∂y, what a unit of return less in each scenario adds to the risk,
//!
//! ρ(y′) ≥ ρ(y) − qᵀ(y′ − y) for every y′.
//!
//! That is all that cutting planes need, so a new measure is a file with these two functions. A
//! measure says more of itself where it can be solved faster.

/// A convex risk measure of a series of returns.
///
/// ```
/// use evenkeel_quant::optimize::scenario::measure::Measure;
/// use evenkeel_quant::optimize::scenario::measures::cvar::Cvar;
/// let cvar = Cvar { confidence: 0.5 };
/// assert_eq!(cvar.value(&[0.01, -0.03, 0.02, -0.01]), 0.02);
/// assert_eq!(cvar.slopes(&[0.01, -0.03, 0.02, -0.01]), [0.0, 0.5, 0.0, 0.5]);
/// ```
pub trait Measure: std::fmt::Debug + Sync {
    /// The name of the measure, for messages.
    fn name(&self) -> &'static str;

    /// ρ(y); infinite where y is outside the measure's domain.
    fn value(&self, returns: &[f64]) -> f64;

    /// q = −∂ρ/∂y, a slope for each scenario.
    fn slopes(&self, returns: &[f64]) -> Vec<f64>;

    /// What is wrong with the measure's own parameters, if anything.
    fn fault(&self) -> Option<String> {
        None
    }

    /// Whether ρ(t y) = t ρ(y) for t > 0, so that returns may be in any unit.
    fn is_homogeneous(&self) -> bool {
        true
    }

    /// Whether ρ depends on the deviations of returns from their mean alone.
    fn is_centered(&self) -> bool {
        false
    }

    /// The measure as a price on the loss in each scenario, where it is one.
    fn priced_losses(&self, _scenarios: usize) -> Option<PricedLosses> {
        None
    }

    /// The second derivative at y, where there is one nearly everywhere.
    fn curvature(&self, _returns: &[f64]) -> Option<Curvature> {
        None
    }
}

/// ρ(y) = minₐ a + Σ above (−yₜ − a)⁺ + below (yₜ + a)⁺, or the same with a = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PricedLosses {
    /// Whether there is a threshold a to choose.
    pub threshold: bool,
    /// Price of a unit of loss above the threshold.
    pub above: f64,
    /// Price of a unit of loss below it.
    pub below: f64,
}

/// ∂²ρ/∂y² = diag(d) − Σ v `vᵀ`.
#[derive(Debug, Clone, PartialEq)]
pub struct Curvature {
    /// d: one entry a scenario.
    pub diagonal: Vec<f64>,
    /// v: what is taken off in a direction.
    pub removed: Vec<Vec<f64>>,
}
