//! Several profiles side by side, for one horizon.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Rate;
use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::boundary::to_f64;
use crate::diagnostic::Diagnostic;
use crate::policy::{Objective, Profile};
use crate::portfolio::class_covariance;

use super::mix::Mix;
use super::objective::{self, ObjectiveCheck};
use super::{Reason, strategic};

/// Weights of several profiles, class by class.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileTable {
    /// The classes, in the order in which the profiles name them.
    pub classes: Vec<String>,
    /// One column for each profile.
    pub profiles: Vec<ProfileColumn>,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileColumn {
    /// Its name.
    pub name: String,
    /// Weight of each class of the table; they sum to 1.
    pub weights: Vec<f64>,
    /// Volatility a year, a fraction; `None` where it is unknown.
    pub volatility: Option<f64>,
    /// How the expected return stands to what is required.
    pub objective: ObjectiveCheck,
    /// How the weights came about.
    pub reasons: Vec<Reason>,
}

/// Puts profiles side by side, each shifted for the horizon, with expected return and volatility
/// where the assumptions tell them.
///
/// # Errors
/// What is wrong with each profile, all at once.
pub fn side_by_side(
    profiles: &[Profile],
    horizon_years: Option<Rate>,
    required: &Objective,
    assumptions: Option<&Assumptions>,
) -> Result<ProfileTable, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut mixes: Vec<(&Profile, Mix, Vec<Reason>)> = Vec::new();
    for profile in profiles {
        match strategic::from_profile(profile, horizon_years) {
            Ok((mix, reasons)) => mixes.push((profile, mix, reasons)),
            Err(problems) => errors.extend(problems),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut classes: Vec<ClassPath> = Vec::new();
    for (class, _) in mixes.iter().flat_map(|(_, mix, _)| &mix.weights) {
        if !classes.contains(class) {
            classes.push(class.clone());
        }
    }
    let column = |(profile, mix, reasons): (&Profile, Mix, Vec<Reason>)| {
        let weights: Vec<f64> = classes.iter().map(|class| to_f64(mix.weight(class))).collect();
        let expected = objective::expected_return(classes.iter().zip(weights.iter().copied()), assumptions);
        let objective = objective::compare(required.required_return(), expected);
        let volatility = assumptions
            .and_then(|assumptions| class_covariance(assumptions, &classes).ok())
            .map(|covariance| covariance.variance(&weights).sqrt());
        ProfileColumn { name: profile.name.clone(), weights, volatility, objective, reasons }
    };
    let profiles = mixes.into_iter().map(column).collect();
    Ok(ProfileTable { classes: classes.iter().map(ClassPath::to_string).collect(), profiles })
}
