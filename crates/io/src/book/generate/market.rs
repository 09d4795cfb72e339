//! The market of a synthetic book: funds, and ten years of their prices.

use std::fmt::Write as _;

use evenkeel_ledger::date::{Date, DateError, Weekday};
use evenkeel_ledger::number::Decimal;

use super::random::Random;

/// Weekdays of ten years.
const DAYS: usize = 2_610;
/// Weekdays a year.
const YEAR: f64 = 261.0;
/// Days of which `prices.csv` tells.
const TOLD: usize = 261;

/// Volatilities a year of the factors: equity, rates, real assets.
const FACTORS: [f64; 3] = [0.16, 0.05, 0.13];

/// One fund or stock.
#[derive(Clone, Copy)]
struct Fund {
    symbol: &'static str,
    class: &'static str,
    issuer: &'static str,
    /// Loadings on the factors.
    loadings: [f64; 3],
    /// Volatility of its own, and expected growth, a year.
    own: f64,
    growth: f64,
    /// Price at the start.
    price: f64,
    /// Other share class of the fund, identical fund, and substitutes.
    same: &'static str,
    identical: &'static str,
    substitutes: &'static str,
}

const fn fund(
    symbol: &'static str,
    class: &'static str,
    issuer: &'static str,
    loadings: [f64; 3],
    own: f64,
    growth: f64,
    price: f64,
) -> Fund {
    Fund { symbol, class, issuer, loadings, own, growth, price, same: "", identical: "", substitutes: "" }
}

const fn related(fund: Fund, same: &'static str, identical: &'static str, substitutes: &'static str) -> Fund {
    Fund { same, identical, substitutes, ..fund }
}

const LARGE: &str = "Equity/US Large";
const SMALL: &str = "Equity/US Small";
const DEVELOPED: &str = "Equity/Developed";
const EMERGING: &str = "Equity/Emerging";
const AGGREGATE: &str = "Fixed Income/Aggregate";
const INFLATION: &str = "Fixed Income/Inflation";
const FOREIGN: &str = "Fixed Income/International";
const ESTATE: &str = "Real Assets/Real Estate";

/// `ULCI` is another share class of the fund `ULCA`, and `ULCX` follows the same index; the rest of a class are substitutes.
const FUNDS: [Fund; 23] = [
    related(fund("ULCA", LARGE, "Alder", [1.0, 0.0, 0.0], 0.005, 0.07, 110.0), "ULCI", "ULCX", "ULCB"),
    related(fund("ULCX", LARGE, "Birch", [1.0, 0.0, 0.0], 0.005, 0.07, 64.0), "", "ULCA", "ULCB"),
    related(fund("ULCI", LARGE, "Alder", [1.0, 0.0, 0.0], 0.005, 0.07, 221.0), "ULCA", "ULCX", "ULCB"),
    related(fund("ULCB", LARGE, "Cedar", [0.99, 0.0, 0.05], 0.015, 0.07, 48.0), "", "", "ULCA;ULCX"),
    related(fund("USCA", SMALL, "Alder", [1.15, 0.0, 0.1], 0.09, 0.075, 81.0), "", "", "USCB"),
    related(fund("USCB", SMALL, "Cedar", [1.15, 0.0, 0.12], 0.09, 0.075, 57.0), "", "", "USCA"),
    related(fund("DEVA", DEVELOPED, "Alder", [0.85, 0.1, 0.1], 0.07, 0.055, 43.0), "", "", "DEVB"),
    related(fund("DEVB", DEVELOPED, "Birch", [0.86, 0.1, 0.1], 0.07, 0.055, 59.0), "", "", "DEVA"),
    related(fund("EMGA", EMERGING, "Birch", [0.9, 0.15, 0.25], 0.12, 0.06, 39.0), "", "", "EMGB"),
    related(fund("EMGB", EMERGING, "Cedar", [0.91, 0.15, 0.24], 0.12, 0.06, 52.0), "", "", "EMGA"),
    related(fund("AGGA", AGGREGATE, "Alder", [0.02, 1.0, 0.0], 0.01, 0.025, 84.0), "", "", "AGGB"),
    related(fund("AGGB", AGGREGATE, "Birch", [0.02, 1.0, 0.0], 0.012, 0.025, 106.0), "", "", "AGGA"),
    related(fund("TIPA", INFLATION, "Alder", [0.02, 0.9, 0.15], 0.02, 0.025, 51.0), "", "", "TIPB"),
    related(fund("TIPB", INFLATION, "Cedar", [0.02, 0.9, 0.15], 0.02, 0.025, 112.0), "", "", "TIPA"),
    related(fund("IBDA", FOREIGN, "Alder", [0.05, 0.8, 0.0], 0.02, 0.022, 55.0), "", "", "IBDB"),
    related(fund("IBDB", FOREIGN, "Birch", [0.05, 0.8, 0.0], 0.022, 0.022, 47.0), "", "", "IBDA"),
    related(fund("REIA", ESTATE, "Alder", [0.75, 0.5, 0.4], 0.09, 0.06, 88.0), "", "", "REIB"),
    related(fund("REIB", ESTATE, "Cedar", [0.75, 0.5, 0.41], 0.09, 0.06, 37.0), "", "", "REIA"),
    fund("CMDA", "Real Assets/Commodities", "Birch", [0.2, -0.3, 0.9], 0.11, 0.03, 24.0),
    fund("STKA", LARGE, "Stock A", [1.2, 0.0, 0.0], 0.28, 0.09, 74.0),
    fund("STKB", LARGE, "Stock B", [0.9, 0.0, 0.2], 0.24, 0.06, 132.0),
    fund("STKC", LARGE, "Stock C", [1.4, -0.2, 0.0], 0.38, 0.11, 31.0),
    fund("STKD", LARGE, "Stock D", [0.6, 0.3, 0.0], 0.2, 0.05, 58.0),
];

/// Stocks that no policy names: what clients brought with them.
pub(super) const STOCKS: [&str; 4] = ["STKA", "STKB", "STKC", "STKD"];

/// Prices of every fund on every weekday of ten years, in cents.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) dates: Vec<Date>,
    /// By fund, then day.
    cents: Vec<Vec<i64>>,
}

impl Market {
    pub(super) fn draw(seed: u64, as_of: Date) -> Result<Self, DateError> {
        let mut dates = Vec::with_capacity(DAYS);
        let mut date = as_of;
        while dates.len() < DAYS {
            if !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
                dates.push(date);
            }
            date = date.add_days(-1)?;
        }
        dates.reverse();
        let mut random = Random::stream(seed, u64::MAX);
        let step = (1.0 / YEAR).sqrt();
        let mut logs: Vec<f64> = FUNDS.iter().map(|fund| fund.price.ln()).collect();
        let mut cents: Vec<Vec<i64>> = FUNDS.iter().map(|_| Vec::with_capacity(DAYS)).collect();
        for _ in 0..DAYS {
            let shocks = FACTORS.map(|volatility| volatility * step * random.normal());
            for ((fund, log), series) in FUNDS.iter().zip(&mut logs).zip(&mut cents) {
                let common: f64 = fund.loadings.iter().zip(shocks).map(|(loading, shock)| loading * shock).sum();
                *log += fund.growth / YEAR + common + fund.own * step * random.normal();
                #[expect(clippy::cast_possible_truncation, reason = "a price in cents is far below 2⁶³")]
                series.push((100.0 * log.exp()).round().max(1.0) as i64);
            }
        }
        Ok(Self { dates, cents })
    }

    /// The number of a fund.
    pub(super) fn find(symbol: &str) -> usize {
        FUNDS.iter().position(|fund| fund.symbol == symbol).unwrap_or(0)
    }

    pub(super) fn symbol(fund: usize) -> &'static str {
        FUNDS.get(fund).map_or("", |fund| fund.symbol)
    }

    /// The last day.
    pub(super) const fn today(&self) -> usize {
        self.dates.len() - 1
    }

    pub(super) fn date(&self, day: usize) -> Option<Date> {
        self.dates.get(day).copied()
    }

    /// The price of a fund on a day, in cents.
    pub(super) fn price(&self, fund: usize, day: usize) -> i64 {
        self.cents.get(fund).and_then(|series| series.get(day)).copied().unwrap_or(1)
    }

    /// `prices.csv` of the last year.
    pub(super) fn prices(&self) -> String {
        let mut text = String::from("# schema_version: 1\n# kind: raw\ndate");
        for fund in &FUNDS {
            let _ = write!(text, ",{}", fund.symbol);
        }
        text.push('\n');
        for (day, date) in self.dates.iter().enumerate().skip(self.dates.len() - TOLD) {
            let _ = write!(text, "{date}");
            for fund in 0..FUNDS.len() {
                let _ = write!(text, ",{}", cents(self.price(fund, day)));
            }
            text.push('\n');
        }
        text
    }
}

/// `instruments.csv`.
pub(super) fn instruments() -> String {
    let mut text = String::from(
        "# schema_version: 1\nsymbol,name,class,currency,issuer,spread,average_daily_volume,liquidity_tier,same_fund,\
         substantially_identical,substitutes\n",
    );
    for fund in &FUNDS {
        let Fund { symbol, class, issuer, same, identical, substitutes, .. } = fund;
        let _ = writeln!(text, "{symbol},{issuer} {class},{class},USD,{issuer},0.0002,2500000,1,{same},{identical},{substitutes}");
    }
    text
}

/// An amount of so many cents.
pub(super) fn cents(cents: i64) -> Decimal {
    Decimal::from_raw(i128::from(cents) * 10_000_000).unwrap_or_default()
}
