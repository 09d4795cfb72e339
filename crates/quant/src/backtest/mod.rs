//! Backtests of weights: what a rule for trading toward target weights would have come to on a history of returns.
//!
//! No instruments, lots or taxes: assets are columns, holdings are values. [`run`] takes a [`Study`] (what happened,
//! what is aimed at, what it costs) and a [`Rule`] (when to look, when to act, and how); [`sweep`] takes many rules.
//!
//! # Rows
//!
//! Row 0 is the start, at which the targets are bought. Row t is the close after the t-th return, or that of the t-th
//! price after the first. On each row, in this order: the return, the management fee, the flow, the look, the trades
//! at that close. Values and weights of a row are those after all of that. Nothing of a row depends on later ones.
//!
//! | symbol | what |
//! |---|---|
//! | hᵢ | value held of asset i before trading: uᵢPᵢ, with units u constant between trades |
//! | V | Σ hᵢ + cash + the row's flow |
//! | tᵢ | target weight; drift of i is hᵢ ÷ V − tᵢ |
//! | xᵢ | value that i should have after trading, where the destination leads with V′ left after costs |
//! | cᵢ, f | cost of a trade: a fraction of its size, and an amount (a fraction of the start value) |
//! | φ | management fee of a row: all holdings, cash too, lose this fraction of what they are worth on each row |
//!
//! A band fires when a drift is **strictly** beyond it, compared with a tolerance of 10⁻¹² in weight. A drift of 5
//! points on a band of 5 points does not fire. Turnover is one-way, ½ Σ|trade| ÷ V. Weights are fractions of V.
//!
//! # Settlement
//!
//! | [`Settlement`] | a trade of asset i | cash after |
//! |---|---|---|
//! | `SelfFinancing` | to xᵢ(V′), with V′ = V − Σ cᵢ\|xᵢ(V′) − hᵢ\| − f N solved exactly | 0 |
//! | `OutlayInclusive` | with Δ = xᵢ(V) − hᵢ: buys (Δ − f) ÷ (1 + cᵢ); sells (\|Δ\| + f) ÷ (1 − cᵢ), at most hᵢ | what is left |
//! | `CashLimited` | Δ; by rising Δ, so that sells come first; a buy is cut to (cash − f) ÷ (1 + cᵢ); a sell that would not pay f is left out | what is left |
//! | `FeeFromCash` | Δ | what is left, below 0 by the costs |
//!
//! N counts the assets that trade where f is 0; a change of 10⁻¹² of value, or less, is rounding and no trade. V′ is a root of a piecewise linear function with slopes above 0, found
//! on its own piece, so nothing is cut off. The first purchase is a trade like others; it may be free.
//! Which assets are beyond their band, and whether all bounds can be kept at once, is decided at V.
//!
//! # Flows
//!
//! A flow comes in or is taken out at the close, before the look. If the rule does not fire, a contribution buys what is
//! short of target and a withdrawal sells what is above it, to the point nearest to the target weights; both cost as
//! other trades do. A return over time without flows is (Vₜ − Fₜ) ÷ Vₜ₋₁ − 1 of values after trades. A withdrawal of all
//! there is, or more, ends the run with values of 0; what cannot be traded for it is owed as cash below 0.
//!
//! # Gaps
//!
//! An asset without a value on a row, or worth nothing, rests: it keeps its last value, is not traded and fires nothing. With
//! S the targets of the others and F the value that rests, their targets are tⱼ (V − F) ÷ (S V): in proportion. So before
//! its listing an asset is not held, and after a total loss never bought again.

// Why a study cannot be run.
mod error;

// The history that a study runs over.
mod history;

// When to look, what fires, where trades lead, how they are paid.
mod rule;

// What all variants of a study have in common.
mod study;

// What came of a run.
mod outcome;

// Blocks of rows at once.
mod scan;

// The levels by which holdings grow, in blocks of rows.
mod levels;

// Where trades lead.
mod desk;

// How trades and their costs are paid.
mod settlement;

// One run, from event to event.
mod walk;

// Many variants of one study.
mod sweep;

pub use error::BacktestError;
pub use history::{Content, History, Missing};
pub use outcome::{Cause, Event, Record, Run, Totals};
pub use rule::{Band, Checks, Destination, Rule, Scope, Settlement, Trigger};
pub use study::{Costs, Study, Targets};
pub use sweep::sweep;

use levels::{Block, Marks, Reader};
use study::Checked;
use walk::Walk;

/// Runs a rule over a study.
///
/// ```
/// use evenkeel_quant::backtest::{History, Record, Rule, Study, run};
/// let study = Study::new(History::returns(&[0.10, -0.05, -0.08, 0.06, 0.15, 0.01, -0.12, 0.03], 2), &[0.5, 0.5]);
/// let rebalanced = run(&study, &Rule::periodic(1), Record::Values)?;
/// let held = run(&study, &Rule::buy_and_hold(), Record::Values)?;
/// assert!((rebalanced.totals.final_value - 1.025 * 0.99 * 1.08 * 0.955).abs() < 1e-15);
/// assert!((held.totals.final_value - 0.5 * (1.1 * 0.92 * 1.15 * 0.88 + 0.95 * 1.06 * 1.01 * 1.03)).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::backtest::BacktestError>(())
/// ```
///
/// # Errors
/// [`BacktestError`] where the study or the rule is wrong.
pub fn run(study: &Study<'_>, rule: &Rule, record: Record) -> Result<Run, BacktestError> {
    let checked = Checked::new(study)?;
    rule.check(checked.assets, checked.rows)?;
    let mut reader = Reader::new(checked.history, checked.management);
    let mut block = Block::new(checked.assets);
    let mut walk = Walk::new(&checked, rule, record);
    while reader.read(&mut block)? {
        walk.advance(&block, Marks::new(&block, &rule.checks, &checked));
    }
    Ok(walk.into_run())
}
