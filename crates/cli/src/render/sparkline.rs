//! A series as one line of blocks.

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Characters of a line.
const WIDTH: usize = 60;

/// A series from its least to its greatest value, the last of each stretch standing for it; empty without two finite values.
///
/// ```
/// use evenkeel_cli::render::sparkline::sparkline;
/// assert_eq!(sparkline(&[0.0, 1.0, 2.0, 7.0]), "▁▂▃█");
/// assert_eq!(sparkline(&[3.0, 3.0]), "▁▁");
/// assert_eq!(sparkline(&[f64::NAN]), "");
/// ```
pub fn sparkline(values: &[f64]) -> String {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if values.len() < 2 {
        return String::new();
    }
    let width = values.len().min(WIDTH);
    let shown = (1..=width).filter_map(|column| values.get((column * values.len()).div_ceil(width) - 1).copied());
    let shown: Vec<f64> = shown.collect();
    let (low, high) = shown.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let block = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.0 };
        let at = BLOCKS.iter().zip(1_u8..).find(|(_, step)| share * 8.0 < f64::from(*step));
        at.map_or(BLOCKS[7], |(block, _)| *block)
    };
    shown.into_iter().map(block).collect()
}
