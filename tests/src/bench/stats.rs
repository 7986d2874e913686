//! Medians, percentiles, and how a number is shown.

use std::time::Duration;

/// A duration in microseconds.
pub(super) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A duration in milliseconds.
pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The value below which this part (0 to 1000 thousandths) of the samples lies.
pub(super) fn percentile(samples: &mut [Duration], thousandths: usize) -> Duration {
    samples.sort_unstable();
    let last = samples.len().saturating_sub(1);
    samples
        .get(last * thousandths / 1000)
        .copied()
        .unwrap_or_default()
}

/// The median.
pub(super) fn median(samples: &mut [Duration]) -> Duration {
    percentile(samples, 500)
}

/// The median of numbers.
pub(super) fn median_of(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How many a second.
pub(super) fn rate(count: usize, time: Duration) -> f64 {
    number(count) / time.as_secs_f64()
}

/// A count as a number to calculate with.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a bench counts to less than 2^32"))
}

/// Three digits or so, and no more than a reader needs.
pub(super) fn shown(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}
