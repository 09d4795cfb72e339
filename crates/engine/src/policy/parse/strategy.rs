//! `[[profile]]` and `[strategy]`: where the weights of the top classes come from.

use evenkeel_ledger::number::{Decimal, Rate};

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Table, did_you_mean};
use crate::policy::{GlideAxis, GlidePath, GlidePoint, Profile, Strategy, preset};

use super::{Located, check_sum, weights};

/// Reads the profiles that the file defines.
pub(super) fn read_profiles(root: &Table<'_>) -> Vec<Located<Profile>> {
    let presets = preset::profiles();
    let profiles = root.tables("profile", "A named mix of top classes, beside `conservative`, `moderate` and `aggressive`.", |table| {
        let name = table.key("name", "Name by which `strategy.profile` calls it.").text().required();
        let weights = weights(table.key("weights", "Weight of each top class, as fractions that sum to 1.")).required();
        if let Some(weights) = &weights {
            check_sum(
                table,
                table.span_of("weights"),
                Code::WEIGHTS_SUM,
                "the profile's weights",
                weights.iter().map(|(_, weight)| *weight),
            );
        }
        let weights = weights?.into_iter().map(|(class, weight)| (class.value, Rate::new(weight))).collect();
        Some(Located { value: Profile { name: name?, weights }, span: table.span_of("name") })
    });
    for (index, profile) in profiles.iter().enumerate() {
        let name = &profile.value.name;
        let before = profiles.iter().take(index).any(|other| other.value.name == *name);
        if before || presets.iter().any(|preset| preset.name == *name) {
            let owner = if before { "another profile" } else { "a preset" };
            let message = format!("`{name}` is the name of {owner} already");
            root.report_at(profile.span.clone(), Diagnostic::error(Code::DUPLICATE_NAME, message).help("choose another name"));
        }
    }
    profiles
}

/// Reads the strategy; `None` where it could not be read.
pub(super) fn read(table: &Table<'_>, profiles: &[Located<Profile>], all_profiles_read: bool) -> Option<Strategy> {
    let name =
        table.key("profile", "A preset (`conservative`, `moderate`, `aggressive`) or a `[[profile]]` of this file.").text().optional();
    let horizon = table
        .key("horizon_years", "Years until the money is needed: over 20 adds equity to the profile, under 5 takes equity from it.")
        .decimal()
        .between(Decimal::ZERO, Decimal::from_int(100), "years")
        .optional();
    let glide_path = table.optional_table("glide_path", "Weights of the top classes that change with time or age.", read_glide_path);
    table.at_most_one_of(&["profile", "glide_path"]);
    if horizon.is_some() && !table.has("profile") {
        let message = "`horizon_years` shifts a profile, and none is given";
        let help = "add `profile = \"moderate\"`, or remove `horizon_years`";
        table.report_value("horizon_years", Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
    }
    match (name, glide_path) {
        (Some(name), _) => {
            let profile = find_profile(table, profiles, all_profiles_read, &name)?;
            Some(Strategy::Profile { profile, horizon_years: horizon.map(Rate::new) })
        }
        (None, Some(glide_path)) => glide_path.map(Strategy::GlidePath),
        // What was meant cannot be told.
        (None, None) if ["profile", "glide_path", "horizon_years"].iter().any(|key| table.has(key)) => None,
        (None, None) => Some(Strategy::Tree),
    }
}

fn find_profile(table: &Table<'_>, profiles: &[Located<Profile>], all_profiles_read: bool, name: &str) -> Option<Profile> {
    let mut known = preset::profiles();
    known.extend(profiles.iter().map(|profile| profile.value.clone()));
    if let Some(found) = known.iter().find(|profile| profile.name == name) {
        return Some(found.clone());
    }
    if !all_profiles_read {
        // It may be one that could not be read, of which that has been told.
        return None;
    }
    let names: Vec<&str> = known.iter().map(|profile| profile.name.as_str()).collect();
    let help = did_you_mean(name, names.iter().copied(), &format!("write one of {}, or define it as a `[[profile]]`", names.join(", ")));
    table.report_value("profile", Diagnostic::error(Code::UNKNOWN_NAME, format!("there is no profile `{name}`")).help(help));
    None
}

#[derive(Clone, Copy, PartialEq)]
enum Axis {
    Years,
    Age,
}

fn read_glide_path(table: &Table<'_>) -> Option<GlidePath> {
    let axis = table
        .key("axis", "What `years` counts: years to (below zero) and after `target_date`, or the age of the oldest owner.")
        .one_of(&[("years_from_target", Axis::Years), ("age", Axis::Age)])
        .or_absent("years_from_target", || Axis::Years);
    let target_date = table.key("target_date", "The date on which years are zero, such as retirement.").date().optional();
    let preset = table
        .key("preset", "Instead of points: 90 % `Equity` and 10 % `Fixed Income` until 25 years before, 50 % and 50 % from the date on.")
        .one_of(&[(preset::TARGET_DATE, ())])
        .optional();
    let own = table.tables("point", "Weights at one point; in between they are interpolated, outside they stay.", read_point);
    table.at_most_one_of(&["preset", "point"]);
    check_order(table, &own);
    if !table.has("preset") && !table.has("point") {
        let help = "add `[[strategy.glide_path.point]]` entries, or `preset = \"target_date\"`";
        table.report(Diagnostic::error(Code::MISSING_KEY, "a glide path needs points or a preset").help(help));
    }
    if axis == Some(Axis::Age) && (target_date.is_some() || preset.is_some()) {
        let key = if target_date.is_some() { "target_date" } else { "preset" };
        let message = format!("`{key}` counts years from a date, and `axis` counts age");
        table.report_value(key, Diagnostic::error(Code::CONFLICTING_KEYS, message).help(format!("remove `{key}`, or `axis = \"age\"`")));
    }
    let axis = match (axis?, target_date) {
        (Axis::Age, _) => GlideAxis::Age,
        (Axis::Years, Some(date)) => GlideAxis::YearsFrom(date),
        (Axis::Years, None) => {
            if !table.has("target_date") {
                let help = "add `target_date = 2045-06-30`, or `axis = \"age\"`";
                table.report(Diagnostic::error(Code::MISSING_KEY, "`target_date` is missing in `strategy.glide_path`").help(help));
            }
            return None;
        }
    };
    if (table.has("preset") && preset.is_none()) || own.len() < table.count("point") {
        return None;
    }
    let points = if preset.is_some() { preset::target_date() } else { own.into_iter().map(|point| point.value).collect() };
    Some(GlidePath { axis, points })
}

fn read_point(table: &Table<'_>) -> Option<Located<GlidePoint>> {
    let years =
        table.key("years", "Years on the axis.").decimal().between(Decimal::from_int(-150), Decimal::from_int(150), "years").required();
    let weights = weights(table.key("weights", "Weight of each top class, as fractions that sum to 1.")).required()?;
    check_sum(table, table.span_of("weights"), Code::WEIGHTS_SUM, "the weights of this point", weights.iter().map(|(_, weight)| *weight));
    let weights = weights.into_iter().map(|(class, weight)| (class.value, Rate::new(weight))).collect();
    Some(Located { value: GlidePoint { years: Rate::new(years?), weights }, span: table.span_of("years") })
}

fn check_order(table: &Table<'_>, points: &[Located<GlidePoint>]) {
    for (before, point) in points.iter().zip(points.iter().skip(1)) {
        let (years, least) = (point.value.years, before.value.years);
        if years <= least {
            let message = format!("this point is at {years} years, which does not come after the {least} years of the point before");
            let help = "put points in ascending order, each with other years";
            table.report_at(point.span.clone(), Diagnostic::error(Code::GLIDE_ORDER, message).help(help));
        }
    }
}
