//! What must hold for a program to have an answer: shapes that fit and numbers that are numbers.
//!
//! Limits that contradict one another are no error: a program without a feasible point is answered with
//! [`Status::Infeasible`](super::solution::Status::Infeasible) and the limits in conflict.

use super::program::{Cost, Program, Region, RiskLimit, Spread};

/// Why a program has no answer.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ProgramError {
    /// No asset.
    #[error("the program has no asset; give at least one")]
    NoAsset,
    /// A part whose shape does not fit.
    #[error("{part} has {found} entries, and the program needs {expected}")]
    Shape {
        /// The part.
        part: Part,
        /// Entries that the other parts ask for.
        expected: usize,
        /// Entries given.
        found: usize,
    },
    /// A number that is not finite, where one must be.
    #[error("entry {index} of {part} is {value}; fill the gap in the data, or leave that asset out")]
    NotFinite {
        /// The part.
        part: Part,
        /// The entry.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A number below zero, where the program would not be convex.
    #[error("entry {index} of {part} is {value}, and the program is convex only where it is at least 0")]
    Negative {
        /// The part.
        part: Part,
        /// The entry.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A limit that is not a number, or open on the wrong side.
    #[error("{part} {index} is {value}; an open side is minus infinity for a lower limit and infinity for an upper one")]
    Open {
        /// The part.
        part: Part,
        /// The entry.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// Kinks of a cost that are not in increasing order.
    #[error("the kinks of cost {index} are not in increasing order; sort them by weight")]
    Unsorted {
        /// The asset.
        index: usize,
    },
    /// A limit on risk that leaves no room.
    #[error("risk limit {index} is {value}, and it must be above 0; to hold its center exactly, give that as bounds")]
    NoRoom {
        /// The risk limit.
        index: usize,
        /// Its volatility.
        value: f64,
    },
}

/// A part of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Q.
    Quadratic,
    /// The factor in front of Q.
    Scale,
    /// b.
    Center,
    /// c.
    Linear,
    /// φ.
    Costs,
    /// The lower bounds.
    Lower,
    /// The upper bounds.
    Upper,
    /// A, row by row.
    Matrix,
    /// l.
    RowLower,
    /// u.
    RowUpper,
    /// A spread, by its place.
    Spread(usize),
    /// The limit of a spread.
    SpreadLimit,
    /// A risk limit, by its place.
    Risk(usize),
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quadratic => f.write_str("the covariance"),
            Self::Scale => f.write_str("the risk aversion"),
            Self::Center => f.write_str("the center"),
            Self::Linear => f.write_str("the linear part"),
            Self::Costs => f.write_str("the costs"),
            Self::Lower => f.write_str("lower bound"),
            Self::Upper => f.write_str("upper bound"),
            Self::Matrix => f.write_str("the rows"),
            Self::RowLower => f.write_str("lower limit of row"),
            Self::RowUpper => f.write_str("upper limit of row"),
            Self::Spread(at) => write!(f, "spread {at}"),
            Self::SpreadLimit => f.write_str("limit of spread"),
            Self::Risk(at) => write!(f, "risk limit {at}"),
        }
    }
}

impl Program {
    /// Whether shapes fit and every number is one.
    ///
    /// ```
    /// use evenkeel_quant::estimate::covariance::Covariance;
    /// use evenkeel_quant::optimize::check::{Part, ProgramError};
    /// use evenkeel_quant::optimize::program::{Program, Region};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
    /// let mut program = Program::minimum_variance(covariance, Region::long_only(2));
    /// assert_eq!(program.check(), Ok(()));
    /// program.region.upper = vec![1.0];
    /// assert_eq!(program.check(), Err(ProgramError::Shape { part: Part::Upper, expected: 2, found: 1 }));
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    ///
    /// # Errors
    /// [`ProgramError`], for the first thing that is wrong.
    pub fn check(&self) -> Result<(), ProgramError> {
        let size = self.size();
        if size == 0 {
            return Err(ProgramError::NoAsset);
        }
        if let Some(covariance) = &self.quadratic {
            length(Part::Quadratic, size, covariance.size())?;
            finite(Part::Quadratic, covariance.variances())?;
        }
        convex(Part::Scale, [self.scale])?;
        entries(Part::Center, size, &self.center)?;
        finite(Part::Linear, self.linear.iter().copied())?;
        if !self.costs.is_empty() {
            length(Part::Costs, size, self.costs.len())?;
        }
        self.costs.iter().enumerate().try_for_each(|(index, cost)| check_cost(index, cost))?;
        self.region.check(size)
    }
}

impl Region {
    /// Whether shapes fit so many assets, and numbers are numbers.
    pub(crate) fn check(&self, size: usize) -> Result<(), ProgramError> {
        let rows = self.rows.lower.len();
        length(Part::Lower, size, self.lower.len())?;
        length(Part::Upper, size, self.upper.len())?;
        length(Part::RowUpper, rows, self.rows.upper.len())?;
        length(Part::Matrix, rows * size, self.rows.matrix.rows() * self.rows.matrix.columns())?;
        if rows > 0 {
            length(Part::Matrix, rows, self.rows.matrix.rows())?;
        }
        if let Some(at) = self.rows.matrix.values().iter().position(|value| !value.is_finite()) {
            // Named row by row, as rows are written.
            let (row, column) = (at % rows, at / rows);
            return Err(ProgramError::NotFinite {
                part: Part::Matrix,
                index: row * size + column,
                value: self.rows.matrix.get(row, column),
            });
        }
        for (part, limits, wrong) in [
            (Part::Lower, &self.lower, 1.0),
            (Part::Upper, &self.upper, -1.0),
            (Part::RowLower, &self.rows.lower, 1.0),
            (Part::RowUpper, &self.rows.upper, -1.0),
        ] {
            open(part, limits.iter().copied(), wrong)?;
        }
        open(Part::SpreadLimit, self.spreads.iter().map(|spread| spread.limit), -1.0)?;
        self.spreads.iter().enumerate().try_for_each(|(at, spread)| check_spread(at, spread, size))?;
        self.risks.iter().enumerate().try_for_each(|(at, risk)| check_risk(at, risk, size))
    }
}

pub(crate) fn check_cost(index: usize, cost: &Cost) -> Result<(), ProgramError> {
    let jumps = cost.kinks.iter().map(|kink| kink.jump);
    let numbers = [cost.origin, cost.slope].into_iter().chain(cost.kinks.iter().map(|kink| kink.at));
    let curvatures = [cost.quadratic, cost.power].into_iter().chain(jumps);
    // A cost has several numbers; what is wrong is named by its asset.
    finite(Part::Costs, numbers).and_then(|()| convex(Part::Costs, curvatures)).map_err(|error| error.at(index))?;
    if cost.kinks.windows(2).any(|pair| pair[0].at > pair[1].at) {
        return Err(ProgramError::Unsorted { index });
    }
    Ok(())
}

fn check_spread(at: usize, spread: &Spread, size: usize) -> Result<(), ProgramError> {
    entries(Part::Spread(at), size, &spread.origin)?;
    for prices in [&spread.above, &spread.below] {
        length(Part::Spread(at), size, prices.len())?;
        convex(Part::Spread(at), prices.iter().copied())?;
    }
    Ok(())
}

fn check_risk(index: usize, risk: &RiskLimit, size: usize) -> Result<(), ProgramError> {
    length(Part::Risk(index), size, risk.covariance.size())?;
    finite(Part::Risk(index), risk.covariance.variances())?;
    entries(Part::Risk(index), size, &risk.center)?;
    if risk.volatility > 0.0 { Ok(()) } else { Err(ProgramError::NoRoom { index, value: risk.volatility }) }
}

impl ProgramError {
    /// The same, of another entry.
    fn at(self, index: usize) -> Self {
        match self {
            Self::NotFinite { part, value, .. } => Self::NotFinite { part, index, value },
            Self::Negative { part, value, .. } => Self::Negative { part, index, value },
            other => other,
        }
    }
}

fn length(part: Part, expected: usize, found: usize) -> Result<(), ProgramError> {
    if found == expected { Ok(()) } else { Err(ProgramError::Shape { part, expected, found }) }
}

fn entries(part: Part, expected: usize, values: &[f64]) -> Result<(), ProgramError> {
    length(part, expected, values.len())?;
    finite(part, values.iter().copied())
}

fn finite(part: Part, values: impl IntoIterator<Item = f64>) -> Result<(), ProgramError> {
    match values.into_iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, value)) => Err(ProgramError::NotFinite { part, index, value }),
        None => Ok(()),
    }
}

fn convex(part: Part, values: impl IntoIterator<Item = f64>) -> Result<(), ProgramError> {
    match values.into_iter().enumerate().find(|(_, value)| !value.is_finite() || *value < 0.0) {
        Some((index, value)) if value < 0.0 => Err(ProgramError::Negative { part, index, value }),
        Some((index, value)) => Err(ProgramError::NotFinite { part, index, value }),
        None => Ok(()),
    }
}

/// `wrong` is the sign of the infinity that leaves no room.
fn open(part: Part, values: impl IntoIterator<Item = f64>, wrong: f64) -> Result<(), ProgramError> {
    match values.into_iter().enumerate().find(|(_, value)| value.is_nan() || *value * wrong == f64::INFINITY) {
        Some((index, value)) => Err(ProgramError::Open { part, index, value }),
        None => Ok(()),
    }
}
