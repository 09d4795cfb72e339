//! Runs `specs/lots.md`: events into the books, lots, gains and cash out.
//!
//! | table | columns |
//! |---|---|
//! | accounts | account, basis (lots, average cost, pooled), margin, short (yes, no), taxed (yes, later, never) |
//! | events | #, date, account, event, symbol, quantity, amount, fees, lots, to, ratio, value, in lieu, part, acquired, refused |
//! | lots | account, lot, symbol, quantity, basis, acquired, held since |
//! | gains | event, lot, symbol, quantity, proceeds, basis, gain, acquired, sold, term |
//! | cash | account, amount |

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_ledger::account::{Account, BasisMethod, TaxTreatment};
use evenkeel_ledger::book::{AccountRules, Book, RealizedGain};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{
    CashInLieu, Event, EventDates, EventKind, Income, MergerTerms, Ratio, Reinvestment, SpinOff, StockTerms, Trade, TransferredLot,
};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Relation, RelationKind, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity, Rate};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};

use super::{Row, Spec, SpecError, Table};

pub(super) const EVENT_COLUMNS: [&str; 16] = [
    "#", "date", "account", "event", "symbol", "quantity", "amount", "fees", "lots", "to", "ratio", "value", "in lieu", "part", "acquired",
    "refused",
];

/// The account of examples that name none: it keeps lots and may borrow, so that no deposit is needed.
const ACCOUNT: &str = "main";

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["accounts", "events", "lots", "gains", "cash"])?;
    let mut example = Example::new(spec)?;
    for table in &spec.tables {
        match table.kind.as_str() {
            "events" => {
                table.expect_columns(&EVENT_COLUMNS)?;
                table.rows.iter().try_for_each(|row| example.enter(row))?;
            }
            "lots" => table.expect_rows(&example.lots(&example.holdings(table)?))?,
            "gains" => table.expect_rows(&example.gains(table, example.book.realized())?)?,
            "cash" => table.expect_rows(&example.cash())?,
            _ => {}
        }
    }
    Ok(())
}

/// The books of an example.
pub(super) struct Example {
    pub(super) household: Household,
    pub(super) universe: Universe,
    book: Book,
    last: Option<Date>,
}

impl Example {
    pub(super) fn new(spec: &Spec) -> Result<Self, SpecError> {
        let at = |message: &dyn std::fmt::Display| SpecError::new(spec.line, message);
        let mut accounts = Vec::new();
        let mut rules = Vec::new();
        for row in spec.tables.iter().filter(|table| table.kind == "accounts").flat_map(|table| &table.rows) {
            let basis_method = match row.get("basis") {
                "" | "lots" => BasisMethod::Lots,
                "average cost" => BasisMethod::AverageCost,
                "pooled" => BasisMethod::Pooled,
                other => return Err(SpecError::new(row.line, format!("`{other}` is no way to keep basis"))),
            };
            let tax_treatment = match row.get("taxed") {
                "" | "yes" => TaxTreatment::Taxable,
                "later" => TaxTreatment::Deferred,
                "never" => TaxTreatment::Exempt,
                other => return Err(SpecError::new(row.line, format!("`taxed` is yes, later or never, not {other}"))),
            };
            accounts.push(Account { basis_method, tax_treatment, ..Account::new(row.get("account"), "owner", Currency::USD) });
            let yes = |column: &str, default: bool| if row.get(column).is_empty() { default } else { row.get(column) == "yes" };
            rules.push((row.get("account"), AccountRules { margin: yes("margin", true), short: yes("short", false), matching_days: 0 }));
        }
        if accounts.is_empty() {
            accounts.push(Account::new(ACCOUNT, "owner", Currency::USD));
            rules.push((ACCOUNT, AccountRules { margin: true, ..AccountRules::STRICT }));
        }
        let household = Household::new("spec", vec![owner()], accounts).map_err(|errors| at(&format!("{errors:?}")))?;
        let mut book = Book::new(&household);
        for (name, rules) in rules {
            let account = household.find_account(name).ok_or_else(|| at(&"no such account"))?;
            book = book.with_rules(account, rules);
        }
        let events = spec.tables.iter().filter(|table| table.kind == "events").flat_map(|table| &table.rows);
        let symbols: BTreeSet<&str> =
            events.flat_map(|row| [row.get("symbol"), row.get("to")]).filter(|symbol| !symbol.is_empty()).collect();
        let class = ClassPath::new("Equity").map_err(|error| at(&error))?;
        let instruments: Vec<Instrument> = symbols
            .into_iter()
            .map(|symbol| Ok(Instrument { relations: relations(spec, symbol)?, ..Instrument::new(symbol, class.clone(), Currency::USD) }))
            .collect::<Result<_, SpecError>>()?;
        let universe = Universe::new(instruments).map_err(|error| at(&error))?;
        Ok(Self { household, universe, book, last: None })
    }

    /// The event of a row.
    pub(super) fn event(&self, row: &Row) -> Result<Event, SpecError> {
        let name = if row.get("account").is_empty() { ACCOUNT } else { row.get("account") };
        let account = self.household.find_account(name).ok_or_else(|| SpecError::new(row.line, format!("there is no account `{name}`")))?;
        let dates = EventDates::on(row.read("date")?);
        Ok(Event { sequence: row.read("#")?, account, dates, fx: None, kind: self.kind(row)? })
    }

    /// Enters an event, or sees it refused for the reason that the row gives.
    fn enter(&mut self, row: &Row) -> Result<(), SpecError> {
        let event = self.event(row)?;
        let expected = row.get("refused");
        match self.book.apply(&event) {
            Ok(()) if expected.is_empty() => {
                self.last = Some(event.dates.trade);
                Ok(())
            }
            Ok(()) => Err(SpecError::new(row.line, format!("the event is accepted, and should be refused: {expected}"))),
            Err(error) if !expected.is_empty() && error.to_string().contains(expected) => Ok(()),
            Err(error) => Err(SpecError::new(row.line, error)),
        }
    }

    fn kind(&self, row: &Row) -> Result<EventKind, SpecError> {
        let amount = || money(row, "amount");
        Ok(match row.get("event") {
            "deposit" => EventKind::Deposit(amount()?),
            "withdrawal" => EventKind::Withdrawal(amount()?),
            "fee" => EventKind::Fee(amount()?),
            "tax" => EventKind::Tax(amount()?),
            "buy" => EventKind::Buy(self.trade(row)?),
            "sell" => EventKind::Sell(self.trade(row)?),
            "sell short" => EventKind::SellShort(self.trade(row)?),
            "dividend" => EventKind::Dividend { instrument: self.instrument(row, "symbol")?, income: self.income(row, false)? },
            "reinvested dividend" => EventKind::Dividend { instrument: self.instrument(row, "symbol")?, income: self.income(row, true)? },
            "interest" => EventKind::Interest { instrument: None, income: self.income(row, false)? },
            "split" => {
                EventKind::Split { instrument: self.instrument(row, "symbol")?, ratio: ratio(row)?, cash_in_lieu: cash_in_lieu(row)? }
            }
            "symbol change" => EventKind::SymbolChange { from: self.instrument(row, "symbol")?, to: self.instrument(row, "to")? },
            "spin-off" => EventKind::SpinOff(SpinOff {
                parent: self.instrument(row, "symbol")?,
                child: self.instrument(row, "to")?,
                ratio: ratio(row)?,
                basis_fraction: row.read::<Rate>("part")?,
                cash_in_lieu: cash_in_lieu(row)?,
            }),
            "transfer in" => EventKind::TransferIn([self.transferred(row)?].into()),
            "transfer out" => self.transfer_out(row)?,
            merger => EventKind::Merger {
                from: self.instrument(row, "symbol")?,
                terms: self.merger(merger, row)?,
                cash_in_lieu: cash_in_lieu(row)?,
            },
        })
    }

    fn merger(&self, name: &str, row: &Row) -> Result<MergerTerms, SpecError> {
        let stock = || Ok::<_, SpecError>(StockTerms { instrument: self.instrument(row, "to")?, ratio: ratio(row)? });
        Ok(match name {
            "merger for cash" => MergerTerms::Cash { proceeds: money(row, "amount")? },
            "merger for stock" => MergerTerms::Stock(stock()?),
            "merger for stock and cash" => {
                MergerTerms::StockAndCash { stock: stock()?, stock_value: money(row, "value")?, cash: money(row, "amount")? }
            }
            "taxed merger" => MergerTerms::Taxed { stock: stock()?, stock_value: money(row, "value")?, cash: money(row, "amount")? },
            other => return Err(SpecError::new(row.line, format!("`{other}` is no event"))),
        })
    }

    fn trade(&self, row: &Row) -> Result<Trade, SpecError> {
        Ok(Trade {
            instrument: self.instrument(row, "symbol")?,
            quantity: row.read("quantity")?,
            gross: money(row, "amount")?,
            fees: usd(row.read_or("fees", Decimal::ZERO)?),
            selection: selection(row)?,
        })
    }

    fn income(&self, row: &Row, reinvested: bool) -> Result<Income, SpecError> {
        let gross = money(row, "amount")?;
        let bought = || {
            Ok::<_, SpecError>(Reinvestment { instrument: self.instrument(row, "symbol")?, quantity: row.read("quantity")?, cost: gross })
        };
        Ok(Income { gross, withheld: usd(Decimal::ZERO), reinvested: reinvested.then(bought).transpose()? })
    }

    fn transferred(&self, row: &Row) -> Result<TransferredLot, SpecError> {
        let optional = |column: &str| !row.get(column).is_empty();
        Ok(TransferredLot {
            id: row.read("lots")?,
            instrument: self.instrument(row, "symbol")?,
            quantity: row.read("quantity")?,
            cost_basis: optional("amount").then(|| money(row, "amount")).transpose()?,
            acquired: optional("acquired").then(|| row.read("acquired")).transpose()?,
            held_since: None,
        })
    }

    fn transfer_out(&self, row: &Row) -> Result<EventKind, SpecError> {
        let to = match row.get("to") {
            "" => None,
            name => Some(self.household.find_account(name).ok_or_else(|| SpecError::new(row.line, "`to` is no account"))?),
        };
        let instrument = self.instrument(row, "symbol")?;
        Ok(EventKind::TransferOut { instrument, quantity: row.read("quantity")?, selection: selection(row)?, to })
    }

    fn instrument(&self, row: &Row, column: &str) -> Result<InstrumentId, SpecError> {
        self.universe.find(row.get(column)).ok_or_else(|| SpecError::new(row.line, format!("`{column}` must be given")))
    }

    fn holdings(&self, table: &Table) -> Result<Holdings, SpecError> {
        let at = |error: &dyn std::fmt::Display| SpecError::new(table.line, error);
        match self.last {
            Some(last) => self.book.holdings(last).map_err(|error| at(&error)),
            None => Ok(Holdings::empty(&self.household, Date::from_ordinal(0).map_err(|error| at(&error))?)),
        }
    }

    pub(super) fn lots(&self, holdings: &Holdings) -> Vec<BTreeMap<&'static str, String>> {
        let mut rows = Vec::new();
        for (account, held) in self.household.accounts.iter().zip(&holdings.accounts) {
            for lot in held.lots() {
                rows.push(BTreeMap::from([
                    ("account", account.id.clone()),
                    ("lot", lot.id.to_string()),
                    ("symbol", self.universe.symbol(lot.instrument).to_owned()),
                    ("quantity", lot.quantity.to_string()),
                    ("basis", amount(lot.cost_basis)),
                    ("acquired", lot.acquired.map_or_else(String::new, |date| date.to_string())),
                    ("held since", lot.held_since.map_or_else(String::new, |date| date.to_string())),
                ]));
            }
        }
        rows
    }

    pub(super) fn gains(&self, table: &Table, gains: &[RealizedGain]) -> Result<Vec<BTreeMap<&'static str, String>>, SpecError> {
        let at = |error: &dyn std::fmt::Display| SpecError::new(table.line, error);
        let row = |gain: &RealizedGain| {
            let term = gain.term();
            Ok(BTreeMap::from([
                ("event", gain.sequence.to_string()),
                ("lot", gain.lot.to_string()),
                ("symbol", self.universe.symbol(gain.instrument).to_owned()),
                ("quantity", gain.quantity.to_string()),
                ("proceeds", amount(gain.proceeds)),
                ("basis", amount(gain.basis)),
                ("gain", amount(gain.gain().map_err(|error| at(&error))?)),
                ("acquired", gain.acquired.map_or_else(String::new, |date| date.to_string())),
                ("sold", gain.sold.map_or_else(String::new, |date| date.to_string())),
                ("not allowed", gain.deferred.amount().to_string()),
                ("term", term.map_or_else(String::new, |term| format!("{term:?}").to_lowercase())),
            ]))
        };
        gains.iter().map(row).collect()
    }

    fn cash(&self) -> Vec<BTreeMap<&'static str, String>> {
        let cash = |account: &Account| {
            let id = self.household.find_account(&account.id)?;
            Some(BTreeMap::from([("account", account.id.clone()), ("amount", self.book.cash(id, account.currency).amount().to_string())]))
        };
        self.household.accounts.iter().filter_map(cash).collect()
    }
}

/// What the example's table of relations says of an instrument.
fn relations(spec: &Spec, symbol: &str) -> Result<Vec<Relation>, SpecError> {
    let rows = spec.tables.iter().filter(|table| table.kind == "relations").flat_map(|table| &table.rows);
    let relation = |row: &Row| {
        let kind = match row.get("relation") {
            "same fund" => RelationKind::SameFund,
            "substantially identical" => RelationKind::SubstantiallyIdentical,
            "substitute" => RelationKind::Substitute,
            other => return Err(SpecError::new(row.line, format!("`{other}` is no relation"))),
        };
        Ok(Relation { kind, to: row.get("to").to_owned() })
    };
    rows.filter(|row| row.get("symbol") == symbol).map(relation).collect()
}

pub(super) fn owner() -> Owner {
    Owner {
        id: "owner".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates: TaxRates::default(),
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    }
}

const fn usd(amount: Decimal) -> Money {
    Money::new(amount, Currency::USD)
}

fn money(row: &Row, column: &str) -> Result<Money, SpecError> {
    row.read(column).map(usd)
}

fn amount(money: Option<Money>) -> String {
    money.map_or_else(|| "unknown".to_owned(), |money| money.amount().to_string())
}

/// `3:2` is three new units for two old.
fn ratio(row: &Row) -> Result<Ratio, SpecError> {
    let (new, old) =
        row.get("ratio").split_once(':').ok_or_else(|| SpecError::new(row.line, "`ratio` must be given as new:old, such as 3:2"))?;
    let number = |text: &str| text.trim().parse::<Decimal>().map_err(|error| SpecError::new(row.line, error));
    Ok(Ratio { new: number(new)?, old: number(old)? })
}

/// `0.5 for 12.25`: so many units for so much, first in first out.
fn cash_in_lieu(row: &Row) -> Result<Option<CashInLieu>, SpecError> {
    let text = row.get("in lieu");
    if text.is_empty() {
        return Ok(None);
    }
    let (quantity, proceeds) =
        text.split_once(" for ").ok_or_else(|| SpecError::new(row.line, "`in lieu` must be given as units for amount"))?;
    let number = |text: &str| text.trim().parse::<Decimal>().map_err(|error| SpecError::new(row.line, error));
    Ok(Some(CashInLieu {
        quantity: Quantity::new(number(quantity)?),
        proceeds: usd(number(proceeds)?),
        selection: LotSelection::By(LotMethod::Fifo),
    }))
}

/// A method, or `1: 30, 2: 20` for 30 units of lot 1 and 20 of lot 2.
fn selection(row: &Row) -> Result<LotSelection, SpecError> {
    let named = |part: &str| {
        let (lot, quantity) = part.split_once(':').ok_or_else(|| SpecError::new(row.line, format!("`{part}` names no lots")))?;
        let quantity = quantity.trim().parse().map_err(|error| SpecError::new(row.line, error))?;
        let lot = lot.trim().parse().map_err(|error| SpecError::new(row.line, error))?;
        Ok(LotQuantity { lot, quantity })
    };
    Ok(match row.get("lots") {
        "" => LotSelection::Strict,
        "fifo" => LotSelection::By(LotMethod::Fifo),
        "lifo" => LotSelection::By(LotMethod::Lifo),
        "hifo" => LotSelection::By(LotMethod::Hifo),
        "lofo" => LotSelection::By(LotMethod::Lofo),
        "average cost" => LotSelection::By(LotMethod::AverageCost),
        lots => LotSelection::Specific(lots.split(',').map(named).collect::<Result<_, SpecError>>()?),
    })
}
