//! [`Sums`]: what each account holds, what each class is to hold, and what may move.

use evenkeel_ledger::number::NumberError;
use evenkeel_quant::optimize::projection::{Scratch, project_onto_bounded_simplex};
use evenkeel_quant::optimize::transport::{Cell, Price, Transport};

use crate::boundary::to_money;
use crate::portfolio::SleeveId;
use crate::trade::context::Context;
use crate::trade::situation::{AccountSituation, Situation};
use crate::words::amount;

/// A household as a transport problem without prices. Lists over accounts and sleeves go account by account.
pub(super) struct Sums {
    /// Value of each account.
    accounts: Vec<f64>,
    /// What each sleeve is to hold over all accounts.
    pub(super) classes: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// What is held.
    pub(super) held: Vec<f64>,
    /// What could not be as the targets say.
    pub(super) notes: Vec<String>,
}

impl Sums {
    /// The sums of a household under target weights by sleeve. What may not be sold and what can be held nowhere is
    /// counted in: classes come as near to their targets as their bounds allow, in the sum of squares.
    pub(super) fn new(context: &Context<'_>, situation: &Situation<'_>, targets: &[f64]) -> Result<Self, NumberError> {
        let sleeves = context.sleeves.len();
        let mut sums = Self {
            accounts: Vec::new(),
            classes: vec![0.0; sleeves],
            lower: Vec::new(),
            upper: Vec::new(),
            held: Vec::new(),
            notes: Vec::new(),
        };
        for account in &situation.accounts {
            sums.accounts.push(account.total());
            sums.held.extend(&account.values);
            sums.bound(context, account);
        }
        let total: f64 = sums.accounts.iter().sum();
        let of_class = |values: &[f64], sleeve: usize| values.iter().skip(sleeve).step_by(sleeves).sum::<f64>();
        let lower: Vec<f64> = (0..sleeves).map(|sleeve| of_class(&sums.lower, sleeve)).collect();
        let upper: Vec<f64> = (0..sleeves).map(|sleeve| of_class(&sums.upper, sleeve)).collect();
        let wanted: Vec<f64> = targets.iter().map(|weight| weight * total).collect();
        if project_onto_bounded_simplex(&wanted, &lower, &upper, total, &mut sums.classes, &mut Scratch::default()).is_err() {
            sums.classes.clone_from(&wanted);
        }
        for (sleeve, wanted) in wanted.iter().enumerate() {
            sums.tell(context, sleeve, *wanted, lower[sleeve], upper[sleeve])?;
        }
        Ok(sums)
    }

    /// Least and most of each sleeve in an account.
    fn bound(&mut self, context: &Context<'_>, account: &AccountSituation<'_>) {
        if account.composed {
            let id = &account.account.id;
            self.notes.push(format!(
                "Account `{id}` holds or buys funds of several classes, which cannot be moved one by one: it stays as it is."
            ));
            self.lower.extend(&account.values);
            self.upper.extend(&account.values);
            return;
        }
        let (total, cash) = (account.total(), context.sleeves.cash.0);
        let mut lower = account.lower.clone();
        let invested: f64 = lower.iter().enumerate().filter(|(sleeve, _)| *sleeve != cash).map(|(_, least)| least).sum();
        if let Some(least) = lower.get_mut(cash) {
            // What may not be sold comes before cash that is to stay.
            *least = least.min(total - invested);
        }
        let all: f64 = lower.iter().sum();
        let most = account.upper.iter().zip(&lower).map(|(upper, least)| upper.min(total - all + least).max(*least));
        self.upper.extend(most);
        self.lower.extend(lower);
    }

    /// Says where a class cannot be what its target wants.
    fn tell(&mut self, context: &Context<'_>, sleeve: usize, wanted: f64, least: f64, most: f64) -> Result<(), NumberError> {
        let class = context.sleeves.get(SleeveId(sleeve)).map_or("", |sleeve| sleeve.class.as_str());
        let shown = |value: f64| Ok(amount(to_money(value, context.currency())?));
        if wanted > most + context.cent {
            let (wanted, most) = (shown(wanted)?, shown(most)?);
            self.notes.push(format!(
                "Of {class} {wanted} are wanted, and menus and trading states leave room for {most}: other classes hold more."
            ));
        } else if wanted < least - context.cent {
            let (wanted, least) = (shown(wanted)?, shown(least)?);
            self.notes.push(format!("Of {class} {wanted} are wanted, and {least} cannot be sold: other classes hold less."));
        }
        Ok(())
    }

    /// The problem in which an amount of a cell costs so much below what is held, and so much above.
    pub(super) fn transport(&self, price: impl Fn(usize) -> (Price, Price)) -> Transport {
        let cell = |(index, held): (usize, &f64)| {
            let (below, above) = price(index);
            Cell { lower: self.lower[index], upper: self.upper[index], kink: *held, below, above }
        };
        Transport { rows: self.accounts.clone(), columns: self.classes.clone(), cells: self.held.iter().enumerate().map(cell).collect() }
    }

    /// Every account a mirror of the household.
    pub(super) fn mirror(&self) -> Vec<f64> {
        let total: f64 = self.accounts.iter().sum();
        let share = |account: &f64| if total > 0.0 { account / total } else { 0.0 };
        self.accounts.iter().flat_map(|account| self.classes.iter().map(move |class| class * share(account))).collect()
    }

    /// Value of all accounts.
    pub(super) fn total(&self) -> f64 {
        self.accounts.iter().sum()
    }
}
