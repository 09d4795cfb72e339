//! `evenkeel allocate`: profiles side by side, for each horizon.

use std::path::PathBuf;

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::document::did_you_mean;
use evenkeel::policy::{Objective, Profile, preset};
use evenkeel::target::{ProfileColumn, ProfileTable, side_by_side};
use evenkeel_io::page::Page;
use evenkeel_io::source::Source;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Decimal, NumberError, Rate};
use serde::Serialize;

use crate::render::number::percent;
use crate::render::sections::UNKNOWN;
use crate::render::table::{Column, Table};

use super::check::read_policy;
use super::{Document, Outcome};

/// Arguments of `evenkeel allocate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A policy whose profiles and objective are used beside the presets.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Beliefs by which expected return and volatility are told; needs `--as-of`.
    #[arg(long, value_name = "FILE", requires = "as_of")]
    pub assumptions: Option<PathBuf>,
    /// The date; later assumptions are refused.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
    /// Names of profiles; left out, all there are.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub profile: Vec<String>,
    /// Years until the money is needed; several make a table each, none leaves the profiles as they are.
    #[arg(long, value_name = "YEARS", value_delimiter = ',', value_parser = years)]
    pub horizon: Vec<Rate>,
}

/// Years of a horizon, in the range of the policy's `horizon_years`.
fn years(text: &str) -> Result<Rate, String> {
    let years: Rate = text.parse().map_err(|error: NumberError| error.to_string())?;
    let longest = Rate::new(Decimal::from_int(100));
    if years.is_negative() || years > longest { Err("a horizon is from 0 to 100 years".to_owned()) } else { Ok(years) }
}

/// Profiles side by side.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Allocations {
    /// One table a horizon.
    pub horizons: Vec<Allocation>,
}

/// Profiles for one horizon.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Allocation {
    /// Years until the money is needed; `null` where profiles are shown as they are.
    pub horizon_years: Option<Rate>,
    /// The profiles.
    pub table: ProfileTable,
}

/// Lays profiles side by side.
pub fn run(arguments: &Arguments) -> Outcome {
    match allocate(arguments) {
        Ok((allocations, warnings)) => Outcome::done(allocations, warnings),
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

fn allocate(arguments: &Arguments) -> Result<(Allocations, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (policy, mut warnings) = match &arguments.policy {
        Some(path) => read_policy(path).map(|(policy, warnings)| (Some(policy), warnings))?,
        None => (None, Vec::new()),
    };
    let assumptions = match (&arguments.assumptions, arguments.as_of) {
        (Some(path), Some(as_of)) => {
            let source = Source::open(path).map_err(|problem| vec![*problem])?;
            let parsed = evenkeel_io::assumptions::read(source.text().map_err(|problem| vec![*problem])?, as_of);
            warnings.extend(parsed.diagnostics);
            match parsed.value {
                Some(assumptions) => Some(assumptions),
                None => return Err(warnings),
            }
        }
        _ => None,
    };
    let (own, objective) = policy.map_or_else(|| (Vec::new(), Objective::default()), |policy| (policy.profiles, policy.objective));
    let known: Vec<Profile> = own.into_iter().chain(preset::profiles()).collect();
    let profiles = if arguments.profile.is_empty() { known } else { named(&known, &arguments.profile)? };
    if let Some(years) = arguments.horizon.iter().find(|years| years.is_negative()) {
        let message = format!("a horizon of {years} years is below zero");
        return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help("write the years until the money is needed")]);
    }
    let asked: Vec<Option<Rate>> =
        if arguments.horizon.is_empty() { vec![None] } else { arguments.horizon.iter().copied().map(Some).collect() };
    let horizons = asked.into_iter().map(|horizon_years| {
        Ok(Allocation { horizon_years, table: side_by_side(&profiles, horizon_years, &objective, assumptions.as_ref())? })
    });
    Ok((Allocations { horizons: horizons.collect::<Result<_, Vec<Diagnostic>>>()? }, warnings))
}

/// The profiles of these names, or what is wrong with each name.
fn named(known: &[Profile], names: &[String]) -> Result<Vec<Profile>, Vec<Diagnostic>> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for name in names {
        if let Some(profile) = known.iter().find(|profile| profile.name == *name) {
            found.push(profile.clone());
        } else {
            let all = || known.iter().map(|profile| profile.name.as_str());
            let otherwise = format!("there are {}", all().collect::<Vec<_>>().join(", "));
            let message = format!("there is no profile `{name}`");
            unknown.push(Diagnostic::error(Code::UNKNOWN_NAME, message).help(did_you_mean(name, all(), &otherwise)));
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(unknown) }
}

impl Document for Allocations {
    fn page(&self) -> Page {
        let mut page = Page::new();
        for allocation in &self.horizons {
            page.append(allocation.page());
        }
        page
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

impl Allocation {
    fn page(&self) -> Page {
        let heading = self.horizon_years.map_or_else(|| "Profiles".to_owned(), |years| format!("Profiles for a horizon of {years} years"));
        let profiles = &self.table.profiles;
        let mut table =
            Table::new(std::iter::once(Column::Name("Class")).chain(profiles.iter().map(|profile| Column::Number(profile.name.as_str()))));
        for (index, class) in self.table.classes.iter().enumerate() {
            let weight = |profile: &ProfileColumn| profile.weights.get(index).map(|weight| percent(*weight)).unwrap_or_default();
            table.row(std::iter::once(class.into()).chain(profiles.iter().map(weight)));
        }
        let mut row = |name: &str, figure: &dyn Fn(&ProfileColumn) -> Option<f64>| {
            let shown = |profile| figure(profile).map_or_else(|| UNKNOWN.into(), percent);
            if profiles.iter().any(|profile| figure(profile).is_some()) {
                table.row(std::iter::once(name.into()).chain(profiles.iter().map(shown)));
            }
        };
        row("expected return", &|profile| profile.objective.expected);
        row("return needed", &|profile| profile.objective.required);
        row("volatility", &|profile| profile.volatility);
        let mut page = Page::of_table(heading, table);
        for profile in profiles {
            // The weights themselves stand in the table.
            for reason in profile.reasons.iter().filter(|reason| reason.step != "profile") {
                page.labeled(&profile.name, &reason.sentence);
            }
        }
        page
    }
}
