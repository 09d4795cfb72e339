//! [`Shares`]: what one owner bought and sold of one instrument, and how that is matched.

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Ratio;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rounding};

use crate::tax::records::RecordsError;

/// Days after a disposal within which a purchase is matched with it (TCGA 1992 s. 106A(5)).
pub(super) const WINDOW: i32 = 30;

/// A day's purchases, which are one (s. 105(1)(a)).
#[derive(Debug, Clone)]
struct Purchases {
    date: Date,
    /// Units that no disposal is matched with.
    left: Quantity,
    units: Quantity,
    cost: Money,
    /// Cost of units that were matched.
    given: Money,
}

/// A disposal.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub(super) sequence: u64,
    pub(super) account: AccountId,
    pub(super) date: Date,
    /// Units as they were sold, and what they brought.
    pub(super) quantity: Quantity,
    pub(super) proceeds: Money,
    /// The same units counted as they are after all splits, and those of them that are not matched.
    units: Quantity,
    left: Quantity,
}

/// What units of a disposal are matched with.
#[derive(Debug, Clone)]
pub(super) struct Match {
    /// The disposal, by its place.
    pub(super) sale: usize,
    /// Units as they were sold.
    pub(super) quantity: Quantity,
    pub(super) proceeds: Money,
    /// `None` where what the pool cost is not known.
    pub(super) basis: Option<Money>,
    pub(super) with: With,
}

/// What disposals are matched with, in the order of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    /// Purchases of the day (s. 105(1)(b)).
    SameDay(Date),
    /// Purchases of the 30 days after it (s. 106A(5)).
    Later(Date),
    /// The section 104 holding.
    Pool,
}

/// What one owner bought and sold of one instrument.
#[derive(Debug, Clone)]
pub(super) struct Shares {
    /// By day.
    purchases: Vec<Purchases>,
    /// In the order of events.
    pub(super) sales: Vec<Sale>,
    /// The holding before the records: units, and what they cost if that is known.
    opening: (Quantity, Option<Money>),
    /// The last day of a split: every account has an event of its own for one split.
    split: Option<Date>,
}

impl Shares {
    pub(super) fn new(zero: Money) -> Self {
        Self { purchases: Vec::new(), sales: Vec::new(), opening: (Quantity::ZERO, Some(zero)), split: None }
    }

    /// Units held before the records.
    pub(super) fn open(&mut self, units: Quantity, cost: Option<Money>) -> Result<(), NumberError> {
        let (held, known) = self.opening;
        self.opening = (held.try_add(units)?, known.zip(cost).map(|(known, cost)| known.try_add(cost)).transpose()?);
        Ok(())
    }

    pub(super) fn buy(&mut self, date: Date, units: Quantity, cost: Money) -> Result<(), NumberError> {
        if let Some(day) = self.purchases.last_mut().filter(|day| day.date == date) {
            day.left = day.left.try_add(units)?;
            day.units = day.units.try_add(units)?;
            day.cost = day.cost.try_add(cost)?;
        } else {
            self.purchases.push(Purchases { date, left: units, units, cost, given: Money::zero(cost.currency()) });
        }
        Ok(())
    }

    pub(super) fn sell(&mut self, sequence: u64, account: AccountId, date: Date, units: Quantity, proceeds: Money) {
        self.sales.push(Sale { sequence, account, date, quantity: units, proceeds, units, left: units });
    }

    /// Counts everything before in the units of after a split.
    pub(super) fn split(&mut self, date: Date, ratio: Ratio) -> Result<(), NumberError> {
        if self.split == Some(date) {
            return Ok(());
        }
        self.split = Some(date);
        let scaled = |units: Quantity| units.decimal().pro_rata(ratio.new, ratio.old, Rounding::HalfEven).map(Quantity::new);
        for day in &mut self.purchases {
            (day.units, day.left) = (scaled(day.units)?, scaled(day.left)?);
        }
        for sale in &mut self.sales {
            (sale.units, sale.left) = (scaled(sale.units)?, scaled(sale.left)?);
        }
        self.opening.0 = scaled(self.opening.0)?;
        Ok(())
    }

    /// Takes in what was held, bought and sold under a former symbol.
    pub(super) fn join(&mut self, former: Self) -> Result<(), NumberError> {
        self.open(former.opening.0, former.opening.1)?;
        self.sales.extend(former.sales);
        self.sales.sort_by_key(|sale| sale.sequence);
        self.purchases.extend(former.purchases);
        self.purchases.sort_by_key(|day| day.date);
        Ok(())
    }

    /// Matches all disposals: first with purchases of the day, then with those of the 30 days after it, the earlier
    /// disposal and the earlier purchase first, then with the holding.
    pub(super) fn matches(&mut self) -> Result<Vec<Match>, RecordsError> {
        let mut matches = Vec::new();
        let (mut sales, mut purchases) = (std::mem::take(&mut self.sales), std::mem::take(&mut self.purchases));
        for (place, sale) in sales.iter_mut().enumerate() {
            if let Ok(at) = purchases.binary_search_by_key(&sale.date, |day| day.date)
                && let Some(day) = purchases.get_mut(at)
            {
                matches.extend(take(place, sale, day, With::SameDay(day.date))?);
            }
        }
        for (place, sale) in sales.iter_mut().enumerate() {
            let until = sale.date.add_days(WINDOW)?;
            let first = purchases.partition_point(|day| day.date <= sale.date);
            for day in purchases.iter_mut().skip(first).take_while(|day| day.date <= until) {
                if !sale.left.is_positive() {
                    break;
                }
                matches.extend(take(place, sale, day, With::Later(day.date))?);
            }
        }
        self.match_pool(&mut sales, &purchases, &mut matches)?;
        matches.sort_by_key(|found| found.sale);
        self.sales = sales;
        Ok(matches)
    }

    /// The section 104 holding, day by day: what was not matched goes in with its cost, and out at the average.
    fn match_pool(&self, sales: &mut [Sale], purchases: &[Purchases], matches: &mut Vec<Match>) -> Result<(), RecordsError> {
        let (mut units, mut cost) = self.opening;
        let mut entering = purchases.iter().peekable();
        for (place, sale) in sales.iter_mut().enumerate() {
            while let Some(day) = entering.next_if(|day| day.date <= sale.date) {
                units = units.try_add(day.left)?;
                let kept = day.cost.try_sub(day.given)?;
                cost = cost.map(|cost| cost.try_add(kept)).transpose()?;
            }
            if !sale.left.is_positive() {
                continue;
            }
            if sale.left > units {
                return Err(RecordsError::Oversold { sequence: sale.sequence, lacking: sale.left.try_sub(units)? });
            }
            let basis = cost.map(|cost| cost.pro_rata(sale.left, units, Rounding::HalfEven)).transpose()?;
            cost = cost.zip(basis).map(|(cost, basis)| cost.try_sub(basis)).transpose()?;
            units = units.try_sub(sale.left)?;
            let taken = sale.left;
            matches.push(part(place, sale, taken, basis, With::Pool)?);
        }
        Ok(())
    }
}

/// Matches what it can of a disposal with a day's purchases.
fn take(place: usize, sale: &mut Sale, day: &mut Purchases, with: With) -> Result<Option<Match>, NumberError> {
    let units = sale.left.min(day.left);
    if !units.is_positive() {
        return Ok(None);
    }
    day.left = day.left.try_sub(units)?;
    let due = day.cost.pro_rata(day.units.try_sub(day.left)?, day.units, Rounding::HalfEven)?;
    let basis = due.try_sub(day.given)?;
    day.given = due;
    part(place, sale, units, Some(basis), with).map(Some)
}

/// The part of a disposal that so many units are; the parts add up to it.
fn part(place: usize, sale: &mut Sale, units: Quantity, basis: Option<Money>, with: With) -> Result<Match, NumberError> {
    let before = sale.units.try_sub(sale.left)?;
    let after = before.try_add(units)?;
    sale.left = sale.left.try_sub(units)?;
    let share = |whole: Decimal| {
        let to = |end: Quantity| whole.pro_rata(end.decimal(), sale.units.decimal(), Rounding::HalfEven);
        to(after)?.try_sub(to(before)?)
    };
    let quantity = Quantity::new(share(sale.quantity.decimal())?);
    let proceeds = Money::new(share(sale.proceeds.amount())?, sale.proceeds.currency());
    Ok(Match { sale: place, quantity, proceeds, basis, with })
}
