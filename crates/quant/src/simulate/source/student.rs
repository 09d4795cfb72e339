//! Multivariate t: tails that all columns share.
//!
//! r = m + R z √((ν − 2) ÷ χ²), with R Rᵀ = Σ, z standard normal and χ² of ν degrees of freedom, of one period; so r has
//! mean m and covariance Σ, and a bad draw of χ² is bad for all. A return below −1 is a total loss: growth is at least 0.
//! (A. J. McNeil, R. Frey, P. Embrechts, *Quantitative Risk Management*, 2nd ed. 2015, section 6.2.)

use super::lognormal::normal_sums;
use super::{Source, compounded};
use crate::linear::matrix::Matrix;
use crate::probability::random::Random;
use crate::probability::student::chi_square;
use crate::simulate::error::{SimulateError, check};
use crate::simulate::moments::{Moments, root};

/// Returns of a multivariate t distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Student {
    mean: Vec<f64>,
    root: Matrix,
    degrees: f64,
}

impl Student {
    /// With these moments of simple returns, and ν degrees of freedom: 3 to 8 fit monthly returns of stocks.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, simulate::{moments::Moments, source::Student}};
    /// let moments = Moments { mean: vec![0.005], covariance: Matrix::from_columns(1, 1, vec![0.002])? };
    /// assert!(Student::new(&moments, 5.0).is_ok() && Student::new(&moments, 2.0).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for degrees of 2 or less, which have no covariance.
    pub fn new(moments: &Moments, degrees: f64) -> Result<Self, SimulateError> {
        check_degrees(degrees)?;
        Ok(Self { mean: moments.mean.clone(), root: root(&moments.covariance)?, degrees })
    }
}

/// That degrees of freedom have a covariance.
pub(super) fn check_degrees(degrees: f64) -> Result<(), SimulateError> {
    check("the number of degrees of freedom", degrees, degrees.is_finite() && degrees > 2.0, "above 2")
}

impl Source for Student {
    /// Room for a period's growth.
    type State = Vec<f64>;

    fn columns(&self) -> usize {
        self.mean.len()
    }

    fn mean(&self) -> Vec<f64> {
        self.mean.clone()
    }

    fn state(&self) -> Vec<f64> {
        vec![0.0; self.mean.len()]
    }

    fn begin(&self, _: &mut Vec<f64>, _: &mut Random) {}

    fn advance(&self, period: &mut Vec<f64>, random: &mut Random, periods: usize, growth: &mut [f64]) {
        compounded(periods, growth, period, |period| {
            normal_sums(&self.root, random, period);
            let scale = ((self.degrees - 2.0) / chi_square(random, self.degrees)).sqrt();
            for (growth, mean) in period.iter_mut().zip(&self.mean) {
                *growth = (1.0 + mean + scale * *growth).max(0.0);
            }
        });
    }
}
