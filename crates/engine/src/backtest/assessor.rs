//! [`Assessor`]: what the events of a run come to on a return, by the code of `tax-year`.

use std::cell::RefCell;
use std::rc::Rc;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Event;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Money;

use crate::tax::{Disposals, Filing, Jurisdiction, Records, RecordsError, ReportError, TaxError, YearGains, YearReport};

/// How far the nearest year with a table of its own is looked for.
const YEARS_AWAY: i16 = 200;

/// The records of a run as known on a day.
pub(super) struct Assessor<'a> {
    pub(super) universe: &'a Universe,
    pub(super) sets: &'a IdenticalSets,
    pub(super) opening: &'a Holdings,
    pub(super) events: &'a [Event],
    /// The day.
    pub(super) through: Date,
    /// Disposals as matched by each country's rules, by its code: returns and years share them.
    pub(super) matched: RefCell<Vec<(&'static str, Rc<Disposals>)>>,
}

/// The tax of a return's year.
pub(super) struct Assessed {
    pub(super) tax: Money,
    /// Losses that the return carries on.
    pub(super) carried: GainsByTerm,
    /// Whether it is that of another year's table.
    pub(super) borrowed: bool,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unassessed {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Tax(#[from] TaxError),
}

impl Assessor<'_> {
    /// The tax of the return of an owner for a year into which the household's owners carry their losses.
    pub(super) fn assess(&self, household: &Household, owner: &str, year: i16) -> Result<Assessed, Unassessed> {
        let filing = Filing::of(household, owner)?;
        let country = filing.jurisdiction()?;
        let records = Records { household, sets: self.sets, opening: self.opening, events: self.events, through: self.through };
        let disposals = self.disposals(country, &records)?;
        let table = table(country, year);
        let report = YearReport::by_table(&filing, year, table, &records, self.universe, &disposals)?;
        // Losses carried in are the portfolio's too: what they save is not its cost in a year with gains.
        let nothing = country.settle(&filing, table, &YearGains::zero(country.currency()))?;
        let settled = report.assessment.with_gains;
        let tax = settled.liability.less(&nothing.liability).and_then(|caused| caused.total()).map_err(ReportError::Number)?;
        Ok(Assessed { tax, carried: settled.netting.carried, borrowed: table != year })
    }

    fn disposals(&self, country: &'static dyn Jurisdiction, records: &Records<'_>) -> Result<Rc<Disposals>, RecordsError> {
        let mut matched = self.matched.borrow_mut();
        if let Some((_, known)) = matched.iter().find(|(code, _)| *code == country.code()) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(country.disposals(records)?);
        matched.push((country.code(), Rc::clone(&found)));
        Ok(found)
    }
}

/// The year of whose table a tax is computed: its own, or the nearest that has one.
fn table(country: &dyn Jurisdiction, year: i16) -> i16 {
    let nearest = (0..YEARS_AWAY).flat_map(|away| [year.saturating_sub(away), year.saturating_add(away)]);
    nearest.into_iter().find(|year| country.source(*year).is_some()).unwrap_or(year)
}
