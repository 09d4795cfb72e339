//! What a person decides beside the joint planner: what is left alone, and what is traded in any case.

use evenkeel_ledger::instrument::InstrumentId;

use crate::boundary::to_f64;
use crate::trade::context::Context;
use crate::trade::list::Side;
use crate::trade::planner::Plan;

/// A decision that the joint planner takes as given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Edit {
    /// An instrument is neither bought nor sold.
    Leave {
        /// Position of the account in the household; all accounts without it.
        account: Option<usize>,
        /// The instrument.
        instrument: InstrumentId,
    },
    /// An instrument is traded by so much.
    Pin {
        /// Position of the account in the household.
        account: usize,
        /// The instrument.
        instrument: InstrumentId,
        /// Value bought (above zero) or sold (below zero), in the base currency.
        value: f64,
    },
}

/// What edits say of a side of an instrument in an account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Given {
    /// Nothing.
    Open,
    /// It is not traded.
    Nothing,
    /// It is traded by so much, above zero.
    Exactly(f64),
}

impl Given {
    pub(super) fn of(edits: &[Edit], account: usize, instrument: InstrumentId, side: Side) -> Self {
        let mut given = Self::Open;
        for edit in edits {
            match *edit {
                Edit::Leave { account: of, instrument: left } if left == instrument && of.is_none_or(|of| of == account) => {
                    return Self::Nothing;
                }
                Edit::Pin { account: of, instrument: pinned, value } if (of, pinned) == (account, instrument) => {
                    given = if (value > 0.0) == (side == Side::Buy) { Self::Exactly(value.abs()) } else { Self::Nothing };
                }
                _ => {}
            }
        }
        given
    }
}

/// Whether a plan does what edits ask for, as nearly as lots and cents let it.
pub(super) fn are_kept(context: &Context<'_>, edits: &[Edit], plan: &Plan) -> bool {
    let traded = |account: Option<usize>, instrument: InstrumentId| -> f64 {
        let accounts = plan.accounts.iter().enumerate().filter(|(index, _)| account.is_none_or(|account| account == *index));
        let executions = accounts.flat_map(|(_, settled)| &settled.executions).filter(|execution| execution.order.instrument == instrument);
        executions.map(|execution| to_f64(execution.gross.amount()) * if execution.side == Side::Buy { 1.0 } else { -1.0 }).sum()
    };
    edits.iter().all(|edit| match *edit {
        Edit::Leave { account, instrument } => traded(account, instrument) == 0.0,
        Edit::Pin { account, instrument, value } => {
            (traded(Some(account), instrument) - value).abs() <= 0.5 * context.unit(instrument).lot + 2.0 * context.cent
        }
    })
}
