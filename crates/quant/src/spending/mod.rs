//! How much a portfolio pays out a year, by rule.
//!
//! A [`Rule`] is asked once a year, before anything is paid, and sees only what is known then; [`Spender`] keeps
//! what it remembers. The same rules serve simulated years and years of history. Amounts are nominal; a price
//! level is 1 when the first year begins. Whatever a rule says is then held between a floor and a cap, which are
//! fractions of the value at that moment, and is never below 0.

use std::collections::VecDeque;

// The same amount each year.
pub mod fixed_amount;

// The first year's amount, raised with prices.
pub mod fixed_real;

// Last year's amount, corrected where it leads too far.
pub mod guardrails;

// Last year's amount and a percentage of value, mixed.
pub mod hybrid;

// A percentage of the average of past values.
pub mod moving_average;

// A percentage of value.
pub mod percentage;

// What the law asks for at an age.
pub mod required_minimum;

pub use fixed_amount::FixedAmount;
pub use fixed_real::{FirstYear, FixedReal};
pub use guardrails::Guardrails;
pub use hybrid::Hybrid;
pub use moving_average::MovingAverage;
pub use percentage::Percentage;
pub use required_minimum::RequiredMinimum;

/// Why a rule says nothing.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SpendingError {
    /// A parameter outside its range.
    #[error("{name} is {value}; it must be {range}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be, in words.
        range: &'static str,
    },
    /// A floor above the cap.
    #[error("the floor of spending, {floor}, is above its cap, {cap}")]
    FloorAboveCap {
        /// The floor, a fraction of value.
        floor: f64,
        /// The cap, a fraction of value.
        cap: f64,
    },
}

/// How the amount of a year is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// What the first year had, raised with prices.
    FixedReal(FixedReal),
    /// The same amount each year.
    FixedAmount(FixedAmount),
    /// A percentage of value.
    Percentage(Percentage),
    /// A percentage of the average of past values.
    MovingAverage(MovingAverage),
    /// Last year's amount and a percentage of value, mixed.
    Hybrid(Hybrid),
    /// Last year's amount, corrected where it leads too far.
    Guardrails(Guardrails),
    /// What the law asks for at an age.
    RequiredMinimum(RequiredMinimum),
}

/// What is known when a year begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YearStart {
    /// Years since the first, from 0.
    pub year: usize,
    /// Years still to come, this one among them.
    pub years_left: usize,
    /// Value before anything is paid.
    pub value: f64,
    /// Price level, 1 in the first year.
    pub price_level: f64,
    /// Return of the portfolio over the year before; 0 in the first.
    pub last_return: f64,
}

/// What a rule remembers of earlier years.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Past {
    /// Amount and value of the first year.
    pub first: Option<(f64, f64)>,
    /// Amount and price level of last year.
    pub last: Option<(f64, f64)>,
    /// Values observed, the newest last, as many as the rule looks back on.
    pub observed: VecDeque<f64>,
}

impl Past {
    /// Last year's amount at today's prices.
    pub fn last_at_prices(&self, price_level: f64) -> Option<f64> {
        self.last.map(|(amount, price)| amount * (price_level / price))
    }
}

impl Rule {
    /// Why its parameters are none, if they are not.
    fn check(&self) -> Result<(), SpendingError> {
        match self {
            Self::FixedReal(rule) => rule.check(),
            Self::FixedAmount(rule) => rule.check(),
            Self::Percentage(rule) => rule.check(),
            Self::MovingAverage(rule) => rule.check(),
            Self::Hybrid(rule) => rule.check(),
            Self::Guardrails(rule) => rule.check(),
            Self::RequiredMinimum(rule) => rule.check(),
        }
    }

    #[inline]
    fn amount(&self, now: &YearStart, past: &Past) -> f64 {
        match self {
            Self::FixedReal(rule) => rule.amount(now, past),
            Self::FixedAmount(rule) => rule.amount(),
            Self::Percentage(rule) => rule.amount(now),
            Self::MovingAverage(rule) => rule.amount(now, past),
            Self::Hybrid(rule) => rule.amount(now, past),
            Self::Guardrails(rule) => rule.amount(now, past),
            Self::RequiredMinimum(rule) => rule.amount(now),
        }
    }

    /// Observed values that it looks back on.
    pub fn window(&self) -> usize {
        match self {
            Self::MovingAverage(rule) => rule.window,
            _ => 0,
        }
    }
}

/// A rule with its floor and cap, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Spending {
    rule: Rule,
    floor: f64,
    cap: f64,
}

impl Spending {
    /// A rule of which the amount is held between `floor` and `cap`, fractions of the value of the day; 0 and
    /// infinity hold nothing.
    ///
    /// ```
    /// use evenkeel_quant::spending::{Percentage, Rule, Spending};
    /// assert!(Spending::new(Rule::Percentage(Percentage { rate: 0.05 }), 0.0, f64::INFINITY).is_ok());
    /// assert!(Spending::new(Rule::Percentage(Percentage { rate: 5.0 }), 0.0, f64::INFINITY).is_err());
    /// ```
    ///
    /// # Errors
    /// [`SpendingError`] for a parameter outside its range, and a floor above the cap.
    pub fn new(rule: Rule, floor: f64, cap: f64) -> Result<Self, SpendingError> {
        rule.check()?;
        fraction("the floor", floor)?;
        if cap.is_nan() || cap < 0.0 {
            return Err(SpendingError::Parameter { name: "the cap", value: cap, range: "at least 0" });
        }
        if floor > cap {
            return Err(SpendingError::FloorAboveCap { floor, cap });
        }
        Ok(Self { rule, floor, cap })
    }

    /// Nothing is paid.
    ///
    /// ```
    /// assert_eq!(evenkeel_quant::spending::Spending::none().rule().window(), 0);
    /// ```
    pub fn none() -> Self {
        Self { rule: Rule::FixedAmount(FixedAmount { amount: 0.0 }), floor: 0.0, cap: f64::INFINITY }
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// A year's amount as a fixed part, a part of the price level and a part of value, where that is all it depends on.
    pub(crate) fn affine(&self, first_value: f64) -> Option<[f64; 3]> {
        if self.floor > 0.0 || self.cap.is_finite() {
            return None;
        }
        match &self.rule {
            Rule::FixedReal(rule) => Some([0.0, rule.first.of(first_value), 0.0]),
            Rule::FixedAmount(rule) => Some([rule.amount, 0.0, 0.0]),
            Rule::Percentage(rule) => Some([0.0, 0.0, rule.rate]),
            _ => None,
        }
    }

    /// Floor and cap, fractions of the value of the day.
    pub fn bounds(&self) -> (f64, f64) {
        (self.floor, self.cap)
    }
}

/// A rule over years that follow one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Spender<'r> {
    spending: &'r Spending,
    past: Past,
}

impl<'r> Spender<'r> {
    /// Before the first year.
    ///
    /// ```
    /// use evenkeel_quant::spending::{FirstYear, FixedReal, Rule, Spender, Spending, YearStart};
    /// let rule = Rule::FixedReal(FixedReal { first: FirstYear::Rate(0.04) });
    /// let spending = Spending::new(rule, 0.0, f64::INFINITY)?;
    /// let mut spender = Spender::new(&spending);
    /// let mut now = YearStart { year: 0, years_left: 30, value: 100.0, price_level: 1.0, last_return: 0.0 };
    /// assert_eq!(spender.decide(&now), 4.0);
    /// (now.year, now.value, now.price_level) = (1, 90.0, 1.5);
    /// assert_eq!(spender.decide(&now), 6.0);
    /// # Ok::<(), evenkeel_quant::spending::SpendingError>(())
    /// ```
    pub fn new(spending: &'r Spending) -> Self {
        let observed = VecDeque::with_capacity(spending.rule.window() + 1);
        Self { spending, past: Past { observed, ..Past::default() } }
    }

    /// Before the first year again.
    #[inline]
    pub fn reset(&mut self) {
        self.past.first = None;
        self.past.last = None;
        self.past.observed.clear();
    }

    /// Sees a value, for rules that average over past ones.
    #[inline]
    pub fn observe(&mut self, value: f64) {
        let window = self.spending.rule.window();
        if window > 0 {
            if self.past.observed.len() == window {
                self.past.observed.pop_front();
            }
            self.past.observed.push_back(value);
        }
    }

    /// The amount of the year that begins, and remembers it.
    #[inline]
    pub fn decide(&mut self, now: &YearStart) -> f64 {
        let Spending { rule, floor, cap } = self.spending;
        let amount = rule.amount(now, &self.past).max(floor * now.value).min(cap * now.value).max(0.0);
        self.past.first.get_or_insert((amount, now.value));
        self.past.last = Some((amount, now.price_level));
        amount
    }
}

/// That a parameter is from 0 to 1.
pub(crate) fn fraction(name: &'static str, value: f64) -> Result<(), SpendingError> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(SpendingError::Parameter { name, value, range: "from 0 to 1" }) }
}

/// That an amount is a finite number of at least 0.
pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<(), SpendingError> {
    let sound = value.is_finite() && value >= 0.0;
    if sound { Ok(()) } else { Err(SpendingError::Parameter { name, value, range: "a finite number of at least 0" }) }
}
