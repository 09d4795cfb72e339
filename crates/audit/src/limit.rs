//! Hard limits on what is held after, in exact numbers.

use std::collections::BTreeMap;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError, Rounding};

use crate::auditor::{Auditor, Held};
use crate::objection::{Findings, Rule};
use crate::record::{Attribute, Bound, Limit, Measure, Rules, Selection};

/// Share of the scale within which a value counts as at its limit.
const TOLERANCE_PARTS: i64 = 1_000_000_000_000;
/// Steps of 10⁻⁹ that rounding values and shares of them may add up to.
const ROUNDING_STEPS: i128 = 100;

/// Which limit each instrument, and cash, counts to.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// Limits, and values of the attribute of those that hold for each, numbered together.
    bins: Vec<Bin>,
    /// By instrument.
    counts: Vec<Vec<Count>>,
    cash: Vec<Count>,
}

#[derive(Debug)]
struct Bin {
    limit: usize,
    name: String,
}

/// How much of a value counts to a limit.
#[derive(Debug, Clone, Copy)]
struct Count {
    bin: usize,
    fraction: Decimal,
    score: Option<Decimal>,
}

/// Sums of one limit.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    selected: Decimal,
    scored: Decimal,
    weighted: Decimal,
}

/// A class part of an instrument, or cash.
pub(crate) struct Part<'a> {
    instrument: Option<&'a Instrument>,
    /// The leaf's class, where the policy counts it to one, and its own.
    pub(crate) classes: Vec<&'a ClassPath>,
    pub(crate) fraction: Decimal,
    base: Currency,
}

impl Limits {
    /// Finds out what counts to which hard limit.
    pub(crate) fn bind(rules: &Rules, universe: &Universe) -> Self {
        let mut limits = Self::default();
        if !rules.limits.iter().any(|limit| limit.hard) {
            return limits;
        }
        let mut numbers = BTreeMap::new();
        for (_, instrument) in universe.iter() {
            let mut counts = Vec::new();
            for part in parts(instrument, rules) {
                limits.count(&part, rules, &mut numbers, &mut counts);
            }
            limits.counts.push(counts);
        }
        let class = ClassPath::cash();
        let cash = Part { instrument: None, classes: vec![&class], fraction: Decimal::ONE, base: rules.currency };
        let mut counts = Vec::new();
        limits.count(&cash, rules, &mut numbers, &mut counts);
        limits.cash = counts;
        // A floor must be kept even where nothing counts to it.
        for (index, limit) in rules.limits.iter().enumerate() {
            let is_of_risk = matches!(limit.measure, Measure::Variance { .. });
            if limit.hard && !is_of_risk && limit.each.is_none() && !numbers.contains_key(&(index, None)) {
                limits.bins.push(Bin { limit: index, name: limit.name.clone() });
            }
        }
        limits
    }

    fn count(&mut self, part: &Part<'_>, rules: &Rules, numbers: &mut BTreeMap<(usize, Option<String>), usize>, counts: &mut Vec<Count>) {
        for (index, limit) in rules.limits.iter().enumerate() {
            let is_of_risk = matches!(limit.measure, Measure::Variance { .. });
            if !limit.hard || is_of_risk || !part.is_selected(limit) {
                continue;
            }
            let value = limit.each.as_ref().map(|attribute| part.value(attribute));
            let key = match value {
                Some(None) => continue,
                Some(Some(value)) => (index, Some(value)),
                None => (index, None),
            };
            let name = key.1.as_ref().map_or_else(|| limit.name.clone(), |value| format!("{}: {value}", limit.name));
            let bin = *numbers.entry(key).or_insert_with(|| {
                self.bins.push(Bin { limit: index, name });
                self.bins.len() - 1
            });
            let score = match &limit.measure {
                Measure::Score(name) => part.score(name, rules),
                Measure::Weight | Measure::Value | Measure::Variance { .. } => None,
            };
            counts.push(Count { bin, fraction: part.fraction, score });
        }
    }
}

pub(crate) fn parts<'a>(instrument: &'a Instrument, rules: &'a Rules) -> Vec<Part<'a>> {
    let part = |classes, fraction| Part { instrument: Some(instrument), classes, fraction, base: rules.currency };
    if instrument.composition.is_empty() {
        let leaf = rules.leaves.iter().find(|(symbol, _)| *symbol == instrument.symbol).map(|(_, class)| class);
        return vec![part(leaf.into_iter().chain([&instrument.class]).collect(), Decimal::ONE)];
    }
    instrument.composition.iter().map(|component| part(vec![&component.class], component.weight.decimal())).collect()
}

impl Part<'_> {
    fn is_selected(&self, limit: &Limit) -> bool {
        self.matches(&limit.classes, &limit.attributes, limit.liquidity_tier_at_most)
            && !limit.except.as_ref().is_some_and(|Selection { classes, attributes, liquidity_tier_at_most }| {
                self.matches(classes, attributes, *liquidity_tier_at_most)
            })
    }

    fn matches(&self, classes: &[ClassPath], attributes: &[(Attribute, Vec<String>)], tier_at_most: Option<u8>) -> bool {
        let within = |class: &ClassPath| self.classes.iter().any(|own| own.is_within(class));
        let tier = self.instrument.map_or(Some(0), |instrument| instrument.liquidity_tier);
        (classes.is_empty() || classes.iter().any(within))
            && attributes.iter().all(|(attribute, values)| self.value(attribute).is_some_and(|value| values.contains(&value)))
            && tier_at_most.is_none_or(|most| tier.is_some_and(|tier| tier <= most))
    }

    fn value(&self, attribute: &Attribute) -> Option<String> {
        let currency = self.instrument.map_or(self.base, |instrument| instrument.currency);
        match attribute {
            Attribute::Class => self.classes.first()?.segments().next().map(str::to_owned),
            Attribute::Currency => Some(currency.to_string()),
            Attribute::Instrument => self.instrument.map(|instrument| instrument.symbol.clone()),
            Attribute::Sector => self.instrument?.sector.clone(),
            Attribute::Issuer => self.instrument?.issuer.clone(),
            Attribute::Country => self.instrument?.country.clone(),
            Attribute::Tag(name) => self.instrument?.tags.get(name).cloned(),
        }
    }

    /// The instrument's own score, or that of the narrowest class that states one.
    fn score(&self, name: &str, rules: &Rules) -> Option<Decimal> {
        let instrument = self.instrument?;
        let of = |class: &ClassPath| {
            let stated = rules.class_scores.iter().filter(|score| score.name == name && class.is_within(&score.class));
            stated.max_by_key(|score| score.class.segments().count()).map(|score| score.score)
        };
        // The instrument's own class comes before the policy's.
        instrument.scores.get(name).copied().or_else(|| self.classes.iter().rev().find_map(|class| of(class)))
    }
}

impl Sums {
    fn add(&mut self, count: &Count, value: Decimal) -> Result<(), NumberError> {
        let part = if count.fraction == Decimal::ONE { value } else { value.mul(count.fraction, Rounding::HalfEven)? };
        self.selected = self.selected.try_add(part)?;
        if let Some(score) = count.score {
            self.scored = self.scored.try_add(part)?;
            self.weighted = self.weighted.try_add(part.mul(score, Rounding::HalfEven)?)?;
        }
        Ok(())
    }

    /// By how much a limit is exceeded, and the scale of that; `None` where nothing can be measured.
    fn excess(&self, limit: &Limit, total: Decimal) -> Result<Option<(Decimal, Decimal)>, NumberError> {
        let (measured, scale) = match limit.measure {
            Measure::Weight => (self.selected, total),
            Measure::Value | Measure::Variance { .. } => (self.selected, Decimal::ONE),
            Measure::Score(_) => (self.weighted, self.scored),
        };
        if !scale.is_positive() {
            return Ok(None);
        }
        let over = measured.try_sub(limit.value.mul(scale, Rounding::HalfEven)?)?;
        Ok(Some((if limit.bound == Bound::AtMost { over } else { over.neg() }, scale)))
    }
}

impl Auditor<'_> {
    /// Every hard limit: not broken after, unless no trade touched what it is about, or it was broken before and is less so now.
    pub(crate) fn check_limits(
        &self,
        limits: &Limits,
        held: &[Held],
        cash: (Money, Money),
        findings: &mut Findings<'_>,
    ) -> Result<(), NumberError> {
        let mut sums = vec![(Sums::default(), Sums::default()); limits.bins.len()];
        let mut total = (cash.0.amount(), cash.1.amount());
        let mut add = |counts: &[Count], before: Decimal, after: Decimal| -> Result<(), NumberError> {
            for count in counts {
                if let Some(sums) = sums.get_mut(count.bin) {
                    sums.0.add(count, before)?;
                    sums.1.add(count, after)?;
                }
            }
            Ok(())
        };
        add(&limits.cash, cash.0.amount(), cash.1.amount())?;
        for position in held {
            let Some(terms) = self.terms(position.id) else { continue };
            let before = self.value(position.before, &terms)?.amount();
            let after = self.value(position.after, &terms)?.amount();
            total = (total.0.try_add(before)?, total.1.try_add(after)?);
            add(limits.counts.get(position.id.index()).map_or(&[][..], Vec::as_slice), before, after)?;
        }
        // What is sold of one and bought of another for the same amount differs by the cents to which both were rounded.
        let cents =
            held.iter().filter(|position| position.before != position.after).try_fold(Decimal::ZERO, |sum, _| sum.try_add(self.cent))?;
        for (bin, (before, after)) in limits.bins.iter().zip(&sums) {
            let Some(limit) = self.rules.limits.get(bin.limit) else { continue };
            if limit.above.is_none() {
                let untouched = || is_untouched(limit, before, after, cents);
                judge(limit, &bin.name, (before, after), total, &untouched, findings)?;
            }
        }
        for (index, limit) in self.rules.limits.iter().enumerate() {
            let Some(above) = limit.above.filter(|_| limit.hard) else { continue };
            let of_limit = limits.bins.iter().zip(&sums).filter(|(bin, _)| bin.limit == index);
            let mut together = (Sums::default(), Sums::default());
            let mut bought = false;
            for (_, (before, after)) in of_limit {
                together.0.selected = together.0.selected.try_add(beyond(before.selected, above, total.0)?)?;
                let counted = beyond(after.selected, above, total.1)?;
                together.1.selected = together.1.selected.try_add(counted)?;
                bought |= counted.is_positive() && after.selected > before.selected.try_add(cents)?;
            }
            judge(limit, &limit.name, (&together.0, &together.1), total, &|| Ok(!bought), findings)?;
        }
        Ok(())
    }
}

/// The value, where it is more than a share of the whole; zero otherwise.
fn beyond(value: Decimal, share: Decimal, total: Decimal) -> Result<Decimal, NumberError> {
    let over = value.try_sub(share.mul(total, Rounding::HalfEven)?)?;
    Ok(if over > tolerance(total)? { value } else { Decimal::ZERO })
}

/// What counts as nothing beside a scale.
fn tolerance(scale: Decimal) -> Result<Decimal, NumberError> {
    let relative = scale.abs().pro_rata(Decimal::ONE, Decimal::from_int(TOLERANCE_PARTS), Rounding::Ceiling)?;
    relative.try_add(Decimal::from_raw(ROUNDING_STEPS)?)
}

/// Whether no trade took what a limit is about the wrong way.
fn is_untouched(limit: &Limit, before: &Sums, after: &Sums, cents: Decimal) -> Result<bool, NumberError> {
    Ok(match limit.bound {
        Bound::AtMost => after.selected <= before.selected.try_add(cents)?,
        Bound::AtLeast => after.selected.try_add(cents)? >= before.selected,
    })
}

/// Objects where a limit is broken after, unless no trade touched what it is about, or it was broken before and is less so now.
fn judge(
    limit: &Limit,
    name: &str,
    (before, after): (&Sums, &Sums),
    total: (Decimal, Decimal),
    untouched: &dyn Fn() -> Result<bool, NumberError>,
    findings: &mut Findings<'_>,
) -> Result<(), NumberError> {
    let Some((over, scale)) = after.excess(limit, total.1)? else { return Ok(()) };
    if over <= tolerance(scale.abs().max(total.1.abs()))? {
        return Ok(());
    }
    let is_score = matches!(limit.measure, Measure::Score(_));
    // Left alone, or broken before and less so (over ÷ scale, compared without dividing).
    let allowed = !is_score && untouched()?
        || match before.excess(limit, total.0)? {
            Some((over_before, scale_before)) if over_before.is_positive() => {
                // A score that stays is the same but for the last digits of the values it weighs.
                let scales = if is_score { scale.abs().try_add(scale_before.abs())? } else { Decimal::ZERO };
                let margin = scales.mul(Decimal::from_raw(ROUNDING_STEPS)?, Rounding::Ceiling)?;
                let (now, then) = (over.mul(scale_before, Rounding::HalfEven)?, over_before.mul(scale, Rounding::HalfEven)?);
                now < then || is_score && now <= then.try_add(margin)?
            }
            _ => false,
        };
    if !allowed {
        findings.object_about(Rule::Limit, name, limit_text(limit), format_args!("over by {over} on {scale}"));
    }
    Ok(())
}

pub(crate) fn limit_text(limit: &Limit) -> String {
    let bound = if limit.bound == Bound::AtMost { "at most" } else { "at least" };
    format!("{bound} {}", limit.value)
}
