//! `evenkeel tax-year`: what a year's disposals come to on each tax return of a household.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::tax::{Disposals, Filing, Jurisdiction, Records, RecordsError, ReportError, TaxError, YearReport};
use evenkeel_io::folder::{self, Options, Paths};
use evenkeel_io::journal::Recorded;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::{IdenticalSets, Identity};
use evenkeel_ledger::instrument::Universe;

use crate::analysis::output::{OutputArguments, PictureTheme};

use super::Outcome;

mod document;

mod rows;

mod text;

pub use document::{Dividend, Netted, OpenRow, PartTotals, Reported, ReturnDocument, TaxKind, TaxLines, TaxYearDocument, WashRow};

/// Arguments of `evenkeel tax-year`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder with journal.csv or journal.jsonl, household.toml, instruments.csv, and holdings.csv where
    /// the journal does not begin with the first purchase.
    pub folder: PathBuf,
    /// The tax year, by the calendar year in which it begins.
    #[arg(long, value_name = "YEAR")]
    pub year: i16,
    /// Only the return on which this owner is.
    #[arg(long, value_name = "ID")]
    pub owner: Option<String>,
    /// What counts as substantially identical.
    #[arg(long, value_name = "REACH", default_value = "related")]
    pub identical: Reach,
    /// The day whose evening holdings.csv shows; without it, the day before the first event.
    #[arg(long, value_name = "DATE")]
    pub opening: Option<Date>,
    /// The last day of which all events are known; without it, that of the last event.
    #[arg(long, value_name = "DATE")]
    pub through: Option<Date>,
    /// Write the disposals to this file as CSV, with the columns of Form 8949.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// How far "substantially identical" reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Reach {
    /// Only the instrument itself.
    Instrument,
    /// Also other share classes of its fund.
    SameFund,
    /// Also what the instruments file calls substantially identical.
    Related,
}

impl Reach {
    /// As the ledger knows it.
    const fn identity(self) -> Identity {
        match self {
            Self::Instrument => Identity::Instrument,
            Self::SameFund => Identity::SameFund,
            Self::Related => Identity::Related,
        }
    }
}

/// The files of a run.
struct Files {
    household: Household,
    universe: Universe,
    recorded: Recorded,
    /// Where the journal is.
    journal: PathBuf,
    opening: Holdings,
    /// The last day that is known.
    through: Date,
    warnings: Vec<Diagnostic>,
}

/// Does it.
pub fn run(arguments: &Arguments) -> Outcome {
    let files = match Files::load(arguments) {
        Ok(files) => files,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let document = files.document(arguments).and_then(|mut document| {
        if let Some(csv) = &arguments.csv {
            let output = OutputArguments { csv: Some(csv.clone()), pictures: None, theme: PictureTheme::Light };
            let rows = rows::table(&document).map_err(|error| vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, error.to_string())])?;
            document.written = output.write(&rows, &[]).map_err(|told| vec![*told])?;
        }
        Ok(document)
    });
    super::finish(files.warnings, document)
}

impl Files {
    fn load(arguments: &Arguments) -> Result<Self, Vec<Diagnostic>> {
        let found = Paths::in_folder(&arguments.folder)?;
        let Some(journal) = found.journal.clone() else {
            let told = Diagnostic::error(Code::INPUT_FILES, format!("there is no journal in {}", arguments.folder.display()));
            return Err(vec![told.help("add journal.csv or journal.jsonl: taxes are told of what happened")]);
        };
        let own = |paths: Paths| Paths { household: found.household.clone(), instruments: found.instruments.clone(), ..paths };
        let options = |as_of| Options { as_of, price_kind: None, study: false, settings: &[], past: false };
        // A journal may hold events of any day; the date matters to holdings alone.
        let year_end = Date::new(arguments.year, 12, 31).map_err(|_| {
            let told = Diagnostic::error(Code::ARGUMENT, format!("`--year {}` is no year of a calendar", arguments.year));
            vec![told.help("name the calendar year in which the tax year begins, such as 2025")]
        })?;
        let parsed = folder::load(&own(Paths { journal: Some(journal.clone()), ..Paths::default() }), options(year_end));
        let mut warnings = parsed.diagnostics;
        let (Some(household), Some(universe), Some(recorded)) =
            parsed.value.map_or((None, None, None), |read| (read.household, read.universe, read.journal))
        else {
            return Err(incomplete(&found, warnings));
        };
        let opening = opening_date(&recorded, arguments).map_err(|told| vec![*told])?;
        let holdings = match &found.holdings {
            Some(path) => {
                let parsed = folder::load(&own(Paths { holdings: Some(path.clone()), ..Paths::default() }), options(opening));
                let known = warnings.clone();
                warnings.extend(parsed.diagnostics.into_iter().filter(|told| !known.contains(told)));
                parsed.value.and_then(|read| read.holdings)
            }
            None => Some(Holdings::empty(&household, opening)),
        };
        let Some(opening) = holdings.filter(|_| !has_errors(&warnings)) else { return Err(warnings) };
        let last = recorded.journal.events().last().map_or(opening.as_of, |event| event.dates.trade);
        let through = arguments.through.unwrap_or(last).max(opening.as_of);
        Ok(Self { household, universe, recorded, journal, opening, through, warnings })
    }

    fn document(&self, arguments: &Arguments) -> Result<TaxYearDocument, Vec<Diagnostic>> {
        let sets = IdenticalSets::new(&self.universe, arguments.identical.identity());
        let events = self.recorded.journal.through(self.through);
        let records = Records { household: &self.household, sets: &sets, opening: &self.opening, events, through: self.through };
        let filings = match &arguments.owner {
            Some(owner) => Filing::of(&self.household, owner).map(|filing| vec![filing]),
            None => Filing::all(&self.household),
        };
        let mut matched: Vec<(&'static str, Disposals)> = Vec::new();
        let mut returns = Vec::new();
        for filing in filings.map_err(|error| vec![rules(&error)])? {
            let country = filing.jurisdiction().map_err(|error| vec![rules(&error)])?;
            if !matched.iter().any(|(code, _)| *code == country.code()) {
                let disposals = country.disposals(&records).map_err(|error| vec![self.refused(&error)])?;
                matched.push((country.code(), disposals));
            }
            if let Some((_, disposals)) = matched.iter().find(|(code, _)| *code == country.code()) {
                returns.push(self.return_of(&filing, country, arguments.year, &records, disposals)?);
            }
        }
        Ok(TaxYearDocument {
            household: self.household.id.clone(),
            year: arguments.year,
            identical: arguments.identical.identity(),
            opening: self.opening.as_of,
            through: self.through,
            returns,
            notice: document::NOTICE.to_owned(),
            written: Vec::new(),
        })
    }

    fn return_of(
        &self,
        filing: &Filing<'_>,
        country: &'static dyn Jurisdiction,
        year: i16,
        records: &Records<'_>,
        disposals: &Disposals,
    ) -> Result<ReturnDocument, Vec<Diagnostic>> {
        let report = YearReport::new(filing, year, records, &self.universe, disposals);
        let report = report.map_err(|error| self.untold(&error, disposals))?;
        let maker = document::Maker { filing, country, year, records, universe: &self.universe, disposals, report: &report };
        maker.make().map_err(|error| vec![self.refused(&error)])
    }

    /// Why records cannot be matched, with the row that says so.
    fn refused(&self, error: &RecordsError) -> Diagnostic {
        let help = match error {
            RecordsError::Overlap { .. } => {
                "say with `--opening` which day holdings.csv shows, and leave out the events that it includes already"
            }
            RecordsError::NotModeled { .. } => "see docs/reference/tax-scope.md; leave the event out, and compute what it causes by hand",
            RecordsError::Pooled { .. } => "write `basis_method = \"lots\"` in household.toml",
            _ => "correct that event; those before it stand",
        };
        let told = Diagnostic::error(Code::TAX_RECORDS, error.to_string()).help(help);
        match error.sequence().and_then(|sequence| self.place(sequence)) {
            Some(place) => told.at(place),
            None => told,
        }
    }

    /// Where the journal says an event.
    fn place(&self, sequence: u64) -> Option<evenkeel::diagnostic::Location> {
        let source = evenkeel_io::source::Source::open(&self.journal).ok()?;
        self.recorded.place(source.text().ok()?, sequence)
    }

    /// Why a return cannot be told; disposals of unknown basis or date one by one, with their rows.
    fn untold(&self, error: &ReportError, disposals: &Disposals) -> Vec<Diagnostic> {
        match error {
            ReportError::Tax(error) => vec![rules(error)],
            ReportError::Incomplete(places) => {
                let gains = places.iter().filter_map(|place| disposals.gains.get(*place));
                let told = gains.map(|gain| {
                    let account = self.household.accounts.get(gain.account.index()).map_or("", |account| account.id.as_str());
                    let lacks = if gain.basis.is_none() || gain.proceeds.is_none() { "cost basis" } else { "date of purchase" };
                    let message = format!(
                        "lot {} of {} in account `{account}` has no {lacks}, and is sold in the year",
                        gain.lot,
                        self.universe.symbol(gain.instrument)
                    );
                    let help = "write it in holdings.csv, or in the event that brought the lot; a basis that cannot be shown counts as 0";
                    let told = Diagnostic::error(Code::INCOMPLETE_LOT, message).help(help);
                    match self.place(gain.sequence) {
                        Some(place) => told.at(place),
                        None => told,
                    }
                });
                told.collect()
            }
            ReportError::BeforeRecords { .. } => {
                let help = "name a later year, or give a journal that reaches further back, with the holdings of before it";
                vec![Diagnostic::error(Code::TAX_RECORDS, error.to_string()).help(help)]
            }
            other => vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, other.to_string()).help("check quantities and amounts of the journal")],
        }
    }
}

/// Files that the command needs and that are not there, or what is wrong in those that are.
fn incomplete(found: &Paths, told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let needed = [("household.toml", found.household.is_some()), ("instruments.csv", found.instruments.is_some())];
    let missing = needed
        .iter()
        .filter(|(_, is_there)| !is_there)
        .map(|(file, _)| Diagnostic::error(Code::INPUT_FILES, format!("there is no {file}")).help("add it to the folder"));
    missing.chain(told).collect()
}

/// The day whose evening the holdings show.
fn opening_date(recorded: &Recorded, arguments: &Arguments) -> Result<Date, Box<Diagnostic>> {
    if let Some(opening) = arguments.opening {
        return Ok(opening);
    }
    let first = recorded.journal.events().first().map(|event| event.dates.trade);
    let before = first.and_then(|first| first.add_days(-1).ok());
    before.ok_or_else(|| {
        let told = Diagnostic::error(Code::TAX_RECORDS, "the journal has no events, so that the day of holdings.csv is not known");
        Box::new(told.help("say with `--opening` which day it shows"))
    })
}

fn rules(error: &TaxError) -> Diagnostic {
    let help = match error {
        TaxError::NoTable { rates_would_do: true, .. } => {
            "name one of those years with `--year`, or put `rates` in the place of `income` in household.toml, which need no table"
        }
        TaxError::NoTable { .. } => "name one of those years with `--year`: exempt amount and rates of another are not known here",
        TaxError::UnknownOwner(_) => "name an owner of household.toml",
        _ => "correct household.toml",
    };
    Diagnostic::error(Code::TAX_RULES, error.to_string()).help(help)
}
