//! Whether VaR and CVaR held: tests of the days on which losses were beyond them.
//!
//! | test | statistic | under a right model |
//! |---|---|---|
//! | coverage (POF) | LR = −2 ln [ (1 − p)^{n−x} pˣ ÷ ((1 − x/n)^{n−x} (x/n)ˣ) ] | χ²(1) |
//! | independence | LR = −2 ln [ (1 − π)^{n₀₀+n₁₀} π^{n₀₁+n₁₁} ÷ ((1 − π₀₁)^{n₀₀} π₀₁^{n₀₁} (1 − π₁₁)^{n₁₀} π₁₁^{n₁₁}) ] | χ²(1) |
//! | conditional coverage | LR of coverage + LR of independence | χ²(2) |
//! | Basel zones | P(X ≤ x), X binomial(n, p) | green below 95 %, yellow below 99.99 %, red above |
//! | expected shortfall | Z₂ = Σ Lₜ Iₜ ÷ (n p Eₜ) − 1, above 0 where losses beyond VaR are larger or more than told | mean 0 |
//!
//! | symbol | what |
//! |---|---|
//! | n, x | observations, and exceptions among them: losses strictly beyond VaR |
//! | p | 1 − confidence of the VaR |
//! | nᵢⱼ | days with state j after a day with state i, 1 for an exception; n − 1 in all |
//! | π, π₀₁, π₁₁ | shares of exceptions among these: of all, after none, after one |
//! | L, E, I | loss, told expected shortfall (both positive for losses), 1 on an exception |
//!
//! 0 ln 0 counts as 0, and a transition that never occurs has no part in its statistic. Coverage counts all n days,
//! independence the n − 1 transitions between them, as Christoffersen does. Sources: P. Kupiec, *Techniques for
//! Verifying the Accuracy of Risk Measurement Models*, Journal of Derivatives 3 (1995); P. Christoffersen, *Evaluating
//! Interval Forecasts*, International Economic Review 39 (1998); Basel Committee on Banking Supervision, *Supervisory
//! Framework for the Use of "Backtesting"* (1996), tables 1 and 2; C. Acerbi, B. Szekely, *Backtesting Expected Shortfall*,
//! Risk (2014), test 2 with the sign turned. Pinned by `tests/exceptions.rs`.

use super::series::{RiskError, check, check_level};
use crate::linear::vector::count;
use crate::probability::chi_square;

/// A likelihood ratio with the probability of one as large under a right model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikelihoodRatio {
    /// The statistic, at least 0.
    pub statistic: f64,
    /// Its p-value.
    pub p_value: f64,
}

/// Transitions between days without and with an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Transitions {
    /// None after none.
    pub none_none: usize,
    /// One after none.
    pub none_one: usize,
    /// None after one.
    pub one_none: usize,
    /// One after one.
    pub one_one: usize,
}

/// Zone of the Basel Committee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// No reason to doubt the model.
    Green,
    /// Reason to ask.
    Yellow,
    /// The model is presumed wrong.
    Red,
}

/// How many exceptions there were, and what the Basel Committee makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrafficLight {
    /// The zone.
    pub zone: Zone,
    /// Probability of at most so many exceptions under a right model.
    pub cumulative: f64,
    /// What is added to the multiplier of 3, for 250 observations at 99 %; `None` for other numbers.
    pub plus_factor: Option<f64>,
}

/// Days on which the loss was strictly beyond VaR; returns are simple, VaR is a positive loss of each day.
///
/// ```
/// let beyond = evenkeel_quant::risk::exceptions::exceptions(&[-0.03, 0.01, -0.02], &[0.02, 0.02, 0.02])?;
/// assert_eq!(beyond, [true, false, false]);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::Lengths`].
pub fn exceptions(returns: &[f64], value_at_risk: &[f64]) -> Result<Vec<bool>, RiskError> {
    check_pair(returns, value_at_risk)?;
    Ok(returns.iter().zip(value_at_risk).map(|(earned, limit)| -earned > *limit).collect())
}

/// Kupiec's test of the proportion of failures: so many exceptions in so many observations of a VaR at a confidence.
///
/// ```
/// let told = evenkeel_quant::risk::exceptions::coverage(57, 1043, 0.95)?;
/// assert!((told.statistic - 0.46147).abs() < 5e-6 && (told.p_value - 0.49694).abs() < 5e-6);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no observations or more exceptions than these, [`RiskError::Level`].
pub fn coverage(exceptions: usize, observations: usize, confidence: f64) -> Result<LikelihoodRatio, RiskError> {
    check_level(confidence)?;
    if observations == 0 || exceptions > observations {
        return Err(RiskError::TooFew { found: observations, needed: exceptions.max(1) });
    }
    let (beyond, within) = (count(exceptions), count(observations - exceptions));
    let share = beyond / count(observations);
    let told = log_likelihood(within, beyond, 1.0 - confidence);
    Ok(ratio(log_likelihood(within, beyond, share) - told, 1))
}

/// Transitions of a series of days.
///
/// ```
/// let told = evenkeel_quant::risk::exceptions::transitions(&[false, true, true, false]);
/// assert_eq!((told.none_one, told.one_one, told.one_none), (1, 1, 1));
/// ```
pub fn transitions(beyond: &[bool]) -> Transitions {
    let mut told = Transitions::default();
    for pair in beyond.windows(2) {
        let slot = match pair {
            [false, false] => &mut told.none_none,
            [false, true] => &mut told.none_one,
            [true, false] => &mut told.one_none,
            _ => &mut told.one_one,
        };
        *slot += 1;
    }
    told
}

/// Christoffersen's test of independence: whether exceptions follow one another.
///
/// ```
/// let mut days = [false; 250];
/// for day in [50, 51, 52, 153, 154] {
///     days[day] = true;
/// }
/// let told = evenkeel_quant::risk::exceptions::independence(&days)?;
/// assert!((told.statistic - 19.049_306_940_901_81).abs() < 1e-9);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 2 days.
pub fn independence(beyond: &[bool]) -> Result<LikelihoodRatio, RiskError> {
    if beyond.len() < 2 {
        return Err(RiskError::TooFew { found: beyond.len(), needed: 2 });
    }
    let Transitions { none_none, none_one, one_none, one_one } = transitions(beyond);
    let [none_none, none_one, one_none, one_one] = [none_none, none_one, one_none, one_one].map(count);
    let share = |one: f64, none: f64| if one + none > 0.0 { one / (one + none) } else { 0.0 };
    let all = share(none_one + one_one, none_none + one_none);
    let together = log_likelihood(none_none + one_none, none_one + one_one, all);
    let apart =
        log_likelihood(none_none, none_one, share(none_one, none_none)) + log_likelihood(one_none, one_one, share(one_one, one_none));
    Ok(ratio(apart - together, 1))
}

/// Christoffersen's test of conditional coverage: both at once.
///
/// ```
/// let told = evenkeel_quant::risk::exceptions::conditional_coverage(&[false; 250], 0.99)?;
/// assert!((told.statistic - 5.025_167_926_750_726).abs() < 1e-9 && (told.p_value - 0.081_058_516_162_181_27).abs() < 1e-9);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`coverage`] and [`independence`].
pub fn conditional_coverage(beyond: &[bool], confidence: f64) -> Result<LikelihoodRatio, RiskError> {
    let exceptions = beyond.iter().filter(|beyond| **beyond).count();
    let statistic = coverage(exceptions, beyond.len(), confidence)?.statistic + independence(beyond)?.statistic;
    Ok(ratio(0.5 * statistic, 2))
}

/// The Basel Committee's zone of so many exceptions in so many observations.
///
/// ```
/// use evenkeel_quant::risk::exceptions::{Zone, traffic_light};
/// let told = traffic_light(5, 250, 0.99)?;
/// assert_eq!((told.zone, told.plus_factor), (Zone::Yellow, Some(0.4)));
/// assert!((told.cumulative - 0.958_816_815_930_151_7).abs() < 1e-12);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`coverage`].
pub fn traffic_light(exceptions: usize, observations: usize, confidence: f64) -> Result<TrafficLight, RiskError> {
    const YELLOW: f64 = 0.95;
    const RED: f64 = 0.9999;
    /// For 5 to 9 exceptions.
    const PLUS: [f64; 5] = [0.4, 0.5, 0.65, 0.75, 0.85];
    check_level(confidence)?;
    if observations == 0 || exceptions > observations {
        return Err(RiskError::TooFew { found: observations, needed: exceptions.max(1) });
    }
    let cumulative = binomial_at_most(exceptions, observations, 1.0 - confidence);
    let zone = match cumulative {
        below if below < YELLOW => Zone::Green,
        below if below < RED => Zone::Yellow,
        _ => Zone::Red,
    };
    let is_table = observations == 250 && (confidence - 0.99).abs() < 1e-12;
    let plus = match exceptions {
        0..=4 => 0.0,
        5..=9 => PLUS.get(exceptions - 5).copied().unwrap_or(1.0),
        _ => 1.0,
    };
    Ok(TrafficLight { zone, cumulative, plus_factor: is_table.then_some(plus) })
}

/// Acerbi and Szekely's second test of expected shortfall: 0 on average under a right model, above 0 where risk was told too
/// low; 0.7 is about the 5 % level for usual tails at 97.5 %.
///
/// ```
/// let (returns, told) = ([-0.04, 0.01, 0.01, 0.01], [0.03; 4]);
/// let z = evenkeel_quant::risk::exceptions::shortfall_test(&returns, &[0.02; 4], &told, 0.75)?;
/// assert!((z - (0.04 / (4.0 * 0.25 * 0.03) - 1.0)).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`exceptions`], [`RiskError::Level`], and [`RiskError::Argument`] for an expected shortfall that is not above 0.
pub fn shortfall_test(returns: &[f64], value_at_risk: &[f64], shortfall: &[f64], confidence: f64) -> Result<f64, RiskError> {
    check_level(confidence)?;
    check_pair(returns, shortfall)?;
    if let Some(value) = shortfall.iter().copied().find(|told| *told <= 0.0) {
        return Err(RiskError::Argument { name: "expected shortfall", value, limit: "above 0" });
    }
    let beyond = exceptions(returns, value_at_risk)?;
    let losses = returns.iter().zip(shortfall).zip(&beyond).filter(|(_, beyond)| **beyond);
    let sum: f64 = losses.map(|((earned, told), _)| -earned / told).sum();
    Ok(sum / (count(returns.len()) * (1.0 - confidence)) - 1.0)
}

fn check_pair(returns: &[f64], other: &[f64]) -> Result<(), RiskError> {
    check(returns, 1)?;
    check(other, 1)?;
    if returns.len() == other.len() { Ok(()) } else { Err(RiskError::Lengths { series: returns.len(), benchmark: other.len() }) }
}

/// n₀ ln(1 − π) + n₁ ln π, with 0 ln 0 = 0.
fn log_likelihood(none: f64, one: f64, share: f64) -> f64 {
    let part = |number: f64, log: f64| if number > 0.0 { number * log } else { 0.0 };
    part(none, (-share).ln_1p()) + part(one, share.ln())
}

/// Twice a difference of log-likelihoods, at least 0, beside χ² with one or two degrees of freedom.
fn ratio(difference: f64, degrees: usize) -> LikelihoodRatio {
    let statistic = (2.0 * difference).max(0.0);
    LikelihoodRatio { statistic, p_value: chi_square::at_least(statistic, degrees) }
}

/// P(X ≤ x) of a binomial, its terms one from another.
fn binomial_at_most(most: usize, trials: usize, probability: f64) -> f64 {
    let odds = probability / (1.0 - probability);
    let mut log_term = count(trials) * (-probability).ln_1p();
    let mut sum = log_term.exp();
    for number in 1..=most {
        log_term += (count(trials + 1 - number) / count(number) * odds).ln();
        sum += log_term.exp();
    }
    sum.min(1.0)
}
