//! Markets and currencies apart.

use evenkeel_quant::attribution::brinson::Interaction;
use evenkeel_quant::attribution::currency::{ForwardMarket, Market, ankrim_hensel, karnosky_singer, naive};
use evenkeel_quant::attribution::error::AttributionError;
use proptest::prelude::*;

use super::laws::period;
use super::{near, segment};

const HOME: Market = Market {
    portfolio_weight: 0.3,
    benchmark_weight: 0.5,
    portfolio_local: 0.07,
    benchmark_local: 0.06,
    cash: 0.02,
    currency: 0.0,
    portfolio_currency_weight: 0.6,
    benchmark_currency_weight: 0.5,
};

/// Two markets by hand.
#[test]
fn two_markets() {
    let abroad = Market {
        portfolio_weight: 0.7,
        benchmark_weight: 0.5,
        portfolio_local: 0.11,
        benchmark_local: 0.10,
        cash: 0.05,
        currency: -0.04,
        portfolio_currency_weight: 0.4,
        benchmark_currency_weight: 0.5,
    };
    let told = karnosky_singer(&[HOME, abroad], Interaction::Separate).unwrap();
    // Premiums of the benchmark: 4 % and 5 %, so 4.5 %; its cash: 2 % and 1 %, so 1.5 %.
    near(told.totals.benchmark, 0.045 + 0.015, 1e-15, "benchmark");
    near(told.totals.portfolio, 0.3 * 0.05 + 0.7 * 0.06 + 0.6 * 0.02 + 0.4 * 0.01, 1e-15, "portfolio");
    near(told.effects[1].market.allocation, 0.2 * (0.05 - 0.045), 1e-15, "market allocation");
    near(told.effects[1].market.selection, 0.5 * 0.01, 1e-15, "selection");
    near(told.effects[1].market.interaction, 0.2 * 0.01, 1e-15, "interaction");
    near(told.effects[1].currency, -0.1 * (0.01 - 0.015), 1e-15, "currency");
    let uneven = karnosky_singer(&[Market { portfolio_currency_weight: 0.7, ..HOME }, abroad], Interaction::Separate);
    assert!(matches!(uneven, Err(AttributionError::Weights { side: "portfolio's currency", .. })));
}

proptest! {
    #[test]
    fn markets_and_currencies_add_up(
        local in period(4), exposure in period(4), cash in prop::collection::vec(0.0..0.1_f64, 4), gained in prop::collection::vec(-0.1..0.1_f64, 4),
    ) {
        let markets: Vec<Market> = (0..4).map(|i| Market {
            portfolio_weight: local[i].portfolio_weight,
            benchmark_weight: local[i].benchmark_weight,
            portfolio_local: local[i].portfolio_return,
            benchmark_local: local[i].benchmark_return,
            cash: cash[i],
            currency: gained[i],
            portfolio_currency_weight: exposure[i].portfolio_weight,
            benchmark_currency_weight: exposure[i].benchmark_weight,
        }).collect();
        let told = karnosky_singer(&markets, Interaction::Separate).unwrap();
        let total: f64 = told.effects.iter().map(|effect| effect.market.total() + effect.currency).sum();
        prop_assert!((total - (told.totals.portfolio - told.totals.benchmark)).abs() < 1e-14);
    }

    #[test]
    fn what_is_not_local_is_currency(base in period(4), gained in prop::collection::vec(-0.1..0.1_f64, 4)) {
        let local: Vec<_> = base.iter().zip(&gained).map(|(s, e)| {
            let local = |earned: f64| (1.0 + earned) / (1.0 + e) - 1.0;
            segment(s.portfolio_weight, s.benchmark_weight, local(s.portfolio_return), local(s.benchmark_return))
        }).collect();
        let told = naive(&base, &local, Interaction::InSelection).unwrap();
        let total: f64 = told.effects.iter().map(|effect| effect.market.total() + effect.currency).sum();
        prop_assert!((total - (told.totals.portfolio - told.totals.benchmark)).abs() < 1e-14);
    }

    /// Forwards that add up to as much as the benchmark's: all effects add up to the excess return.
    #[test]
    fn surprise_and_premium_add_up(base in period(3), rates in prop::collection::vec((0.5..2.0_f64, -0.1..0.1_f64, -0.03..0.03_f64), 3), hedge in -0.5..0.5_f64) {
        let markets: Vec<ForwardMarket> = (0..3).map(|i| ForwardMarket {
            segment: base[i],
            portfolio_forward: [hedge, -hedge, 0.0][i],
            benchmark_forward: 0.0,
            spot: rates[i].0,
            spot_after: rates[i].0 * (1.0 + rates[i].1),
            forward: rates[i].0 * (1.0 + rates[i].2),
        }).collect();
        let (totals, effects) = ankrim_hensel(&markets, Interaction::Separate).unwrap();
        let total: f64 = effects.iter().map(|effect| effect.market.total() + effect.currency + effect.forward_premium).sum();
        prop_assert!((total - (totals.portfolio - totals.benchmark)).abs() < 1e-13);
    }
}
