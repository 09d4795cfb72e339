//! The document of `tax-year`, and how it is made.

use evenkeel::tax::{Disposals, DividendTest, Filing, Ground, Jurisdiction, Records, RecordsError, YearReport, untold};
use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::book::RealizedGain;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::{FilingStatus, TaxRates};
use evenkeel_ledger::identical::Identity;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Money, Quantity};
use evenkeel_ledger::term::Term;
use serde::Serialize;

/// What every document on taxes says.
pub(super) const NOTICE: &str = "Not tax advice. Which rules are modeled and which are not: docs/reference/tax-scope.md.";

/// Days before a tax year in which events matter to it.
const BEFORE: i32 = 31;

/// What a year's disposals come to on each return.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxYearDocument {
    /// The household.
    pub household: String,
    /// The tax year, by the calendar year in which it begins.
    pub year: i16,
    /// What counts as substantially identical.
    pub identical: Identity,
    /// The day whose evening the records begin with.
    pub opening: Date,
    /// The last day of which all events are known.
    pub through: Date,
    /// Each return.
    pub returns: Vec<ReturnDocument>,
    /// That this is not advice.
    pub notice: String,
    /// Files that were written.
    pub written: Vec<String>,
}

/// One return.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnDocument {
    /// Who is on it.
    pub owners: Vec<String>,
    /// Where they are taxed.
    pub jurisdiction: String,
    /// How it is filed.
    pub filing_status: FilingStatus,
    /// First day of the tax year.
    pub first: Date,
    /// Last day of the tax year.
    pub last: Date,
    /// Disposals in taxable accounts, by term.
    pub parts: Vec<PartTotals>,
    /// Gains and losses set against one another.
    pub netted: Netted,
    /// What tax is due.
    pub tax: TaxLines,
    /// Dividends, and interest that is exempt, in taxable accounts.
    pub dividends: Vec<Dividend>,
    /// Losses that are not allowed.
    pub wash_sales: Vec<WashRow>,
    /// Losses that a purchase after the last known day may still take up.
    pub provisional: Vec<OpenRow>,
    /// What should be known.
    pub notes: Vec<String>,
}

/// Disposals of one term.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartTotals {
    /// `short` or `long`; `null` where the country knows no terms.
    pub term: Option<&'static str>,
    /// What stands over them.
    pub heading: &'static str,
    /// In the order of events.
    pub disposals: Vec<Reported>,
    /// Sum of proceeds.
    pub proceeds: Money,
    /// Sum of bases.
    pub basis: Money,
    /// Sum of adjustments.
    pub adjustment: Money,
    /// Sum of gains and losses.
    pub gain: Money,
}

/// A disposal as Form 8949 asks for it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reported {
    /// Number of the event.
    pub event: u64,
    /// The account.
    pub account: String,
    /// Units and symbol.
    pub description: String,
    /// The instrument.
    pub symbol: String,
    /// Units.
    pub quantity: Quantity,
    /// The lot; in a country with pools, what the units were matched with.
    pub lot: LotId,
    /// Date of purchase; `null` where it is various or unknown.
    pub acquired: Option<Date>,
    /// Start of the holding period, earlier than the purchase where it is tacked.
    pub held_since: Option<Date>,
    /// Date of sale.
    pub sold: Option<Date>,
    /// Proceeds, fees taken off.
    pub proceeds: Money,
    /// Cost basis, fees added, with what wash sales before added to it.
    pub basis: Money,
    /// `W` where a loss is not allowed, `C` for collectibles.
    pub code: String,
    /// Loss that is not allowed.
    pub adjustment: Money,
    /// Proceeds less basis, adjustment added.
    pub gain: Money,
    /// Whether a short sale was closed.
    pub short_position: bool,
    /// The last day on which a purchase may still change it; `null` where it is final.
    pub provisional_until: Option<Date>,
}

/// Gains and losses set against one another.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "named like the lines")]
pub struct Netted {
    /// Short-term gains and losses of the year, net; all of a country without terms stand under long-term.
    pub short_term: Money,
    /// Long-term gains and losses of the year, net.
    pub long_term: Money,
    /// Short-term losses carried in.
    pub short_term_carried_in: Money,
    /// Long-term losses carried in.
    pub long_term_carried_in: Money,
    /// What is exempt of the gains.
    pub exempt: Money,
    /// Short-term gains that are taxed.
    pub short_term_taxed: Money,
    /// Long-term gains that are taxed.
    pub long_term_taxed: Money,
    /// Loss that reduces ordinary income.
    pub deducted: Money,
    /// Short-term losses for the next year.
    pub short_term_carried_out: Money,
    /// Long-term losses for the next year.
    pub long_term_carried_out: Money,
}

/// What tax is due.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxLines {
    /// Where the amounts of the year are from; `null` where stated marginal rates were used.
    pub source: Option<&'static str>,
    /// By kind.
    pub kinds: Vec<TaxKind>,
    /// All kinds together.
    pub total: TaxKind,
}

/// One kind of tax.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxKind {
    /// The kind.
    pub kind: &'static str,
    /// Of the return; where stated rates were used, of its gains.
    pub with_gains: Money,
    /// Of the same return without the year's gains.
    pub without_gains: Money,
    /// The difference: what the gains cause.
    pub caused: Money,
}

/// A dividend, and how much of it is qualified.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dividend {
    /// Number of the event.
    pub event: u64,
    /// The account.
    pub account: String,
    /// The instrument that paid.
    pub symbol: String,
    /// When it was received.
    pub received: Date,
    /// The ex-dividend date; `null` where the journal does not say, and the day of receipt stands for it.
    pub ex: Option<Date>,
    /// What was paid, before tax withheld.
    pub gross: Money,
    /// The part on units that were held long enough.
    pub qualified: Money,
    /// The part on units that may still be held long enough.
    pub open: Money,
    /// The part that is not taxed.
    pub exempt: Money,
    /// What says how it is taxed, but for how long units were held.
    pub ground: Ground,
}

/// A loss, or part of one, that is not allowed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WashRow {
    /// Number of the event that sold.
    pub event: u64,
    /// What was sold.
    pub symbol: String,
    /// The day of the sale.
    pub sold: Date,
    /// Units replaced.
    pub quantity: Quantity,
    /// Loss that is not allowed.
    pub loss: Money,
    /// The account with the replacement.
    pub account: String,
    /// What was bought.
    pub replacement: String,
    /// When it was bought.
    pub acquired: Date,
    /// The lot that it is now.
    pub lot: LotId,
    /// The start of its holding period now.
    pub held_since: Option<Date>,
    /// Its basis now.
    pub basis: Option<Money>,
    /// Whether the loss is lost for good.
    pub permanent: bool,
}

/// A loss that a later purchase may still take up.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenRow {
    /// Number of the event that sold.
    pub event: u64,
    /// What was sold.
    pub symbol: String,
    /// Units that were not replaced so far.
    pub quantity: Quantity,
    /// Their part of the loss.
    pub loss: Money,
    /// The last day of the window.
    pub until: Date,
}

/// What a return's document is made of.
pub(super) struct Maker<'a> {
    pub(super) filing: &'a Filing<'a>,
    pub(super) country: &'static dyn Jurisdiction,
    pub(super) year: i16,
    pub(super) records: &'a Records<'a>,
    pub(super) universe: &'a Universe,
    pub(super) disposals: &'a Disposals,
    pub(super) report: &'a YearReport,
}

impl Maker<'_> {
    pub(super) fn make(&self) -> Result<ReturnDocument, RecordsError> {
        Ok(ReturnDocument {
            owners: self.filing.owners().map(|owner| owner.id.clone()).collect(),
            jurisdiction: self.filing.owner.jurisdiction.clone(),
            filing_status: self.filing.status(),
            first: self.report.first,
            last: self.report.last,
            parts: self.parts()?,
            netted: self.netted(),
            tax: self.tax()?,
            dividends: self.dividends()?,
            wash_sales: self.wash_sales(),
            provisional: self.provisional(),
            notes: self.notes()?,
        })
    }

    fn parts(&self) -> Result<Vec<PartTotals>, RecordsError> {
        let terms: &[Term] = if self.country.knows_terms() { &[Term::Short, Term::Long] } else { &[Term::Long] };
        let mut parts = Vec::new();
        for term in terms {
            let name = self.country.knows_terms().then(|| if *term == Term::Short { "short" } else { "long" });
            let zero = Money::zero(self.country.currency());
            let heading = self.country.heading(*term);
            let mut part =
                PartTotals { term: name, heading, disposals: Vec::new(), proceeds: zero, basis: zero, adjustment: zero, gain: zero };
            for gain in self.report.disposals.iter().filter_map(|place| self.disposals.gains.get(*place)) {
                if self.country.knows_terms() && gain.term() != Some(*term) {
                    continue;
                }
                let Some(row) = self.reported(gain, *term)? else { continue };
                part.proceeds = part.proceeds.try_add(row.proceeds)?;
                part.basis = part.basis.try_add(row.basis)?;
                part.adjustment = part.adjustment.try_add(row.adjustment)?;
                part.gain = part.gain.try_add(row.gain)?;
                part.disposals.push(row);
            }
            parts.push(part);
        }
        Ok(parts)
    }

    fn reported(&self, gain: &RealizedGain, term: Term) -> Result<Option<Reported>, RecordsError> {
        let (Some(proceeds), Some(basis), Some(gained)) = (gain.proceeds, gain.basis, gain.gain()?) else { return Ok(None) };
        let symbol = self.universe.symbol(gain.instrument).to_owned();
        let is_collectible = term == Term::Long && evenkeel::tax::report::is_collectible(self.universe, gain.instrument);
        let code = [(is_collectible, "C"), (gain.deferred.is_positive(), "W")];
        Ok(Some(Reported {
            event: gain.sequence,
            account: self.account(gain.account.index()),
            description: format!("{} {symbol}", gain.quantity),
            symbol,
            quantity: gain.quantity,
            lot: gain.lot.clone(),
            acquired: gain.acquired,
            held_since: gain.held_since,
            sold: gain.sold,
            proceeds,
            basis,
            code: code.into_iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| letter).collect(),
            adjustment: gain.deferred,
            gain: gained,
            short_position: gain.short,
            provisional_until: gain.provisional_through.filter(|until| *until > self.records.through),
        }))
    }

    fn netted(&self) -> Netted {
        let (gains, settled) = (&self.report.gains, &self.report.assessment.with_gains);
        Netted {
            short_term: gains.by_term.short_term,
            long_term: gains.by_term.long_term,
            short_term_carried_in: gains.carried.short_term,
            long_term_carried_in: gains.carried.long_term,
            exempt: settled.exempt,
            short_term_taxed: settled.netting.taxable.short_term,
            long_term_taxed: settled.netting.taxable.long_term,
            deducted: settled.netting.deducted,
            short_term_carried_out: settled.netting.carried.short_term,
            long_term_carried_out: settled.netting.carried.long_term,
        }
    }

    fn tax(&self) -> Result<TaxLines, RecordsError> {
        let assessed = &self.report.assessment;
        let (with, without, caused) = (assessed.with_gains.liability, assessed.without_gains.liability, assessed.caused()?);
        let money = |amount| Money::new(amount, with.currency);
        let amounts = with.kinds.into_iter().zip(without.kinds).zip(caused.kinds);
        let kinds = self.country.kinds().iter().zip(amounts).map(|(kind, ((with, without), caused))| TaxKind {
            kind,
            with_gains: money(with),
            without_gains: money(without),
            caused: money(caused),
        });
        let total = TaxKind { kind: "total", with_gains: with.total()?, without_gains: without.total()?, caused: caused.total()? };
        let is_by_tables = self.filing.owners().any(|owner| owner.income.is_some());
        Ok(TaxLines { source: self.country.source(self.year).filter(|_| is_by_tables), kinds: kinds.collect(), total })
    }

    /// Dividends of the year in taxable accounts of the return.
    fn tested(&self) -> Result<Vec<DividendTest>, RecordsError> {
        let (first, last) = (self.report.first, self.report.last);
        let tests = self.country.dividends(self.records, self.universe, self.disposals, first, last)?;
        let is_own = |test: &DividendTest| {
            let account = self.records.household.accounts.get(test.account.index());
            account.is_some_and(|account| account.tax_treatment == TaxTreatment::Taxable && self.filing.includes(&account.owner))
        };
        Ok(tests.into_iter().filter(is_own).collect())
    }

    fn dividends(&self) -> Result<Vec<Dividend>, RecordsError> {
        let row = self.tested()?.into_iter().map(|test| Dividend {
            event: test.sequence,
            account: self.account(test.account.index()),
            symbol: self.universe.symbol(test.instrument).to_owned(),
            received: test.received,
            ex: test.ex_is_known.then_some(test.ex),
            gross: test.gross,
            qualified: test.qualified,
            open: test.open,
            exempt: test.exempt,
            ground: test.ground,
        });
        Ok(row.collect())
    }

    fn wash_sales(&self) -> Vec<WashRow> {
        let own = self.disposals.washes.iter().filter(|wash| self.is_counted(wash.gain));
        let row = |wash: &evenkeel::tax::WashSale| {
            let gain = self.disposals.gains.get(wash.gain)?;
            let into = &wash.replacement;
            Some(WashRow {
                event: gain.sequence,
                symbol: self.universe.symbol(gain.instrument).to_owned(),
                sold: gain.realized,
                quantity: wash.quantity,
                loss: wash.loss,
                account: self.account(into.account.index()),
                replacement: self.universe.symbol(into.instrument).to_owned(),
                acquired: into.acquired,
                lot: into.piece.clone(),
                held_since: into.held_since,
                basis: into.basis,
                permanent: wash.permanent,
            })
        };
        own.filter_map(row).collect()
    }

    fn provisional(&self) -> Vec<OpenRow> {
        let own = self.disposals.open.iter().filter(|loss| self.is_counted(loss.gain));
        let row = |loss: &evenkeel::tax::OpenLoss| {
            let gain = self.disposals.gains.get(loss.gain)?;
            let symbol = self.universe.symbol(gain.instrument).to_owned();
            Some(OpenRow { event: gain.sequence, symbol, quantity: loss.quantity, loss: loss.loss, until: loss.until })
        };
        own.filter_map(row).collect()
    }

    /// Whether a disposal is of the year and on the return; places are in order.
    fn is_counted(&self, place: usize) -> bool {
        self.report.disposals.binary_search(&place).is_ok()
    }

    fn account(&self, index: usize) -> String {
        self.records.household.accounts.get(index).map(|account| account.id.clone()).unwrap_or_default()
    }

    fn notes(&self) -> Result<Vec<String>, RecordsError> {
        let (records, report) = (self.records, self.report);
        let has_lots = records.opening.accounts.iter().any(|account| !account.lots().is_empty());
        let mut notes = vec![self.country.form_note().to_owned()];
        if self.filing.owners().all(|owner| owner.income.is_none()) {
            let has_rates = self.filing.owners().any(|owner| owner.rates != TaxRates::default());
            let at = if has_rates {
                "No income is stated: taxes are at the marginal rates of `rates` in household.toml."
            } else {
                "Neither income nor marginal rates are stated in household.toml: every tax is told as 0. State `rates`."
            };
            notes.push(format!("{at} With `income` they come from the tables."));
        }
        if records.opening.as_of >= report.first.add_days(-BEFORE).unwrap_or(report.first) && has_lots {
            notes.push(format!(
                "The records begin after {}: sales of the 30 days before the tax year, which purchases in it may change, are not all seen.",
                records.opening.as_of
            ));
        }
        if report.counts_year_to_date {
            notes.push(format!(
                "The records begin within the tax year: `year_to_date` of household.toml is counted for the days through {}.",
                records.opening.as_of
            ));
        }
        if records.through < report.last {
            notes.push(format!("Events are known through {}; the tax year ends on {}.", records.through, report.last));
        }
        let dividends = self.tested()?;
        notes.extend(untold(&dividends, self.universe)?);
        if self.filing.owners().any(|owner| owner.income.is_some()) && !dividends.is_empty() {
            notes.push("Dividends are taxed as `income` of household.toml states them; those of the journal do not change it.".to_owned());
        }
        let is_open = |gain: &RealizedGain| gain.provisional_through.is_some_and(|until| until > records.through);
        if self.disposals.gains.iter().zip(0..).any(|(gain, place)| is_open(gain) && self.is_counted(place)) {
            notes
                .push(format!("* Provisional: what is bought after {}, within 30 days of the sale, may still change it.", records.through));
        }
        if self.disposals.gains.iter().zip(0..).any(|(gain, place)| gain.short && self.is_counted(place)) {
            notes.push("Short sales are closed as the journal says; losses on them are not held against purchases.".to_owned());
        }
        Ok(notes)
    }
}
