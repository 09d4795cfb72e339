//! Classes that are held name by name: the weights that they are to have, and how far holdings are from them in risk.
//!
//! A year's variance of a class against its index, by a factor model (Grinold and Kahn, *Active Portfolio Management*, 2000,
//! eqs. 3.1 and 3.5):
//!
//! > TE² = ‖Σ aᵢ gᵢ‖² + Σ dᵢ aᵢ²,  aᵢ = xᵢ ÷ T − wᵢ,  gᵢ = Rᵀ (fᵢ − f_w),  f_w = Σ wᵢ fᵢ,  Ω = R Rᵀ
//!
//! | symbol | where | shape | unit |
//! |---|---|---|---|
//! | w | [`IndexName::weight`] | names | fraction of the class; after exclusions and tilt; sums to 1 |
//! | x, T | holdings, and what the class is to be worth | names, one | value |
//! | fᵢ | [`FactorLoadings::loadings`] | factors | loading |
//! | Ω | [`Factors::covariance`] | factors × factors | a year |
//! | gᵢ | [`IndexModel::loadings`], a column each | factors × names | square root of a variance a year |
//! | dᵢ | [`IndexName::specific`] | names | variance a year |
//!
//! Loadings are told apart from those of the index, so that money moved between classes does not count as risk against
//! the index: that is what the risk against the target weights of classes is for. What a name has of its own counts where
//! it is above or below its share of what the class is to be worth.

// What users' files say of indices and factors.
mod inputs;

// Weights after exclusions and tilt.
mod weights;

// An index bound to instruments.
mod model;

pub use inputs::{Constituents, Exposures, FactorLoadings, FactorRisk, Factors};
pub use model::{IndexModel, IndexName, bind_indices};
