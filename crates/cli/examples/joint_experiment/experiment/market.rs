//! [`Model`]: months of prices, from a seed.
//!
//! The total return of a month is log-normal. In logarithms, that of an instrument is that of its class plus noise of its own:
//!
//! > r = (ln(1 + m) − ½ (σ² + s²)) Δt + √Δt (σ z + s e)
//!
//! with m the class's expected return, σ its volatility, z standard normal and correlated as assumed, e standard normal of the
//! instrument alone, s its volatility against the class, and Δt a month. So the expected simple return of a year is m for
//! every instrument of a class. Dividends are paid monthly, a twelfth of the yearly yield on the new price, and the price
//! falls by as much.

use evenkeel::assumptions::{ClassAssumptions, Distributions};
use evenkeel::boundary::{to_decimal, to_f64};
use evenkeel::market::{MarketSnapshot, PricePoint};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::{Date, DateError, Weekday};
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Price, Rounding};
use evenkeel_quant::linear::cholesky::Cholesky;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_testkit::generate::Random;

use super::Failure;
use super::world::World;

/// Months of a year.
pub(crate) const MONTHS: f64 = 12.0;
/// Volatility a year of a fund against its class.
pub(crate) const FUND_NOISE: f64 = 0.01;
/// The same of an instrument that no policy names: a stock.
pub(crate) const STOCK_NOISE: f64 = 0.25;

/// How one instrument moves.
struct Motion {
    /// Its place among the classes that move.
    class: usize,
    /// Expected logarithm of the return of a month.
    drift: f64,
    volatility: f64,
    noise: f64,
    distributions: Distributions,
}

/// How prices move, and what is paid along the way.
pub(crate) struct Model<'w> {
    world: &'w World,
    /// By instrument.
    motions: Vec<Motion>,
    /// Lower triangular root of the correlations of the classes.
    root: Matrix,
    cash: Distributions,
}

impl<'w> Model<'w> {
    pub(crate) fn new(world: &'w World) -> Result<Self, Failure> {
        let believed = &world.assumptions;
        let moving: Vec<usize> = (0..believed.classes.len()).filter(|class| volatility(&believed.classes[*class]) > 0.0).collect();
        let correlation = |row: usize, column: usize| believed.correlation(moving[row], moving[column]).unwrap_or(0.0);
        let root = Cholesky::factor(Matrix::from_fn(moving.len(), moving.len(), correlation)).map_err(|_| "correlations have no root")?;
        let mut motions = Vec::with_capacity(world.book.universe.len());
        for (_, instrument) in world.book.universe.iter() {
            let unknown = || format!("nothing is assumed of {}", instrument.class);
            let place = believed.position(&instrument.class).ok_or_else(unknown)?;
            let class = moving.iter().position(|moves| *moves == place).ok_or_else(unknown)?;
            let entry = &believed.classes[place];
            let is_fund = world
                .book
                .policies
                .iter()
                .any(|(_, policy)| policy.tree.leaves().any(|(_, leaf)| leaf.instruments.contains(&instrument.symbol)));
            let (volatility, noise) = (volatility(entry), if is_fund { FUND_NOISE } else { STOCK_NOISE });
            let mean = entry.expected_return.ok_or_else(unknown)?.ln_1p();
            motions.push(Motion {
                class,
                drift: (mean - 0.5 * (volatility * volatility + noise * noise)) / MONTHS,
                volatility: volatility / MONTHS.sqrt(),
                noise: noise / MONTHS.sqrt(),
                distributions: entry.distributions.ok_or_else(unknown)?,
            });
        }
        let cash = believed.of(&ClassPath::cash()).and_then(|cash| cash.distributions).ok_or("nothing is assumed of cash")?;
        Ok(Self { world, motions, root: root.lower().clone(), cash })
    }

    /// What is paid on an instrument.
    pub(crate) fn distributions(&self, instrument: InstrumentId) -> Distributions {
        self.motions[instrument.index()].distributions
    }

    /// What is paid on cash.
    pub(crate) const fn cash(&self) -> Distributions {
        self.cash
    }

    /// The market of today and of the last weekday of each month to come.
    pub(crate) fn path(&self, random: &mut Random, months: usize) -> Result<Vec<MarketSnapshot>, Failure> {
        let start = &self.world.start;
        let mut prices: Vec<f64> = start.prices.iter().map(|point| point.map_or(0.0, |point| to_f64(point.price.decimal()))).collect();
        let mut path = vec![start.clone()];
        for month in 1..=months {
            let as_of = last_weekday(start.as_of.add_months(i32::try_from(month)?)?)?;
            let shocks: Vec<f64> = (0..self.root.rows()).map(|_| normal(random)).collect();
            let moved = |class: usize| (0..=class).map(|column| self.root.get(class, column) * shocks[column]).sum::<f64>();
            let classes: Vec<f64> = (0..shocks.len()).map(moved).collect();
            for (price, motion) in prices.iter_mut().zip(&self.motions) {
                let total = motion.drift + motion.volatility * classes[motion.class] + motion.noise * normal(random);
                *price *= total.exp() / (1.0 + motion.distributions.income / MONTHS);
            }
            let point = |price: &f64| -> Result<Option<PricePoint>, Failure> {
                let price = to_decimal(price.max(0.01), Rounding::HalfEven)?.round_to(2, Rounding::HalfEven)?;
                Ok(Some(PricePoint { price: Price::new(price), date: as_of }))
            };
            path.push(MarketSnapshot { as_of, prices: prices.iter().map(point).collect::<Result<_, _>>()?, ..start.clone() });
        }
        Ok(path)
    }
}

fn volatility(class: &ClassAssumptions) -> f64 {
    class.volatility.unwrap_or(0.0)
}

/// The last weekday of the month of a date.
fn last_weekday(date: Date) -> Result<Date, DateError> {
    let mut date = date.month_end();
    while matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
        date = date.add_days(-1)?;
    }
    Ok(date)
}

/// From 0 up to, and without, 1.
pub(crate) fn uniform(random: &mut Random) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits have an exact float")]
    let whole = (random.bits() >> 11) as f64;
    whole / 9_007_199_254_740_992.0
}

/// From the standard normal distribution (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - uniform(random)).ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform(random)).cos()
}
