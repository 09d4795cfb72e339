//! The optimum over several accounts at once.
//!
//! minimize Σₛ (Σₐ yₐₛ − dₛ)² subject to lₐₛ ≤ yₐₛ ≤ uₐₛ and Σₛ yₐₛ = Tₐ
//!
//! A flow from accounts to sleeves with a quadratic cost at each sleeve, solved by decomposition
//! (Groenevelt 1991, "Two algorithms for maximizing a separable concave function over a polymatroid
//! feasible region"). Without bounds every sleeve would be off by the same. As much of that as the
//! bounds allow is reached by exchanges along augmenting paths, from a sleeve that is too full
//! through an account to another sleeve, and so on to one that is not full enough, the shortest ones
//! first and all of one length at a time (Dinitz 1970). Where no path is left, what the sleeves that are still too full can reach and what they cannot exchange nothing
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
            if !search.found {
                break search;
            }
            Flow::new(&part, &search, &mut excess, plans, noise).send_all();
        };
        // Where all is reached and nothing is looked for, what is left is noise.
        let is_reached = |sleeve: &usize| stuck.sleeves[*sleeve].is_some();
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
        let (sleeves, other_sleeves) = self.sleeves.into_iter().partition(|sleeve| search.sleeves[*sleeve].is_some());
        [Self { accounts, sleeves }, Self { accounts: other_accounts, sleeves: other_sleeves }]
    }
}

/// A search, breadth first, from the sleeves that are too full: how many steps lead to each account and
/// sleeve that can be reached.
struct Search {
    accounts: Vec<Option<usize>>,
    sleeves: Vec<Option<usize>>,
    /// Whether a sleeve that is not full enough was reached.
    found: bool,
}

impl Search {
    fn new(part: &Part, excess: &[f64], plans: &[AccountPlan], noise: f64) -> Self {
        let mut search = Self { accounts: vec![None; plans.len()], sleeves: vec![None; excess.len()], found: false };
        let mut queue: VecDeque<usize> = part.sleeves.iter().copied().filter(|sleeve| excess[*sleeve] > noise).collect();
        for start in &queue {
            search.sleeves[*start] = Some(0);
        }
        while let Some(from) = queue.pop_front() {
            let steps = search.sleeves[from].map_or(0, |steps| steps + 1);
            for &account in &part.accounts {
                let plan = &plans[account];
                if search.accounts[account].is_some() || plan.room_below(from) <= noise {
                    continue;
                }
                search.accounts[account] = Some(steps);
                for &to in part.sleeves.iter().filter(|to| plan.room_above(**to) > noise) {
                    if search.sleeves[to].is_none() {
                        search.sleeves[to] = Some(steps + 1);
                        search.found |= excess[to] < -noise;
                        queue.push_back(to);
                    }
                }
            }
        }
        search
    }
}

/// Exchanges along the shortest ways that a search found.
struct Flow<'a> {
    part: &'a Part,
    search: &'a Search,
    excess: &'a mut [f64],
    plans: &'a mut [AccountPlan],
    noise: f64,
    /// By sleeve, the next of the part's accounts to try; what comes before leads nowhere.
    next_account: Vec<usize>,
    /// By account, the next of the part's sleeves to try.
    next_sleeve: Vec<usize>,
}

impl<'a> Flow<'a> {
    fn new(part: &'a Part, search: &'a Search, excess: &'a mut [f64], plans: &'a mut [AccountPlan], noise: f64) -> Self {
        let (next_account, next_sleeve) = (vec![0; excess.len()], vec![0; plans.len()]);
        Self { part, search, excess, plans, noise, next_account, next_sleeve }
    }

    /// Exchanges until every way is used up.
    fn send_all(&mut self) {
        for &start in &self.part.sleeves {
            while self.search.sleeves[start] == Some(0) && self.excess[start] > self.noise {
                let sent = self.send(start, self.excess[start]);
                if sent <= 0.0 {
                    break;
                }
                self.excess[start] -= sent;
            }
        }
    }

    /// Passes on up to an amount of a sleeve, to one that is not full enough; what was taken there.
    fn send(&mut self, from: usize, amount: f64) -> f64 {
        if self.excess[from] < -self.noise {
            let taken = amount.min(-self.excess[from]);
            self.excess[from] += taken;
            return taken;
        }
        while let Some(&account) = self.part.accounts.get(self.next_account[from]) {
            let leads_on = self.search.accounts[account] == self.search.sleeves[from].map(|steps| steps + 1);
            while leads_on && let Some(&to) = self.part.sleeves.get(self.next_sleeve[account]) {
                let below = self.plans[account].room_below(from);
                if below <= self.noise {
                    break;
                }
                let above = self.plans[account].room_above(to);
                let is_next = self.search.sleeves[to] == self.search.accounts[account].map(|steps| steps + 1);
                if is_next && above > self.noise {
                    let sent = self.send(to, amount.min(below).min(above));
                    if sent > 0.0 {
                        self.plans[account].values[from] -= sent;
                        self.plans[account].values[to] += sent;
                        return sent;
                    }
                }
                self.next_sleeve[account] += 1;
            }
            self.next_account[from] += 1;
        }
        0.0
    }
}
