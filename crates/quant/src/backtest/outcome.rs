//! What came of a run.

/// How much of a run is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Totals alone.
    Totals,
    /// The value of each row and the events too.
    Values,
    /// And the weights of each row.
    Weights,
}

/// What a run traded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The first purchase.
    Start,
    /// A look that always trades.
    Look,
    /// An asset beyond its band: the one that was furthest beyond, the first of equals.
    Band {
        /// The asset.
        asset: usize,
    },
    /// The drift of the portfolio.
    PortfolioDrift,
    /// A contribution or withdrawal, and nothing else.
    Flow,
}

/// Trades of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// The row at whose close it was.
    pub row: usize,
    /// What for.
    pub cause: Cause,
    /// One-way: ½ Σ|trade| ÷ value with the row's flow, before costs.
    pub turnover: f64,
    /// What the trades cost, in the unit of value.
    pub cost: f64,
}

/// Sums over a run, the first purchase left out but for its cost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Value of the last row, trades of that row included.
    pub final_value: f64,
    /// One-way turnover of rebalances, summed.
    pub turnover: f64,
    /// One-way turnover of trades for flows alone, summed.
    pub flow_turnover: f64,
    /// What all trades cost, in the unit of value; that of the first purchase included.
    pub cost: f64,
    /// Number of rebalances.
    pub rebalances: usize,
    /// Where withdrawals took all there was: the row.
    pub ruined: Option<usize>,
}

/// One run of a study.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// Value of each row after its trades, row 0 being the start; empty where only totals are kept.
    pub values: Vec<f64>,
    /// Weights of each row after its trades, row by row; empty unless they are kept.
    pub weights: Vec<f64>,
    /// What was traded, in order; empty where only totals are kept.
    pub events: Vec<Event>,
    /// Sums over the run.
    pub totals: Totals,
}
