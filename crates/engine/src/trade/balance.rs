//! The optimum over several accounts at once.
//!
//! minimize Σₛ (Σₐ yₐₛ − dₛ)² subject to lₐₛ ≤ yₐₛ ≤ uₐₛ and Σₛ yₐₛ = Tₐ
//!
//! A flow from accounts to sleeves with a quadratic cost at each sleeve, solved by decomposition
//! (Groenevelt 1991, "Two algorithms for maximizing a separable concave function over a polymatroid
//! feasible region"). Without bounds every sleeve would be off by the same. As much of that as the
//! bounds allow is reached by exchanges along augmenting paths, from a sleeve that is too full
//! through an account to another sleeve, and so on to one that is not full enough. Where no path is
//! left, what the sleeves that are still too full can reach and what they cannot exchange nothing
//! in the optimum, and each is a smaller problem of the same kind. Every split parts off a sleeve
//! at the least, so the end is near, and exact.

use std::collections::VecDeque;

use super::situation::{Situation, add};
use super::spread::AccountPlan;

/// Brings plans that keep their bounds and totals to the optimum. Accounts with composed funds stay
/// as they are, since their sleeves cannot be moved one by one.
pub(super) fn balance(situation: &Situation<'_>, desired: &[f64], plans: &mut [AccountPlan], noise: f64) {
    let accounts = situation.accounts.iter().enumerate().filter(|(_, account)| !account.composed).map(|(index, _)| index);
    let whole = Part { accounts: accounts.collect(), sleeves: (0..desired.len()).collect() };
    if whole.accounts.len() < 2 {
        return;
    }
    let mut excess: Vec<f64> = desired.iter().map(|desired| -desired).collect();
    for plan in plans.iter() {
        add(&mut excess, &plan.values);
    }
    let mut parts = vec![whole];
    while let Some(part) = parts.pop() {
        part.share_excess(&mut excess);
        let stuck = loop {
            let search = Search::new(&part, &excess, plans, noise);
            match search.end {
                Some(end) => search.follow(end, &mut excess, plans),
                None => break search,
            }
        };
        // Where all is reached and nothing is looked for, what is left is noise.
        let is_reached = |sleeve: &usize| stuck.sleeves[*sleeve];
        if part.sleeves.iter().any(is_reached) && !part.sleeves.iter().all(is_reached) {
            parts.extend(part.split(&stuck));
        }
    }
}

/// Accounts and sleeves that may exchange.
struct Part {
    accounts: Vec<usize>,
    sleeves: Vec<usize>,
}

impl Part {
    /// Counts the excess of each sleeve from what all of them have on average.
    fn share_excess(&self, excess: &mut [f64]) {
        let count = self.sleeves.iter().fold(0.0, |count, _| count + 1.0);
        let mean = self.sleeves.iter().map(|sleeve| excess[*sleeve]).sum::<f64>() / count;
        self.sleeves.iter().for_each(|sleeve| excess[*sleeve] -= mean);
    }

    /// What was reached, and what was not.
    fn split(self, search: &Search) -> [Self; 2] {
        let (accounts, other_accounts) = self.accounts.into_iter().partition(|account| search.accounts[*account].is_some());
        let (sleeves, other_sleeves) = self.sleeves.into_iter().partition(|sleeve| search.sleeves[*sleeve]);
        [Self { accounts, sleeves }, Self { accounts: other_accounts, sleeves: other_sleeves }]
    }
}

/// A search, breadth first, from the sleeves that are too full to one that is not full enough.
struct Search {
    /// By account, the sleeve that may give something up in it.
    accounts: Vec<Option<usize>>,
    /// By sleeve, whether it was reached.
    sleeves: Vec<bool>,
    /// By sleeve, the account through which it was reached; a start has none.
    through: Vec<Option<usize>>,
    /// The sleeve that was looked for.
    end: Option<usize>,
}

impl Search {
    fn new(part: &Part, excess: &[f64], plans: &[AccountPlan], noise: f64) -> Self {
        let count = excess.len();
        let mut search = Self { accounts: vec![None; plans.len()], sleeves: vec![false; count], through: vec![None; count], end: None };
        let mut queue: VecDeque<usize> = part.sleeves.iter().copied().filter(|sleeve| excess[*sleeve] > noise).collect();
        for start in &queue {
            search.sleeves[*start] = true;
        }
        while let Some(from) = queue.pop_front() {
            for &account in &part.accounts {
                let plan = &plans[account];
                if search.accounts[account].is_some() || plan.room_below(from) <= noise {
                    continue;
                }
                search.accounts[account] = Some(from);
                for &to in part.sleeves.iter().filter(|to| plan.room_above(**to) > noise) {
                    if search.sleeves[to] {
                        continue;
                    }
                    search.sleeves[to] = true;
                    search.through[to] = Some(account);
                    if excess[to] < -noise {
                        search.end = Some(to);
                        return search;
                    }
                    queue.push_back(to);
                }
            }
        }
        search
    }

    /// Exchanges along the way to a sleeve as much as there is room for.
    fn follow(&self, end: usize, excess: &mut [f64], plans: &mut [AccountPlan]) {
        let (mut steps, mut to) = (Vec::new(), end);
        while let Some(account) = self.through[to] {
            let Some(from) = self.accounts[account] else { break };
            steps.push((account, from, to));
            to = from;
        }
        let room = |&(account, from, to): &(usize, usize, usize)| plans[account].room_below(from).min(plans[account].room_above(to));
        let amount = steps.iter().map(room).fold(excess[to].min(-excess[end]), f64::min);
        for (account, from, to) in steps {
            plans[account].values[from] -= amount;
            plans[account].values[to] += amount;
        }
        excess[to] -= amount;
        excess[end] += amount;
    }
}
