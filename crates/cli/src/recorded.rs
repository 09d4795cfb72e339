//! The arguments of a run as a proposal records them, and back.

use std::path::{Component, Path, PathBuf};

use evenkeel::diagnostic::{Code, Diagnostic};

use clap::ValueEnum as _;

use crate::command::rebalance::{Arguments, DayArguments, PlannerName};
use crate::inputs::{FileArguments, InputArguments};

/// The name under which the folder is recorded.
pub const FOLDER: &str = "folder";

/// Arguments by name, in a fixed order. A file inside the folder is named from there, and no path from the root of a machine.
pub fn record(arguments: &Arguments) -> Vec<(String, String)> {
    let Arguments { inputs: InputArguments { folder, as_of, files, study, allow_margin, settings }, day } = arguments;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    pairs.extend(folder.as_ref().map(|folder| (FOLDER, portable(folder))));
    pairs.push(("as_of", as_of.to_string()));
    for (name, path) in named(files) {
        let inside = folder.as_ref().and_then(|folder| path.strip_prefix(folder).ok());
        pairs.extend(Some((name, inside.map_or_else(|| format!("./{}", portable(path)), portable))));
    }
    pairs.extend(study.then(|| ("study", "true".to_owned())));
    pairs.extend(allow_margin.then(|| ("allow_margin", "true".to_owned())));
    pairs.extend(settings.iter().map(|setting| ("set", setting.clone())));
    let DayArguments { contribute, withdraw, planner, leave, pin, last_rebalance, last_review } = day;
    pairs.extend(contribute.iter().map(|flow| ("contribute", flow.to_string())));
    pairs.extend(withdraw.iter().map(|flow| ("withdraw", flow.to_string())));
    pairs.extend(planner.and_then(|planner| Some(("planner", planner.to_possible_value()?.get_name().to_owned()))));
    pairs.extend(leave.iter().map(|left| ("leave", left.to_string())));
    pairs.extend(pin.iter().map(|pin| ("pin", pin.to_string())));
    pairs.extend(last_rebalance.iter().map(|date| ("last_rebalance", date.to_string())));
    pairs.extend(last_review.iter().map(|date| ("last_review", date.to_string())));
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The arguments that were recorded, with the folder where it lies now.
///
/// # Errors
/// A name or value that no version of this program records.
pub fn restore(recorded: &[(String, String)], folder: Option<&Path>) -> Result<Arguments, Box<Diagnostic>> {
    let refuse = |name: &str, value: &str| {
        let told =
            Diagnostic::error(Code::ARGUMENT, format!("the proposal records the argument `{name}` as `{value}`, which is not understood"));
        Box::new(told.help("replay it with the program that made it, or make it again"))
    };
    let folder = folder.map(Path::to_owned).or_else(|| self::folder(recorded).map(PathBuf::from));
    let (mut as_of, mut files, mut day) = (None, FileArguments::default(), DayArguments::default());
    let (mut study, mut allow_margin, mut settings) = (false, false, Vec::new());
    for (name, value) in recorded {
        let unread = || refuse(name, value);
        match name.as_str() {
            FOLDER => {}
            "as_of" => as_of = Some(value.parse().map_err(|_| unread())?),
            "study" => study = true,
            "allow_margin" => allow_margin = true,
            "set" => settings.push(value.clone()),
            "contribute" => day.contribute.push(value.parse().map_err(|_| unread())?),
            "withdraw" => day.withdraw.push(value.parse().map_err(|_| unread())?),
            "planner" => day.planner = Some(PlannerName::from_str(value, false).map_err(|_| unread())?),
            "leave" => day.leave.push(value.parse().map_err(|_| unread())?),
            "pin" => day.pin.push(value.parse().map_err(|_| unread())?),
            "last_rebalance" => day.last_rebalance = Some(value.parse().map_err(|_| unread())?),
            "last_review" => day.last_review = Some(value.parse().map_err(|_| unread())?),
            name => {
                let path = match (value.strip_prefix("./"), &folder) {
                    (None, Some(folder)) => folder.join(value),
                    (outside, _) => PathBuf::from(outside.unwrap_or(value)),
                };
                *slot(&mut files, name).ok_or_else(unread)? = Some(path);
            }
        }
    }
    let as_of = as_of.ok_or_else(|| refuse("as_of", ""))?;
    Ok(Arguments { inputs: InputArguments { folder, as_of, files, study, allow_margin, settings }, day })
}

/// The folder that was recorded.
pub fn folder(recorded: &[(String, String)]) -> Option<&str> {
    recorded.iter().find(|(name, _)| name == FOLDER).map(|(_, folder)| folder.as_str())
}

/// The files that were named one by one.
fn named(files: &FileArguments) -> impl Iterator<Item = (&'static str, &PathBuf)> {
    let FileArguments { policy, household, instruments, holdings, prices, returns, fx, assumptions, signals, sales } = files;
    let all = [
        ("policy", policy),
        ("household", household),
        ("instruments", instruments),
        ("holdings", holdings),
        ("prices", prices),
        ("returns", returns),
        ("fx", fx),
        ("assumptions", assumptions),
        ("signals", signals),
        ("sales", sales),
    ];
    all.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?)))
}

fn slot<'f>(files: &'f mut FileArguments, name: &str) -> Option<&'f mut Option<PathBuf>> {
    Some(match name {
        "policy" => &mut files.policy,
        "household" => &mut files.household,
        "instruments" => &mut files.instruments,
        "holdings" => &mut files.holdings,
        "prices" => &mut files.prices,
        "returns" => &mut files.returns,
        "fx" => &mut files.fx,
        "assumptions" => &mut files.assumptions,
        "signals" => &mut files.signals,
        "sales" => &mut files.sales,
        _ => return None,
    })
}

/// A relative path with `/` between its parts; of one from the root, its last name.
pub(crate) fn portable(path: &Path) -> String {
    if path.is_absolute() {
        return path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    }
    let parts = path.components().map(|part| match part {
        Component::Normal(name) => name.to_string_lossy().into_owned(),
        Component::ParentDir => "..".to_owned(),
        _ => ".".to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> Arguments {
        let mut inputs = InputArguments::folder(PathBuf::from("book"), "2026-03-31".parse().unwrap());
        inputs.files.policy = Some(PathBuf::from("book/other.toml"));
        inputs.files.prices = Some(PathBuf::from("elsewhere/prices.csv"));
        let day = DayArguments {
            contribute: vec!["1500.50@roth".parse().unwrap()],
            last_review: Some("2026-01-02".parse().unwrap()),
            ..DayArguments::default()
        };
        Arguments { inputs, day }
    }

    #[test]
    fn what_is_recorded_is_restored() {
        let recorded = record(&arguments());
        assert_eq!(recorded, record(&restore(&recorded, None).unwrap()));
        let moved = restore(&recorded, Some(Path::new("moved"))).unwrap();
        assert_eq!(moved.inputs.files.policy, Some(PathBuf::from("moved/other.toml")));
        assert_eq!(moved.inputs.files.prices, Some(PathBuf::from("elsewhere/prices.csv")));
        assert_eq!(moved.day.contribute, arguments().day.contribute);
        assert!(restore(&[("as_of".to_owned(), "soon".to_owned())], None).is_err());
        assert!(restore(&[("as_of".to_owned(), "2026-01-02".to_owned()), ("horoscope".to_owned(), "x".to_owned())], None).is_err());
    }

    #[test]
    fn no_path_of_a_machine_is_recorded() {
        let root = std::env::temp_dir();
        let inputs = InputArguments::folder(root.join("book"), "2026-03-31".parse().unwrap());
        let recorded = record(&Arguments { inputs, day: DayArguments::default() });
        assert_eq!(recorded[0], ("folder".to_owned(), "book".to_owned()));
    }
}
