//! [`Segments`]: parts of portfolio and benchmark by period.

use evenkeel_quant::attribution::brinson::{Interaction, Model};
use evenkeel_quant::attribution::currency::Market;
use evenkeel_quant::attribution::linking::Linking;
use evenkeel_quant::attribution::segment::Segment;

/// How a history is attributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Effects that add up: model, place of interaction, linking.
    Arithmetic(Model, Interaction, Linking),
    /// Allocation level by level of the segments' paths, selection at the leaves.
    Levels(Linking),
    /// Markets and currencies apart, by Karnosky and Singer.
    Currency(Interaction, Linking),
    /// Effects that compound.
    Geometric,
}

/// Parts of portfolio and benchmark by period.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Segments {
    /// Names; paths such as `Equity/US` where they are leaves of a tree.
    pub names: Vec<String>,
    /// Names of the periods, the oldest first.
    pub periods: Vec<String>,
    /// By period, then by segment.
    pub rows: Vec<Vec<Segment>>,
    /// What segments gained that had no weight at the beginning, by period and segment; empty where there is nothing of the kind.
    pub traded: Vec<Vec<f64>>,
    /// Markets with their currencies by period and segment; empty where they are not known.
    pub markets: Vec<Vec<Market>>,
    /// Return of cash in the base currency by period; empty where returns in currencies are not told from the books.
    pub home_cash: Vec<f64>,
    /// What should be known of them.
    pub notes: Vec<String>,
}

impl Segments {
    /// Without segments that neither side ever had, nor gained by.
    #[must_use]
    pub fn without_empty(mut self) -> Self {
        let is_there = |segment: usize| {
            let held = self
                .rows
                .iter()
                .filter_map(|row| row.get(segment))
                .any(|part| part.portfolio_weight != 0.0 || part.benchmark_weight != 0.0);
            held || self.traded.iter().filter_map(|row| row.get(segment)).any(|gained| *gained != 0.0)
        };
        let kept: Vec<bool> = (0..self.names.len()).map(is_there).collect();
        keep(&mut self.names, &kept);
        for row in &mut self.rows {
            keep(row, &kept);
        }
        for row in &mut self.traded {
            keep(row, &kept);
        }
        for row in &mut self.markets {
            keep(row, &kept);
        }
        self
    }
}

fn keep<T>(values: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter().copied();
    values.retain(|_| kept.next().unwrap_or(true));
}
