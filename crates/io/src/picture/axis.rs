//! Where values lie on an axis, and its ticks.

/// A linear axis from a range of values to a range of lengths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    values: (f64, f64),
    lengths: (f64, f64),
}

/// Ticks wanted on an axis; about so many are made.
const TICKS: f64 = 6.0;

/// Room of a label below an axis.
pub(super) const LABEL: f64 = 48.0;

impl Axis {
    /// An axis that holds all finite values, with a little room, over a range of lengths.
    pub(super) fn over(values: impl Iterator<Item = f64>, lengths: (f64, f64)) -> Self {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            (least, most) = (least.min(value), most.max(value));
        }
        if least > most {
            (least, most) = (0.0, 1.0);
        }
        let room = if most > least { 0.06 * (most - least) } else { (0.1 * most.abs()).max(1e-9) };
        Self { values: (least - room, most + room), lengths }
    }

    /// As [`Self::over`], with zero on the axis and no room beyond it.
    pub(super) fn from_zero(values: impl Iterator<Item = f64>, lengths: (f64, f64)) -> Self {
        let mut axis = Self::over(values.chain(std::iter::once(0.0)), lengths);
        let (least, most) = axis.values;
        let room = 0.06 / 1.12 * (most - least);
        if (least + room).abs() < room * 1e-6 {
            axis.values.0 = 0.0;
        }
        if (most - room).abs() < room * 1e-6 {
            axis.values.1 = 0.0;
        }
        axis
    }

    /// Where a value lies.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value - self.values.0) / (self.values.1 - self.values.0);
        self.lengths.0 + share * (self.lengths.1 - self.lengths.0)
    }

    /// As [`Self::ticks`], with less of them where labels would stand on one another.
    pub(super) fn ticks_apart(&self, least: f64) -> (Vec<f64>, usize) {
        let (mut ticks, digits) = self.ticks();
        while let [first, second, ..] = ticks[..]
            && (self.at(second) - self.at(first)).abs() < least
        {
            // Zero stays where it is one of them.
            let keep = ticks.iter().position(|tick| *tick == 0.0).unwrap_or(0) % 2;
            ticks = ticks.into_iter().skip(keep).step_by(2).collect();
        }
        (ticks, digits)
    }

    /// Round values on the axis, and the digits after the point of a percentage that tell them apart.
    pub(super) fn ticks(&self) -> (Vec<f64>, usize) {
        let (least, most) = self.values;
        let rough = (most - least) / TICKS;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(rough);
        let first = (least / step).ceil();
        let mut ticks = Vec::new();
        let mut count = first;
        while count * step <= most && ticks.len() < 50 {
            ticks.push(if count == 0.0 { 0.0 } else { count * step });
            count += 1.0;
        }
        (ticks, digits(step * 100.0))
    }
}

/// Digits after the point that a step needs.
fn digits(step: f64) -> usize {
    (0..8)
        .find(|digits| {
            let scaled = step * 10_f64.powi(*digits);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        })
        .map_or(8, |digits| usize::try_from(digits).unwrap_or(8))
}

/// A fraction as a percentage.
pub(super) fn percent(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$} %", value * 100.0);
    match text.strip_prefix('-') {
        Some(rest) if rest.trim_end_matches(" %").chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "tests")]

    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::over([0.031, 0.118].into_iter(), (0.0, 100.0));
        let (ticks, digits) = axis.ticks();
        assert_eq!(digits, 0);
        assert!(ticks.len() >= 4 && ticks.iter().all(|tick| (tick * 100.0 - (tick * 100.0).round()).abs() < 1e-9));
        assert!(axis.at(0.031) > 0.0 && axis.at(0.118) < 100.0);
    }

    #[test]
    fn an_axis_of_nothing_or_of_one_value_still_is_one() {
        for values in [vec![], vec![f64::NAN], vec![0.0], vec![5.0, 5.0]] {
            let axis = Axis::over(values.into_iter(), (0.0, 10.0));
            assert!(axis.at(0.5).is_finite());
            assert!(!axis.ticks().0.is_empty());
        }
    }

    #[test]
    fn bars_stand_on_zero() {
        let axis = Axis::from_zero([0.1, 0.3].into_iter(), (0.0, 10.0));
        assert_eq!(axis.at(0.0), 0.0);
        let axis = Axis::from_zero([-0.1, 0.3].into_iter(), (0.0, 10.0));
        assert!(axis.at(-0.1) > 0.0);
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(percent(-0.00001, 1), "0.0 %");
        assert_eq!(percent(-0.015, 1), "−1.5 %");
    }
}
