//! `evenkeel wash-check`: whether trades would be wash sales, over all accounts of the household.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic, SourceText, has_errors};
use evenkeel::drift::ReviewHistory;
use evenkeel::run::Subject;
use evenkeel::tax::records::{Disposals, OpenLoss, Records, WashSale};
use evenkeel::tax::us::wash;
use evenkeel::trade::{Side, Trade, knows_washes};
use evenkeel_io::journal::{self, JournalContext};
use evenkeel_io::mapping::Mapping;
use evenkeel_io::page::{Page, Tone};
use evenkeel_io::source::{Source, is_there};
use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::book::RealizedGain;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade as Traded};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Money, Quantity, Rounding};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};
use serde::Serialize;

use crate::evidence::About;
use crate::exit::Status;
use crate::inputs::{InputArguments, Inputs};
use crate::render::number::{change, quantity};
use crate::render::table::{Column, Table};

use super::{Document, Outcome};

/// Days before and after a sale at a loss within which a purchase replaces what was sold (26 USC 1091(a)).
const WINDOW: i32 = 30;

/// What numbers of planned events begin after, so that no lot of the holdings bears the same.
const PLANNED: u64 = 1_000_000_000_000;

/// Arguments of `evenkeel wash-check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Trades to check, as a journal of the day of the decision or later (docs/reference/files.md). Left out: those that
    /// `rebalance` proposes.
    #[arg(long, value_name = "FILE")]
    pub trades: Option<PathBuf>,
}

/// Whether trades would be wash sales.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WashReport {
    /// The household.
    pub household: String,
    /// The date of the decision.
    pub as_of: Date,
    /// The first day from which purchases and sales were looked at.
    pub from: Date,
    /// The last day.
    pub through: Date,
    /// The accounts that were looked at.
    pub accounts: Vec<String>,
    /// How far identical reaches.
    pub identical: evenkeel_ledger::identical::Identity,
    /// Trades that were checked.
    pub trades: usize,
    /// What was found, in a sentence.
    pub statement: String,
    /// Losses, or parts of them, that would not be allowed.
    pub washes: Vec<Wash>,
    /// Purchases that would wash a loss of an earlier sale.
    pub earlier: Vec<EarlierWash>,
    /// Losses that a purchase would still wash, and until when.
    pub locks: Vec<Lock>,
    /// What this is not.
    pub disclaimer: &'static str,
}

/// A loss, or part of it, that would not be allowed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Wash {
    /// The account that sells.
    pub account: String,
    /// What it sells.
    pub symbol: String,
    /// The lot.
    pub lot: LotId,
    /// When.
    pub sold: Date,
    /// Units of it that are replaced.
    pub quantity: Quantity,
    /// The part of the loss that is not allowed, above zero.
    pub loss: Money,
    /// The account in which they are replaced.
    pub replaced_in: String,
    /// What replaces them.
    pub replaced_by: String,
    /// When that is, or was, bought.
    pub bought: Date,
    /// Whether the loss is lost for good, as in a retirement account, and not added to the basis of the replacement.
    pub permanent: bool,
}

/// A purchase that would wash a loss of an earlier sale, of which only the day is known.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarlierWash {
    /// The account that buys.
    pub account: String,
    /// What it buys.
    pub symbol: String,
    /// When.
    pub bought: Date,
    /// What was sold at a loss.
    pub sold_symbol: String,
    /// When that was.
    pub sold: Date,
}

/// A loss that a purchase would still wash.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lock {
    /// What may not be bought in any account.
    pub symbols: Vec<String>,
    /// The last day of the window.
    pub until: Date,
    /// The loss that would not be allowed, above zero; `null` of an earlier sale, of which only the day is known.
    pub loss: Option<Money>,
}

/// Checks trades.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.inputs.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let events = match &arguments.trades {
        Some(file) => planned(&inputs, file),
        None => proposed(&inputs),
    };
    match events.and_then(|events| check(&inputs, &events)) {
        Ok(report) => {
            let found = !report.washes.is_empty() || !report.earlier.is_empty();
            let status = if found { Status::Refused } else { Status::Done };
            Outcome { status, diagnostics: inputs.warnings, document: Some(Box::new(report)) }
        }
        Err(errors) => Outcome::invalid(inputs.warnings.into_iter().chain(errors).collect()),
    }
}

/// The trades of a file.
fn planned(inputs: &Inputs, file: &Path) -> Result<Vec<Event>, Vec<Diagnostic>> {
    let told = |error: Box<Diagnostic>| vec![*error];
    let source = Source::open(file).map_err(told)?;
    let text: SourceText<'_> = source.text().map_err(told)?;
    let context = JournalContext { household: &inputs.household, universe: &inputs.universe, until: None, after: None };
    let parsed = if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl")) {
        journal::read_lines(text, context)
    } else {
        let mapping = mapping(file)?;
        journal::read(text, mapping.as_ref(), context)
    };
    let Some(recorded) = parsed.value.filter(|_| !has_errors(&parsed.diagnostics)) else { return Err(parsed.diagnostics) };
    let as_of = inputs.market.as_of;
    let mut events = recorded.added().to_vec();
    if let Some(early) = events.iter().find(|event| event.dates.trade < as_of) {
        let message = format!("event {} is dated {}, before {as_of}, the day of the decision", early.sequence, early.dates.trade);
        return Err(vec![Diagnostic::error(Code::JOURNAL, message).help("what happened before belongs into the holdings or the journal")]);
    }
    for event in &mut events {
        event.sequence = event.sequence.saturating_add(PLANNED);
    }
    Ok(events)
}

fn mapping(file: &Path) -> Result<Option<Mapping>, Vec<Diagnostic>> {
    let beside = file.with_extension("mapping.toml");
    if !is_there(&beside) {
        return Ok(None);
    }
    let source = Source::open(&beside).map_err(|error| vec![*error])?;
    let parsed = Mapping::read(source.text().map_err(|error| vec![*error])?);
    match parsed.value {
        Some(mapping) => Ok(Some(mapping)),
        None => Err(parsed.diagnostics),
    }
}

/// The trades that `rebalance` proposes.
fn proposed(inputs: &Inputs) -> Result<Vec<Event>, Vec<Diagnostic>> {
    let history = ReviewHistory::default();
    let subject = Subject { household: &inputs.household, holdings: &inputs.holdings, flows: &[], sold: &inputs.sold, history };
    let proposal = inputs.mandate().propose(&subject, inputs.provenance.clone())?;
    let events = proposal.trades.iter().zip(1..).filter_map(|(trade, number)| event(inputs, trade, number));
    Ok(events.collect())
}

fn event(inputs: &Inputs, trade: &Trade, number: u64) -> Option<Event> {
    let lots = trade.lots.iter().map(|sale| LotQuantity { lot: sale.lot.clone(), quantity: sale.quantity });
    let account = inputs.household.accounts.get(inputs.household.account_index(&trade.account)?)?;
    let selection = match account.basis_method {
        _ if trade.lots.is_empty() => LotSelection::Strict,
        BasisMethod::Lots => LotSelection::Specific(lots.collect()),
        BasisMethod::AverageCost | BasisMethod::Pooled => LotSelection::By(LotMethod::AverageCost),
    };
    let instrument = inputs.universe.find(&trade.symbol)?;
    let in_books = |money: Money| inputs.market.fx.convert(money, account.currency, Rounding::HalfEven).ok();
    let (gross, fees) = (in_books(trade.gross)?, in_books(trade.costs.total)?);
    let traded = Traded { instrument, quantity: trade.quantity, gross, fees, selection };
    Some(Event {
        sequence: PLANNED.saturating_add(number),
        account: inputs.household.find_account(&trade.account)?,
        dates: EventDates::on(inputs.market.as_of),
        fx: None,
        kind: if trade.side == Side::Buy { EventKind::Buy(traded) } else { EventKind::Sell(traded) },
    })
}

fn check(inputs: &Inputs, events: &[Event]) -> Result<WashReport, Vec<Diagnostic>> {
    let as_of = inputs.market.as_of;
    let day = |days: i32| as_of.add_days(days).unwrap_or(as_of);
    let sets = IdenticalSets::new(&inputs.universe, inputs.policy.tax.identical);
    // The holdings are those before the trades of the day.
    let opening = Holdings { as_of: day(-1), accounts: inputs.holdings.accounts.clone() };
    let through = events.last().map_or(as_of, |event| event.dates.trade);
    let records = Records { household: &inputs.household, sets: &sets, opening: &opening, events, through };
    let applies = knows_washes(&inputs.household);
    let (mut washes, mut passed, mut locked) = (Vec::new(), Vec::new(), Vec::new());
    if applies {
        let washed = wash::replay(&records).map_err(|error| {
            let told = Diagnostic::error(Code::JOURNAL, format!("the trades cannot be made: {error}"));
            vec![told.help("sell what is held, name its lots, and give amounts in the currency of the account")]
        })?;
        washes.extend(washed.washes.iter().filter_map(|wash| described(inputs, washed.gains.get(wash.gain)?, wash)));
        passed = earlier(inputs, &sets, events);
        locked = locks(inputs, &sets, &washed);
    }
    let accounts: Vec<String> = inputs.household.accounts.iter().map(|account| account.id.clone()).collect();
    let (from, through) = (day(-WINDOW), through.max(as_of));
    let given = if accounts.len() == 1 { "1 account".to_owned() } else { format!("{} accounts", accounts.len()) };
    let among = format!("within the {given} given, from {from} to {through}");
    let count = washes.len() + passed.len();
    let statement = match count {
        _ if !applies => "No wash sale: they are a rule of the United States, where nobody here is taxed.".to_owned(),
        0 => format!("No wash sale {among}."),
        1 => format!("1 wash sale {among}."),
        _ => format!("{count} wash sales {among}."),
    };
    Ok(WashReport {
        household: inputs.household.id.clone(),
        as_of,
        from,
        through,
        accounts,
        identical: inputs.policy.tax.identical,
        trades: events.len(),
        statement,
        washes,
        earlier: passed,
        locks: locked,
        disclaimer: evenkeel::run::DISCLAIMER,
    })
}

fn described(inputs: &Inputs, gain: &RealizedGain, wash: &WashSale) -> Option<Wash> {
    let account = |id: evenkeel_ledger::account::AccountId| Some(inputs.household.accounts.get(id.index())?.id.clone());
    Some(Wash {
        account: account(gain.account)?,
        symbol: inputs.universe.symbol(gain.instrument).to_owned(),
        lot: gain.lot.clone(),
        sold: gain.realized,
        quantity: wash.quantity,
        loss: wash.loss,
        replaced_in: account(wash.replacement.account)?,
        replaced_by: inputs.universe.symbol(wash.replacement.instrument).to_owned(),
        bought: wash.replacement.acquired,
        permanent: wash.permanent,
    })
}

/// Purchases within 30 days of an earlier sale at a loss.
fn earlier(inputs: &Inputs, sets: &IdenticalSets, events: &[Event]) -> Vec<EarlierWash> {
    let mut found = Vec::new();
    for event in events {
        let EventKind::Buy(trade) = &event.kind else { continue };
        for sale in &inputs.sold {
            let near = (0..=WINDOW).contains(&event.dates.trade.days_since(sale.sold));
            if near && sets.of(sale.instrument) == sets.of(trade.instrument) {
                found.push(EarlierWash {
                    account: inputs.household.accounts.get(event.account.index()).map(|account| account.id.clone()).unwrap_or_default(),
                    symbol: inputs.universe.symbol(trade.instrument).to_owned(),
                    bought: event.dates.trade,
                    sold_symbol: inputs.universe.symbol(sale.instrument).to_owned(),
                    sold: sale.sold,
                });
            }
        }
    }
    found
}

/// What may not be bought after the trades.
fn locks(inputs: &Inputs, sets: &IdenticalSets, washed: &Disposals) -> Vec<Lock> {
    let mut locks: Vec<Lock> = Vec::new();
    let symbols = |id: InstrumentId| -> Vec<String> {
        let members = sets.of(id).map_or(&[][..], |set| sets.members(set));
        members.iter().map(|id| inputs.universe.symbol(*id).to_owned()).collect()
    };
    let lock = |open: &OpenLoss| {
        let gain = washed.gains.get(open.gain)?;
        Some(Lock { symbols: symbols(gain.instrument), until: open.until, loss: Some(open.loss) })
    };
    let earlier = inputs.sold.iter().map(|sale| Lock {
        symbols: symbols(sale.instrument),
        until: sale.sold.add_days(WINDOW).unwrap_or(sale.sold),
        loss: None,
    });
    let open = earlier.filter(|lock| lock.until >= inputs.market.as_of);
    for lock in open.chain(washed.open.iter().filter_map(lock)) {
        match locks.iter_mut().find(|known| known.symbols == lock.symbols && known.until == lock.until) {
            // A sum out of range leaves the loss that is known.
            Some(known) => known.loss = known.loss.zip(lock.loss).and_then(|(known, more)| known.try_add(more).ok()).or(known.loss),
            None => locks.push(lock),
        }
    }
    locks
}

impl Document for WashReport {
    fn page(&self) -> Page {
        let is_clean = self.washes.is_empty() && self.earlier.is_empty();
        let (word, tone) = if is_clean { ("CLEAN", Tone::Good) } else { ("WASH SALE", Tone::Bad) };
        let mut page = Page::of_verdict(word, tone, &self.statement);
        let mut table = Table::new([
            Column::Name("Account"),
            Column::Name("Sells"),
            Column::Name("Lot"),
            Column::Name("On"),
            Column::Number("Units"),
            Column::Number("Not allowed"),
            Column::Text("Because of"),
        ]);
        for wash in &self.washes {
            let fate = if wash.permanent { "the loss is lost for good" } else { "the loss goes into its basis" };
            table.row([
                wash.account.clone().into(),
                wash.symbol.clone().into(),
                wash.lot.to_string().into(),
                wash.sold.to_string().into(),
                quantity(wash.quantity),
                change(wash.loss),
                format!("{} in {}, bought on {}: {fate}", wash.replaced_by, wash.replaced_in, wash.bought).into(),
            ]);
        }
        page.table("Losses that would not be allowed", table);
        for earlier in &self.earlier {
            let EarlierWash { account, symbol, bought, sold_symbol, sold } = earlier;
            page.item(format!("Buying {symbol} in {account} on {bought} washes the loss of {sold_symbol}, sold on {sold}."));
        }
        for lock in &self.locks {
            page.item(format!("Do not buy {} up to {}, in any account.", lock.symbols.join(", "), lock.until));
        }
        page.say(self.disclaimer);
        page
    }

    fn about(&self) -> About {
        About { of: format!("Household {}", self.household), as_of: Some(self.as_of) }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
