//! What a person decides beside the joint planner: what is left alone, and what is traded in any case.

use evenkeel_ledger::instrument::InstrumentId;

use crate::boundary::{to_f64, to_money};
use crate::trade::context::Context;
use crate::trade::list::Side;
use crate::trade::planner::Plan;
use crate::trade::situation::Situation;
use crate::words::amount;

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

impl Edit {
    /// What it says of a side of an instrument in an account.
    pub(super) fn of(&self, account: usize, instrument: InstrumentId, side: Side) -> Given {
        match *self {
            Self::Leave { account: of, instrument: left } if left == instrument && of.is_none_or(|of| of == account) => Given::Nothing,
            Self::Pin { account: of, instrument: pinned, value } if (of, pinned) == (account, instrument) => {
                if (value > 0.0) == (side == Side::Buy) { Given::Exactly(value.abs()) } else { Given::Nothing }
            }
            _ => Given::Open,
        }
    }

    /// The decision, for people.
    pub(super) fn in_words(&self, context: &Context<'_>, situation: &Situation<'_>) -> String {
        let (account, instrument) = match *self {
            Self::Leave { account, instrument } => (account, instrument),
            Self::Pin { account, instrument, .. } => (Some(account), instrument),
        };
        let place = account.map_or_else(String::new, |account| format!(" in `{}`", situation.account_id(account)));
        let symbol = context.universe.symbol(instrument);
        match *self {
            Self::Leave { .. } => format!("that {symbol} is left alone{place}"),
            Self::Pin { value, .. } => {
                let verb = if value > 0.0 { "buy" } else { "sell" };
                let worth = to_money(value.abs(), context.currency()).map_or_else(|_| format!("{:.2}", value.abs()), amount);
                format!("the pinned trade to {verb} {worth} of {symbol}{place}")
            }
        }
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
