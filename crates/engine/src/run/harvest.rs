//! Loss harvesting for one household: which losses to realize today.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Currency, Money};
use evenkeel_quant::panel::Content;
use evenkeel_quant::risk::relative::realized_tracking_error;
use serde::Serialize;

use crate::boundary::to_f64;
use crate::comply::Check;
use crate::diagnostic::Diagnostic;
use crate::market::NamedPanel;
use crate::portfolio::{Portfolio, State};
use crate::trade::{Harvest, Side, Situation, harvest};

use super::{DISCLAIMER, Mandate, Provenance, SCHEMA_VERSION, Subject, measured, out_of_range};

/// Returns that two series must have in common for their tracking error.
const LEAST_RETURNS: usize = 20;

/// Which losses to realize, and what that saves.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HarvestProposal {
    /// Version of this document's schema.
    pub schema_version: u32,
    /// What it was made of.
    pub provenance: Provenance,
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The date of the decision.
    pub as_of: Date,
    /// Currency of all amounts that name none.
    pub currency: Currency,
    /// Value of the household before trading.
    pub value: Money,
    /// The losses, and the trades.
    pub harvest: Harvest,
    /// Every limit of the policy before and after.
    pub checks: Vec<Check>,
    /// Whether a hard limit is broken, so that it may not be traded.
    pub refused: bool,
    /// What else should be known.
    pub notes: Vec<String>,
    /// What this is not.
    pub disclaimer: &'static str,
}

impl Mandate<'_> {
    /// Finds the losses worth realizing under the policy's `[tax.harvest]`. Tracking errors of substitutes are those of the
    /// mandate's history, where it has one.
    ///
    /// # Errors
    /// All that is missing or contradictory, at once.
    pub fn harvest(&self, subject: &Subject<'_>, provenance: Provenance) -> Result<HarvestProposal, Vec<Diagnostic>> {
        let portfolio = self.value(subject.holdings)?;
        let targets = self.targets(subject.household, Some(&portfolio))?;
        let context = self.context(&targets.weights);
        let flows = self.flows(subject)?;
        let situation = Situation::new(&context, subject.household, &portfolio, &flows, subject.sold).map_err(out_of_range)?;
        let tracking = |sold: InstrumentId, bought: InstrumentId| {
            tracking_error(self.history?, self.market.as_of, self.universe.symbol(sold), self.universe.symbol(bought))
        };
        let found = harvest(&context, &situation, &tracking).map_err(out_of_range)?;
        let after = self.after_harvest(&portfolio, &found);
        let arrived: f64 = found.cash.iter().map(|line| to_f64(line.flows.amount())).sum();
        let (before, after) = (self.rules.measure(&measured::with_flows(&portfolio, arrived)), self.rules.measure(&after));
        let refused = self.rules.refuses(&before, &after) && !found.trades.is_empty();
        let mut notes = vec![
            "What is saved this year counts the gains and losses of the year so far and the losses carried in that the household \
             file states; what is deferred counts the long-term rate of today."
                .to_owned(),
        ];
        notes.extend(situation.tax_problems().iter().map(|problem| format!("{problem}.")));
        if self.history.is_none() {
            notes.push("No history of prices: substitutes are taken by rank, and their tracking error is not known.".to_owned());
        }
        Ok(HarvestProposal {
            schema_version: SCHEMA_VERSION,
            provenance,
            household: subject.household.id.clone(),
            policy: self.policy.name.clone(),
            as_of: self.market.as_of,
            currency: self.policy.base_currency,
            value: portfolio.value().map_err(out_of_range)?,
            checks: self.rules.check(&before, &after),
            harvest: found,
            refused,
            notes,
            disclaimer: DISCLAIMER,
        })
    }

    /// Values by instrument after the harvest.
    fn after_harvest(&self, portfolio: &Portfolio<'_>, harvest: &Harvest) -> State {
        let held = portfolio.accounts.iter().flat_map(|account| &account.positions);
        let held = held.map(|position| (position.instrument, to_f64(position.value.amount())));
        let traded = harvest.trades.iter().filter_map(|trade| {
            let gross = to_f64(trade.gross.amount());
            Some((self.universe.find(&trade.symbol)?, if trade.side == Side::Buy { gross } else { -gross }))
        });
        State::new(held.chain(traded), harvest.cash.iter().map(|line| to_f64(line.after.amount())).sum())
    }
}

/// Tracking error a year of one series against another, over the dates up to the day that both have.
fn tracking_error(history: &NamedPanel, as_of: Date, sold: &str, bought: &str) -> Option<f64> {
    let column = |name: &str| history.names.iter().position(|known| known == name);
    let (a, b) = (column(sold)?, column(bought)?);
    let known = history.panel.dates().iter().take_while(|day| **day <= as_of.ordinal()).count();
    let values = history.panel.values();
    let (a, b) = (values.column(a), values.column(b));
    let rows = (0..known).filter(|row| !a[*row].is_nan() && !b[*row].is_nan());
    let both: Vec<(f64, f64)> = rows.map(|row| (a[row], b[row])).collect();
    let (own, other): (Vec<f64>, Vec<f64>) = match history.panel.content() {
        Content::Prices => both
            .windows(2)
            .filter_map(|pair| match pair {
                [before, after] => Some((after.0 / before.0 - 1.0, after.1 / before.1 - 1.0)),
                _ => None,
            })
            .unzip(),
        Content::SimpleReturns => both.into_iter().unzip(),
        Content::LogReturns => both.into_iter().map(|(own, other)| (own.exp_m1(), other.exp_m1())).unzip(),
    };
    if own.len() < LEAST_RETURNS {
        return None;
    }
    Some(realized_tracking_error(&own, &other).ok()? * history.dates_per_year().sqrt())
}
