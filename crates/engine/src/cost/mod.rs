//! What a trade costs: one object that is both the exact charge and the planner's estimate.
//!
//! For a trade of value `v` (base currency, above zero) in an instrument with half spread `s`,
//! daily volatility `σ` and average daily volume of value `A`:
//!
//! > cost(v) = fixed + proportional · v + s · v + k · σ · v · √(v ÷ A)
//!
//! The last term is the square-root law of market impact (Torre & Ferrari 1997, "Market Impact
//! Model Handbook"; Almgren et al. 2005, "Direct Estimation of Equity Market Impact", with their
//! exponent rounded to ½); `k` is the policy's `impact_coefficient`. The estimate is the formula
//! in `f64`; the charge rounds each of its four pieces to the cent, half to even.

use std::sync::Arc;

use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};
use evenkeel_ledger::number::{Decimal, Money, NumberError, Rate, Rounding};
use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::boundary::{to_f64, to_money};
use crate::market::MarketSnapshot;
use crate::policy::{CostRules, TRADING_DAYS};

/// What trading costs, piece by piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Costs {
    /// Fees for each trade.
    pub fixed: Money,
    /// Commission in proportion to value.
    pub proportional: Money,
    /// Half of the bid-ask spread.
    pub spread: Money,
    /// Market impact.
    pub impact: Money,
    /// All together.
    pub total: Money,
}

impl Costs {
    /// None.
    pub const fn zero(currency: evenkeel_ledger::number::Currency) -> Self {
        let zero = Money::zero(currency);
        Self { fixed: zero, proportional: zero, spread: zero, impact: zero, total: zero }
    }

    /// Both together, piece by piece.
    ///
    /// # Errors
    /// Out of range, or of two currencies.
    pub fn try_add(&self, other: &Self) -> Result<Self, NumberError> {
        Ok(Self {
            fixed: self.fixed.try_add(other.fixed)?,
            proportional: self.proportional.try_add(other.proportional)?,
            spread: self.spread.try_add(other.spread)?,
            impact: self.impact.try_add(other.impact)?,
            total: self.total.try_add(other.total)?,
        })
    }
}

/// The cost of trading each instrument of a universe on one day. Clones share it.
#[derive(Debug, Clone, PartialEq)]
pub struct CostModel {
    fixed: Money,
    proportional: Rate,
    fixed_estimate: f64,
    terms: Arc<[Terms]>,
}

/// What one instrument adds to the formula.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Terms {
    half_spread: Rate,
    /// Proportional rate plus half spread.
    linear: f64,
    /// k · σ ÷ √A, in one over the square root of base currency.
    impact: f64,
    /// A, in the base currency, where a volume is given.
    daily_value: Option<f64>,
}

impl CostModel {
    /// Binds cost rules to a universe: spreads and volumes from the instruments, volatilities from
    /// the assumptions on their classes. An instrument without volume or volatility has no impact.
    pub fn new(rules: &CostRules, universe: &Universe, market: &MarketSnapshot, assumptions: Option<&Assumptions>) -> Self {
        let currency = rules.fixed_per_trade.currency();
        let terms = universe.iter().map(|(id, instrument)| {
            let spread = instrument.spread.unwrap_or(rules.default_spread);
            let half_spread = spread.scale(half(), Rounding::HalfEven).unwrap_or(spread);
            let volatility = assumptions.and_then(|a| a.of(&instrument.class)).and_then(|class| class.volatility);
            let volume = daily_value(instrument, id, market, currency);
            let impact = match (volatility, volume) {
                (Some(volatility), Some(volume)) if volume > 0.0 => {
                    rules.impact_coefficient * volatility / TRADING_DAYS.sqrt() / volume.sqrt()
                }
                _ => 0.0,
            };
            Terms { half_spread, linear: to_f64(rules.proportional.decimal()) + to_f64(half_spread.decimal()), impact, daily_value: volume }
        });
        Self {
            fixed: rules.fixed_per_trade,
            proportional: rules.proportional,
            fixed_estimate: to_f64(rules.fixed_per_trade.amount()),
            terms: terms.collect(),
        }
    }

    /// The formula in `f64`: the cost of a trade of so much value (its sign does not matter);
    /// zero for no trade.
    pub fn estimate(&self, id: InstrumentId, value: f64) -> f64 {
        let value = value.abs();
        match self.terms.get(id.index()) {
            Some(terms) if value > 0.0 => self.fixed_estimate + terms.linear * value + terms.impact * value * value.sqrt(),
            _ => 0.0,
        }
    }

    /// The terms of the formula for an instrument: fixed, in the base currency; linear, a fraction of value; and that of value^{3/2}.
    pub fn terms(&self, id: InstrumentId) -> (f64, f64, f64) {
        self.terms.get(id.index()).map_or((0.0, 0.0, 0.0), |terms| (self.fixed_estimate, terms.linear, terms.impact))
    }

    /// Value of an instrument's average daily volume in the base currency, where one is given.
    pub fn daily_value(&self, id: InstrumentId) -> Option<f64> {
        self.terms.get(id.index())?.daily_value
    }

    /// The exact charge for a trade of so much value, above zero, in the base currency.
    ///
    /// # Errors
    /// A value of another currency or out of range.
    pub fn charge(&self, id: InstrumentId, value: Money) -> Result<Costs, NumberError> {
        let currency = self.fixed.currency();
        let Some(terms) = self.terms.get(id.index()) else { return Ok(Costs::zero(currency)) };
        let rate = |rate: Rate| value.times(rate, Rounding::HalfEven)?.to_cents(Rounding::HalfEven);
        let fixed = self.fixed;
        let proportional = rate(self.proportional)?;
        let spread = rate(terms.half_spread)?;
        let impact = if terms.impact > 0.0 {
            let amount = to_f64(value.amount());
            to_money(terms.impact * amount * amount.sqrt(), currency)?.to_cents(Rounding::HalfEven)?
        } else {
            Money::zero(currency)
        };
        let total = fixed.try_add(proportional)?.try_add(spread)?.try_add(impact)?;
        Ok(Costs { fixed, proportional, spread, impact, total })
    }
}

/// One half.
fn half() -> Decimal {
    Decimal::from_raw(Decimal::ONE.raw() / 2).unwrap_or(Decimal::ONE)
}

/// Value of the average daily volume in a currency.
fn daily_value(
    instrument: &Instrument,
    id: InstrumentId,
    market: &MarketSnapshot,
    currency: evenkeel_ledger::number::Currency,
) -> Option<f64> {
    let volume = to_f64(instrument.average_daily_volume?.decimal());
    let price = to_f64(market.price(id)?.price.decimal());
    let conversion = market.fx.conversion(instrument.currency, currency).ok()?;
    Some(volume * price * to_f64(conversion.numerator) / to_f64(conversion.denominator))
}
