//! Which lots to sell, to give or to keep, for tax.
//!
//! Per lot, the tax of a sale is gain × marginal rate of its term. After netting it is T(s, l) of [`YearTax`]: what the
//! year's other gains and losses leave of it. Neither is the highest cost first.

use std::cmp::Ordering;

use evenkeel_ledger::date::{Date, DateError};
use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError, Price, Quantity, Rounding};
use evenkeel_ledger::select::Pick;
use evenkeel_ledger::term::Term;

use super::{Kink, MarginalRates, TaxError, YearTax};

/// A lot that may be sold at a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Its place among the lots.
    pub index: usize,
    /// Its units, above zero.
    pub units: Quantity,
    /// What all of it would realize.
    pub gain: Money,
    /// Its term, were it sold on the day.
    pub term: Term,
}

/// The long lots with a basis and a date, at a price in the currency of their basis.
///
/// # Errors
/// A number or date out of range.
pub fn offers(lots: &[Lot], price: Price, on: Date) -> Result<Vec<Offer>, ChoiceError> {
    let mut offers = Vec::with_capacity(lots.len());
    for (index, lot) in lots.iter().enumerate().filter(|(_, lot)| lot.quantity.is_positive()) {
        let (Some(basis), Some(since)) = (lot.cost_basis, lot.held_since.or(lot.acquired)) else { continue };
        let gain = Money::of(lot.quantity, price, basis.currency())?.try_sub(basis)?;
        offers.push(Offer { index, units: lot.quantity, gain, term: Term::between(since, on) });
    }
    Ok(offers)
}

impl Offer {
    /// What so many of its units realize.
    ///
    /// # Errors
    /// A number out of range.
    pub fn gain_of(&self, units: Quantity) -> Result<Money, NumberError> {
        self.gain.pro_rata(units, self.units, Rounding::HalfEven)
    }

    /// Orders by gain a unit, without dividing.
    fn by_unit_gain(&self, other: &Self) -> Ordering {
        self.compare(other, Decimal::ONE, Decimal::ONE)
    }

    /// Orders by gain a unit × a rate of each.
    fn compare(&self, other: &Self, rate: Decimal, others_rate: Decimal) -> Ordering {
        let product = |gain: Money, rate: Decimal, units: Quantity| {
            gain.amount().mul(rate, Rounding::HalfEven).and_then(|tax| tax.mul(units.decimal(), Rounding::HalfEven))
        };
        match (product(self.gain, rate, other.units), product(other.gain, others_rate, self.units)) {
            (Ok(own), Ok(others)) => own.cmp(&others),
            _ => Ordering::Equal,
        }
    }
}

/// Why no lots could be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// Fewer units are on offer.
    #[error("{asked} units are asked for, and {held} are held in lots with a basis and a date")]
    NotEnough {
        /// Units asked for.
        asked: Quantity,
        /// Units on offer.
        held: Quantity,
    },
    /// A number out of range.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A date out of range.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The tax of the year.
    #[error(transparent)]
    Tax(#[from] TaxError),
}

/// The lots of which the sale is taxed least at marginal rates, each on its own.
///
/// # Errors
/// Fewer units on offer than asked for, or a number out of range.
pub fn min_tax(offers: &[Offer], quantity: Quantity, rates: MarginalRates) -> Result<Vec<Pick>, ChoiceError> {
    let rate = |offer: &Offer| if offer.term == Term::Long { rates.long_term } else { rates.short_term }.decimal();
    let mut order: Vec<&Offer> = offers.iter().collect();
    order.sort_by(|a, b| a.compare(b, rate(a), rate(b)).then(a.index.cmp(&b.index)));
    take(&order, quantity)
}

/// The lots of which the sale adds least to the tax of the year, after netting: the exact optimum.
///
/// T rises with the gains of either term, so of each term the lots of least gain a unit are sold first, and only how many
/// units are short-term is open. Between the ends of lots and the bends of T the tax is linear in that number, so one
/// of these points is best. With `step`, the nearest multiples of it on both sides are tried.
///
/// # Errors
/// Fewer units on offer than asked for, or a number out of range.
pub fn min_tax_after_netting(offers: &[Offer], quantity: Quantity, step: Decimal, year: &YearTax<'_>) -> Result<Vec<Pick>, ChoiceError> {
    let mut short: Vec<&Offer> = offers.iter().filter(|offer| offer.term == Term::Short).collect();
    let mut long: Vec<&Offer> = offers.iter().filter(|offer| offer.term == Term::Long).collect();
    short.sort_by(|a, b| a.by_unit_gain(b).then(a.index.cmp(&b.index)));
    long.sort_by(|a, b| a.by_unit_gain(b).then(a.index.cmp(&b.index)));
    let (most_short, most_long) = (units(&short)?, units(&long)?);
    if most_short.try_add(most_long)? < quantity {
        return Err(ChoiceError::NotEnough { asked: quantity, held: most_short.try_add(most_long)? });
    }
    let low = quantity.try_sub(most_long)?.max(Quantity::ZERO);
    let high = quantity.min(most_short);
    let kinks = year.kinks()?;
    let mut best: Option<(Money, Money, Quantity)> = None;
    for of_short in candidates(&short, &long, quantity, (low, high), step, &kinks)? {
        let gains = gains(&short, &long, quantity, of_short)?;
        let tax = year.tax(gains.short_term, gains.long_term)?;
        let total = gains.short_term.try_add(gains.long_term)?;
        // Of equal taxes the one that realizes less: what is not realized can wait.
        let better = match &best {
            None => true,
            Some((least, realized, _)) => (tax.try_cmp(*least)?, total.try_cmp(*realized)?) < (Ordering::Equal, Ordering::Equal),
        };
        if better {
            best = Some((tax, total, of_short));
        }
    }
    let of_short = best.map_or(low, |(.., of_short)| of_short);
    let mut picks = take(&short, of_short)?;
    picks.extend(take(&long, quantity.try_sub(of_short)?)?);
    Ok(picks)
}

/// Numbers of short-term units that may be best.
fn candidates(
    short: &[&Offer],
    long: &[&Offer],
    quantity: Quantity,
    (low, high): (Quantity, Quantity),
    step: Decimal,
    kinks: &[Kink],
) -> Result<Vec<Quantity>, ChoiceError> {
    let mut points = vec![low, high];
    let mut sum = Quantity::ZERO;
    for offer in short {
        sum = sum.try_add(offer.units)?;
        points.push(sum);
    }
    sum = Quantity::ZERO;
    for offer in long {
        sum = sum.try_add(offer.units)?;
        points.push(quantity.try_sub(sum)?);
    }
    points.retain(|point| (low..=high).contains(point));
    points.sort_unstable();
    points.dedup();
    let mut bends = Vec::new();
    for pair in points.windows(2) {
        let [from, to] = pair else { continue };
        let (a, b) = (gains(short, long, quantity, *from)?, gains(short, long, quantity, *to)?);
        for kink in kinks {
            let (a, b, at) = match kink {
                Kink::Short(at) => (a.short_term, b.short_term, *at),
                Kink::Long(at) => (a.long_term, b.long_term, *at),
                Kink::Total(at) => (a.short_term.try_add(a.long_term)?, b.short_term.try_add(b.long_term)?, *at),
            };
            let (way, rise) = (at.try_sub(a.amount())?, b.try_sub(a)?.amount());
            if rise.is_zero() {
                continue;
            }
            let units = to_units(*from, *to, way, rise)?;
            bends.extend(units.filter(|units| units > from && units < to));
        }
    }
    points.extend(bends);
    if step > Decimal::STEP {
        let rounded = |rounding| points.iter().map(move |point| point.decimal().round_to_multiple(step, rounding).map(Quantity::new));
        let mut whole: Vec<Quantity> = rounded(Rounding::Floor).chain(rounded(Rounding::Ceiling)).collect::<Result<_, _>>()?;
        whole.retain(|point| (low..=high).contains(point));
        // What is left of odd lots at either end.
        whole.extend([low, high]);
        points = whole;
    }
    points.sort_unstable();
    points.dedup();
    Ok(points)
}

/// The point of a way from one number of units to another at which a sum has gone part of its rise.
fn to_units(from: Quantity, to: Quantity, way: Decimal, rise: Decimal) -> Result<Option<Quantity>, NumberError> {
    let length = to.try_sub(from)?;
    if way.is_negative() != rise.is_negative() || way.abs() > rise.abs() {
        return Ok(None);
    }
    let part = length.decimal().pro_rata(way.abs(), rise.abs(), Rounding::HalfEven)?;
    Ok(Some(from.try_add(Quantity::new(part))?))
}

/// What is realized where so many units are short-term, the lots of least gain a unit first.
fn gains(short: &[&Offer], long: &[&Offer], quantity: Quantity, of_short: Quantity) -> Result<GainsByTerm, NumberError> {
    let currency = short.iter().chain(long).map(|offer| offer.gain.currency()).next().unwrap_or(Currency::USD);
    let of_long = quantity.try_sub(of_short)?;
    Ok(GainsByTerm { short_term: realized(short, of_short, currency)?, long_term: realized(long, of_long, currency)? })
}

fn realized(order: &[&Offer], quantity: Quantity, currency: Currency) -> Result<Money, NumberError> {
    let (mut open, mut sum) = (quantity, Money::zero(currency));
    for offer in order {
        let units = open.min(offer.units);
        if units.is_positive() {
            sum = sum.try_add(offer.gain_of(units)?)?;
            open = open.try_sub(units)?;
        }
    }
    Ok(sum)
}

/// As many units as gains within a budget allow, those of least gain a unit first; in multiples of `step`, unless a lot
/// is sold whole. What of `quantity` is left over is kept for the budget's sake.
///
/// # Errors
/// A number out of range.
pub fn within_budget(offers: &[Offer], quantity: Quantity, budget: Money, step: Decimal) -> Result<Vec<Pick>, ChoiceError> {
    let mut order: Vec<&Offer> = offers.iter().collect();
    order.sort_by(|a, b| a.by_unit_gain(b).then(a.index.cmp(&b.index)));
    let (mut open, mut left) = (quantity, budget);
    let mut picks = Vec::new();
    for offer in order {
        let mut taken = open.min(offer.units);
        let gain = offer.gain_of(taken)?;
        if gain.is_positive() && gain.try_cmp(left)?.is_gt() {
            let room = left.amount().max(Decimal::ZERO);
            let units = offer.units.decimal().pro_rata(room, offer.gain.amount(), Rounding::Floor)?;
            taken = Quantity::new(units.round_to_multiple(step.max(Decimal::STEP), Rounding::Floor)?);
        }
        if taken.is_positive() {
            picks.push(Pick { index: offer.index, quantity: taken });
            left = left.try_sub(offer.gain_of(taken)?)?;
            open = open.try_sub(taken)?;
        }
        if open.is_zero() {
            break;
        }
    }
    Ok(picks)
}

/// Lots to give to charity, the best first: long-term lots by gain a unit, of which the donor deducts the value and nobody
/// is taxed on the gain (26 USC 170(e)(1)). Short-term lots would be deducted at their basis, and lots at a loss are
/// better sold, and the money given; neither is among them.
pub fn gifts(offers: &[Offer]) -> Vec<Offer> {
    let mut ranked: Vec<Offer> = offers.iter().copied().filter(|offer| offer.term == Term::Long && offer.gain.is_positive()).collect();
    ranked.sort_by(|a, b| b.by_unit_gain(a).then(a.index.cmp(&b.index)));
    ranked
}

/// Lots to keep for heirs, the best first: those with gains by gain a unit, as their basis becomes the value at death
/// (26 USC 1014). Lots at a loss would lose their loss, and are not among them.
pub fn step_up(offers: &[Offer]) -> Vec<Offer> {
    let mut ranked: Vec<Offer> = offers.iter().copied().filter(|offer| offer.gain.is_positive()).collect();
    ranked.sort_by(|a, b| b.by_unit_gain(a).then(a.index.cmp(&b.index)));
    ranked
}

fn units(offers: &[&Offer]) -> Result<Quantity, NumberError> {
    offers.iter().try_fold(Quantity::ZERO, |sum, offer| sum.try_add(offer.units))
}

/// Takes units in an order.
fn take(order: &[&Offer], quantity: Quantity) -> Result<Vec<Pick>, ChoiceError> {
    let mut open = quantity;
    let mut picks = Vec::new();
    for offer in order {
        let taken = open.min(offer.units);
        if taken.is_positive() {
            picks.push(Pick { index: offer.index, quantity: taken });
            open = open.try_sub(taken)?;
        }
    }
    if open.is_positive() {
        return Err(ChoiceError::NotEnough { asked: quantity, held: quantity.try_sub(open)? });
    }
    Ok(picks)
}
