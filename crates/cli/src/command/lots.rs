//! `evenkeel lots`: what each lot would realize and be taxed, which to sell by every method, to give, and to keep.

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::tax::choice::{self, ChoiceError, Offer};
use evenkeel::tax::{MarginalRates, YearTax, sells_lots, tax_year};
use evenkeel_io::page::Page;
use evenkeel_ledger::account::{Account, BasisMethod, TaxTreatment};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Position;
use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Decimal, Money, NumberError, Price, Quantity, Rate, Rounding};
use evenkeel_ledger::select::{LotMethod, LotSelection, Pick, select};
use evenkeel_ledger::term::{Term, first_long_term_day};
use serde::Serialize;

use crate::evidence::About;
use crate::inputs::{InputArguments, Inputs};
use crate::render::lots;

use super::{Document, Outcome, finish};

/// Arguments of `evenkeel lots`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Only lots of this instrument.
    #[arg(long, value_name = "SYMBOL")]
    pub symbol: Option<String>,
    /// Only lots in this account.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Compare the methods for a sale of so many units of it; all that are held where left out.
    #[arg(long, value_name = "UNITS", requires = "symbol")]
    pub sell: Option<Quantity>,
    /// Sell no more than gains of this amount allow, in the account's currency.
    #[arg(long, value_name = "AMOUNT")]
    pub gain_budget: Option<Decimal>,
}

/// Lots of taxable accounts, position by position.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lots {
    /// The household.
    pub household: String,
    /// The date.
    pub as_of: Date,
    /// By account, then instrument.
    pub positions: Vec<PositionLots>,
    /// What this is not.
    pub disclaimer: &'static str,
}

/// The lots of one instrument in one account. Amounts are in the account's currency, before costs of trading.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PositionLots {
    /// The account.
    pub account: String,
    /// The instrument.
    pub symbol: String,
    /// Price of a unit.
    pub price: Price,
    /// Marginal rate of a short-term gain, the state's included.
    pub short_term_rate: Rate,
    /// Marginal rate of a long-term gain.
    pub long_term_rate: Rate,
    /// The lots, earliest first.
    pub lots: Vec<LotLine>,
    /// Units that the methods below sell.
    pub sold: Quantity,
    /// What each method of choosing lots would realize; none where lots lack what it takes to tell.
    pub methods: Vec<LotWay>,
    /// Lots to give to charity, the best first: long-term lots with the largest gains a unit.
    pub gifts: Vec<LotId>,
    /// Lots to keep for heirs, the best first: those with the largest gains a unit.
    pub step_up: Vec<LotId>,
    /// What is not told, and why.
    pub notes: Vec<String>,
}

/// One lot, were all of it sold today.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LotLine {
    /// The lot.
    pub lot: LotId,
    /// When it was acquired.
    pub acquired: Option<Date>,
    /// Units.
    pub quantity: Quantity,
    /// What it cost.
    pub cost_basis: Option<Money>,
    /// What it is worth.
    pub value: Money,
    /// Value − cost basis.
    pub gain: Option<Money>,
    /// Whether a sale is long-term.
    pub long_term: Option<bool>,
    /// Tax at the marginal rate of its term; below zero for a loss.
    pub tax: Option<Money>,
    /// The first day on which a sale is long-term, of a lot that is short-term.
    pub long_term_from: Option<Date>,
    /// Tax that waiting until then saves, of a short-term lot at a gain.
    pub waiting_saves: Option<Money>,
}

/// What one method of choosing lots would realize.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LotWay {
    /// `fifo`, `lifo`, `hifo`, `lofo`, `min_tax`, `min_tax_after_netting` or `gain_budget`.
    pub method: String,
    /// Lots and units, in the order in which they are sold.
    pub lots: Vec<(LotId, Quantity)>,
    /// Units that are not sold, for the budget's sake.
    pub kept: Quantity,
    /// Short-term gain.
    pub short_term: Money,
    /// Long-term gain.
    pub long_term: Money,
    /// Tax at marginal rates.
    pub tax: Money,
    /// What it adds to the tax of the year after netting; `None` where the return cannot be made.
    pub tax_after_netting: Option<Money>,
}

/// Looks at the lots.
pub fn run(arguments: &Arguments) -> Outcome {
    match arguments.inputs.load() {
        Ok(inputs) => {
            let found = all(&inputs, arguments);
            finish(inputs.warnings, found)
        }
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

fn all(inputs: &Inputs, arguments: &Arguments) -> Result<Lots, Vec<Diagnostic>> {
    check_arguments(inputs, arguments)?;
    let mut positions = Vec::new();
    let accounts = inputs.household.accounts.iter().zip(&inputs.holdings.accounts);
    let wanted = |account: &Account| arguments.account.as_ref().is_none_or(|id| *id == account.id);
    for (account, held) in accounts.filter(|(account, _)| account.tax_treatment == TaxTreatment::Taxable && wanted(account)) {
        for position in held.positions() {
            let symbol = inputs.universe.symbol(position.instrument);
            if arguments.symbol.as_ref().is_none_or(|wanted| wanted == symbol) {
                positions.extend(position_lots(inputs, arguments, account, position).map_err(|error| out_of_range(&error))?);
            }
        }
    }
    if positions.is_empty() {
        let told = Diagnostic::error(Code::ARGUMENT, "no taxable account holds such lots");
        return Err(vec![told.help("gains are taxed in accounts with the tax treatment `taxable` alone")]);
    }
    let Inputs { household, market, .. } = inputs;
    Ok(Lots { household: household.id.clone(), as_of: market.as_of, positions, disclaimer: evenkeel::run::DISCLAIMER })
}

fn check_arguments(inputs: &Inputs, arguments: &Arguments) -> Result<(), Vec<Diagnostic>> {
    let mut told = Vec::new();
    if let Some(symbol) = arguments.symbol.as_ref().filter(|symbol| inputs.universe.find(symbol).is_none()) {
        let message = format!("`--symbol` names `{symbol}`, which is not in the instruments file");
        told.push(Diagnostic::error(Code::ARGUMENT, message).help("write a symbol of the instruments file"));
    }
    if let Some(account) = arguments.account.as_ref().filter(|id| inputs.household.account_index(id).is_none()) {
        let known: Vec<&str> = inputs.household.accounts.iter().map(|account| account.id.as_str()).collect();
        let message = format!("`--account` names `{account}`, which is not in the household");
        told.push(Diagnostic::error(Code::ARGUMENT, message).help(format!("use one of: {}", known.join(", "))));
    }
    if arguments.sell.is_some_and(|units| !units.is_positive()) || arguments.gain_budget.is_some_and(Decimal::is_negative) {
        let message = "`--sell` must be above zero, and `--gain-budget` not below it";
        told.push(Diagnostic::error(Code::ARGUMENT, message).help("write units to sell, and the gains that are allowed"));
    }
    if told.is_empty() { Ok(()) } else { Err(told) }
}

fn out_of_range(error: &ChoiceError) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::ARGUMENT, error.to_string()).help("ask for units that are held, or mend the holdings file")]
}

/// What the methods work on.
struct Sale<'a> {
    account: &'a Account,
    lots: &'a [Lot],
    offers: Vec<Offer>,
    rates: MarginalRates,
    year: Option<YearTax<'a>>,
    step: Decimal,
}

fn position_lots(
    inputs: &Inputs,
    arguments: &Arguments,
    account: &Account,
    position: Position<'_>,
) -> Result<Option<PositionLots>, ChoiceError> {
    let instrument = inputs.universe.get(position.instrument);
    let (Some(point), Some(instrument)) = (inputs.market.price(position.instrument), instrument) else { return Ok(None) };
    let Ok(rate) = inputs.market.fx.conversion(instrument.currency, account.currency) else { return Ok(None) };
    let Some(owner) = inputs.household.owner(&account.owner) else { return Ok(None) };
    let price = Price::new(point.price.decimal().pro_rata(rate.numerator, rate.denominator, Rounding::HalfEven)?);
    let as_of = inputs.market.as_of;
    let mut notes = Vec::new();
    let year = tax_year(owner, as_of).and_then(|year| YearTax::new(&inputs.household, &owner.id, year));
    let year = year.map_err(|error| notes.push(format!("no tax after netting: {error}"))).ok();
    let rates = MarginalRates::new(&inputs.household, owner, as_of.year())?;
    let lots = with_shared_basis(account, position.lots)?;
    let offers = if sells_lots(owner) { choice::offers(&lots, price, as_of)? } else { Vec::new() };
    let lacking = lots.len() - offers.len();
    if !sells_lots(owner) {
        notes.push("a sale is of the pool of all that the owner holds, of which no lot can be chosen: see `tax-year`".to_owned());
    } else if lacking > 0 {
        let which = if lacking == 1 { "1 lot is".to_owned() } else { format!("{lacking} lots are") };
        notes.push(format!("{which} without basis or date, or short, and in no method"));
    }
    let step = if inputs.policy.rebalance.whole_lots { instrument.lot_size.decimal() } else { Decimal::STEP };
    let held = offers.iter().try_fold(Quantity::ZERO, |sum, offer| sum.try_add(offer.units))?;
    let sold = arguments.sell.filter(|_| sells_lots(owner)).unwrap_or(held);
    if sold > held {
        return Err(ChoiceError::NotEnough { asked: sold, held });
    }
    let sale = Sale { account, lots: &lots, offers, rates, year, step };
    let mut methods = Vec::new();
    if account.basis_method == BasisMethod::Lots && sells_lots(owner) {
        methods = sale.methods(sold, arguments.gain_budget)?;
    } else if account.basis_method != BasisMethod::Lots {
        notes.push("the account's units share one basis, which leaves no choice among lots".to_owned());
    }
    let ids = |ranked: Vec<Offer>| ranked.iter().filter_map(|offer| Some(lots.get(offer.index)?.id.clone())).collect();
    Ok(Some(PositionLots {
        account: account.id.clone(),
        symbol: instrument.symbol.clone(),
        price,
        short_term_rate: rates.short_term,
        long_term_rate: rates.long_term,
        lots: lots.iter().map(|lot| sale.line(lot, price, as_of, sells_lots(owner))).collect::<Result<_, _>>()?,
        sold,
        methods,
        gifts: ids(choice::gifts(&sale.offers)),
        step_up: ids(choice::step_up(&sale.offers)),
        notes,
    }))
}

/// Lots as they are, or each with its part of a basis that all share.
fn with_shared_basis(account: &Account, lots: &[Lot]) -> Result<Vec<Lot>, NumberError> {
    let mut shared = lots.to_vec();
    if account.basis_method == BasisMethod::Lots {
        return Ok(shared);
    }
    let units = lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))?;
    let bases: Option<Vec<Money>> = lots.iter().map(|lot| lot.cost_basis).collect();
    let total = bases.map(|bases| Money::sum(account.currency, bases)).transpose()?;
    for lot in &mut shared {
        let part = |total: Money| total.pro_rata(lot.quantity, units, Rounding::HalfEven);
        lot.cost_basis = total.filter(|_| units.is_positive()).map(part).transpose()?;
    }
    Ok(shared)
}

impl Sale<'_> {
    fn line(&self, lot: &Lot, price: Price, as_of: Date, is_taxed: bool) -> Result<LotLine, ChoiceError> {
        let value = Money::of(lot.quantity, price, self.account.currency)?.to_cents(Rounding::HalfEven)?;
        let gain = lot.cost_basis.map(|basis| value.try_sub(basis)).transpose()?;
        let since = lot.held_since.or(lot.acquired);
        let term = since.map(|since| Term::between(since, as_of));
        let at = |rate: Rate| gain.map(|gain| gain.times(rate, Rounding::HalfEven)?.to_cents(Rounding::HalfEven)).transpose();
        let (short, long) = (at(self.rates.short_term)?, at(self.rates.long_term)?);
        let is_short = term == Some(Term::Short);
        let waits = is_taxed && is_short && gain.is_some_and(Money::is_positive);
        Ok(LotLine {
            lot: lot.id.clone(),
            acquired: lot.acquired,
            quantity: lot.quantity,
            cost_basis: lot.cost_basis,
            value,
            gain,
            long_term: term.map(|term| term == Term::Long),
            tax: term.and(if is_short { short } else { long }).filter(|_| is_taxed),
            long_term_from: since.filter(|_| is_short).map(first_long_term_day).transpose()?,
            waiting_saves: short.zip(long).filter(|_| waits).map(|(short, long)| short.try_sub(long)).transpose()?,
        })
    }

    fn methods(&self, sold: Quantity, budget: Option<Decimal>) -> Result<Vec<LotWay>, ChoiceError> {
        let mut ways = Vec::new();
        if sold.is_zero() {
            return Ok(ways);
        }
        let known: Vec<Lot> = self.offers.iter().filter_map(|offer| self.lots.get(offer.index).cloned()).collect();
        let by_method = [("fifo", LotMethod::Fifo), ("lifo", LotMethod::Lifo), ("hifo", LotMethod::Hifo), ("lofo", LotMethod::Lofo)];
        for (name, method) in by_method {
            let mut picks = Vec::new();
            if select(&known, sold, &LotSelection::By(method), BasisMethod::Lots, &mut picks).is_ok() {
                let of_all = |pick: &Pick| Some(Pick { index: self.offers.get(pick.index)?.index, ..*pick });
                ways.push(self.way(name, sold, picks.iter().filter_map(of_all).collect())?);
            }
        }
        ways.push(self.way("min_tax", sold, choice::min_tax(&self.offers, sold, self.rates)?)?);
        if let Some(year) = &self.year {
            let picks = choice::min_tax_after_netting(&self.offers, sold, self.step, year)?;
            ways.push(self.way("min_tax_after_netting", sold, picks)?);
        }
        if let Some(budget) = budget {
            let budget = Money::new(budget, self.account.currency);
            ways.push(self.way("gain_budget", sold, choice::within_budget(&self.offers, sold, budget, self.step)?)?);
        }
        Ok(ways)
    }

    fn way(&self, method: &str, asked: Quantity, picks: Vec<Pick>) -> Result<LotWay, ChoiceError> {
        let mut gains = GainsByTerm::zero(self.account.currency);
        let mut kept = asked;
        let mut lots = Vec::with_capacity(picks.len());
        for pick in picks {
            let (Some(offer), Some(lot)) = (self.offers.iter().find(|offer| offer.index == pick.index), self.lots.get(pick.index)) else {
                continue;
            };
            let sum = if offer.term == Term::Long { &mut gains.long_term } else { &mut gains.short_term };
            *sum = sum.try_add(offer.gain_of(pick.quantity)?)?;
            kept = kept.try_sub(pick.quantity)?;
            lots.push((lot.id.clone(), pick.quantity));
        }
        let at = |gain: Money, rate: Rate| gain.times(rate, Rounding::HalfEven);
        let tax = at(gains.short_term, self.rates.short_term)?.try_add(at(gains.long_term, self.rates.long_term)?)?;
        let cents = |amount: Money| amount.to_cents(Rounding::HalfEven);
        Ok(LotWay {
            method: method.to_owned(),
            lots,
            kept,
            short_term: cents(gains.short_term)?,
            long_term: cents(gains.long_term)?,
            tax: cents(tax)?,
            tax_after_netting: self.after_netting(gains)?.map(cents).transpose()?,
        })
    }

    /// What gains add to the tax of the year.
    fn after_netting(&self, gains: GainsByTerm) -> Result<Option<Money>, NumberError> {
        let none = Money::zero(self.account.currency);
        let Some(year) = &self.year else { return Ok(None) };
        // Amounts of another currency than that of the return have no tax here.
        let (Ok(after), Ok(before)) = (year.tax(gains.short_term, gains.long_term), year.tax(none, none)) else { return Ok(None) };
        after.try_sub(before).map(Some)
    }
}

impl Document for Lots {
    fn page(&self) -> Page {
        lots::render(self)
    }

    fn about(&self) -> About {
        About { of: format!("Household {}", self.household), as_of: Some(self.as_of) }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
