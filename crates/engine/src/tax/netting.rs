//! Short-term and long-term gains and losses of a year against each other.
//!
//! Each kind nets with the losses carried into the year; then a loss of one kind takes up gain of the other
//! (26 USC 1222; Schedule D of Form 1040, lines 7, 15, 16). What is still a loss reduces ordinary income up to
//! a limit (26 USC 1211(b), line 21), and the rest keeps its kind for the next year, the short-term loss being
//! used first (26 USC 1212(b); Capital Loss Carryover Worksheet).
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | s, l | `gains` | money, net of the year, losses below zero |
//! | cₛ, cₗ | `carried` | money, losses carried in, zero or below |
//! | m | `limit` | money, zero or above |
//!
//! With S = s + cₛ and L = l + cₗ: taxable short = max(0, S + min(0, L)), taxable long = max(0, L + min(0, S)),
//! deducted = min(m, max(0, −(S + L))).

use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::number::{Money, NumberError};

/// A year's gains and losses after they were set against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Netting {
    /// Gains that are taxed, of each kind, zero or above.
    pub taxable: GainsByTerm,
    /// Net loss that reduces ordinary income, zero or above.
    pub deducted: Money,
    /// Losses for the next year, of each kind, zero or below.
    pub carried: GainsByTerm,
}

/// Nets a year's gains with losses carried in.
///
/// ```
/// use evenkeel::tax::net;
/// use evenkeel_ledger::household::GainsByTerm;
/// use evenkeel_ledger::number::{Currency, Decimal, Money};
/// let usd = |amount| Money::new(Decimal::from_int(amount), Currency::USD);
/// let gains = GainsByTerm { short_term: usd(-4_000), long_term: usd(-6_000) };
/// let year = net(gains, GainsByTerm::zero(Currency::USD), usd(3_000))?;
/// assert_eq!(year.deducted, usd(3_000));
/// assert_eq!(year.carried, GainsByTerm { short_term: usd(-1_000), long_term: usd(-6_000) });
/// # Ok::<(), evenkeel_ledger::number::NumberError>(())
/// ```
///
/// # Errors
/// Amounts of other currencies, or out of range.
pub fn net(gains: GainsByTerm, carried: GainsByTerm, limit: Money) -> Result<Netting, NumberError> {
    let short = gains.short_term.try_add(carried.short_term)?;
    let long = gains.long_term.try_add(carried.long_term)?;
    let total = short.try_add(long)?;
    let currency = total.currency();
    let zero = Money::zero(currency);
    // What is left of a kind once a loss of the other has taken up its gain, or its gain has taken up that loss.
    let after = |own: Money, other: Money| match (own.is_negative(), other.is_negative()) {
        (false, true) => own.try_add(other).map(|left| if left.is_negative() { zero } else { left }),
        (true, false) => own.try_add(other).map(|left| if left.is_positive() { zero } else { left }),
        _ => Ok(own),
    };
    let (short, long) = (after(short, long)?, after(long, short)?);
    if !total.is_negative() {
        return Ok(Netting {
            taxable: GainsByTerm { short_term: short, long_term: long },
            deducted: zero,
            carried: GainsByTerm::zero(currency),
        });
    }
    let below_zero = total.neg();
    let deducted = if limit.try_cmp(below_zero)?.is_lt() { limit } else { below_zero };
    let from_short = if deducted.try_cmp(short.neg())?.is_lt() { deducted } else { short.neg() };
    let carried = GainsByTerm { short_term: short.try_add(from_short)?, long_term: long.try_add(deducted.try_sub(from_short)?)? };
    Ok(Netting { taxable: GainsByTerm::zero(currency), deducted, carried })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use evenkeel_ledger::number::{Currency, Decimal};

    fn usd(amount: i64) -> Money {
        Money::new(Decimal::from_int(amount), Currency::USD)
    }

    fn both(short: i64, long: i64) -> GainsByTerm {
        GainsByTerm { short_term: usd(short), long_term: usd(long) }
    }

    #[test]
    fn the_other_kind_takes_up_a_loss_first() {
        let year = net(both(9_000, -6_000), both(0, 0), usd(3_000)).unwrap();
        assert_eq!((year.taxable, year.deducted, year.carried), (both(3_000, 0), usd(0), both(0, 0)));
        let year = net(both(-8_000, 5_000), both(0, 0), usd(3_000)).unwrap();
        assert_eq!((year.taxable, year.deducted, year.carried), (both(0, 0), usd(3_000), both(0, 0)));
        let year = net(both(500, -6_000), both(-1_000, 0), usd(1_500)).unwrap();
        assert_eq!((year.taxable, year.deducted, year.carried), (both(0, 0), usd(1_500), both(0, -5_000)));
    }

    #[test]
    fn another_currency_is_refused() {
        let limit = Money::new(Decimal::from_int(3_000), Currency::EUR);
        assert!(net(both(-5_000, 0), both(0, 0), limit).is_err());
    }

    proptest! {
        // Nothing is lost or made: what came in is taxed, deducted or carried on.
        #[test]
        fn amounts_are_conserved(short in -9_999..9_999_i64, long in -9_999..9_999_i64, cs in -9_999..=0_i64, cl in -9_999..=0_i64, limit in 0..4_000_i64) {
            let year = net(both(short, long), both(cs, cl), usd(limit)).unwrap();
            let of = |money: Money| money.amount().raw();
            let taxable = of(year.taxable.short_term) + of(year.taxable.long_term);
            let carried = of(year.carried.short_term) + of(year.carried.long_term);
            prop_assert_eq!(taxable - of(year.deducted) + carried, of(usd(short + long + cs + cl)));
            prop_assert!(taxable == 0 || (carried == 0 && of(year.deducted) == 0));
            prop_assert!(of(year.carried.short_term) <= 0 && of(year.carried.long_term) <= 0);
            prop_assert!(year.carried.short_term.is_zero() || year.carried.long_term.amount() >= usd(long + cl).amount().min(Decimal::ZERO));
        }
    }
}
