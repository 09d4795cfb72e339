//! The tabular form of the journal.

use evenkeel::boundary::to_f64;
use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Income, Ratio, Reinvestment, Trade, TransferredLot};
use evenkeel_ledger::fx::FxQuote;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::journal::JournalError;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError, Price, Quantity};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};

use crate::intern::Symbols;
use crate::mapping::Mapping;
use crate::table::{Format, Further, Reject, Row, Table, columns};

use super::{JournalContext, Recorded};

/// What rows refer to, with symbols made quick to find.
#[derive(Clone, Copy)]
struct Context<'a> {
    household: &'a Household,
    symbols: &'a Symbols<'a>,
    until: Option<Date>,
}

columns! {
    SEQUENCE = "sequence" Optional Whole, "Number of the event, increasing. Without the column events are numbered in the order of rows.";
    ACCOUNT = "account" Required Text, "Id of an account of `household.toml`.";
    KIND = "kind" Required OneOf(&["buy", "sell", "sell_short", "dividend", "interest", "deposit", "withdrawal", "fee", "tax", "split", "symbol_change", "transfer_in", "transfer_out"]), "What happened.";
    TRADE_DATE = "trade_date" Required Date, "Day on which the books show it; never before that of the row above.";
    SETTLEMENT_DATE = "settlement_date" Optional Date, "Day on which cash and units change hands.";
    EX_DATE = "ex_date" Optional Date, "First day without the right to the distribution.";
    PAY_DATE = "pay_date" Optional Date, "Day on which a distribution is paid.";
    SYMBOL = "symbol" Optional Symbol, "The instrument.";
    QUANTITY = "quantity" Optional Decimal, "Units, above zero; the kind gives the direction. Of income: units bought with it. Of `transfer_in`: below zero for a short lot.";
    PRICE = "price" Optional Decimal, "Price of a unit. Used where `gross` is empty: gross is then quantity times price.";
    GROSS = "gross" Optional Decimal, "Amount before fees and tax, above zero; income may be below zero where it is owed, tax where it comes back.";
    FEES = "fees" Optional Decimal, "Charges of a trade, zero or above. Empty: none.";
    WITHHELD = "withheld" Optional Decimal, "Tax withheld from income, zero or above. Empty: none.";
    CURRENCY = "currency" Optional Currency, "Currency of the amounts. Empty: that of the account.";
    FX_RATE = "fx_rate" Optional Decimal, "Units of the account's currency for one unit of `currency`; only where they differ.";
    LOT_METHOD = "lot_method" Optional OneOf(&["fifo", "lifo", "hifo", "lofo", "average_cost"]), "Order in which lots are taken. Empty, and without `lots`: refused later where several would do.";
    LOTS = "lots" Optional List, "Lots that are taken, each with its units: `12:100;custodian-7:50`.";
    LOT = "lot" Optional Text, "Name of a lot that is transferred in.";
    COST_BASIS = "cost_basis" Optional Decimal, "Basis of the whole lot that is transferred in, in the account's currency, with the sign of the quantity.";
    ACQUIRED = "acquired" Optional Date, "Trade date on which the lot that is transferred in was bought.";
    HELD_SINCE = "held_since" Optional Date, "Start of its holding period where it is not `acquired`.";
    NEW_UNITS = "new_units" Optional Decimal, "Of a split: new units for `old_units`.";
    OLD_UNITS = "old_units" Optional Decimal, "Of a split: old units.";
    TO_SYMBOL = "to_symbol" Optional Symbol, "Symbol after a change; of income: the instrument bought with it, where it is another.";
    TO_ACCOUNT = "to_account" Optional Text, "Account of the household that receives a transfer out; empty for one outside.";
}

/// The columns of `journal.csv`.
pub const FORMAT: Format = Format {
    title: "journal.csv",
    about: "One row for each event.",
    columns: COLUMNS,
    further: Further::Refused,
    directives: &[],
    rules: &[
        "Each kind takes some of the columns; a value in another is an error.",
        "Rows stand in the order of their numbers, and trade dates never go back.",
        "A trade date after the date for which events are appended is an error; a journal that is read for an earlier date leaves later events out.",
        "An account or symbol that is not known is an error.",
        "A `gross` that differs from quantity times price by more than one percent is warned of.",
        "Whether cash suffices and lots are there is decided when the journal is replayed, not here.",
    ],
};

/// Which columns the kinds take beside account, kind, dates and number.
struct Shape {
    kinds: &'static [&'static str],
    needed: &'static [usize],
    allowed: &'static [usize],
}

/// Columns that every kind takes.
const COMMON: &[usize] = &[SEQUENCE, ACCOUNT, KIND, TRADE_DATE, SETTLEMENT_DATE, EX_DATE, PAY_DATE];

const SHAPES: &[Shape] = &[
    Shape {
        kinds: &["buy", "sell", "sell_short"],
        needed: &[SYMBOL, QUANTITY],
        allowed: &[PRICE, GROSS, FEES, CURRENCY, FX_RATE, LOT_METHOD, LOTS],
    },
    Shape { kinds: &["dividend"], needed: &[SYMBOL, GROSS], allowed: &[WITHHELD, CURRENCY, FX_RATE, QUANTITY, TO_SYMBOL] },
    Shape { kinds: &["interest"], needed: &[GROSS], allowed: &[SYMBOL, WITHHELD, CURRENCY, FX_RATE, QUANTITY, TO_SYMBOL] },
    Shape { kinds: &["deposit", "withdrawal", "fee", "tax"], needed: &[GROSS], allowed: &[CURRENCY] },
    Shape { kinds: &["split"], needed: &[SYMBOL, NEW_UNITS, OLD_UNITS], allowed: &[] },
    Shape { kinds: &["symbol_change"], needed: &[SYMBOL, TO_SYMBOL], allowed: &[] },
    Shape { kinds: &["transfer_in"], needed: &[SYMBOL, QUANTITY, LOT], allowed: &[COST_BASIS, ACQUIRED, HELD_SINCE] },
    Shape { kinds: &["transfer_out"], needed: &[SYMBOL, QUANTITY], allowed: &[LOT_METHOD, LOTS, TO_ACCOUNT] },
];

/// Reads the tabular form of a journal.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>, context: JournalContext<'_>) -> Parsed<Recorded> {
    let symbols = Symbols::new(context.universe);
    let rows = Context { household: context.household, symbols: &symbols, until: context.until };
    let mut table = Table::open(source, &FORMAT, mapping);
    let numbered = table.has(SEQUENCE);
    let mut recorded = Recorded::after(context.after, numbered);
    let mut next = recorded.next_sequence();
    while let Some(mut row) = table.next_row() {
        let given = row.parse(SEQUENCE, whole);
        if numbered && given.is_none() && !row.is_bad() {
            row.report(
                SEQUENCE,
                Diagnostic::error(Code::EMPTY_VALUE, "`sequence` is empty").help("number every event, or leave the column out"),
            );
        }
        let event = read_event(&mut row, given.unwrap_or(next), rows);
        next = next.saturating_add(1);
        if let Some(event) = event
            && let Err(error) = recorded.append(event, row.place().line())
        {
            let column = if matches!(error, JournalError::BackDated { .. }) { TRADE_DATE } else { SEQUENCE };
            row.report(
                column,
                Diagnostic::error(Code::JOURNAL, error.to_string()).help("sort the rows by date, and number them in that order"),
            );
        }
    }
    table.finish(false, recorded)
}

fn read_event(row: &mut Row<'_, '_>, sequence: u64, context: Context<'_>) -> Option<Event> {
    let account = account(row, ACCOUNT, context);
    let trade = match context.until {
        Some(until) => row.date_until(TRADE_DATE, until),
        None => row.date(TRADE_DATE),
    };
    let (settlement, ex, pay) = (row.date(SETTLEMENT_DATE), row.date(EX_DATE), row.date(PAY_DATE));
    let kind = row.named::<String>(KIND);
    let shape = kind.as_deref().and_then(|kind| shape(row, kind));
    let (account, trade, shape) = (account?, trade?, shape?);
    check_shape(row, kind.as_deref()?, shape);
    let books_in = context.household.accounts.get(account.index())?.currency;
    let currency = row.currency(CURRENCY).unwrap_or(books_in);
    let fx = read_fx(row, currency, books_in, trade);
    let kind = read_kind(row, kind.as_deref()?, currency, books_in, context);
    if row.is_bad() {
        return None;
    }
    Some(Event { sequence, account, dates: EventDates { trade, settlement, ex, pay }, fx, kind: kind? })
}

fn shape(row: &mut Row<'_, '_>, kind: &str) -> Option<&'static Shape> {
    let found = SHAPES.iter().find(|shape| shape.kinds.contains(&kind));
    if found.is_none() {
        let names: Vec<&str> = SHAPES.iter().flat_map(|shape| shape.kinds.iter().copied()).collect();
        let list = format!("write one of {}; other events are written as JSON lines", names.join(", "));
        row.reject(KIND, &Reject::new(Code::NOT_A_CHOICE, "is not a kind of event", did_you_mean(kind, names.iter().copied(), &list)));
    }
    found
}

/// Reports columns that the kind needs and that are empty, and those that it does not take.
fn check_shape(row: &mut Row<'_, '_>, kind: &str, shape: &Shape) {
    for column in 0..COLUMNS.len() {
        let needed = shape.needed.contains(&column);
        let allowed = needed || COMMON.contains(&column) || shape.allowed.contains(&column);
        let given = row.text(column).is_some();
        let name = row.name(column);
        if needed && !given {
            row.report(column, Diagnostic::error(Code::EMPTY_VALUE, format!("a {kind} needs `{name}`, which is empty")).help("fill it in"));
        } else if given && !allowed {
            row.reject(column, &Reject::range(format!("says nothing of a {kind}"), "leave it empty, or correct `kind`"));
        }
    }
}

fn read_fx(row: &mut Row<'_, '_>, currency: Currency, books_in: Currency, date: Date) -> Option<FxQuote> {
    let rate = row.decimal_that(FX_RATE, above_zero)?;
    if currency == books_in {
        row.reject(FX_RATE, &Reject::range("is given between a currency and itself", "leave it empty"));
        return None;
    }
    Some(FxQuote { base: currency, quote: books_in, rate, date })
}

fn read_kind(row: &mut Row<'_, '_>, kind: &str, currency: Currency, books_in: Currency, context: Context<'_>) -> Option<EventKind> {
    let symbol = instrument(row, SYMBOL, context);
    match kind {
        "buy" => read_trade(row, symbol, currency).map(EventKind::Buy),
        "sell" => read_trade(row, symbol, currency).map(EventKind::Sell),
        "sell_short" => read_trade(row, symbol, currency).map(EventKind::SellShort),
        "dividend" => {
            let income = read_income(row, symbol, currency, context);
            Some(EventKind::Dividend { instrument: symbol?, income: income? })
        }
        "interest" => Some(EventKind::Interest { instrument: symbol, income: read_income(row, symbol, currency, context)? }),
        "deposit" => amount(row, currency).map(EventKind::Deposit),
        "withdrawal" => amount(row, currency).map(EventKind::Withdrawal),
        "fee" => amount(row, currency).map(EventKind::Fee),
        "tax" => row.decimal_that(GROSS, not_zero).map(|amount| EventKind::Tax(Money::new(amount, currency))),
        "split" => {
            let (new, old) = (row.decimal_that(NEW_UNITS, above_zero), row.decimal_that(OLD_UNITS, above_zero));
            Some(EventKind::Split { instrument: symbol?, ratio: Ratio { new: new?, old: old? }, cash_in_lieu: None })
        }
        "symbol_change" => Some(EventKind::SymbolChange { from: symbol?, to: instrument(row, TO_SYMBOL, context)? }),
        "transfer_in" => read_transfer_in(row, symbol, books_in),
        "transfer_out" => {
            let quantity = quantity(row);
            let selection = read_selection(row);
            let to = row.text(TO_ACCOUNT).is_some().then(|| account(row, TO_ACCOUNT, context));
            Some(EventKind::TransferOut { instrument: symbol?, quantity: quantity?, selection: selection?, to: to.flatten() })
        }
        _ => None,
    }
}

fn read_trade(row: &mut Row<'_, '_>, instrument: Option<InstrumentId>, currency: Currency) -> Option<Trade> {
    let quantity = quantity(row);
    let price = row.decimal_that(PRICE, not_negative).map(Price::new);
    let given = row.decimal_that(GROSS, not_negative).map(|gross| Money::new(gross, currency));
    let fees = row.decimal_that(FEES, not_negative).unwrap_or(Decimal::ZERO);
    let selection = read_selection(row);
    let quantity = quantity?;
    let computed = price.map(|price| Money::of(quantity, price, currency));
    if let (Some(gross), Some(Ok(computed))) = (given, &computed) {
        warn_of_other_gross(row, gross, *computed);
    }
    let gross = match (given, computed) {
        (Some(gross), _) => gross,
        (None, Some(computed)) => reject_number(row, PRICE, computed)?,
        (None, None) => {
            if !row.is_bad() {
                row.report(
                    GROSS,
                    Diagnostic::error(Code::EMPTY_VALUE, "a trade needs `gross` or `price`, and both are empty")
                        .help("fill in one of them"),
                );
            }
            return None;
        }
    };
    Some(Trade { instrument: instrument?, quantity, gross, fees: Money::new(fees, currency), selection: selection? })
}

fn warn_of_other_gross(row: &mut Row<'_, '_>, gross: Money, computed: Money) {
    let (gross, computed) = (gross.amount(), computed.amount());
    if (to_f64(gross) - to_f64(computed)).abs() > 0.01 * to_f64(gross).abs() {
        let message = format!("`gross` is {gross}, and quantity times price is {computed}: more than one percent apart; `gross` is used");
        row.report(GROSS, Diagnostic::warning(Code::VALUE_RANGE, message).help("check price, quantity and gross"));
    }
}

fn read_income(row: &mut Row<'_, '_>, payer: Option<InstrumentId>, currency: Currency, context: Context<'_>) -> Option<Income> {
    let gross = row.decimal(GROSS).map(|gross| Money::new(gross, currency));
    let withheld = row.decimal_that(WITHHELD, not_negative).unwrap_or(Decimal::ZERO);
    let withheld = Money::new(withheld, currency);
    let bought = if row.text(QUANTITY).is_some() { Some(quantity(row)?) } else { None };
    let into = instrument(row, TO_SYMBOL, context);
    let gross = gross?;
    let Some(quantity) = bought else {
        if into.is_some() {
            row.reject(
                TO_SYMBOL,
                &Reject::range("says nothing without `quantity`", "write the units that the income bought in `quantity`"),
            );
        }
        return Some(Income { gross, withheld, reinvested: None });
    };
    let Some(instrument) = into.or(payer) else {
        row.report(
            TO_SYMBOL,
            Diagnostic::error(Code::EMPTY_VALUE, "reinvested interest needs `to_symbol`").help("name the instrument that was bought"),
        );
        return None;
    };
    let cost = reject_number(row, GROSS, gross.try_sub(withheld))?;
    Some(Income { gross, withheld, reinvested: Some(Reinvestment { instrument, quantity, cost }) })
}

fn read_transfer_in(row: &mut Row<'_, '_>, instrument: Option<InstrumentId>, currency: Currency) -> Option<EventKind> {
    let nonzero = |quantity: Decimal| if quantity.is_zero() { Err(Reject::range("is zero", "write the units of the lot")) } else { Ok(()) };
    let quantity = row.decimal_that(QUANTITY, nonzero).map(Quantity::new);
    let id = row.text(LOT)?.parse::<LotId>().ok()?;
    let cost_basis = row.decimal(COST_BASIS);
    if let (Some(basis), Some(quantity)) = (cost_basis, quantity)
        && !basis.is_zero()
        && basis.is_negative() != quantity.is_negative()
    {
        row.reject(
            COST_BASIS,
            &Reject::range("has not the sign of the quantity", "write what a short lot brought as an amount below zero"),
        );
    }
    let (acquired, held_since) = (row.date(ACQUIRED), row.date(HELD_SINCE));
    let cost_basis = cost_basis.map(|basis| Money::new(basis, currency));
    let lot = TransferredLot { id, instrument: instrument?, quantity: quantity?, cost_basis, acquired, held_since };
    Some(EventKind::TransferIn(Box::new([lot])))
}

fn read_selection(row: &mut Row<'_, '_>) -> Option<LotSelection> {
    let method = row.named::<LotMethod>(LOT_METHOD);
    let lots = row.parse(LOTS, lot_quantities);
    if method.is_some() && lots.is_some() {
        row.reject(LOTS, &Reject::range("stands beside `lot_method`", "name the lots or the method, not both"));
        return None;
    }
    Some(match (lots, method) {
        (Some(lots), _) => LotSelection::Specific(lots.into()),
        (None, Some(method)) => LotSelection::By(method),
        (None, None) => LotSelection::Strict,
    })
}

fn lot_quantities(text: &str) -> Result<Vec<LotQuantity>, Reject> {
    let help = "write each lot with its units, such as 12:100;13:50";
    let items = text.split(';').map(str::trim).filter(|item| !item.is_empty()).map(|item| {
        let (lot, quantity) = item.rsplit_once(':').ok_or_else(|| Reject::not_a_value(format!("has `{item}` without units"), help))?;
        let quantity: Quantity = quantity.trim().parse().map_err(|_| Reject::not_a_value(format!("has `{item}` without units"), help))?;
        if !quantity.is_positive() {
            return Err(Reject::range(format!("takes {quantity} units of lot `{}`, which is not above zero", lot.trim()), help));
        }
        let lot = lot.trim().parse::<LotId>().map_err(|never| match never {})?;
        Ok(LotQuantity { lot, quantity })
    });
    items.collect()
}

fn account(row: &mut Row<'_, '_>, column: usize, context: Context<'_>) -> Option<AccountId> {
    row.parse(column, |id| {
        context.household.find_account(id).ok_or_else(|| {
            let known = context.household.accounts.iter().map(|account| account.id.as_str());
            Reject::new(
                Code::UNKNOWN_ACCOUNT,
                "is not an account of the household",
                did_you_mean(id, known, "add the account to the household file"),
            )
        })
    })
}

fn instrument(row: &mut Row<'_, '_>, column: usize, context: Context<'_>) -> Option<InstrumentId> {
    row.parse(column, |symbol| context.symbols.find(symbol))
}

fn quantity(row: &mut Row<'_, '_>) -> Option<Quantity> {
    row.decimal_that(QUANTITY, above_zero).map(Quantity::new)
}

fn amount(row: &mut Row<'_, '_>, currency: Currency) -> Option<Money> {
    row.decimal_that(GROSS, above_zero).map(|amount| Money::new(amount, currency))
}

fn whole(text: &str) -> Result<u64, Reject> {
    text.parse().map_err(|_| Reject::not_a_value("is not a whole number", "write a number from zero, such as 17"))
}

fn not_zero(value: Decimal) -> Result<(), Reject> {
    if value.is_zero() { Err(Reject::range("is zero", "write what was paid, below zero where tax came back")) } else { Ok(()) }
}

fn above_zero(value: Decimal) -> Result<(), Reject> {
    if value.is_positive() {
        Ok(())
    } else {
        Err(Reject::range("is not above zero", "write an amount above zero; the kind gives the direction"))
    }
}

fn not_negative(value: Decimal) -> Result<(), Reject> {
    if value.is_negative() { Err(Reject::range("is below zero", "write zero or more; the kind gives the direction")) } else { Ok(()) }
}

fn reject_number<T>(row: &mut Row<'_, '_>, column: usize, result: Result<T, NumberError>) -> Option<T> {
    result.map_err(|error| row.reject(column, &Reject::range(format!("is out of range: {error}"), "check the number and its unit"))).ok()
}
