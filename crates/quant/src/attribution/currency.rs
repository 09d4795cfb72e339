//! Markets and currencies apart.
//!
//! Karnosky and Singer: r = Σ wᵢ (lᵢ − cᵢ) + Σ hᵢ (cᵢ + eᵢ): what markets pay over cash, and what cash pays in each currency
//!
//! | effect | formula |
//! |---|---|
//! | market allocation | (wᵢ − vᵢ)((mᵢ − cᵢ) − Σ v (m − c)) |
//! | selection, interaction | vᵢ (lᵢ − mᵢ), (wᵢ − vᵢ)(lᵢ − mᵢ) |
//! | currency | (hᵢ − kᵢ)((cᵢ + eᵢ) − Σ k (c + e)) |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | w, v | [`Market::portfolio_weight`], [`Market::benchmark_weight`] | n | what is held in the market, adding up to 1 |
//! | l, m | [`Market::portfolio_local`], [`Market::benchmark_local`] | n | returns in the currency of the market |
//! | c | [`Market::cash`] | n | return of cash in that currency over the period |
//! | e | [`Market::currency`] | n | what the currency gained against the base currency |
//! | h, k | [`Market::portfolio_currency_weight`], [`Market::benchmark_currency_weight`] | n | exposure to the currency after hedges, adding up to 1 |
//!
//! Hedging pays the difference of cash rates, so a market is judged over cash and a currency with it: allocating to a market is not
//! credited with interest that a hedge gives away. Returns add up as continuously compounded ones do; for simple ones they leave out
//! cross products (l × e), which the definition of r here leaves out on both sides. [`naive`] takes base-currency returns, unhedged,
//! and calls currency what they have beyond the local ones; [`ankrim_hensel`] splits that into surprise and forward premium. Errors:
//! weights that do not add up to 1, a number that is not finite. Sources: D. S. Karnosky, B. D. Singer, *Global Asset Management and
//! Performance Attribution* (1994); E. M. Ankrim, C. R. Hensel, Financial Analysts Journal 50 (1994); C. R. Bacon (2008), chapter 6.

use super::brinson::{Effect, Interaction, Model, effect};
use super::error::{AttributionError, check_finite, check_total};
use super::segment::{Segment, Totals, totals};

/// A market and its currency over a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Market {
    /// Weight of the market in the portfolio.
    pub portfolio_weight: f64,
    /// Weight of the market in the benchmark.
    pub benchmark_weight: f64,
    /// Local return of the portfolio's part.
    pub portfolio_local: f64,
    /// Local return of the benchmark's part.
    pub benchmark_local: f64,
    /// Return of cash in the currency.
    pub cash: f64,
    /// Return of the currency against the base currency.
    pub currency: f64,
    /// Exposure of the portfolio to the currency, after hedges.
    pub portfolio_currency_weight: f64,
    /// Exposure of the benchmark to the currency, after hedges.
    pub benchmark_currency_weight: f64,
}

/// Effects of a market and its currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrencyEffect {
    /// What the weights of markets and the returns within them added.
    pub market: Effect,
    /// What the exposure to currencies added.
    pub currency: f64,
    /// What of that cash rates added that differ between currencies: (hᵢ − kᵢ)(cᵢ − Σ k c).
    pub interest: f64,
}

/// A period with markets and currencies apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Currencies {
    /// Returns of portfolio and benchmark.
    pub totals: Totals,
    /// Effects by market; they add up to the difference of the returns.
    pub effects: Vec<CurrencyEffect>,
}

/// Attributes a period by Karnosky and Singer.
///
/// ```
/// use evenkeel_quant::attribution::brinson::Interaction;
/// use evenkeel_quant::attribution::currency::{Market, karnosky_singer};
/// let home = Market {
///     portfolio_weight: 0.5, benchmark_weight: 0.5, portfolio_local: 0.05, benchmark_local: 0.05, cash: 0.01, currency: 0.0,
///     portfolio_currency_weight: 1.0, benchmark_currency_weight: 0.5,
/// };
/// // The same markets; the portfolio has hedged a currency that fell by 3 points and paid 2 points more.
/// let abroad = Market { cash: 0.03, currency: -0.03, portfolio_currency_weight: 0.0, ..home };
/// let told = karnosky_singer(&[home, abroad], Interaction::InSelection)?;
/// let currency: f64 = told.effects.iter().map(|effect| effect.currency).sum();
/// assert!((currency - 0.005).abs() < 1e-15 && (told.totals.portfolio - told.totals.benchmark - 0.005).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Empty`], [`AttributionError::NotFinite`], [`AttributionError::Weights`].
pub fn karnosky_singer(markets: &[Market], interaction: Interaction) -> Result<Currencies, AttributionError> {
    check_markets(markets)?;
    let premium = |market: &Market| Segment {
        portfolio_weight: market.portfolio_weight,
        benchmark_weight: market.benchmark_weight,
        portfolio_return: market.portfolio_local - market.cash,
        benchmark_return: market.benchmark_local - market.cash,
    };
    let premiums: Vec<Segment> = markets.iter().map(premium).collect();
    let local = totals(0, &premiums)?;
    let paid = |weight: fn(&Market) -> f64| markets.iter().map(|market| weight(market) * (market.cash + market.currency)).sum::<f64>();
    let (own, other) = (paid(|market| market.portfolio_currency_weight), paid(|market| market.benchmark_currency_weight));
    let usual: f64 = markets.iter().map(|market| market.benchmark_currency_weight * market.cash).sum();
    let of_market = |(market, premium): (&Market, &Segment)| CurrencyEffect {
        market: effect(premium, local.benchmark, Model::BrinsonFachler, interaction),
        interest: (market.portfolio_currency_weight - market.benchmark_currency_weight) * (market.cash - usual),
        currency: (market.portfolio_currency_weight - market.benchmark_currency_weight) * (market.cash + market.currency - other),
    };
    Ok(Currencies {
        totals: Totals { portfolio: local.portfolio + own, benchmark: local.benchmark + other },
        effects: markets.iter().zip(&premiums).map(of_market).collect(),
    })
}

fn check_markets(markets: &[Market]) -> Result<(), AttributionError> {
    type Field = fn(&Market) -> f64;
    let fields: [(&'static str, Field); 6] = [
        ("local portfolio return", |market| market.portfolio_local),
        ("local benchmark return", |market| market.benchmark_local),
        ("return of cash", |market| market.cash),
        ("return of the currency", |market| market.currency),
        ("currency weight of the portfolio", |market| market.portfolio_currency_weight),
        ("currency weight of the benchmark", |market| market.benchmark_currency_weight),
    ];
    for (what, field) in fields {
        check_finite(0, what, markets.iter().map(field))?;
    }
    if markets.is_empty() {
        return Err(AttributionError::Empty { what: "markets" });
    }
    check_total(0, "portfolio's currency", markets.iter().map(|market| market.portfolio_currency_weight).sum())?;
    check_total(0, "benchmark's currency", markets.iter().map(|market| market.benchmark_currency_weight).sum())
}

/// Attributes a period without hedges: markets by local returns, and as currency what base-currency returns have beyond them.
///
/// ```
/// use evenkeel_quant::attribution::{brinson::Interaction, currency::naive, segment::Segment};
/// let of = |w, v, r, b| Segment { portfolio_weight: w, benchmark_weight: v, portfolio_return: r, benchmark_return: b };
/// let base = [of(0.5, 0.5, 0.1, 0.1), of(0.5, 0.5, 0.2, 0.2)];
/// let local = [of(0.5, 0.5, 0.1, 0.1), of(0.5, 0.5, 0.0, 0.0)];
/// let told = naive(&base, &local, Interaction::InSelection)?;
/// assert_eq!(told.effects[1].currency, 0.0, "the benchmark has gained as much by it");
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// As [`karnosky_singer`], and [`AttributionError::Shape`] for other numbers of segments.
pub fn naive(base: &[Segment], local: &[Segment], interaction: Interaction) -> Result<Currencies, AttributionError> {
    if base.len() != local.len() {
        return Err(AttributionError::Shape { what: "segments with local returns", found: local.len(), needed: base.len() });
    }
    let whole = totals(0, base)?;
    // Weights are those of the base-currency segments.
    let local: Vec<Segment> = base
        .iter()
        .zip(local)
        .map(|(base, local)| Segment { portfolio_weight: base.portfolio_weight, benchmark_weight: base.benchmark_weight, ..*local })
        .collect();
    let of_local = totals(0, &local)?;
    let of_segment = |(base, local): (&Segment, &Segment)| {
        let (b, l) = (base.filled(), local.filled());
        CurrencyEffect {
            market: effect(local, of_local.benchmark, Model::BrinsonFachler, interaction),
            currency: base.portfolio_weight * (b.portfolio_return - l.portfolio_return)
                - base.benchmark_weight * (b.benchmark_return - l.benchmark_return),
            interest: 0.0,
        }
    };
    Ok(Currencies { totals: whole, effects: base.iter().zip(&local).map(of_segment).collect() })
}

/// A market with the exchange rates of a period: s₀ and s₁ spot, f₀ the forward rate for its end; base currency for one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForwardMarket {
    /// Weights, and returns in the base currency.
    pub segment: Segment,
    /// Forwards of the portfolio, as a share of it; below 0 where the currency is sold.
    pub portfolio_forward: f64,
    /// Forwards of the benchmark.
    pub benchmark_forward: f64,
    /// Spot rate at the beginning.
    pub spot: f64,
    /// Spot rate at the end.
    pub spot_after: f64,
    /// Forward rate at the beginning, for the end.
    pub forward: f64,
}

/// Effects of a market by Ankrim and Hensel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForwardEffect {
    /// What the weights of markets and the returns within them added.
    pub market: Effect,
    /// What currencies gained beyond their forward premium.
    pub currency: f64,
    /// What the forward premium added: known before.
    pub forward_premium: f64,
}

/// Attributes a period by Ankrim and Hensel: what a currency gained is its forward premium d = f₀ ÷ s₀ − 1, which was known, and a
/// surprise ε = (s₁ − f₀) ÷ s₀. A forward earns (s₁ − f₀) ÷ f₀.
///
/// Aᵢ = (wᵢ − vᵢ)(bᵢ − dᵢ − εᵢ − Σ v (b − d − ε)), currency = (wᵢ − vᵢ)(εᵢ − Σ v ε) + (forwards over the benchmark's) × (what a forward
/// earns − Σ v ε), forward premium = (wᵢ − vᵢ)(dᵢ − Σ v d). Forwards add up to the same on both sides, or the Σ v ε that is taken off
/// them does not cancel.
///
/// ```
/// use evenkeel_quant::attribution::brinson::Interaction;
/// use evenkeel_quant::attribution::currency::{ForwardMarket, ankrim_hensel};
/// use evenkeel_quant::attribution::segment::Segment;
/// let segment = |w, v, r| Segment { portfolio_weight: w, benchmark_weight: v, portfolio_return: r, benchmark_return: r };
/// let home = ForwardMarket { segment: segment(0.4, 0.5, 0.0), portfolio_forward: 0.0, benchmark_forward: 0.0, spot: 1.0, spot_after: 1.0, forward: 1.0 };
/// let abroad = ForwardMarket { segment: segment(0.6, 0.5, 0.03), spot_after: 1.03, forward: 1.01, ..home };
/// let told = ankrim_hensel(&[home, abroad], Interaction::InSelection)?;
/// let sum = |part: fn(&evenkeel_quant::attribution::currency::ForwardEffect) -> f64| told.1.iter().map(part).sum::<f64>();
/// assert!((sum(|effect| effect.currency) - 0.002).abs() < 1e-15 && (sum(|effect| effect.forward_premium) - 0.001).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// As [`karnosky_singer`].
pub fn ankrim_hensel(markets: &[ForwardMarket], interaction: Interaction) -> Result<(Totals, Vec<ForwardEffect>), AttributionError> {
    let premium = |market: &ForwardMarket| market.forward / market.spot - 1.0;
    let surprise = |market: &ForwardMarket| (market.spot_after - market.forward) / market.spot;
    let forward = |market: &ForwardMarket| market.spot_after / market.forward - 1.0;
    check_finite(0, "exchange rate", markets.iter().flat_map(|market| [premium(market), surprise(market), forward(market)]))?;
    check_finite(0, "forwards", markets.iter().map(|market| market.portfolio_forward + market.benchmark_forward))?;
    let segments: Vec<Segment> = markets.iter().map(|market| market.segment).collect();
    let mut whole = totals(0, &segments)?;
    let of_benchmark = |part: &dyn Fn(&ForwardMarket) -> f64| markets.iter().map(|m| m.segment.benchmark_weight * part(m)).sum::<f64>();
    let (expected, unexpected) = (of_benchmark(&premium), of_benchmark(&surprise));
    let local = |market: &ForwardMarket| {
        let (known, gained) = (market.segment.filled(), premium(market) + surprise(market));
        Segment { portfolio_return: known.portfolio_return - gained, benchmark_return: known.benchmark_return - gained, ..known }
    };
    let of_local = whole.benchmark - expected - unexpected;
    let of_market = |market: &ForwardMarket| {
        let (active, hedged) = (market.segment.active_weight(), market.portfolio_forward - market.benchmark_forward);
        ForwardEffect {
            market: effect(&local(market), of_local, Model::BrinsonFachler, interaction),
            currency: active * (surprise(market) - unexpected) + hedged * (forward(market) - unexpected),
            forward_premium: active * (premium(market) - expected),
        }
    };
    whole.portfolio += markets.iter().map(|market| market.portfolio_forward * forward(market)).sum::<f64>();
    whole.benchmark += markets.iter().map(|market| market.benchmark_forward * forward(market)).sum::<f64>();
    Ok((whole, markets.iter().map(of_market).collect()))
}
