//! `evenkeel journal`: the events that made the holdings.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::folder::{self, Options, Paths};
use evenkeel_io::journal::Recorded;
use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::book::{AccountRules, Book};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

use super::{Document, Outcome};

mod append;

mod gains;

mod holdings;

pub use append::Appended;
pub use gains::{AccountGains, Gain, Gains};
pub use holdings::{AccountLine, LotLine, Lots, PositionLine, Replayed};

/// Arguments of `evenkeel journal`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do with the journal.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with a journal.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Add events at the end, if the books accept them; the journal is written whole or not at all.
    Append {
        /// The books.
        #[command(flatten)]
        books: Box<BooksArguments>,
        /// The events to add, in the form of the journal: with its header, or as JSON lines. A foreign
        /// table with a mapping file beside it is added to a journal of JSON lines.
        /// An event after `--as-of` is an error.
        #[arg(long, value_name = "FILE")]
        events: PathBuf,
        /// Book events that are the same as ones of the journal's last day: they happened again.
        #[arg(long)]
        again: bool,
    },
    /// Show cash and positions after the events of a date.
    Replay {
        /// The books.
        #[command(flatten)]
        books: Box<BooksArguments>,
    },
    /// Show every lot after the events of a date.
    Lots {
        /// The books.
        #[command(flatten)]
        books: Box<BooksArguments>,
    },
    /// Show every realized gain up to a date, to the day short or long.
    Gains {
        /// The books.
        #[command(flatten)]
        books: Box<BooksArguments>,
        /// Leave out gains before this date, such as the first of the tax year.
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
    },
}

/// Where the books are, and what they allow.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct BooksArguments {
    /// Folder with journal.csv or journal.jsonl, household.toml and instruments.csv.
    pub folder: Option<PathBuf>,
    /// The date through which events count; later ones of the journal are left out.
    #[arg(long, value_name = "DATE")]
    pub as_of: Date,
    /// The journal, in place of the folder's.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Owners and accounts, in place of household.toml.
    #[arg(long, value_name = "FILE")]
    pub household: Option<PathBuf>,
    /// What may be held, in place of instruments.csv.
    #[arg(long, value_name = "FILE")]
    pub instruments: Option<PathBuf>,
    /// Let cash go below zero in every account.
    #[arg(long)]
    pub allow_margin: bool,
    /// Let sales beyond what is held open short lots in every account.
    #[arg(long)]
    pub allow_short: bool,
}

/// A journal that has been read and replayed.
struct Books {
    as_of: Date,
    household: Household,
    universe: Universe,
    recorded: Recorded,
    path: PathBuf,
    book: Book,
    warnings: Vec<Diagnostic>,
}

/// Does it.
pub fn run(arguments: &Arguments) -> Outcome {
    let outcome = match &arguments.action {
        Action::Append { books, events, again } => books.load().and_then(|loaded| append::append(&loaded, books.rules(), events, *again)),
        Action::Replay { books } => books.load().and_then(|books| holdings::replayed(&books)),
        Action::Lots { books } => books.load().and_then(|books| holdings::lots(&books)),
        Action::Gains { books, from } => books.load().and_then(|books| gains::gains(&books, *from)),
    };
    outcome.unwrap_or_else(Outcome::invalid)
}

impl Action {
    /// The name under which it was asked for.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Append { .. } => "journal append",
            Self::Replay { .. } => "journal replay",
            Self::Lots { .. } => "journal lots",
            Self::Gains { .. } => "journal gains",
        }
    }

    /// What its page is called.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Append { .. } => "Events added to the journal",
            Self::Replay { .. } => "Holdings by the journal",
            Self::Lots { .. } => "Lots by the journal",
            Self::Gains { .. } => "Realized gains by the journal",
        }
    }
}

impl BooksArguments {
    fn load(&self) -> Result<Books, Vec<Diagnostic>> {
        let found = self.folder.as_ref().map_or_else(|| Ok(Paths::default()), |folder| Paths::in_folder(folder))?;
        let paths = Paths {
            journal: self.journal.clone().or(found.journal),
            household: self.household.clone().or(found.household),
            instruments: self.instruments.clone().or(found.instruments),
            ..Paths::default()
        };
        let parsed = folder::load(&paths, Options { as_of: self.as_of, price_kind: None, study: false, settings: &[], past: false });
        let Some(read) = parsed.value else { return Err(parsed.diagnostics) };
        let (Some(household), Some(universe), Some(recorded), Some(path)) = (read.household, read.universe, read.journal, paths.journal)
        else {
            let missing = Diagnostic::error(Code::INPUT_FILES, "a journal, a household or the instruments are missing");
            return Err(vec![missing.help("the folder needs journal.csv or journal.jsonl, household.toml and instruments.csv")]);
        };
        let book = replay(&recorded, self.as_of, &household, self.rules(), &path)?;
        Ok(Books { as_of: self.as_of, household, universe, recorded, path, book, warnings: parsed.diagnostics })
    }

    fn rules(&self) -> AccountRules {
        AccountRules { margin: self.allow_margin, short: self.allow_short, ..AccountRules::STRICT }
    }
}

impl Books {
    /// The id of an account.
    fn account(&self, id: AccountId) -> String {
        self.household.accounts.get(id.index()).map(|account| account.id.clone()).unwrap_or_default()
    }

    /// A number of the books that is out of range.
    fn out_of_range(&self, error: &impl std::fmt::Display) -> Vec<Diagnostic> {
        let message = format!("what {} adds up to cannot be counted: {error}", self.path.display());
        vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, message).help("check quantities and amounts of the journal")]
    }

    fn done(&self, document: impl Document + 'static) -> Outcome {
        Outcome::done(document, self.warnings.clone())
    }
}

/// The books after the events of a date, or the event of a file that they refuse.
fn replay(recorded: &Recorded, as_of: Date, household: &Household, rules: AccountRules, file: &Path) -> Result<Book, Vec<Diagnostic>> {
    let accounts = (0..household.accounts.len()).filter_map(AccountId::from_index);
    let mut book = accounts.fold(Book::new(household), |book, account| book.with_rules(account, rules));
    book.apply_all(recorded.journal.through(as_of))
        .map_err(|error| vec![recorded.refused(&error, file).help("correct that event; those before it stand")])?;
    Ok(book)
}
