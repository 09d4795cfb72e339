//! Lot selection: which lots a sale takes.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::account::BasisMethod;
use crate::lot::{Lot, LotId};
use crate::number::{Decimal, Money, NumberError, Quantity};

/// In which order lots are taken.
///
/// The same orders choose the short lots that a purchase closes; "cost" is then what the short
/// sale brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LotMethod {
    /// First in, first out: earliest date, then lowest id.
    #[default]
    Fifo,
    /// Last in, first out: latest date, then highest id.
    Lifo,
    /// Highest cost a unit first, then lowest id.
    Hifo,
    /// Lowest cost a unit first, then lowest id.
    Lofo,
    /// At average cost, the earliest dates first (26 CFR 1.1012-1(e)); only where the account
    /// keeps average cost or a pool.
    AverageCost,
}

/// Which lots a disposal takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum LotSelection {
    /// No choice was made: taken where only one answer is possible, otherwise refused.
    #[default]
    Strict,
    /// In the order of a method.
    By(LotMethod),
    /// These lots, with so many units of each.
    Specific(Box<[LotQuantity]>),
}

/// So many units of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LotQuantity {
    /// The lot.
    pub lot: LotId,
    /// Units, above zero.
    pub quantity: Quantity,
}

/// Units taken from the lot at a place of the slice that was selected from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Place in the slice.
    pub index: usize,
    /// Units, above zero for long and short lots alike.
    pub quantity: Quantity,
}

/// Why lots could not be selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// No units, or fewer than none.
    #[error("{0} units are asked for: the quantity must be above zero")]
    NotPositive(Quantity),
    /// More units than there are.
    #[error("{asked} units are asked for and {held} are held")]
    NotEnough {
        /// Units asked for.
        asked: Quantity,
        /// Units held.
        held: Quantity,
    },
    /// Several lots would do.
    #[error("{asked} units could come from any of {lots} lots: name a method (such as fifo) or the lots")]
    Ambiguous {
        /// Units asked for.
        asked: Quantity,
        /// Lots held.
        lots: usize,
    },
    /// The order by date needs a date that is not known.
    #[error("lot {0} has no acquisition date, which the method needs: add it, or name the lots")]
    UnknownDate(LotId),
    /// The order by cost needs a basis that is not known.
    #[error("lot {0} has no cost basis, which the method needs: add it, or name the lots")]
    UnknownBasis(LotId),
    /// A lot was named that is not held.
    #[error("lot {0} is not held")]
    UnknownLot(LotId),
    /// A lot was named twice.
    #[error("lot {0} is named twice")]
    RepeatedLot(LotId),
    /// More units of a lot were named than it has.
    #[error("{asked} units of lot {lot} are named and it has {held}")]
    LotTooSmall {
        /// The lot.
        lot: LotId,
        /// Units named.
        asked: Quantity,
        /// Units it has.
        held: Quantity,
    },
    /// The named units do not add up.
    #[error("the named lots add up to {named} units and {asked} are asked for")]
    WrongSum {
        /// Sum over the named lots.
        named: Quantity,
        /// Units asked for.
        asked: Quantity,
    },
    /// The account's basis method does not leave this choice.
    #[error("the account's basis method is {basis:?}, which does not allow this choice of lots: use {instead}")]
    NotAllowed {
        /// The account's basis method.
        basis: BasisMethod,
        /// What may be used.
        instead: &'static str,
    },
    /// A quantity out of range.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// Chooses `quantity` units (above zero) from the lots of one instrument, all long or all short
/// and ordered by date of acquisition, then id, as [`Holdings`](crate::holdings::Holdings) keeps
/// them. Lots without units are passed over. The choice replaces what is in `picks`, in the order in which units are taken.
pub fn select(
    lots: &[Lot],
    quantity: Quantity,
    selection: &LotSelection,
    basis: BasisMethod,
    picks: &mut Vec<Pick>,
) -> Result<(), SelectError> {
    picks.clear();
    if !quantity.is_positive() {
        return Err(SelectError::NotPositive(quantity));
    }
    check_allowed(selection, basis)?;
    if let LotSelection::Specific(named) = selection {
        return select_named(lots, quantity, named, picks);
    }
    // The whole of a single lot, or part of it, is the commonest case and never ambiguous.
    if let [only] = lots {
        return take(std::iter::once((0, only)), quantity, picks);
    }
    match selection {
        LotSelection::By(LotMethod::Hifo) => select_by_cost(lots, quantity, |a, b| unit_cost_order(b, a), picks),
        LotSelection::By(LotMethod::Lofo) => select_by_cost(lots, quantity, unit_cost_order, picks),
        LotSelection::By(LotMethod::Lifo) => {
            take(held(lots).rev(), quantity, picks)?;
            check_dates(lots, picks)
        }
        LotSelection::Strict if basis == BasisMethod::Lots => {
            take(held(lots), quantity, picks)?;
            if takes_all(lots, picks) { Ok(()) } else { Err(SelectError::Ambiguous { asked: quantity, lots: held(lots).count() }) }
        }
        _ => {
            take(held(lots), quantity, picks)?;
            check_dates(lots, picks)
        }
    }
}

/// Refuses a choice among units that share one cost, and average cost where lots have their own.
fn check_allowed(selection: &LotSelection, basis: BasisMethod) -> Result<(), SelectError> {
    let instead = match (basis, selection) {
        (BasisMethod::Lots, LotSelection::By(LotMethod::AverageCost)) => "another method, or keep the account at average cost",
        (
            BasisMethod::AverageCost | BasisMethod::Pooled,
            LotSelection::Specific(_) | LotSelection::By(LotMethod::Lifo | LotMethod::Hifo | LotMethod::Lofo),
        ) => "average_cost",
        _ => return Ok(()),
    };
    Err(SelectError::NotAllowed { basis, instead })
}

fn held(lots: &[Lot]) -> impl DoubleEndedIterator<Item = (usize, &Lot)> {
    lots.iter().enumerate().filter(|(_, lot)| !lot.quantity.is_zero())
}

/// Takes units lot by lot in the order given.
fn take<'a>(lots: impl Iterator<Item = (usize, &'a Lot)>, quantity: Quantity, picks: &mut Vec<Pick>) -> Result<(), SelectError> {
    let mut open = quantity;
    for (index, lot) in lots {
        let taken = lot.quantity.abs().min(open);
        picks.push(Pick { index, quantity: taken });
        open = open.try_sub(taken)?;
        if open.is_zero() {
            return Ok(());
        }
    }
    Err(SelectError::NotEnough { asked: quantity, held: quantity.try_sub(open)? })
}

fn takes_all(lots: &[Lot], picks: &[Pick]) -> bool {
    picks.len() == held(lots).count()
        && picks.iter().all(|pick| lots.get(pick.index).is_some_and(|lot| lot.quantity.abs() == pick.quantity))
}

/// An unknown date leaves the order open, unless everything is taken.
fn check_dates(lots: &[Lot], picks: &[Pick]) -> Result<(), SelectError> {
    // Lots without a date come first.
    match held(lots).next() {
        Some((_, lot)) if lot.acquired.is_none() && !takes_all(lots, picks) => Err(SelectError::UnknownDate(lot.id.clone())),
        _ => Ok(()),
    }
}

/// Most sales at the highest or lowest cost take a lot or two, which a scan finds sooner than a sort.
const SCANS: usize = 4;

/// Takes units in the order of `compare`; ties go to the lowest id.
fn select_by_cost(
    lots: &[Lot],
    quantity: Quantity,
    compare: impl Fn(&Lot, &Lot) -> Ordering,
    picks: &mut Vec<Pick>,
) -> Result<(), SelectError> {
    let order = |a: &Pick, b: &Pick| match (lots.get(a.index), lots.get(b.index)) {
        (Some(a), Some(b)) => compare(a, b).then_with(|| a.id.cmp(&b.id)),
        _ => Ordering::Equal,
    };
    picks.extend(held(lots).map(|(index, _)| Pick { index, quantity: Quantity::ZERO }));
    let mut open = quantity;
    let mut fill = |pick: &mut Pick| {
        pick.quantity = lots.get(pick.index).map_or(Quantity::ZERO, |lot| lot.quantity.abs()).min(open);
        open = open.try_sub(pick.quantity)?;
        Ok::<_, NumberError>(open.is_zero())
    };
    let mut rest = picks.as_mut_slice();
    let mut done = false;
    for _ in 0..SCANS {
        if done {
            break;
        }
        let best = rest.iter().enumerate().min_by(|(_, a), (_, b)| order(a, b)).map_or(0, |(place, _)| place);
        if best > 0 {
            rest.swap(0, best);
        }
        let Some((first, others)) = std::mem::take(&mut rest).split_first_mut() else { break };
        done = fill(first)?;
        rest = others;
    }
    if !done {
        rest.sort_unstable_by(order);
        for pick in rest {
            fill(pick)?;
        }
    }
    if open.is_positive() {
        return Err(SelectError::NotEnough { asked: quantity, held: quantity.try_sub(open)? });
    }
    picks.retain(|pick| pick.quantity.is_positive());
    match held(lots).find(|(_, lot)| lot.cost_basis.is_none()) {
        Some((_, lot)) if !takes_all(lots, picks) => Err(SelectError::UnknownBasis(lot.id.clone())),
        _ => Ok(()),
    }
}

fn unit_cost_order(a: &Lot, b: &Lot) -> Ordering {
    compare_unit_costs(unit_cost(a), unit_cost(b))
}

/// What a lot cost, or brought, and its units, both above zero.
pub(crate) fn unit_cost(lot: &Lot) -> (i128, i128) {
    let basis = lot.cost_basis.map_or(Decimal::ZERO, Money::amount);
    let cost = if lot.quantity.is_negative() { basis.neg() } else { basis };
    (cost.raw(), lot.quantity.abs().decimal().raw())
}

/// Compares costs of units without dividing: b₁/q₁ < b₂/q₂ where b₁·q₂ < b₂·q₁.
pub(crate) fn compare_unit_costs((cost_a, units_a): (i128, i128), (cost_b, units_b): (i128, i128)) -> Ordering {
    // Nearly all amounts fit 64 bits (below nine thousand million), whose products cannot overflow.
    let narrow = |x: i128, y: i128| Some(i128::from(i64::try_from(x).ok()?).saturating_mul(i128::from(i64::try_from(y).ok()?)));
    if let (Some(left), Some(right)) = (narrow(cost_a, units_b), narrow(cost_b, units_a)) {
        return left.cmp(&right);
    }
    let wide = |x: i128, y: i128| ethnum::I256::from(x).saturating_mul(ethnum::I256::from(y));
    wide(cost_a, units_b).cmp(&wide(cost_b, units_a))
}

fn select_named(lots: &[Lot], quantity: Quantity, named: &[LotQuantity], picks: &mut Vec<Pick>) -> Result<(), SelectError> {
    let mut sum = Quantity::ZERO;
    for LotQuantity { lot, quantity } in named {
        let (index, held) = held(lots)
            .find(|(_, held)| held.id == *lot)
            .map(|(index, held)| (index, held.quantity.abs()))
            .ok_or_else(|| SelectError::UnknownLot(lot.clone()))?;
        if picks.iter().any(|pick| pick.index == index) {
            return Err(SelectError::RepeatedLot(lot.clone()));
        }
        if *quantity > held || !quantity.is_positive() {
            return Err(SelectError::LotTooSmall { lot: lot.clone(), asked: *quantity, held });
        }
        picks.push(Pick { index, quantity: *quantity });
        sum = sum.try_add(*quantity)?;
    }
    if sum == quantity { Ok(()) } else { Err(SelectError::WrongSum { named: sum, asked: quantity }) }
}
