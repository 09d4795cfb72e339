//! Synthetic books: households of any number, from a seed.
//!
//! Made-up funds of nine classes follow three factors over ten years of weekdays; households have one to four
//! accounts, whose lots were bought along these paths. Each household has a stream of random numbers of its own,
//! so a book is the same for any number of shards. docs/guides/books.md says what is in it.

use evenkeel_ledger::date::Date;
use parquet::errors::ParquetError;

use crate::source::Source;

use super::manifest::ShardEntry;
use super::shard::ShardWriter;

mod household;

mod market;

mod model;

mod random;

use household::Households;
use market::Market;

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// How many households.
    pub households: u64,
    /// The seed.
    pub seed: u64,
    /// Over how many shards they are spread.
    pub shards: u64,
    /// The day of the book.
    pub as_of: Date,
    /// The share of households with a broken row, a fraction.
    pub broken: f64,
}

/// Makes the files of a synthetic book, one by one and in any order.
///
/// ```
/// use evenkeel_io::book::generate::{Generator, Plan};
/// let plan = Plan { households: 3, seed: 7, shards: 1, as_of: "2026-06-30".parse()?, broken: 0.0 };
/// let generator = Generator::new(plan)?;
/// let (entry, bytes) = generator.shard(0)?;
/// assert_eq!((entry.households, &bytes[..4]), (Some(3), &b"PAR1"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Generator {
    plan: Plan,
    market: Market,
}

impl Generator {
    /// Draws the market of a book.
    ///
    /// # Errors
    /// A day whose ten years before it are in no calendar.
    pub fn new(plan: Plan) -> Result<Self, evenkeel_ledger::date::DateError> {
        Ok(Self { plan, market: Market::draw(plan.seed, plan.as_of)? })
    }

    /// The text files of the book, by name; `version` is that of the program.
    pub fn files(&self, version: &str) -> Vec<(String, String)> {
        let mut files = vec![
            (super::BOOK_FILE.to_owned(), self.facts(version)),
            ("instruments.csv".to_owned(), market::instruments()),
            ("prices.csv".to_owned(), self.market.prices()),
        ];
        files.extend(model::MODELS.iter().map(|model| (model.file(), model.policy())));
        files
    }

    /// A shard and what the manifest says of it.
    ///
    /// # Errors
    /// None that a plan can lead to: amounts fit the format.
    pub fn shard(&self, index: u64) -> Result<(ShardEntry, Vec<u8>), ParquetError> {
        let mut writer = ShardWriter::new();
        let numbers = self.start(index)..self.start(index + 1);
        let (mut accounts, mut lots) = (0, 0);
        let households = Households { plan: &self.plan, market: &self.market };
        let count = usize::try_from(numbers.end - numbers.start).unwrap_or(usize::MAX);
        for number in numbers {
            for row in households.draw(number) {
                accounts += 1;
                lots += row.lots.len();
                writer.push(&row);
            }
        }
        let source = Source::new(format!("shards/{index:05}.parquet"), writer.finish()?);
        let entry = ShardEntry {
            file: source.file,
            households: Some(count),
            accounts: Some(accounts),
            lots: Some(lots),
            sha256: Some(source.sha256),
        };
        Ok((entry, source.bytes))
    }

    /// The number of the first household of a shard.
    fn start(&self, shard: u64) -> u64 {
        let Plan { households, shards, .. } = self.plan;
        let start = u128::from(households) * u128::from(shard) / u128::from(shards.max(1));
        u64::try_from(start).unwrap_or(households)
    }

    fn facts(&self, version: &str) -> String {
        let models: Vec<String> = model::MODELS.iter().map(|model| format!("{} = \"{}\"", model.name, model.file())).collect();
        format!(
            "# A synthetic book: made-up funds, prices and households.\nschema_version = 1\nname = \"{} synthetic households\"\n\
             as_of = {}\n\n[models]\n{}\n\n[generated]\nseed = {}\nversion = \"{version}\"\n",
            self.plan.households,
            self.plan.as_of,
            models.join("\n"),
            self.plan.seed,
        )
    }
}
