//! A household that holds an index name by name, with a factor model, from a seed.

use std::collections::BTreeMap;

use evenkeel::boundary::{to_decimal, to_f64, to_money};
use evenkeel::diagnostic::SourceText;
use evenkeel::index::{Constituents, Exposures, FactorLoadings, FactorRisk, Factors};
use evenkeel::market::{MarketSnapshot, PriceKind, PricePoint};
use evenkeel::policy::Policy;
use evenkeel_ledger::account::Account;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, Trading, TradingState, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Decimal, Money, Price, Quantity, Rounding};
use evenkeel_quant::estimate::covariance::Covariance;

use super::Random;

/// The policy of the example.
const POLICY: &str = include_str!("../../../../examples/direct-index/policy.toml");

/// Sectors, of which the policy excludes the last.
const SECTORS: [&str; 6] = ["Energy", "Banks", "Health", "Software", "Transport", "Tobacco"];

/// How large a household is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Names of the index.
    pub names: usize,
    /// Lots that are held.
    pub lots: usize,
    /// Factors of the risk model.
    pub factors: usize,
    /// Share of the portfolio in one name that must not be traded, in percent; 0 for none.
    pub concentrated: i64,
}

/// All that a proposal for a direct index is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectIndex {
    /// What the user decided.
    pub policy: Policy,
    /// The names.
    pub universe: Universe,
    /// Their prices.
    pub market: MarketSnapshot,
    /// Weights of the index.
    pub constituents: Constituents,
    /// The risk model.
    pub risk: FactorRisk,
    /// One owner with one taxable account.
    pub household: Household,
    /// Its lots.
    pub holdings: Holdings,
}

/// The household of a seed: an index that has drifted, with lots above and below what they cost.
///
/// ```
/// use evenkeel_testkit::generate::{Size, direct_index};
/// let small = Size { names: 20, lots: 60, factors: 3, concentrated: 0 };
/// let world = direct_index(1, small);
/// assert_eq!(world, direct_index(1, small));
/// assert_eq!((world.universe.len(), world.holdings.accounts[0].lots().len()), (20, 60));
/// ```
///
/// # Panics
/// Never: what is generated is valid by construction.
pub fn direct_index(seed: u64, size: Size) -> DirectIndex {
    let mut random = Random::new(seed);
    let as_of: Date = "2026-03-31".parse().expect("a date");
    let policy = Policy::parse(SourceText { file: "policy.toml", text: POLICY }).value.expect("the example's policy");
    let universe = universe(&mut random, size);
    let price = |random: &mut Random| Some(PricePoint { price: Price::new(random.decimal(2_000, 40_000, 2)), date: as_of });
    let prices = universe.iter().map(|_| price(&mut random)).collect();
    let market = MarketSnapshot { as_of, kind: PriceKind::Raw, prices, fx: FxRates::new(Vec::new()).expect("no rates") };
    let weights = weights(&mut random, size.names);
    let symbols = universe.iter().map(|(_, instrument)| instrument.symbol.clone());
    let constituents = BTreeMap::from([("made-up".to_owned(), symbols.zip(weights.iter().copied()).collect())]);
    let risk = risk(&mut random, &universe, size.factors);
    let household = household();
    let lots = lots(&mut random, size, &universe, &market, &weights);
    let cash = Money::new(Decimal::from_int(20_000), Currency::USD);
    let account = AccountHoldings::new(lots, [cash]).expect("amounts in range");
    let holdings = Holdings { as_of, accounts: vec![account] };
    DirectIndex { policy, universe, market, constituents, risk, household, holdings }
}

fn universe(random: &mut Random, size: Size) -> Universe {
    let class = ClassPath::new("US Equity").expect("a class path");
    let instruments = (0..size.names).map(|number| {
        let mut instrument = Instrument::new(format!("N{number:03}"), class.clone(), Currency::USD);
        instrument.sector = Some((*random.pick(&SECTORS)).to_owned());
        instrument.scores.insert("esg".to_owned(), random.decimal(0, 100, 1));
        if number == 0 && size.concentrated > 0 {
            let reason = Some("an insider may not trade it".to_owned());
            instrument.trading = Trading { state: TradingState::Restricted, until: None, reason };
            // Otherwise its place in the index would hang on a draw.
            instrument.sector = Some("Software".to_owned());
        }
        instrument
    });
    Universe::new(instruments.collect()).expect("symbols differ")
}

/// Weights as uneven as those of an index by value: log-normal.
fn weights(random: &mut Random, names: usize) -> Vec<f64> {
    let sizes: Vec<f64> = (0..names).map(|_| normal(random).exp()).collect();
    let total: f64 = sizes.iter().sum();
    sizes.into_iter().map(|size| (size / total * 1e8).round() / 1e8).collect()
}

/// A market, styles that each name has some of, and industries of which each name has one.
fn risk(random: &mut Random, universe: &Universe, count: usize) -> FactorRisk {
    let styles = 1 + (count.saturating_sub(1)) / 2;
    let name = |factor: usize| match factor {
        0 => "market".to_owned(),
        style if style < styles => format!("style-{style}"),
        industry => format!("industry-{}", industry - styles + 1),
    };
    let names: Vec<String> = (0..count).map(name).collect();
    let volatilities: Vec<f64> = (0..count).map(|factor| if factor == 0 { 0.16 } else { random.thousandths(20, 60) }).collect();
    let correlation: Vec<f64> = (0..count * count).map(|cell| if cell / count == cell % count { 1.0 } else { 0.1 }).collect();
    let covariance = Covariance::from_volatilities(&volatilities, &correlation).expect("correlations that may be");
    let mut exposures = Exposures::new();
    for (_, instrument) in universe.iter() {
        let industry = if styles < count { random.count(styles, count - 1) } else { 0 };
        let loading = |factor: usize| match factor {
            0 => random.thousandths(700, 1_300),
            style if style < styles => (normal(random) * 1_000.0).round() / 1_000.0,
            own => f64::from(u8::from(own == industry)),
        };
        let loadings = (0..count).map(loading).collect();
        let specific_volatility = random.thousandths(180, 450);
        exposures.insert(instrument.symbol.clone(), FactorLoadings { loadings, specific_volatility });
    }
    FactorRisk { factors: Factors { names, covariance }, exposures }
}

/// Lots of nine names in ten, more or less than the index has, bought over six years.
fn lots(random: &mut Random, size: Size, universe: &Universe, market: &MarketSnapshot, weights: &[f64]) -> Vec<Lot> {
    // About what makes a lot 3,000.
    let value = 3_000.0 * f64::from(u32::try_from(size.lots).unwrap_or(u32::MAX));
    let held: Vec<usize> = (0..size.names).filter(|name| (*name == 0 && size.concentrated > 0) || random.chance(90)).collect();
    let mut lots = Vec::with_capacity(size.lots);
    for number in 0..size.lots {
        let Some(name) = held.get(number % held.len().max(1)).copied() else { continue };
        let of_name = size.lots / held.len() + usize::from(number % held.len() < size.lots % held.len());
        let Some((id, _)) = universe.iter().nth(name) else { continue };
        let price = market.prices.get(id.index()).copied().flatten().map_or(1.0, |point| to_f64(point.price.decimal()));
        let share = if name == 0 && size.concentrated > 0 {
            f64::from(i32::try_from(size.concentrated).unwrap_or(0)) / 100.0
        } else {
            weights.get(name).copied().unwrap_or(0.0) * random.thousandths(500, 1_500)
        };
        let units = (share * value / f64::from(u32::try_from(of_name).unwrap_or(1)) / price).round().max(1.0);
        let quantity = to_decimal(units, Rounding::HalfEven).expect("units in range");
        let paid = to_money(units * price * random.thousandths(550, 1_350), Currency::USD).expect("a basis in range");
        let acquired = market.as_of.add_days(-i32::try_from(random.between(1, 2_200)).unwrap_or(0));
        lots.push(Lot {
            id: LotId::Number(u64::try_from(number).unwrap_or(0) + 1),
            instrument: id,
            quantity: Quantity::new(quantity),
            cost_basis: Some(paid.to_cents(Rounding::HalfEven).expect("cents")),
            acquired: acquired.ok(),
            held_since: None,
        });
    }
    lots
}

fn household() -> Household {
    let dollars = |amount| Money::new(Decimal::from_int(amount), Currency::USD);
    let rates = TaxRates {
        ordinary: "0.35".parse().expect("a rate"),
        long_term: "0.188".parse().expect("a rate"),
        state: "0.05".parse().expect("a rate"),
    };
    let income = OtherIncome { ordinary: dollars(420_000), deductions: dollars(32_000), ..OtherIncome::zero(Currency::USD) };
    let owner = Owner {
        id: "kim".to_owned(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".to_owned(),
        rates,
        spouse: None,
        year_to_date: GainsByTerm { short_term: dollars(0), long_term: dollars(8_000) },
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: Some(income),
    };
    Household::new("direct-index", vec![owner], vec![Account::new("brokerage", "kim", Currency::USD)]).expect("a household")
}

/// Nearly normal: the sum of twelve even draws, less 6.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.thousandths(0, 1_000)).sum::<f64>() - 6.0
}
