//! [`Mix`]: exact weights of classes, and how weight moves between them.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Decimal, NumberError, Rounding};

use crate::diagnostic::{Code, Diagnostic};

/// Classes and their exact weights.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Mix {
    pub(super) weights: Vec<(ClassPath, Decimal)>,
}

/// What a move of weight came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    /// How much was moved, at least 0.
    pub(super) amount: Decimal,
    /// Change of each class that the move names, in the order named; they sum to 0.
    pub(super) changes: Vec<(ClassPath, Decimal)>,
    /// Classes that could not pay their part, with what they lacked.
    pub(super) short: Vec<(ClassPath, Decimal)>,
}

impl Mix {
    /// The weight of a class; zero where it is not in the mix.
    pub(super) fn weight(&self, class: &ClassPath) -> Decimal {
        self.weights.iter().find(|(name, _)| name == class).map_or(Decimal::ZERO, |(_, weight)| *weight)
    }

    /// Whether a class is in the mix.
    pub(super) fn has(&self, class: &ClassPath) -> bool {
        self.weights.iter().any(|(name, _)| name == class)
    }

    /// Moves an amount from some classes to others, each side in proportion to its shares.
    ///
    /// A class that cannot pay its part pays what it has, and the other paying classes make up for
    /// it in proportion to their shares; where none can, the amount is less than asked for. No
    /// class that is not named moves, none falls below zero, and the sum stays exactly.
    pub(super) fn shift(
        &mut self,
        amount: Decimal,
        to: &[(ClassPath, Decimal)],
        from: &[(ClassPath, Decimal)],
    ) -> Result<Moved, NumberError> {
        let room: Vec<Decimal> = from.iter().map(|(class, _)| self.weight(class)).collect();
        let due = split(amount, &shares_of(from))?;
        let paid = pay(amount, &shares_of(from), &room)?;
        let amount = paid.iter().try_fold(Decimal::ZERO, |sum, part| sum.try_add(*part))?;
        let received = split(amount, &shares_of(to))?;

        let mut moved = Moved { amount, changes: Vec::new(), short: Vec::new() };
        for ((class, _), part) in to.iter().zip(received) {
            moved.changes.push((class.clone(), part));
        }
        for (((class, _), paid), (due, room)) in from.iter().zip(paid).zip(due.into_iter().zip(room)) {
            moved.changes.push((class.clone(), paid.neg()));
            if due > room {
                moved.short.push((class.clone(), due.try_sub(room)?));
            }
        }
        for (class, change) in &moved.changes {
            if let Some((_, weight)) = self.weights.iter_mut().find(|(name, _)| name == class) {
                *weight = weight.try_add(*change)?;
            }
        }
        Ok(moved)
    }
}

fn shares_of(classes: &[(ClassPath, Decimal)]) -> Vec<Decimal> {
    classes.iter().map(|(_, share)| *share).collect()
}

/// What each pays of an amount, none more than it has.
fn pay(amount: Decimal, shares: &[Decimal], room: &[Decimal]) -> Result<Vec<Decimal>, NumberError> {
    let mut paid = vec![Decimal::ZERO; room.len()];
    let mut owed = amount;
    // Every round pays all that is owed or exhausts a class, so there are at most as many as classes.
    for _ in 0..room.len() {
        let left = paid.iter().zip(room).map(|(paid, room)| room.try_sub(*paid)).collect::<Result<Vec<_>, _>>()?;
        let able: Vec<Decimal> =
            shares.iter().zip(&left).map(|(share, left)| if left.is_positive() { *share } else { Decimal::ZERO }).collect();
        for ((paid, left), part) in paid.iter_mut().zip(left).zip(split(owed, &able)?) {
            let part = part.min(left);
            *paid = paid.try_add(part)?;
            owed = owed.try_sub(part)?;
        }
    }
    Ok(paid)
}

/// An amount in proportion to shares; the last share above zero takes up the rounding. Nothing
/// where no share is above zero.
fn split(amount: Decimal, shares: &[Decimal]) -> Result<Vec<Decimal>, NumberError> {
    let whole = shares.iter().try_fold(Decimal::ZERO, |sum, share| sum.try_add(*share))?;
    let mut parts = vec![Decimal::ZERO; shares.len()];
    if whole.is_zero() {
        return Ok(parts);
    }
    let mut rest = amount;
    for (part, share) in parts.iter_mut().zip(shares) {
        *part = amount.pro_rata(*share, whole, Rounding::HalfEven)?;
        rest = rest.try_sub(*part)?;
    }
    if let Some((part, _)) = parts.iter_mut().zip(shares).rfind(|(_, share)| share.is_positive()) {
        *part = part.try_add(rest)?;
    }
    Ok(parts)
}

/// A computation with weights that left the range of exact numbers.
#[expect(clippy::needless_pass_by_value, reason = "for use with `map_err`")]
pub(super) fn out_of_range(error: NumberError) -> Vec<Diagnostic> {
    let message = format!("the target weights cannot be computed: {error}");
    let help = "give weights and shifts as fractions between -1 and 1, with at most nine digits after the point";
    vec![Diagnostic::error(Code::TARGET_NUMBER, message).help(help)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn class(name: &str) -> ClassPath {
        ClassPath::new(name).unwrap()
    }

    fn mix(weights: &[(&str, i128)]) -> Mix {
        Mix { weights: entries(weights) }
    }

    /// Weights in thousandths.
    fn entries(weights: &[(&str, i128)]) -> Vec<(ClassPath, Decimal)> {
        weights.iter().map(|(name, weight)| (class(name), Decimal::from_raw(weight * 1_000_000).unwrap())).collect()
    }

    #[test]
    fn the_other_class_pays_what_one_lacks() {
        let mut before = mix(&[("A", 500), ("Bonds", 480), ("Cash", 20)]);
        let moved = before.shift("0.15".parse().unwrap(), &entries(&[("A", 1000)]), &entries(&[("Bonds", 700), ("Cash", 300)])).unwrap();
        assert_eq!(before, mix(&[("A", 650), ("Bonds", 350), ("Cash", 0)]));
        assert_eq!(moved.short, entries(&[("Cash", 25)]));
    }

    #[test]
    fn no_more_is_moved_than_can_be_paid() {
        let mut before = mix(&[("A", 950), ("Bonds", 30), ("Cash", 20)]);
        let moved = before.shift("0.1".parse().unwrap(), &entries(&[("A", 1000)]), &entries(&[("Bonds", 800), ("Cash", 200)])).unwrap();
        assert_eq!(before, mix(&[("A", 1000), ("Bonds", 0), ("Cash", 0)]));
        assert_eq!(moved.amount.to_string(), "0.05");
    }

    proptest! {
        #[test]
        fn the_sum_stays_and_nothing_falls_below_zero(
            weights in proptest::collection::vec(0..1000_i128, 5),
            to in proptest::collection::vec(1..10_i128, 2),
            from in proptest::collection::vec(1..10_i128, 2),
            amount in 0..1500_i128,
        ) {
            let names = ["A", "B", "C", "D", "Untouched"];
            let named: Vec<(&str, i128)> = names.into_iter().zip(weights).collect();
            let before = mix(&named);
            let mut after = before.clone();
            let amount = Decimal::from_raw(amount * 1_000_000 + 7).unwrap();
            let (to, from) = (entries(&[("A", to[0]), ("B", to[1])]), entries(&[("C", from[0]), ("D", from[1])]));
            let moved = after.shift(amount, &to, &from).unwrap();
            let sum = |mix: &Mix| mix.weights.iter().map(|(_, weight)| weight.raw()).sum::<i128>();
            prop_assert_eq!(sum(&before), sum(&after));
            prop_assert!(after.weights.iter().all(|(_, weight)| !weight.is_negative()));
            prop_assert_eq!(before.weights.last(), after.weights.last());
            let payable = before.weight(&class("C")).try_add(before.weight(&class("D"))).unwrap();
            prop_assert_eq!(moved.amount, amount.min(payable));
        }
    }
}
