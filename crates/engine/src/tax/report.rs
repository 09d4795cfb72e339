//! [`YearReport`]: what the disposals of a tax year come to on one return.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::book::RealizedGain;
use evenkeel_ledger::date::{Date, DateError};
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Money, NumberError};
use evenkeel_ledger::term::Term;

use super::assess::{Assessment, YearGains};
use super::error::TaxError;
use super::filing::Filing;
use super::records::{Disposals, Records};

/// The tag of instruments by which they are told apart, and its value for those whose long-term gains are of collectibles.
pub const TAX_CLASS: (&str, &str) = ("tax_class", "collectible");

/// Whether an instrument is tagged as a collectible, such as a fund of gold.
pub fn is_collectible(universe: &Universe, instrument: InstrumentId) -> bool {
    universe.get(instrument).and_then(|known| known.tags.get(TAX_CLASS.0)).is_some_and(|tag| tag == TAX_CLASS.1)
}

/// What the disposals of a tax year come to on one return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearReport {
    /// First day of the tax year.
    pub first: Date,
    /// Last day of the tax year.
    pub last: Date,
    /// Disposals of the year on the return, by their places, in the order of events.
    pub disposals: Vec<usize>,
    /// Whether the gains stated as realized since the start of the year are counted too: those of before the records.
    pub counts_year_to_date: bool,
    /// Their gains and losses.
    pub gains: YearGains,
    /// What tax is due, with them and without.
    pub assessment: Assessment,
}

/// What is known of a household's gains.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Owners and accounts.
    pub household: &'a Household,
    /// The evening on which the records begin.
    pub since: Date,
    /// Gains and losses since, as the country's rules match them.
    pub gains: &'a [RealizedGain],
}

/// Why a year's disposals come to nothing that can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Disposals whose gain or term is unknown, by their places.
    #[error("of {} disposals of the year the cost basis or the date of purchase is unknown", .0.len())]
    Incomplete(Vec<usize>),
    /// The records begin after the year.
    #[error("the tax year ends on {last}, and the records begin on the evening of {as_of}: nothing of the year is known")]
    BeforeRecords {
        /// Last day of the tax year.
        last: Date,
        /// Date of the holdings that the records begin with.
        as_of: Date,
    },
    /// The rules give no answer.
    #[error(transparent)]
    Tax(#[from] TaxError),
    /// A number out of range, or of another currency.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A date out of range.
    #[error(transparent)]
    Date(#[from] DateError),
}

impl YearReport {
    /// Sums up the disposals of a tax year in the taxable accounts of a return, and assesses it.
    ///
    /// # Errors
    /// Records that begin after the year, disposals whose gain or term is unknown, accounts whose books are in another
    /// currency, or rules that give no answer.
    pub fn new(
        filing: &Filing<'_>,
        year: i16,
        records: &Records<'_>,
        universe: &Universe,
        disposals: &Disposals,
    ) -> Result<Self, ReportError> {
        let known = Known { household: records.household, since: records.opening.as_of, gains: &disposals.gains };
        Self::by_table(filing, year, year, universe, &known)
    }

    /// The same by the table of another year, where a year has none of its own.
    ///
    /// # Errors
    /// As [`YearReport::new`].
    pub fn by_table(filing: &Filing<'_>, year: i16, table: i16, universe: &Universe, known: &Known<'_>) -> Result<Self, ReportError> {
        let changed = filing.jurisdiction()?.rates_change(table)?;
        let counted = count(filing, year, universe, known, changed)?;
        let assessment = Assessment::new(filing, table, &counted.gains)?;
        let Counted { first, last, disposals, counts_year_to_date, gains } = counted;
        Ok(Self { first, last, disposals, counts_year_to_date, gains, assessment })
    }
}

/// The gains and losses of a tax year on a return.
pub(super) struct Counted {
    first: Date,
    last: Date,
    disposals: Vec<usize>,
    counts_year_to_date: bool,
    pub(super) gains: YearGains,
}

/// Sums up the disposals of a tax year in the taxable accounts of a return; those before the day on which rates change, apart.
///
/// # Errors
/// As [`YearReport::new`].
pub(super) fn count(
    filing: &Filing<'_>,
    year: i16,
    universe: &Universe,
    known: &Known<'_>,
    changed: Option<Date>,
) -> Result<Counted, ReportError> {
    let country = filing.jurisdiction()?;
    let (first, last) = country.year(year)?;
    let Known { household, since, gains } = *known;
    if since > last {
        return Err(ReportError::BeforeRecords { last, as_of: since });
    }
    let is_counted = |gain: &RealizedGain| {
        let account = household.accounts.get(gain.account.index());
        let is_taxed = account.is_some_and(|account| account.tax_treatment == TaxTreatment::Taxable && filing.includes(&account.owner));
        is_taxed && (first..=last).contains(&gain.realized)
    };
    let counted: Vec<usize> = (0..).zip(gains).filter(|(_, gain)| is_counted(gain)).map(|(place, _)| place).collect();
    let counts_year_to_date = since >= first;
    let mut sums = YearGains { carried: filing.carried()?, ..YearGains::zero(country.currency()) };
    if counts_year_to_date {
        sums.by_term = filing.year_to_date()?;
    }
    let mut incomplete = Vec::new();
    for place in &counted {
        let Some(gain) = gains.get(*place) else { continue };
        let term = if country.knows_terms() { gain.term() } else { Some(Term::Long) };
        let (Some(gained), Some(term)) = (gain.gain()?, term) else {
            incomplete.push(*place);
            continue;
        };
        if gained.currency() != country.currency() {
            let account = household.accounts.get(gain.account.index()).map_or("", |account| account.id.as_str());
            let what = format!("the books of account `{account}`");
            return Err(TaxError::Currency { what, given: gained.currency(), country: country.name(), taxed: country.currency() }.into());
        }
        let is_collectible =
            universe.get(gain.instrument).is_some_and(|known| known.tags.get(TAX_CLASS.0).is_some_and(|tag| tag == TAX_CLASS.1));
        let is_early = changed.is_some_and(|changed| gain.realized < changed);
        add(&mut sums, gained, term, is_collectible, is_early)?;
    }
    if !incomplete.is_empty() {
        return Err(ReportError::Incomplete(incomplete));
    }
    Ok(Counted { first, last, disposals: counted, counts_year_to_date, gains: sums })
}

fn add(sums: &mut YearGains, gain: Money, term: Term, is_collectible: bool, is_early: bool) -> Result<(), NumberError> {
    let GainsByTerm { short_term, long_term } = &mut sums.by_term;
    match term {
        Term::Short => *short_term = short_term.try_add(gain)?,
        Term::Long => {
            *long_term = long_term.try_add(gain)?;
            if is_collectible {
                sums.collectibles = sums.collectibles.try_add(gain)?;
            }
        }
    }
    if is_early {
        sums.before_change = sums.before_change.try_add(gain)?;
    }
    Ok(())
}
