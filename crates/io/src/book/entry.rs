//! [`Entry`]: one household of a book, as a decision takes it.

use std::collections::BTreeSet;
use std::ops::Range;

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::drift::ReviewHistory;
use evenkeel::policy::CashFlow;
use evenkeel::trade::LossSale;
use evenkeel_ledger::account::{Account, BasisMethod, Menu};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::{GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity, Rate};

use crate::household::{BASIS_METHODS, FILING_STATUSES, TAX_TREATMENTS};

use super::columns::{Columns, Dates, Decimals, Symbol, Texts};
use super::warnings::warnings;

/// One household of a book, as a decision takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Owners and accounts.
    pub household: Household,
    /// What they hold.
    pub holdings: Holdings,
    /// Money that comes in or goes out on the day.
    pub flows: Vec<CashFlow>,
    /// Earlier sales at a loss.
    pub sold: Vec<LossSale>,
    /// Earlier reviews.
    pub history: ReviewHistory,
    /// The model by which it is run.
    pub model: String,
    /// What is used and should be looked at: accounts overdrawn, lots of which gains cannot be told.
    pub warnings: Vec<Diagnostic>,
}

/// What the rows of a household are read with.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The shard.
    pub columns: &'a Columns,
    /// The instruments.
    pub universe: &'a Universe,
    /// The day: nothing held may be dated later.
    pub as_of: Date,
}

impl Reading<'_> {
    /// The household of some rows.
    ///
    /// # Errors
    /// All that is wrong with its rows, each with its number.
    pub fn entry(&self, rows: Range<usize>) -> Result<Entry, Vec<Diagnostic>> {
        let mut told = Vec::new();
        let entry = self.read(rows, &mut told);
        entry.filter(|_| told.is_empty()).ok_or(told)
    }

    fn read(&self, rows: Range<usize>, told: &mut Vec<Diagnostic>) -> Option<Entry> {
        let columns = self.columns;
        let id = columns.household.text(rows.start).unwrap_or_default().to_owned();
        let mut owners: Vec<Owner> = Vec::new();
        let (mut accounts, mut flows, mut sold) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        let (mut history, mut model) = (ReviewHistory::default(), None::<&str>);
        for row in rows.clone() {
            let mut row = Row { reading: *self, number: row, told: &mut *told };
            let Some((owner, account)) = row.owner().zip(row.account()) else { continue };
            match owners.iter().find(|known| known.id == owner.id) {
                Some(known) if *known != owner => row.tell(
                    Code::HOUSEHOLD,
                    &format!("says something else of the owner `{}` than a row before", owner.id),
                    "say the same of an owner in every row",
                ),
                Some(_) => {}
                None => owners.push(owner),
            }
            let named = row.text(&columns.model, "model");
            if let (Some(named), Some(known)) = (named, model.filter(|known| Some(*known) != named)) {
                row.tell(
                    Code::HOUSEHOLD,
                    &format!("has the model `{named}`, and a row before `{known}`"),
                    "give the rows of a household one model",
                );
            }
            model = model.or(named);
            let flow = columns.flow.get(row.number).and_then(|raw| row.amount(*raw, "flow")).filter(|flow| !flow.is_zero());
            flows.extend(flow.map(|amount| CashFlow {
                date: self.as_of,
                amount: Money::new(amount, account.currency),
                account: Some(account.id.clone()),
                purpose: None,
            }));
            history.last_rebalance = history.last_rebalance.max(row.date(&columns.last_rebalance, "last_rebalance"));
            history.last_review = history.last_review.max(row.date(&columns.last_review, "last_review"));
            sold.extend(columns.loss_sales_of.of(row.number).filter_map(|sale| row.loss_sale(sale)));
            let held = row.holdings(account.currency);
            accounts.push((account, held));
        }
        // The household puts its accounts into the order of ids, and holdings stand in that order.
        accounts.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        let (accounts, held): (Vec<Account>, Vec<Option<AccountHoldings>>) = accounts.into_iter().unzip();
        let household = Household::new(id, owners, accounts);
        let household = household.map_err(|errors| {
            told.extend(errors.iter().map(|error| {
                let message = format!("row {}: {error}", rows.start + 1);
                Diagnostic::error(Code::HOUSEHOLD, message).help("correct the rows of the household")
            }));
        });
        let household = household.ok()?;
        let holdings = Holdings { as_of: self.as_of, accounts: held.into_iter().collect::<Option<Vec<_>>>()? };
        Some(Entry { warnings: warnings(&household, &holdings), household, holdings, flows, sold, history, model: model?.to_owned() })
    }
}

/// One row, and where what is wrong with it is told.
struct Row<'c, 't> {
    reading: Reading<'c>,
    number: usize,
    told: &'t mut Vec<Diagnostic>,
}

impl<'c> Row<'c, '_> {
    fn tell(&mut self, code: Code, problem: &str, help: &str) {
        self.told.push(Diagnostic::error(code, format!("row {} {problem}", self.number + 1)).help(help));
    }

    /// A text that must be there.
    fn text(&mut self, column: &'c Texts, name: &str) -> Option<&'c str> {
        let text = column.text(self.number).filter(|text| !text.is_empty());
        if text.is_none() {
            self.tell(Code::EMPTY_VALUE, &format!("has no `{name}`"), "write it as UTF-8 text");
        }
        text
    }

    fn choice<T: Copy>(&mut self, column: &'c Texts, name: &str, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(column, name)?;
        let found = choices.iter().find(|(choice, _)| *choice == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            self.tell(Code::NOT_A_CHOICE, &format!("has the {name} `{text}`"), &format!("use one of: {}", known.join(", ")));
        }
        found
    }

    /// An amount in range.
    fn amount(&mut self, raw: i128, name: &str) -> Option<Decimal> {
        let amount = Decimal::from_raw(raw).ok();
        if amount.is_none() {
            self.tell(Code::AMOUNT_TOO_LARGE, &format!("has a `{name}` of more digits than can be kept"), "correct it");
        }
        amount
    }

    fn needed_amount(&mut self, column: &Decimals, name: &str) -> Option<Decimal> {
        let Some(raw) = column.get(self.number).copied() else {
            self.tell(Code::EMPTY_VALUE, &format!("has no `{name}`"), "write the amount; 0 where there is none");
            return None;
        };
        self.amount(raw, name)
    }

    fn date(&mut self, column: &Dates, name: &str) -> Option<Date> {
        let date = Date::from_ordinal(*column.get(self.number)?).ok();
        if date.is_none() {
            self.tell(Code::NOT_A_VALUE, &format!("has a `{name}` beyond all calendars"), "correct it");
        }
        date
    }

    fn rate(&mut self, column: &Decimals, name: &str) -> Option<Rate> {
        let rate = self.needed_amount(column, name)?;
        if rate.is_negative() || rate > Decimal::ONE {
            self.tell(Code::VALUE_RANGE, &format!("has the `{name}` {rate}"), "write a fraction from 0 to 1: 0.24 is 24 %");
            return None;
        }
        Some(Rate::new(rate))
    }

    fn currency(&mut self) -> Option<Currency> {
        let text = self.text(&self.reading.columns.currency, "currency")?;
        let currency = text.parse().ok();
        if currency.is_none() {
            self.tell(Code::NOT_A_VALUE, &format!("has the currency `{text}`"), "write three capital letters, such as USD");
        }
        currency
    }

    fn owner(&mut self) -> Option<Owner> {
        let columns = self.reading.columns;
        let id = self.text(&columns.owner, "owner").map(str::to_owned);
        let filing_status = self.choice(&columns.filing_status, "filing_status", &FILING_STATUSES);
        let jurisdiction = self.text(&columns.jurisdiction, "jurisdiction").map(str::to_owned);
        let currency = self.currency();
        let ordinary = self.rate(&columns.ordinary_rate, "ordinary_rate");
        let long_term = self.rate(&columns.long_term_rate, "long_term_rate");
        let state = self.rate(&columns.state_rate, "state_rate");
        let mut gains = |column: &Decimals, name: &str| {
            let amount = column.get(self.number).map_or(Some(Decimal::ZERO), |raw| self.amount(*raw, name));
            Some(Money::new(amount?, currency?))
        };
        let year_to_date = (gains(&columns.short_term_gains, "short_term_gains"), gains(&columns.long_term_gains, "long_term_gains"));
        let carried = (gains(&columns.short_term_carried, "short_term_carried"), gains(&columns.long_term_carried, "long_term_carried"));
        if [carried.0, carried.1].into_iter().flatten().any(Money::is_positive) {
            self.tell(Code::VALUE_RANGE, "carries losses above zero", "write losses as amounts below zero");
        }
        let birth_date = self.date(&columns.birth_date, "birth_date");
        let by_term =
            |(short_term, long_term): (Option<Money>, Option<Money>)| Some(GainsByTerm { short_term: short_term?, long_term: long_term? });
        Some(Owner {
            id: id?,
            name: None,
            birth_date,
            filing_status: filing_status?,
            jurisdiction: jurisdiction?,
            rates: TaxRates { ordinary: ordinary?, long_term: long_term?, state: state? },
            spouse: columns.spouse.text(self.number).map(str::to_owned),
            year_to_date: by_term(year_to_date)?,
            carry_forward: by_term(carried)?,
            income: None,
        })
    }

    fn account(&mut self) -> Option<Account> {
        let columns = self.reading.columns;
        let id = self.text(&columns.account, "account").map(str::to_owned);
        let tax_treatment = self.choice(&columns.tax_treatment, "tax_treatment", &TAX_TREATMENTS);
        let basis_method = match columns.basis_method.get(self.number) {
            Some(_) => self.choice(&columns.basis_method, "basis_method", &BASIS_METHODS),
            None => Some(BasisMethod::Lots),
        };
        // What is wrong with the currency has been told of the owner.
        let currency: Currency = columns.currency.text(self.number)?.parse().ok()?;
        let minimum = columns.cash_minimum.get(self.number).and_then(|raw| self.amount(*raw, "cash_minimum"));
        let menu = self.menu();
        Some(Account {
            id: id?,
            name: columns.name.text(self.number).map(str::to_owned),
            owner: columns.owner.text(self.number)?.to_owned(),
            tax_treatment: tax_treatment?,
            currency,
            basis_method: basis_method?,
            menu,
            cash_minimum: minimum.map(|amount| Money::new(amount, currency)).into_iter().collect(),
        })
    }

    fn menu(&mut self) -> Menu {
        let columns = self.reading.columns;
        if !columns.has_menu.get(self.number).copied().unwrap_or(false) {
            return Menu::Any;
        }
        let mut ids = BTreeSet::new();
        for entry in columns.menus.of(self.number) {
            let symbol = columns.menu.text(entry).unwrap_or_default();
            match self.reading.universe.find(symbol) {
                Some(id) => {
                    ids.insert(id);
                }
                None => self.tell(
                    Code::UNKNOWN_SYMBOL,
                    &format!("has `{symbol}` on its menu, which is not in instruments.csv"),
                    "add it to instruments.csv, or take it off the menu",
                ),
            }
        }
        Menu::Only(ids)
    }

    /// Cash and lots.
    fn holdings(&mut self, currency: Currency) -> Option<AccountHoldings> {
        let columns = self.reading.columns;
        let cash = self.needed_amount(&columns.cash, "cash");
        let range = columns.lots_of.of(self.number);
        let mut lots: Vec<Lot> = Vec::with_capacity(range.len());
        for index in range {
            lots.extend(self.lot(index, currency));
        }
        let held = AccountHoldings::new(lots, [Money::new(cash?, currency)]).ok()?;
        let twice = held
            .lots()
            .windows(2)
            .find(|pair| matches!(pair, [a, b] if a.instrument == b.instrument && a.acquired == b.acquired && a.id == b.id));
        if let Some([lot, _]) = twice {
            let symbol = self.reading.universe.symbol(lot.instrument);
            self.tell(Code::DUPLICATE_ROW, &format!("has the lot `{}` of {symbol} twice", lot.id), "give each lot a name of its own");
        }
        Some(held)
    }

    fn loss_sale(&mut self, index: usize) -> Option<LossSale> {
        let columns = self.reading.columns;
        let sold = columns.loss_sold.get(index).and_then(|days| Date::from_ordinal(*days).ok());
        let sale = match (columns.loss_symbol.get(index), sold) {
            (Some(Symbol::Known(instrument)), Some(sold)) if sold <= self.reading.as_of => Some(LossSale { instrument: *instrument, sold }),
            _ => None,
        };
        if sale.is_none() {
            self.tell(Code::NOT_A_VALUE, "has a sale at a loss without an instrument or a day up to that of the book", "correct it");
        }
        sale
    }

    fn lot(&mut self, index: usize, currency: Currency) -> Option<Lot> {
        let lots = &self.reading.columns.lots;
        let instrument = match lots.symbol.get(index) {
            Some(Symbol::Known(id)) => *id,
            Some(Symbol::Unknown(symbol)) => {
                let problem = format!("holds `{symbol}`, which is not in instruments.csv");
                self.tell(Code::UNKNOWN_SYMBOL, &problem, "add it to instruments.csv, or correct the symbol");
                return None;
            }
            _ => {
                self.tell(Code::EMPTY_VALUE, "has a lot without a symbol", "write the symbol");
                return None;
            }
        };
        let about = |problem: &str| format!("has a lot of {} {problem}", self.reading.universe.symbol(instrument));
        let problem = |problem: &str| about(problem);
        let Some(id) = lots.lot.get(index) else {
            let problem = problem("without a name, or with a number below zero");
            self.tell(Code::EMPTY_VALUE, &problem, "name each lot of an account");
            return None;
        };
        let quantity = lots.quantity.get(index).and_then(|raw| Decimal::from_raw(*raw).ok());
        let Some(quantity) = quantity.filter(|quantity| quantity.is_positive()) else {
            let shown =
                quantity.map_or_else(|| "without a quantity in range".to_owned(), |quantity| format!("with the quantity {quantity}"));
            let problem = problem(&shown);
            self.tell(Code::BELOW_ZERO, &problem, "write the units held, above zero");
            return None;
        };
        let cost_basis = match lots.cost_basis.get(index) {
            Some(raw) => {
                let basis = self.amount(*raw, "cost_basis")?;
                if basis.is_negative() {
                    let problem = about(&format!("with the cost basis {basis}"));
                    self.tell(Code::VALUE_RANGE, &problem, "write what the lot cost, zero or above");
                    return None;
                }
                Some(Money::new(basis, currency))
            }
            None => None,
        };
        let date = |column: &Dates| column.get(index).map(|days| Date::from_ordinal(*days)).transpose().ok();
        let (Some(acquired), Some(held_since)) = (date(&lots.acquired), date(&lots.held_since)) else {
            let problem = about("with a date beyond all calendars");
            self.tell(Code::NOT_A_VALUE, &problem, "correct it");
            return None;
        };
        if let Some(later) = acquired.max(held_since).filter(|date| *date > self.reading.as_of) {
            let problem = about(&format!("dated {later}, after {}", self.reading.as_of));
            self.tell(Code::FUTURE_DATE, &problem, "correct the date, or take the book of that day");
            return None;
        }
        Some(Lot { id, instrument, quantity: Quantity::new(quantity), cost_basis, acquired, held_since: held_since.or(acquired) })
    }
}
