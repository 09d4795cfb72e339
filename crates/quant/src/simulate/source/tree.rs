//! A scenario tree: at each stage one of several branches is taken.
//!
//! **Given**: each stage has branches with a probability and the growth of each column over the stage; the last stage
//! repeats. **Matched to moments**: 2n branches of equal probability, growth 1 + m ± √n Rᵢ for each column Rᵢ of a root of
//! Σ, which have exactly the mean m and the covariance Σ (the points of the cubature of degree 3; K. Høyland,
//! S. W. Wallace, *Generating Scenario Trees for Multistage Decision Problems*, Management Science 47, 2001, match moments
//! by search). Stages are independent of one another. Within a stage growth is even: k of its periods grow by the
//! branch's growth to the power k ÷ length.

use super::Source;
use crate::linear::vector::count;
use crate::probability::random::Random;
use crate::simulate::error::{SimulateError, check, check_size};
use crate::simulate::moments::{Moments, root};

/// Probabilities that differ from 1 in sum by less are rounded.
const ROUNDING: f64 = 1e-9;

/// A branch of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Its probability among those of its stage.
    pub probability: f64,
    /// Growth (1 + return) of each column over the stage.
    pub growth: Vec<f64>,
}

/// Stages of branches.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioTree {
    stages: Vec<Vec<Branch>>,
    length: usize,
    columns: usize,
}

impl ScenarioTree {
    /// Of stages, each of `length` periods, of which the last repeats.
    ///
    /// ```
    /// use evenkeel_quant::simulate::source::{Branch, ScenarioTree};
    /// let branch = |probability, growth| Branch { probability, growth: vec![growth] };
    /// assert!(ScenarioTree::new(vec![vec![branch(0.5, 1.2), branch(0.5, 0.9)]], 12).is_ok());
    /// assert!(ScenarioTree::new(vec![vec![branch(0.5, 1.2)]], 12).is_err());
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for no stages, probabilities that do not sum to 1, growth that is not above 0, and branches
    /// of different sizes.
    pub fn new(stages: Vec<Vec<Branch>>, length: usize) -> Result<Self, SimulateError> {
        check("the length of a stage", count(length), length > 0, "at least 1 period")?;
        let columns = stages.first().and_then(|stage| stage.first()).map_or(0, |branch| branch.growth.len());
        check("the number of columns of the tree", count(columns), columns > 0, "at least 1")?;
        for stage in &stages {
            let total: f64 = stage.iter().map(|branch| branch.probability).sum();
            check("the sum of a stage's probabilities", total, (total - 1.0).abs() <= ROUNDING, "1")?;
            for branch in stage {
                check("a probability", branch.probability, branch.probability >= 0.0, "at least 0")?;
                check_size("the growth of a branch", branch.growth.len(), columns)?;
                for growth in branch.growth.iter().copied() {
                    check("growth on a branch", growth, growth > 0.0 && growth.is_finite(), "above 0")?;
                }
            }
        }
        Ok(Self { stages, length, columns })
    }

    /// One stage of `length` periods that repeats, matched to the moments of simple returns over the stage.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, simulate::{moments::Moments, source::ScenarioTree}};
    /// let year = Moments { mean: vec![0.07], covariance: Matrix::from_columns(1, 1, vec![0.04])? };
    /// assert_eq!(ScenarioTree::matched(&year, 12)?.stages()[0].len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] where a branch would lose everything.
    pub fn matched(moments: &Moments, length: usize) -> Result<Self, SimulateError> {
        let columns = moments.columns();
        let root = root(&moments.covariance)?;
        let (reach, probability) = (count(columns).sqrt(), (2.0 * count(columns)).recip());
        let branch = |side: f64, direction: &[f64]| {
            let growth = moments.mean.iter().zip(direction).map(|(mean, step)| 1.0 + mean + side * reach * step);
            Branch { probability, growth: growth.collect() }
        };
        let branches = root.iter_columns().flat_map(|direction| [branch(1.0, direction), branch(-1.0, direction)]);
        Self::new(vec![branches.collect()], length)
    }

    /// The stages.
    pub fn stages(&self) -> &[Vec<Branch>] {
        &self.stages
    }

    /// The branch of a stage that an even number between 0 and 1 falls on.
    fn pick(&self, stage: usize, uniform: f64) -> Option<&Branch> {
        let branches = self.stages.get(stage.min(self.stages.len().saturating_sub(1)))?;
        let mut left = uniform;
        branches
            .iter()
            .find(|branch| {
                left -= branch.probability;
                left < 0.0
            })
            .or(branches.last())
    }
}

/// Where in the tree a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Place {
    stage: usize,
    /// Periods left of the stage.
    left: usize,
    /// The even number by which its branch was picked.
    drawn: f64,
}

impl Source for ScenarioTree {
    type State = Place;

    fn columns(&self) -> usize {
        self.columns
    }

    fn mean(&self) -> Vec<f64> {
        // Of the stage that repeats.
        let share = count(self.length).recip();
        let last = self.stages.last().map_or(&[][..], Vec::as_slice);
        let expected = |column: usize| last.iter().map(|branch| branch.probability * branch.growth[column]).sum::<f64>();
        (0..self.columns).map(|column| expected(column).powf(share) - 1.0).collect()
    }

    fn state(&self) -> Place {
        Place::default()
    }

    fn begin(&self, state: &mut Place, random: &mut Random) {
        *state = Place { stage: 0, left: self.length, drawn: random.uniform() };
    }

    fn advance(&self, state: &mut Place, random: &mut Random, periods: usize, growth: &mut [f64]) {
        let mut wanted = periods;
        growth.iter_mut().take(self.columns).for_each(|growth| *growth = 1.0);
        while wanted > 0 {
            if state.left == 0 {
                *state = Place { stage: state.stage + 1, left: self.length, drawn: random.uniform() };
            }
            let length = wanted.min(state.left);
            let Some(branch) = self.pick(state.stage, state.drawn) else { return };
            let share = count(length) / count(self.length);
            for (growth, of_stage) in growth.iter_mut().zip(&branch.growth) {
                *growth *= if length == self.length { *of_stage } else { of_stage.powf(share) };
            }
            state.left -= length;
            wanted -= length;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::linear::matrix::Matrix;

    #[test]
    fn branches_have_the_moments() {
        let covariance = Matrix::from_columns(2, 2, vec![0.04, 0.006, 0.006, 0.01]).unwrap();
        let moments = Moments { mean: vec![0.08, 0.03], covariance: covariance.clone() };
        let tree = ScenarioTree::matched(&moments, 12).unwrap();
        let branches = &tree.stages()[0];
        for i in 0..2 {
            let mean: f64 = branches.iter().map(|branch| branch.probability * branch.growth[i]).sum();
            assert!((mean - 1.0 - moments.mean[i]).abs() < 1e-15);
            for j in 0..2 {
                let second: f64 = branches
                    .iter()
                    .map(|branch| {
                        branch.probability * (branch.growth[i] - 1.0 - moments.mean[i]) * (branch.growth[j] - 1.0 - moments.mean[j])
                    })
                    .sum();
                assert!((second - covariance.get(i, j)).abs() < 1e-15);
            }
        }
    }
}
