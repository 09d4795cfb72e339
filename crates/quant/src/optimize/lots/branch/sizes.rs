//! Sizes that a trade may have: none, whole multiples of a step from a least size on that leave half a step or more, and all there is.

use super::super::program::{Program, Sizes};

/// A size this near to a multiple, as a fraction of the step, is one.
pub(super) const WHOLE: f64 = 1e-6;

/// A size this small, as a fraction of all there is, is none.
const NOTHING: f64 = 1e-7;

/// The sizes allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Allowed {
    least: f64,
    step: f64,
    /// All there is.
    all: f64,
}

impl Allowed {
    pub(super) fn of(program: &Program, sizes: &Sizes) -> Self {
        let pieces = &program.pieces[program.trades[sizes.trade].pieces.clone()];
        Self { least: sizes.least, step: sizes.step, all: pieces.iter().map(|piece| piece.upper).sum() }
    }

    /// The smallest size but 0.
    pub(super) fn smallest(&self) -> f64 {
        let smallest = if self.step > 0.0 { (self.least / self.step - WHOLE).ceil().max(1.0) * self.step } else { self.least };
        if smallest > self.greatest() + self.rounding() { self.all } else { smallest }
    }

    /// The greatest size but all there is.
    fn greatest(&self) -> f64 {
        if self.step > 0.0 { (self.all / self.step - 0.5 + WHOLE).floor() * self.step } else { self.all }
    }

    /// The greatest allowed size of at most so much.
    pub(super) fn at_most(&self, size: f64) -> f64 {
        if size >= self.all - self.rounding() {
            return self.all;
        }
        let whole = if self.step > 0.0 { ((size / self.step + WHOLE).floor() * self.step).min(self.greatest()) } else { size };
        if size <= NOTHING * self.all || whole < self.smallest() - self.rounding() { 0.0 } else { whole }
    }

    /// The smallest allowed size of at least so much; more than there is where none is.
    pub(super) fn at_least(&self, size: f64) -> f64 {
        if size <= NOTHING * self.all {
            return 0.0;
        }
        let whole = if self.step > 0.0 { (size / self.step - WHOLE).ceil() * self.step } else { size };
        let whole = whole.max(self.smallest());
        if whole > self.greatest() + self.rounding() && size <= self.all + self.rounding() { self.all } else { whole }
    }

    fn rounding(&self) -> f64 {
        if self.step > 0.0 { WHOLE * self.step } else { NOTHING * self.all }
    }
}
