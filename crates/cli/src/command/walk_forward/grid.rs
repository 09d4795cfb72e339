//! Keys of the policy and the values that are tried.

use std::str::FromStr;

use evenkeel::diagnostic::{Code, Diagnostic};

/// The most variants: more would be found by luck whatever the history.
const MOST: usize = 1_000;

/// A key and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    key: String,
    values: Vec<String>,
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, values) = text.split_once('=').ok_or("it must be KEY=VALUE,VALUE, as in estimate.covariance=sample,ledoit_wolf")?;
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
        if key.trim().is_empty() || values.is_empty() {
            return Err("a key and at least one value are needed".to_owned());
        }
        Ok(Self { key: key.trim().to_owned(), values })
    }
}

/// The settings of every combination, the last key changing fastest; the policy as it is where there are no keys.
pub(super) fn combinations(axes: &[Axis]) -> Result<Vec<Vec<String>>, Vec<Diagnostic>> {
    let number = axes.iter().try_fold(1_usize, |number, axis| number.checked_mul(axis.values.len()));
    if number.is_none_or(|number| number > MOST) {
        let message = format!("`--grid` has more than {MOST} combinations");
        return Err(vec![
            Diagnostic::error(Code::ARGUMENT, message).help("give fewer values; each one more is one more chance to be lucky"),
        ]);
    }
    let mut found = vec![Vec::new()];
    for axis in axes {
        let with = |settings: &Vec<String>, value: &String| {
            let mut settings = settings.clone();
            settings.push(format!("{}={value}", axis.key));
            settings
        };
        found = found.iter().flat_map(|settings| axis.values.iter().map(move |value| with(settings, value))).collect();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_a_trial() {
        let axes: Vec<Axis> = ["a=1,2", "b.c=x, y"].map(|text| text.parse().unwrap()).into();
        let told: Vec<String> = combinations(&axes).unwrap().iter().map(|settings| settings.join(" ")).collect();
        assert_eq!(told, ["a=1 b.c=x", "a=1 b.c=y", "a=2 b.c=x", "a=2 b.c=y"]);
        assert_eq!(combinations(&[]).unwrap(), [Vec::<String>::new()]);
    }

    #[test]
    fn refuses_what_is_no_grid() {
        assert!(["a", "=1", "a=", "a=,"].iter().all(|text| text.parse::<Axis>().is_err()));
        let many: Axis = format!("a={}", "1,".repeat(40)).parse().unwrap();
        assert_eq!(combinations(&[many.clone(), many]).unwrap_err()[0].code, Code::ARGUMENT);
    }
}
