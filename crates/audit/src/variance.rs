//! Limits on risk: variance of what is held after, by the covariance that is assumed of classes.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Rounding};

use crate::auditor::{Auditor, Held};
use crate::limit::{limit_text, parts};
use crate::objection::{Findings, Rule};
use crate::record::{ClassRisk, Measure};

/// Share of a limit within which a variance counts as at it: weights are rounded to nine places.
const TOLERANCE_PARTS: i64 = 1_000_000;

impl Auditor<'_> {
    /// Every hard limit on risk: not broken after, unless it was broken before and is not more so now. Where something is held
    /// of which no class tells the risk, there is nothing to audit.
    pub(crate) fn check_risk(&self, held: &[Held], cash: (Money, Money), findings: &mut Findings<'_>) -> Result<(), NumberError> {
        let Some(risk) = &self.rules.risk else { return Ok(()) };
        let limits = self.rules.limits.iter().filter(|limit| limit.hard);
        for limit in limits {
            let Measure::Variance { active } = limit.measure else { continue };
            if active && risk.targets.is_empty() {
                continue;
            }
            let variance = |is_after: bool| -> Result<Option<Decimal>, NumberError> {
                let Some(weights) = self.class_weights(risk, held, if is_after { cash.1 } else { cash.0 }, is_after)? else {
                    return Ok(None);
                };
                let targets = if active { &risk.targets[..] } else { &[] };
                variance(risk, &weights, targets).map(Some)
            };
            let (Some(before), Some(after)) = (variance(false)?, variance(true)?) else { continue };
            let over = |variance: Decimal, limit: Decimal| -> Result<bool, NumberError> {
                let margin = limit.pro_rata(Decimal::ONE, Decimal::from_int(TOLERANCE_PARTS), Rounding::Ceiling)?;
                Ok(variance > limit.try_add(margin)?)
            };
            if over(after, limit.value)? && (!over(before, limit.value)? || over(after, before)?) {
                findings.object_about(Rule::Limit, &limit.name, limit_text(limit), format_args!("a variance of {after}"));
            }
        }
        Ok(())
    }

    /// Weights by class; `None` where a class is not known, or nothing is held.
    fn class_weights(&self, risk: &ClassRisk, held: &[Held], cash: Money, is_after: bool) -> Result<Option<Vec<Decimal>>, NumberError> {
        let mut values = vec![Decimal::ZERO; risk.classes.len()];
        let mut total = Decimal::ZERO;
        let mut is_known = true;
        let mut add = |class: &ClassPath, value: Decimal| -> Result<(), NumberError> {
            total = total.try_add(value)?;
            let slot = narrowest(&risk.classes, class).and_then(|index| values.get_mut(index));
            match slot {
                Some(slot) => *slot = slot.try_add(value)?,
                None => is_known &= value.is_zero(),
            }
            Ok(())
        };
        add(&ClassPath::cash(), cash.amount())?;
        for position in held {
            let Some(terms) = self.terms(position.id) else { continue };
            let Some(instrument) = self.market.universe.get(position.id) else { continue };
            let value = self.value(if is_after { position.after } else { position.before }, &terms)?.amount();
            for part in parts(instrument, self.rules) {
                let Some(class) = part.classes.first() else { continue };
                add(class, value.mul(part.fraction, Rounding::HalfEven)?)?;
            }
        }
        if !is_known || !total.is_positive() {
            return Ok(None);
        }
        values.into_iter().map(|value| value.pro_rata(Decimal::ONE, total, Rounding::HalfEven)).collect::<Result<_, _>>().map(Some)
    }
}

/// The narrowest of some classes that holds another.
fn narrowest(classes: &[ClassPath], class: &ClassPath) -> Option<usize> {
    let holding = classes.iter().enumerate().filter(|(_, holds)| class.is_within(holds));
    holding.max_by_key(|(_, holds)| holds.segments().count()).map(|(index, _)| index)
}

/// Σ dᵢ dⱼ cᵢⱼ with d = weights − targets.
fn variance(risk: &ClassRisk, weights: &[Decimal], targets: &[Decimal]) -> Result<Decimal, NumberError> {
    let target = |index: usize| targets.get(index).copied().unwrap_or(Decimal::ZERO);
    let differences = weights.iter().enumerate().map(|(index, weight)| weight.try_sub(target(index)));
    let differences: Vec<Decimal> = differences.collect::<Result<_, _>>()?;
    let mut sum = Decimal::ZERO;
    for (own, row) in differences.iter().zip(risk.covariance.chunks(weights.len().max(1))) {
        for (other, covariance) in differences.iter().zip(row) {
            sum = sum.try_add(own.mul(*covariance, Rounding::HalfEven)?.mul(*other, Rounding::HalfEven)?)?;
        }
    }
    Ok(sum)
}
