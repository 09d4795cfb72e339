//! [`Axis`]: a key of the policy and the values that are tried, and every combination of several.

use std::str::FromStr;

use evenkeel::diagnostic::{Code, Diagnostic};

/// A key of the policy and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// The key, such as `bands.absolute`.
    pub key: String,
    /// Its values, each another.
    pub values: Vec<String>,
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, values) = text.split_once('=').ok_or("it must be KEY=VALUE,VALUE, as in bands.absolute=0.01,0.02,0.05")?;
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
        if key.trim().is_empty() || values.is_empty() {
            return Err("a key and at least one value are needed".to_owned());
        }
        match values.iter().enumerate().find(|(at, value)| values.iter().take(*at).any(|earlier| earlier == *value)) {
            Some((_, twice)) => Err(format!("{twice} stands twice: every trial counts against the best")),
            None => Ok(Self { key: key.trim().to_owned(), values }),
        }
    }
}

/// Every combination as keys with their values, the last key changing fastest; one without any where there are no keys.
///
/// # Errors
/// A key on two axes, and more combinations than `most`.
pub fn combinations(axes: &[Axis], most: usize) -> Result<Vec<Vec<(String, String)>>, Vec<Diagnostic>> {
    let twice = axes.iter().enumerate().find(|(at, axis)| axes.iter().take(*at).any(|earlier| earlier.key == axis.key));
    if let Some((_, axis)) = twice {
        let told = Diagnostic::error(Code::ARGUMENT, format!("`--grid` names `{}` twice", axis.key));
        return Err(vec![told.help("give all its values at once")]);
    }
    let number = axes.iter().try_fold(1_usize, |number, axis| number.checked_mul(axis.values.len()));
    if number.is_none_or(|number| number > most) {
        let told = Diagnostic::error(Code::ARGUMENT, format!("`--grid` has more than {most} combinations"));
        return Err(vec![told.help("give fewer values; each one more is one more chance to be lucky")]);
    }
    let mut found = vec![Vec::new()];
    for axis in axes {
        let with = |settings: &Vec<(String, String)>, value: &String| {
            let mut settings = settings.clone();
            settings.push((axis.key.clone(), value.clone()));
            settings
        };
        found = found.iter().flat_map(|settings| axis.values.iter().map(move |value| with(settings, value))).collect();
    }
    Ok(found)
}

/// Keys with their values as a person reads them.
pub fn named(settings: &[(String, String)]) -> String {
    settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn every_combination_is_a_trial() {
        let axes: Vec<Axis> = ["a=1,2", "b.c=x, y"].map(|text| text.parse().unwrap()).into();
        let told: Vec<String> = combinations(&axes, 4).unwrap().iter().map(|settings| named(settings)).collect();
        assert_eq!(told, ["a=1 b.c=x", "a=1 b.c=y", "a=2 b.c=x", "a=2 b.c=y"]);
        assert_eq!(combinations(&[], 1).unwrap(), [Vec::new()]);
    }

    #[test]
    fn refuses_what_is_no_grid() {
        assert!(["a", "=1", "a=", "a=,", "a=1,2,1"].iter().all(|text| text.parse::<Axis>().is_err()));
        let axes: Vec<Axis> = ["a=1,2", "b=1,2", "a=3"].map(|text| text.parse().unwrap()).into();
        assert_eq!(combinations(&axes, 100).unwrap_err()[0].code, Code::ARGUMENT);
        assert_eq!(combinations(&axes[..2], 3).unwrap_err()[0].code, Code::ARGUMENT);
    }
}
