//! [`of_books`]: segments of what accounts held, against a policy's own mix.

use evenkeel_quant::attribution::segment::Segment;

use crate::performance::{Days, Held, Net, PolicyMix, Timing, capital, gain};

use super::segments::Segments;

/// Segments by day, from values and flows by sleeve and the policy's mix on the same sleeves.
pub fn of_books(days: &Days, mix: &PolicyMix, net: Net) -> Segments {
    let mut segments = Segments {
        names: days.names.clone(),
        periods: days.dates.iter().map(ToString::to_string).collect(),
        notes: days.notes.iter().chain(&mix.notes).cloned().collect(),
        ..Segments::default()
    };
    let mut before = days.opening.clone();
    let mut uncompared = 0;
    for ((row, weights), returns) in days.rows.iter().zip(&mix.weights).zip(&mix.returns) {
        let start: f64 = before.iter().sum();
        let day = if capital(start, 0.0, Timing::EndOfDay).is_some() {
            compared(start, &before, row, (weights, returns), net)
        } else {
            uncompared += 1;
            entered(start, &before, row, weights, net)
        };
        let (of_day, traded) = day.into_iter().unzip();
        segments.rows.push(of_day);
        segments.traded.push(traded);
        before = row.iter().map(|held| held.value).collect();
    }
    if uncompared > 1 {
        segments.notes.push(format!("On {uncompared} days nothing was held before, and they are not compared with the benchmark."));
    }
    segments
}

/// A day that begins with something held: segments, and what was gained by those without weight.
fn compared(start: f64, before: &[f64], row: &[Held], mix: (&[f64], &[f64]), net: Net) -> Vec<(Segment, f64)> {
    let of_segment = |(((held, before), weight), earned): (((&Held, &f64), &f64), &f64)| {
        let (portfolio_weight, gained) = (before / start, gain(*before, held, net) / start);
        let is_held = portfolio_weight != 0.0;
        let portfolio_return = if is_held { gained / portfolio_weight } else { f64::NAN };
        // What the benchmark does not hold has no return there but that of the portfolio.
        let benchmark_return = if *weight == 0.0 { f64::NAN } else { *earned };
        let segment = Segment { portfolio_weight, benchmark_weight: *weight, portfolio_return, benchmark_return };
        (segment, if is_held { 0.0 } else { gained })
    };
    row.iter().zip(before).zip(mix.0).zip(mix.1).map(of_segment).collect()
}

/// A day on which the first capital comes in: it is not compared, and what it gained counts as traded.
fn entered(start: f64, before: &[f64], row: &[Held], weights: &[f64], net: Net) -> Vec<(Segment, f64)> {
    let flow: f64 = row.iter().map(|held| held.flow).sum();
    let base = capital(start, flow, Timing::EndOfDay);
    let of_segment = |((held, before), weight): ((&Held, &f64), &f64)| {
        let segment = Segment { portfolio_weight: *weight, benchmark_weight: *weight, portfolio_return: 0.0, benchmark_return: 0.0 };
        (segment, base.map_or(0.0, |base| gain(*before, held, net) / base))
    };
    row.iter().zip(before).zip(weights).map(of_segment).collect()
}
