//! From the inputs and a proposal to the records that the auditor works on.
//!
//! Facts (what is owned, prices, rules) come from the inputs; from the proposal come only the
//! claims that are to be checked.

use evenkeel::assumptions::Assumptions;
use evenkeel::boundary::to_decimal;
use evenkeel::market::MarketSnapshot;
use evenkeel::policy::{self, CashFlow, LimitedRisk, Policy, RiskBasis};
use evenkeel::portfolio::{Sleeves, class_covariance};
use evenkeel::run::Proposal;
use evenkeel::target::stated_weights;
use evenkeel::tax::{MarginalRates, sells_lots};
use evenkeel::trade::{self, LossSale};
use evenkeel_audit::{
    Attribute, Auditor, Books, Bound, CashLine, ClassRisk, ClassScore, CostRules, Costs, Identity, Limit, LotSale, Market, Measure, Rules,
    Selection, Side, Trade, TradeList,
};
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{FilingStatus, Household, Owner, TaxRates};
use evenkeel_ledger::identical;
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};
use evenkeel_ledger::number::{Decimal, Money, NumberError, Price, Rate, Rounding};
use serde::Serialize;

/// Trading days a year, by which a yearly volatility is made a daily one.
const TRADING_DAYS: f64 = 252.0;

/// The auditor's unit of variance: squares of a tenth of a percent.
const VARIANCE_UNIT: f64 = 1e6;

/// What a proposal was made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The instruments.
    pub universe: &'a Universe,
    /// Prices and exchange rates of the day.
    pub market: &'a MarketSnapshot,
    /// Beliefs.
    pub assumptions: Option<&'a Assumptions>,
    /// Owners and accounts.
    pub household: &'a Household,
    /// What they hold.
    pub holdings: &'a Holdings,
    /// Flows beside those of the policy.
    pub flows: &'a [CashFlow],
    /// Earlier sales at a loss.
    pub sold: &'a [LossSale],
}

/// Something in a proposal that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Objection {
    /// The rule.
    pub rule: String,
    /// The account, where it is about one.
    pub account: Option<String>,
    /// The symbol, or for a limit its name.
    pub subject: Option<String>,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// What is proposed.
#[derive(Debug, Clone, Copy)]
pub struct Claimed<'a> {
    /// All trades.
    pub trades: &'a [trade::Trade],
    /// Cash of every account.
    pub cash: &'a [trade::CashLine],
    /// Whether it may not be traded.
    pub refused: bool,
}

/// What audits take that no household changes: bound once, used for any number of households.
#[derive(Debug)]
pub struct AuditRules {
    rules: Rules,
    prices: Vec<Option<Price>>,
    daily_volatilities: Vec<Option<f64>>,
}

impl AuditRules {
    /// Binds a policy to a day.
    ///
    /// # Errors
    /// A number of the policy or the assumptions that has no exact form.
    pub fn new(
        policy: &Policy,
        universe: &Universe,
        market: &MarketSnapshot,
        assumptions: Option<&Assumptions>,
    ) -> Result<Self, NumberError> {
        let volatility = |instrument: &Instrument| Some(assumptions?.of(&instrument.class)?.volatility? / TRADING_DAYS.sqrt());
        Ok(Self {
            rules: rules(policy, universe, assumptions)?,
            prices: universe.iter().map(|(id, _)| market.price(id).map(|point| point.price)).collect(),
            daily_volatilities: universe.iter().map(|(_, instrument)| volatility(instrument)).collect(),
        })
    }

    /// The auditor of the day.
    pub fn auditor<'a>(&'a self, universe: &'a Universe, market: &'a MarketSnapshot) -> Auditor<'a> {
        let Self { rules, prices, daily_volatilities } = self;
        Auditor::new(rules, Market { as_of: market.as_of, universe, prices, daily_volatilities, fx: &market.fx })
    }
}

/// Has the auditor check a proposal; no objection means that all of it holds.
///
/// # Errors
/// A number of the policy or the assumptions that has no exact form.
pub fn audit(facts: &Facts<'_>, proposal: &Proposal) -> Result<Vec<Objection>, NumberError> {
    let rules = AuditRules::new(facts.policy, facts.universe, facts.market, facts.assumptions)?;
    audit_by(&rules.auditor(facts.universe, facts.market), facts, proposal)
}

/// Has a bound auditor check a proposal.
///
/// # Errors
/// A number of the household that has no exact form.
pub fn audit_by(auditor: &Auditor<'_>, facts: &Facts<'_>, proposal: &Proposal) -> Result<Vec<Objection>, NumberError> {
    audit_claims(auditor, facts, &Claimed { trades: &proposal.trades, cash: &proposal.cash, refused: proposal.refused })
}

/// Has a bound auditor check trades.
///
/// # Errors
/// A number of the household that has no exact form.
pub fn audit_claims(auditor: &Auditor<'_>, facts: &Facts<'_>, claimed: &Claimed<'_>) -> Result<Vec<Objection>, NumberError> {
    let (cash, today) = (&facts.policy.cash, facts.market.as_of);
    // A calendar that does not cover the day has been refused before anything was proposed.
    let recurring = cash.recurring_within(&facts.policy.calendar, today, today).unwrap_or_default();
    let due = cash.flows.iter().chain(&recurring).chain(facts.flows).filter(|flow| flow.date == today);
    let flows = Money::sum(facts.policy.base_currency, due.map(|flow| flow.amount))?;
    let rates = facts
        .household
        .accounts
        .iter()
        .map(|account| rates(facts.household, account, facts.market.as_of))
        .collect::<Result<Vec<_>, _>>()?;
    let sold: Vec<(InstrumentId, Date)> = facts.sold.iter().map(|sale| (sale.instrument, sale.sold)).collect();
    let books = Books {
        accounts: &facts.household.accounts,
        holdings: &facts.holdings.accounts,
        flows,
        rates: &rates,
        realized: realized(facts)?,
        sold: &sold,
        avoids_washes: avoids_washes(facts),
    };
    let objections = auditor.audit(&books, &claimed.list());
    Ok(objections.into_iter().map(Objection::from).collect())
}

/// What the owner of an account pays of its short-term and long-term gains, where they are taxed.
fn rates(household: &Household, account: &Account, as_of: Date) -> Result<Option<(Rate, Rate)>, NumberError> {
    let taxable = account.tax_treatment == TaxTreatment::Taxable;
    let Some(owner) = household.owner(&account.owner).filter(|owner| taxable && sells_lots(owner)) else { return Ok(None) };
    // What either of two spouses on one return states holds for both.
    let is_spouse = |other: &&Owner| owner.spouse.as_ref() == Some(&other.id) || other.spouse.as_ref() == Some(&owner.id);
    let is_joint = |other: &&Owner| {
        let both = [owner, *other].iter().all(|on| on.filing_status == FilingStatus::MarriedJointly);
        both && owner.jurisdiction.starts_with("US") && owner.jurisdiction == other.jurisdiction
    };
    let spouse = household.owners.iter().find(is_spouse).filter(is_joint);
    if owner.income.is_some() || spouse.is_some_and(|spouse| spouse.income.is_some()) {
        // Tables of brackets are the engine's; what is checked is what is made of the rates.
        let rates = MarginalRates::new(household, owner, as_of.year())?;
        return Ok(Some((rates.short_term, rates.long_term)));
    }
    let rates = spouse.filter(|_| owner.rates == TaxRates::default()).map_or(owner.rates, |spouse| spouse.rates);
    let with_state = |rate: Rate| rate.decimal().try_add(rates.state.decimal()).map(Rate::new);
    Ok(Some((with_state(rates.ordinary)?, with_state(rates.long_term)?)))
}

/// Net gains of all owners in the year so far, in the base currency; those without a rate are left out.
fn realized(facts: &Facts<'_>) -> Result<Money, NumberError> {
    let gains = facts.household.owners.iter().flat_map(|owner| [owner.year_to_date.short_term, owner.year_to_date.long_term]);
    let base = facts.policy.base_currency;
    Money::sum(base, gains.filter_map(|gain| facts.market.fx.convert(gain, base, Rounding::HalfEven).ok()))
}

/// Whether the policy keeps the household from wash sales, which are those of the United States.
fn avoids_washes(facts: &Facts<'_>) -> bool {
    let taxable = facts.household.accounts.iter().filter(|account| account.tax_treatment == TaxTreatment::Taxable);
    let mut owners = taxable.filter_map(|account| facts.household.owner(&account.owner));
    facts.policy.tax.wash_sales == policy::WashSales::Avoid && owners.any(|owner| owner.jurisdiction.starts_with("US"))
}

impl From<evenkeel_audit::Objection> for Objection {
    fn from(objection: evenkeel_audit::Objection) -> Self {
        let evenkeel_audit::Objection { rule, account, subject, expected, found } = objection;
        Self { rule: rule.name().to_owned(), account, subject, expected, found }
    }
}

/// The rules of a policy.
fn rules(policy: &Policy, universe: &Universe, assumptions: Option<&Assumptions>) -> Result<Rules, NumberError> {
    let exact = |value: f64| to_decimal(value, Rounding::HalfEven);
    let leaves = policy.tree.leaves();
    let beliefs = assumptions.iter().flat_map(|assumptions| &assumptions.classes);
    let class_scores = beliefs.flat_map(|class| {
        class
            .scores
            .iter()
            .map(move |(name, score)| Ok(ClassScore { class: class.class.clone(), name: name.clone(), score: exact(*score)? }))
    });
    Ok(Rules {
        currency: policy.base_currency,
        min_trade: policy.rebalance.min_trade,
        whole_lots: policy.rebalance.whole_lots,
        turnover_cap_one_way: policy.rebalance.max_turnover_one_way.map(exact).transpose()?.map(Rate::new),
        costs: CostRules {
            fixed: policy.costs.fixed_per_trade,
            proportional: policy.costs.proportional,
            default_spread: policy.costs.default_spread,
            impact_coefficient: policy.costs.impact_coefficient,
        },
        identity: match policy.tax.identical {
            identical::Identity::Instrument => Identity::Instrument,
            identical::Identity::SameFund => Identity::SameFund,
            identical::Identity::Related => Identity::Related,
        },
        gain_budget: policy.tax.gain_budget,
        // What rests on history takes estimates, which the auditor has none of.
        limits: policy.limits.iter().filter(|limit| !limit.measure.rests_on_history()).map(limit).collect::<Result<_, _>>()?,
        leaves: leaves.flat_map(|(_, leaf)| leaf.instruments.iter().map(|symbol| (symbol.clone(), leaf.class.clone()))).collect(),
        class_scores: class_scores.collect::<Result<_, NumberError>>()?,
        risk: class_risk(policy, universe, assumptions)?,
    })
}

/// What is assumed of the risk of the leaves and of cash, where a limit is on it and the assumptions tell it.
fn class_risk(policy: &Policy, universe: &Universe, assumptions: Option<&Assumptions>) -> Result<Option<ClassRisk>, NumberError> {
    let is_asked = policy.limits.iter().any(|limit| matches!(limit.measure, policy::Measure::Risk(_, RiskBasis::Assumptions)));
    let Some(assumptions) = assumptions.filter(|_| is_asked) else { return Ok(None) };
    let sleeves = Sleeves::new(&policy.tree, universe);
    let listed: Vec<(usize, &ClassPath)> =
        sleeves.iter().filter(|(_, sleeve)| sleeve.listed).map(|(id, sleeve)| (id.0, &sleeve.class)).collect();
    let classes: Vec<ClassPath> = listed.iter().map(|(_, class)| (*class).clone()).collect();
    let Ok(covariance) = class_covariance(assumptions, &classes) else { return Ok(None) };
    let matrix = covariance.matrix();
    let exact = |value: f64| to_decimal(value, Rounding::HalfEven);
    let covariance = matrix.values().iter().map(|value| exact(value * VARIANCE_UNIT)).collect::<Result<_, _>>()?;
    let stated = stated_weights(&policy.tree, &sleeves);
    let weights = listed.iter().map(|(index, _)| stated.get(*index).copied().unwrap_or(0.0));
    let is_stated =
        policy.strategy == policy::Strategy::Tree && policy.tree.top().any(|(_, node)| node.weight.is_some_and(Rate::is_positive));
    let targets = weights.filter(|_| is_stated).map(exact).collect::<Result<_, _>>()?;
    Ok(Some(ClassRisk { classes, covariance, targets }))
}

/// A limit on risk, as the variance of a year that it allows.
fn allowed_variance(risk: LimitedRisk, value: f64) -> f64 {
    let variance = if risk == LimitedRisk::Variance { value } else { (value / risk.of(1.0)).powi(2) };
    variance * VARIANCE_UNIT
}

fn limit(limit: &policy::Limit) -> Result<Limit, NumberError> {
    let value: Decimal = to_decimal(
        match limit.measure {
            policy::Measure::Risk(risk, _) => allowed_variance(risk, limit.value),
            _ => limit.value,
        },
        Rounding::HalfEven,
    )?;
    let selector = &limit.selector;
    Ok(Limit {
        name: limit.name.clone(),
        measure: match &limit.measure {
            policy::Measure::Weight => Measure::Weight,
            policy::Measure::Value => Measure::Value,
            policy::Measure::Score(name) => Measure::Score(name.clone()),
            policy::Measure::Risk(risk, _) => Measure::Variance { active: *risk == LimitedRisk::TrackingError },
        },
        classes: selector.classes.clone(),
        attributes: attributes(selector),
        liquidity_tier_at_most: selector.liquidity_tier_at_most,
        except: selector.except.as_deref().map(|except| Selection {
            classes: except.classes.clone(),
            attributes: attributes(except),
            liquidity_tier_at_most: except.liquidity_tier_at_most,
        }),
        each: limit.each.as_ref().map(attribute),
        above: limit.above.map(|above| to_decimal(above, Rounding::HalfEven)).transpose()?,
        bound: match limit.bound {
            policy::Bound::AtMost => Bound::AtMost,
            policy::Bound::AtLeast => Bound::AtLeast,
        },
        value,
        hard: limit.hard,
    })
}

fn attributes(selector: &policy::Selector) -> Vec<(Attribute, Vec<String>)> {
    selector.attributes.iter().map(|(name, values)| (attribute(name), values.clone())).collect()
}

fn attribute(attribute: &policy::Attribute) -> Attribute {
    match attribute {
        policy::Attribute::Class => Attribute::Class,
        policy::Attribute::Instrument => Attribute::Instrument,
        policy::Attribute::Sector => Attribute::Sector,
        policy::Attribute::Issuer => Attribute::Issuer,
        policy::Attribute::Country => Attribute::Country,
        policy::Attribute::Currency => Attribute::Currency,
        policy::Attribute::Tag(name) => Attribute::Tag(name.clone()),
    }
}

impl<'a> Claimed<'a> {
    fn list(&self) -> TradeList<'a> {
        TradeList {
            trades: self.trades.iter().map(claimed_trade).collect(),
            cash: self.cash.iter().map(claimed_cash).collect(),
            refused: self.refused,
        }
    }
}

fn claimed_trade(trade: &trade::Trade) -> Trade<'_> {
    Trade {
        account: &trade.account,
        symbol: &trade.symbol,
        side: match trade.side {
            trade::Side::Sell => Side::Sell,
            trade::Side::Buy => Side::Buy,
        },
        quantity: trade.quantity,
        price: trade.price,
        gross: trade.gross,
        costs: Costs {
            fixed: trade.costs.fixed,
            proportional: trade.costs.proportional,
            spread: trade.costs.spread,
            impact: trade.costs.impact,
            total: trade.costs.total,
        },
        cash: trade.cash,
        lots: trade.lots.iter().map(claimed_lot).collect(),
    }
}

fn claimed_lot(sale: &trade::LotSale) -> LotSale<'_> {
    LotSale {
        lot: &sale.lot,
        quantity: sale.quantity,
        cost_basis: sale.cost_basis,
        gain: sale.gain,
        long_term: sale.long_term,
        tax: sale.tax,
    }
}

fn claimed_cash(line: &trade::CashLine) -> CashLine<'_> {
    CashLine {
        account: &line.account,
        before: line.before,
        flows: line.flows,
        sells: line.sells,
        buys: line.buys,
        costs: line.costs,
        after: line.after,
    }
}
