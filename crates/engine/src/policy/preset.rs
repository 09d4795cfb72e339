//! Profiles, a glide path and stress scenarios that a policy can name instead of writing them out.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Decimal, Rate};

use super::{GlidePoint, Law, Profile};

/// Classes of the preset profiles.
const PROFILE_CLASSES: [&str; 6] = ["US Equity", "International Equity", "Fixed Income", "Real Estate", "Commodities", "Cash"];

/// Weights of the preset profiles in percent, by class.
const PROFILE_WEIGHTS: [(&str, [i32; 6]); 3] =
    [("conservative", [20, 10, 50, 10, 5, 5]), ("moderate", [35, 15, 30, 10, 5, 5]), ("aggressive", [45, 25, 15, 8, 5, 2])];

/// The name of the preset glide path.
pub const TARGET_DATE: &str = "target_date";

/// The preset profiles, from the most careful to the least: `conservative`, `moderate`, `aggressive`.
pub fn profiles() -> Vec<Profile> {
    let profile = |(name, weights): &(&str, [i32; 6])| Profile {
        name: (*name).to_owned(),
        weights: PROFILE_CLASSES.iter().zip(weights).filter_map(|(class, weight)| weighted(class, *weight)).collect(),
    };
    PROFILE_WEIGHTS.iter().map(profile).collect()
}

/// The preset glide path `target_date`: 90 % equity and 10 % fixed income until 25 years before the
/// date, in a straight line to 50 % and 50 % on it, and no change after that.
pub fn target_date() -> Vec<GlidePoint> {
    let point = |years: i32, equity: i32| GlidePoint {
        years: Rate::new(Decimal::from(years)),
        weights: [weighted("Equity", equity), weighted("Fixed Income", 100 - equity)].into_iter().flatten().collect(),
    };
    vec![point(-25, 90), point(0, 50)]
}

/// A preset stress scenario: returns of three groups of classes, which the policy fills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StressPreset {
    /// Its key in a policy.
    pub key: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Return of equity.
    pub equity: f64,
    /// Return of fixed income.
    pub fixed_income: f64,
    /// Return of alternatives.
    pub alternatives: f64,
}

/// The preset stress scenarios.
pub const STRESS: [StressPreset; 3] = [
    StressPreset { key: "financial_crisis", name: "Financial crisis of 2008", equity: -0.35, fixed_income: 0.05, alternatives: -0.20 },
    StressPreset { key: "technology_bubble", name: "Technology bubble", equity: -0.25, fixed_income: 0.08, alternatives: -0.10 },
    StressPreset { key: "inflation", name: "Inflation", equity: -0.15, fixed_income: -0.10, alternatives: 0.05 },
];

/// A preset rule of law on issuers, as limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitPreset {
    /// Its key in a policy.
    pub key: &'static str,
    /// Its name for people, with its source.
    pub name: &'static str,
    /// What it allows.
    pub rules: &'static [IssuerRule],
    /// The law, where that is not tested every day.
    pub law: Option<Law>,
}

/// Most weight of an issuer, or of all issuers beyond a weight together, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuerRule {
    /// Only issuers of strictly more than this count, and all of them together; `None` for each on its own.
    pub above: Option<u8>,
    /// At most this.
    pub at_most: u8,
}

/// The preset limits.
///
/// Two issuers above 20 % are more than 35 % together, so `ucits_20_35` allows one. In the tests of the 1940 Act and of
/// section 851 an issuer of more than 5 % does not count at all toward the 75 % or 50 % (Treas. Reg. § 1.851-5, example 1).
pub const LIMITS: [LimitPreset; 4] = [
    LimitPreset {
        key: "ucits_5_10_40",
        name: "UCITS 5/10/40 (2009/65/EC Art. 52)",
        rules: &[IssuerRule { above: None, at_most: 10 }, IssuerRule { above: Some(5), at_most: 40 }],
        law: None,
    },
    LimitPreset {
        key: "ucits_20_35",
        name: "UCITS 20/35 (2009/65/EC Art. 53)",
        rules: &[IssuerRule { above: Some(20), at_most: 35 }],
        law: None,
    },
    LimitPreset {
        key: "us_1940_act_75_5_10",
        name: "Diversified (1940 Act s. 5(b)(1))",
        rules: &[IssuerRule { above: Some(5), at_most: 25 }],
        law: Some(Law::CompanyAct),
    },
    LimitPreset {
        key: "irc_851",
        name: "RIC diversification (IRC 851(b)(3))",
        rules: &[IssuerRule { above: None, at_most: 25 }, IssuerRule { above: Some(5), at_most: 50 }],
        law: Some(Law::RevenueCode),
    },
];

/// A class and its weight in percent; `None` for what is no class path.
fn weighted(class: &str, percent: i32) -> Option<(ClassPath, Rate)> {
    let class = ClassPath::new(class).ok()?;
    let weight = Decimal::from_raw(i128::from(percent) * Decimal::ONE.raw() / 100).ok()?;
    Some((class, Rate::new(weight)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_exactly() {
        let of_profiles = profiles().into_iter().map(|profile| (profile.name, profile.weights));
        let of_points = target_date().into_iter().map(|point| (point.years.to_string(), point.weights));
        for (name, weights) in of_profiles.chain(of_points) {
            let sum = weights.iter().try_fold(Rate::ZERO, |sum, (_, weight)| sum.try_add(*weight));
            assert_eq!(sum, Ok(Rate::ONE), "{name}");
        }
    }

    #[test]
    fn moderate_is_as_published() {
        let moderate = profiles().into_iter().find(|profile| profile.name == "moderate");
        let weights: Vec<String> =
            moderate.into_iter().flat_map(|profile| profile.weights).map(|(class, weight)| format!("{class} {weight}")).collect();
        let expected =
            ["US Equity 0.35", "International Equity 0.15", "Fixed Income 0.3", "Real Estate 0.1", "Commodities 0.05", "Cash 0.05"];
        assert_eq!(weights, expected);
    }
}
