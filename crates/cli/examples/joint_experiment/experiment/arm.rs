//! [`Arm`]: one of the ways to run a household that are compared.

use evenkeel::policy::{LotChoice, Planner, Policy, Trigger};
use evenkeel_ledger::calendar::Calendar;
use evenkeel_ledger::schedule::{Recurrence, Schedule};
use evenkeel_ledger::select::LotMethod;

/// A way to run a household.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Arm {
    /// The rules planner by the bands of the book, to target, lots of the highest cost first.
    Cascade,
    /// The same, but lots taxed least first.
    CascadeMinTax,
    /// The joint planner by the same bands.
    Joint,
    /// The rules planner to target every month, lots of the highest cost first.
    Monthly,
    /// The joint planner every month, at a price of risk.
    JointMonthly { risk_aversion: f64 },
}

impl Arm {
    /// What is compared on all households; the first is what the others are compared with.
    pub(crate) const COMPARED: [Self; 4] = [Self::Cascade, Self::CascadeMinTax, Self::Joint, Self::Monthly];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Cascade => "cascade, HIFO".to_owned(),
            Self::CascadeMinTax => "cascade, least tax".to_owned(),
            Self::Joint => "joint planner".to_owned(),
            Self::Monthly => "monthly, HIFO".to_owned(),
            Self::JointMonthly { risk_aversion } => format!("joint, monthly, λ {risk_aversion:.3}"),
        }
    }

    /// A policy of the book with what this way changes of it.
    pub(crate) fn policy(self, of_book: &Policy) -> Policy {
        let mut policy = of_book.clone();
        policy.rebalance.lot_method = LotChoice::By(LotMethod::Hifo);
        match self {
            Self::Cascade => {}
            Self::CascadeMinTax => policy.rebalance.lot_method = LotChoice::MinTax,
            Self::Joint => joint(&mut policy),
            Self::Monthly => every_step(&mut policy),
            Self::JointMonthly { risk_aversion } => {
                joint(&mut policy);
                every_step(&mut policy);
                policy.optimal.risk_aversion = risk_aversion;
            }
        }
        policy
    }
}

/// Decided by the joint planner. The order of lots is then its own to choose.
fn joint(policy: &mut Policy) {
    policy.rebalance.planner = Planner::Optimal;
    policy.rebalance.lot_method = LotChoice::MinTax;
}

/// Rebalanced whenever it is looked at, which the experiment does once a month.
fn every_step(policy: &mut Policy) {
    policy.calendar = Calendar::weekdays();
    policy.triggers = vec![Trigger::Calendar { schedule: Schedule::new(Recurrence::Daily) }];
}
