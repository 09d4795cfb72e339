//! `[rebalance]`, `[costs]`, `[cash]` and `[prices]`: how one trades.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Decimal, Money, Rate};
use evenkeel_ledger::schedule::Schedule;
use evenkeel_ledger::select::LotMethod;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{
    CashFlow, CashRules, CostRules, Destination, LotChoice, Mode, Planner, PriceRules, RebalanceRules, RecurringFlow, Scope, Unlisted,
};

use super::KnownClasses;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Target,
    BandEdge,
    HalfWay,
    InnerBand,
    ToleranceBand,
}

/// Trades of this amount or less are dropped where the file does not say.
const DEFAULT_MIN_TRADE: i64 = 1000;

/// Cost in billionths of the traded value where the file does not say: 10 basis points.
const DEFAULT_PROPORTIONAL: i128 = 1_000_000;

pub(super) fn read_rebalance(table: &Table<'_>, classes: &KnownClasses<'_>, currency: Currency) -> Option<RebalanceRules> {
    let planner = table
        .key("planner", "Which planner makes the trades: a cascade that can be recited, or one joint decision with a proven gap.")
        .one_of(&[("rules", Planner::Rules), ("optimal", Planner::Optimal)])
        .or_absent("rules", || Planner::Rules);
    let destination = read_destination(table, classes);
    let scope = table
        .key("scope", "Which classes trade: all, or only those beyond their band (the others take up the rest).")
        .one_of(&[("all", Scope::All), ("out_of_band", Scope::OutOfBand)])
        .or_else("all", || Scope::All);
    if scope == Scope::OutOfBand {
        classes.check_bands(table, "scope", "the scope `out_of_band`");
    }
    let mode = table
        .key("mode", "In which direction trades may go.")
        .one_of(&[("full", Mode::Full), ("cash_only", Mode::CashOnly), ("buy_only", Mode::BuyOnly), ("sell_only", Mode::SellOnly)])
        .or_else("full", || Mode::Full);
    let cooldown_days = table
        .key("cooldown_days", "Days after a rebalance in which no trigger but a need of cash fires.")
        .integer()
        .between(0, 3660, "days")
        .or(0);
    let min_trade = table
        .key("min_trade", "Trades of this value or less are dropped.")
        .decimal()
        .at_least(Decimal::ZERO, "in the base currency")
        .or(Decimal::from_int(DEFAULT_MIN_TRADE));
    let max_turnover_one_way = table
        .key("max_turnover_one_way", "Most that one proposal may trade: half of buys and sells, as a fraction of value.")
        .number()
        .positive_fraction()
        .optional();
    let whole_lots =
        table.key("whole_lots", "Round quantities to lot sizes; `false` leaves them as they come, for studies.").flag().or(true);
    let lot_method = table
        .key("lot_method", "Which tax lots of taxable accounts are sold first: `min_tax` takes those of which the sale is taxed least.")
        .one_of(&[
            ("min_tax", LotChoice::MinTax),
            ("fifo", LotChoice::By(LotMethod::Fifo)),
            ("lifo", LotChoice::By(LotMethod::Lifo)),
            ("hifo", LotChoice::By(LotMethod::Hifo)),
            ("lofo", LotChoice::By(LotMethod::Lofo)),
            ("average_cost", LotChoice::By(LotMethod::AverageCost)),
        ])
        .or_else("min_tax", || LotChoice::MinTax);
    let unlisted = table
        .key("unlisted", "What becomes of holdings that no target holds.")
        .one_of(&[("sell", Unlisted::Sell), ("keep", Unlisted::Keep)])
        .or_else("sell", || Unlisted::Sell);
    let min_trade = Money::new(min_trade, currency);
    let destination = destination?;
    Some(RebalanceRules {
        planner: planner?,
        destination,
        scope,
        mode,
        cooldown_days,
        min_trade,
        max_turnover_one_way,
        whole_lots,
        lot_method,
        unlisted,
    })
}

fn read_destination(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<Destination> {
    let place = table
        .key("destination", "Where trades lead.")
        .one_of(&[
            ("target", Place::Target),
            ("band_edge", Place::BandEdge),
            ("half_way", Place::HalfWay),
            ("inner_band", Place::InnerBand),
            ("tolerance_band", Place::ToleranceBand),
        ])
        .or_absent("target", || Place::Target);
    let distance = table.key("inner_distance", "With `inner_band`: points of weight from the target.").number().fraction().optional();
    let fraction =
        table.key("tolerance_fraction", "With `tolerance_band`: fraction of the band's half width.").number().fraction().optional();
    for (key, needs, name) in
        [("inner_distance", Place::InnerBand, "inner_band"), ("tolerance_fraction", Place::ToleranceBand, "tolerance_band")]
    {
        if table.has(key) && place.is_some_and(|place| place != needs) {
            let message = format!("`{key}` applies only with the destination `{name}`");
            let help = format!("write `destination = \"{name}\"`, or remove `{key}`");
            table.report_value(key, Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
        }
        if !table.has(key) && place == Some(needs) {
            let message = format!("`{key}` is missing, which the destination `{name}` needs");
            table.report_value("destination", Diagnostic::error(Code::MISSING_KEY, message).help(format!("add `{key} = …`")));
        }
    }
    if matches!(place, Some(Place::BandEdge | Place::ToleranceBand)) {
        classes.check_bands(table, "destination", "this destination");
    }
    match place? {
        Place::Target => Some(Destination::Target),
        Place::BandEdge => Some(Destination::BandEdge),
        Place::HalfWay => Some(Destination::HalfWay),
        Place::InnerBand => distance.map(|distance| Destination::InnerBand { distance }),
        Place::ToleranceBand => fraction.map(|fraction| Destination::ToleranceBand { fraction }),
    }
}

pub(super) fn read_costs(table: &Table<'_>, currency: Currency) -> CostRules {
    let fixed =
        table.key("fixed_per_trade", "Fee for each trade.").decimal().at_least(Decimal::ZERO, "in the base currency").or(Decimal::ZERO);
    let proportional = table
        .key("proportional", "Commission as a fraction of the traded value: 0.001 is 10 basis points.")
        .decimal()
        .fraction()
        .or(Decimal::from_raw(DEFAULT_PROPORTIONAL).unwrap_or_default());
    let spread = table
        .key("default_spread", "Quoted spread, as a fraction of price, of instruments that state none; a trade pays half of it.")
        .decimal()
        .fraction()
        .or(Decimal::ZERO);
    let impact_coefficient = table
        .key("impact_coefficient", "Market impact = this × daily volatility × √(traded ÷ average daily volume).")
        .number()
        .at_least(0.0, "")
        .or(0.0);
    let about = "What management costs a year, as a fraction of value; charged by the month in backtests and simulations.";
    let management_fee = table.key("management_fee", about).number().fraction().or(0.0);
    CostRules {
        management_fee,
        fixed_per_trade: Money::new(fixed, currency),
        proportional: Rate::new(proportional),
        default_spread: Rate::new(spread),
        impact_coefficient,
    }
}

pub(super) fn read_cash(table: &Table<'_>, base_currency: Option<Currency>) -> CashRules {
    let minimum = table
        .key("minimum", "Cash that the household keeps in any case.")
        .decimal()
        .at_least(Decimal::ZERO, "in the base currency")
        .or(Decimal::ZERO);
    let buffer =
        table.key("buffer", "Cash kept on top of the target weight of `Cash`, as a fraction of value.").number().fraction().or(0.0);
    let look_ahead_days =
        table.key("look_ahead_days", "Flows due within so many days are provided for.").integer().between(0, 3660, "days").or(30);
    let planned = table.tables("flow", "A planned flow: money that comes in or goes out.", |flow| read_flow(flow, base_currency));
    let (mut flows, mut recurring) = (Vec::new(), Vec::new());
    for (flow, every, until) in planned {
        match every {
            Some(every) => recurring.push(RecurringFlow { flow, every, until }),
            None => flows.push(flow),
        }
    }
    let currency = base_currency.unwrap_or(Currency::USD);
    CashRules { minimum: Money::new(minimum, currency), buffer, look_ahead_days, flows, recurring }
}

/// A flow, how often it recurs, and until when.
type Planned = (CashFlow, Option<Schedule>, Option<Date>);

fn read_flow(table: &Table<'_>, base: Option<Currency>) -> Option<Planned> {
    let date = table.key("date", "When; of a flow that recurs, the first day on which it may.").date().required();
    let what = "a schedule such as `month_end`, `weekly:friday` or `business_day:1`";
    let every = table.key("every", "The days on which it recurs. Left out: once.").parsed::<Schedule>(what).optional();
    let until = table.key("until", "With `every`: the last day on which it may fall. Left out: no end.").date().optional();
    if table.has("until") && !table.has("every") {
        let told = Diagnostic::error(Code::KEY_WITHOUT_EFFECT, "`until` applies only with `every`");
        table.report_value("until", told.help("add `every`, or remove `until`"));
    }
    let nothing = |amount: &Decimal| amount.is_zero().then(|| ("is no flow".to_owned(), "write an amount, or remove the flow".to_owned()));
    let amount = table.key("amount", "How much: above zero comes in, below zero goes out.").decimal().check(nothing).required();
    let currency =
        table.key("currency", "Its currency, which must be the base currency.").parsed::<Currency>("a currency such as `USD`").optional();
    if let (Some(currency), Some(base)) = (currency, base)
        && currency != base
    {
        let message = format!("this flow is in {currency}, and the policy's amounts are in its base currency {base}");
        let help = format!("convert the amount to {base} and remove `currency`");
        table.report_value("currency", Diagnostic::error(Code::FOREIGN_CURRENCY, message).help(help));
    }
    let account = table.key("account", "In which account. Left out: what comes in goes to the first taxable one; what goes out comes from the first with the cash, else the first that is worth it, taxable ones first. The joint planner takes what goes out from the taxable one of which that costs least.").text().optional();
    let purpose = table.key("purpose", "What it is for.").text().optional();
    Some((CashFlow { date: date?, amount: Money::new(amount?, base?), account, purpose }, every, until))
}

pub(super) fn read_prices(table: &Table<'_>) -> PriceRules {
    let max_age_days = table.key("max_age_days", "A price older than so many days is stale.").integer().between(0, 3660, "days").or(5);
    let max_jump = table
        .key("max_jump", "A price that moved by more than this fraction since the one before is suspect.")
        .number()
        .above(0.0, "")
        .or(0.5);
    PriceRules { max_age_days, max_jump }
}
