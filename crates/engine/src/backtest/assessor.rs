//! [`Assessor`]: what the events of a run come to on a return, by the code of `tax-year`.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Event;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::identical::{IdenticalSets, Identity};
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Money;

use crate::tax::{Filing, Jurisdiction, Known, Matching, RecordsError, ReportError, Unassessed, YearGains, YearReport};

/// How far the nearest year with a table of its own is looked for.
const YEARS_AWAY: i16 = 200;

/// Assesses returns year after year; what was matched once is not matched again.
#[derive(Debug)]
pub(crate) struct Assessor<'a> {
    household: &'a Household,
    universe: &'a Universe,
    sets: IdenticalSets,
    /// Nothing: the journal begins with what was held at first.
    opening: Holdings,
    matched: Vec<Matched<'a>>,
}

/// A run's disposals as a country's rules match them.
#[derive(Debug)]
struct Matched<'a> {
    country: &'static dyn Jurisdiction,
    /// Or why they do not.
    matching: Result<Box<dyn Matching<'a> + 'a>, RecordsError>,
    /// Events that are in it.
    entered: usize,
}

/// The tax of a return's year.
pub(crate) struct Assessed {
    pub(crate) tax: Money,
    /// Losses that the return carries on.
    pub(crate) carried: GainsByTerm,
    /// Whether it is that of another year's table.
    pub(crate) borrowed: bool,
}

impl<'a> Assessor<'a> {
    pub(crate) fn new(household: &'a Household, universe: &'a Universe, identity: Identity, day: Date) -> Self {
        let opening = Holdings::empty(household, day.add_days(-1).unwrap_or(day));
        Self { household, universe, sets: IdenticalSets::new(universe, identity), opening, matched: Vec::new() }
    }

    /// The same so far, to go on with other events.
    pub(super) fn fork(&self) -> Self {
        let (sets, opening) = (self.sets.clone(), self.opening.clone());
        Self { sets, opening, matched: self.matched.iter().map(Matched::fork).collect(), ..*self }
    }

    /// The tax of the return of an owner for a year, by the events of a run on the evening of their last day. The
    /// household's owners carry their losses into the year.
    pub(crate) fn assess<'e>(
        &mut self,
        events: impl Iterator<Item = &'e Event>,
        household: &Household,
        owner: &str,
        year: i16,
    ) -> Result<Assessed, Unassessed> {
        let filing = Filing::of(household, owner)?;
        let country = filing.jurisdiction()?;
        let table = table(country, year);
        let (universe, since) = (self.universe, self.opening.as_of);
        let matching = self.matching(country, events)?;
        let known = Known { household, since, gains: &matching.gains()? };
        let report = YearReport::by_table(&filing, year, table, universe, &known)?;
        // Losses carried in are the portfolio's too: what they save is not its cost in a year with gains.
        let nothing = country.settle(&filing, table, &YearGains::zero(country.currency()))?;
        let settled = report.assessment.with_gains;
        let tax = settled.liability.less(&nothing.liability).and_then(|caused| caused.total()).map_err(ReportError::Number)?;
        Ok(Assessed { tax, carried: settled.netting.carried, borrowed: table != year })
    }

    /// What a country's rules match, with all events.
    fn matching<'e>(
        &mut self,
        country: &'static dyn Jurisdiction,
        events: impl Iterator<Item = &'e Event>,
    ) -> Result<&mut (dyn Matching<'a> + 'a), RecordsError> {
        let of_country = self.matched.iter().position(|known| known.country.code() == country.code());
        let mut known = match of_country {
            Some(place) => self.matched.swap_remove(place),
            None => Matched { country, matching: country.matching(self.household, &self.sets, &self.opening), entered: 0 },
        };
        known.enter(events);
        self.matched.push_mut(known).matching.as_deref_mut().map_err(|error| error.clone())
    }
}

impl Matched<'_> {
    fn fork(&self) -> Self {
        let matching = self.matching.as_ref().map(|matching| matching.fork()).map_err(Clone::clone);
        Self { country: self.country, matching, entered: self.entered }
    }

    /// Enters the events that are not in it yet. After an error it takes no more.
    fn enter<'e>(&mut self, events: impl Iterator<Item = &'e Event>) {
        for event in events.skip(self.entered) {
            let Ok(matching) = &mut self.matching else { return };
            if let Err(error) = matching.enter(event) {
                self.matching = Err(error);
            }
            self.entered += 1;
        }
    }
}

/// The year of whose table a tax is computed: its own, or the nearest that has one.
fn table(country: &dyn Jurisdiction, year: i16) -> i16 {
    let nearest = (0..YEARS_AWAY).flat_map(|away| [year.saturating_sub(away), year.saturating_add(away)]);
    nearest.into_iter().find(|year| country.source(*year).is_some()).unwrap_or(year)
}
