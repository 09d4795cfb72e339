//! Accounts with composed funds: values by instrument that come nearest to what the sleeves want.
//!
//! minimize ‖E x − d‖², x within bounds and summing to the account's total, where column i of E
//! says how instrument i lies in the sleeves. Taking each class on its own would go short where
//! one fund stands for several classes.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::optimize::least_squares::{Problem, solve};

use crate::policy::Mode;

use super::context::Context;
use super::situation::{AccountSituation, Frozen};

/// What may be held of one instrument.
struct Column {
    instrument: Option<InstrumentId>,
    value: f64,
    lower: f64,
    upper: f64,
}

/// What an account is to hold.
pub(super) struct Nearest {
    /// By sleeve.
    pub(super) values: Vec<f64>,
    /// By instrument.
    pub(super) instruments: Vec<(InstrumentId, f64)>,
}

/// The values nearest to what the sleeves want; `None` where no values keep the bounds.
pub(super) fn nearest(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    mode: Mode,
    wanted: &[f64],
    frozen: &Frozen,
    total: f64,
) -> Option<Nearest> {
    let columns = columns(account, mode, frozen, total);
    let rows = wanted.len();
    let mut exposure = vec![0.0; rows * columns.len()];
    let mut put = |row: usize, column: usize, weight: f64| {
        if let Some(entry) = exposure.get_mut(row * columns.len() + column) {
            *entry += weight;
        }
    };
    for (index, column) in columns.iter().enumerate() {
        match column.instrument {
            Some(id) => context.sleeves.exposures(id).iter().for_each(|part| put(part.sleeve.0, index, part.weight)),
            None => put(context.sleeves.cash.0, index, 1.0),
        }
    }
    let pick = |of: fn(&Column) -> f64| columns.iter().map(of).collect::<Vec<f64>>();
    let (lower, upper, start) = (pick(|column| column.lower), pick(|column| column.upper), pick(|column| column.value));
    let problem = Problem { exposure: &exposure, wanted, lower: &lower, upper: &upper, start: &start, total: Some(total) };
    let solution = solve(&problem).ok()?;
    let values = solution.residual.iter().zip(wanted).map(|(residual, wanted)| wanted + residual).collect();
    let instruments = columns.iter().zip(&solution.solution).filter_map(|(column, value)| Some((column.instrument?, *value)));
    Some(Nearest { values, instruments: instruments.collect() })
}

/// Everything that is held or may be bought, and the cash.
fn columns(account: &AccountSituation<'_>, mode: Mode, frozen: &Frozen, total: f64) -> Vec<Column> {
    let may_sell = mode == Mode::Full || mode == Mode::SellOnly;
    let may_buy = mode != Mode::SellOnly;
    let mut columns: Vec<Column> = account
        .positions
        .iter()
        .map(|position| {
            let bought = may_buy && account.buys.contains(&Some(position.instrument));
            let fixed = frozen.contains(position.instrument);
            let lower =
                if may_sell && position.may_sell && !fixed { position.value - position.sellable().max(0.0) } else { position.value };
            let upper = if bought && !fixed { f64::INFINITY } else { position.value };
            let upper = if position.banned && may_sell && !fixed { lower } else { upper };
            Column { instrument: Some(position.instrument), value: position.value, lower, upper }
        })
        .collect();
    if may_buy {
        let mut unheld: Vec<InstrumentId> = account.buys.iter().flatten().copied().collect();
        unheld.retain(|id| !frozen.contains(*id) && !account.positions.iter().any(|position| position.instrument == *id));
        unheld.sort_unstable();
        unheld.dedup();
        columns.extend(unheld.into_iter().map(|id| Column { instrument: Some(id), value: 0.0, lower: 0.0, upper: f64::INFINITY }));
    }
    let floor = crate::boundary::to_f64(account.cash_floor.amount());
    let rest: f64 = columns.iter().map(|column| column.lower).sum();
    // Where not even selling all that may be sold keeps the floor, the cash is what is left.
    columns.push(Column { instrument: None, value: account.cash, lower: floor.min(total - rest), upper: f64::INFINITY });
    columns
}
