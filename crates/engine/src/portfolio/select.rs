//! Which part of an instrument a [`Selector`] selects.

use std::collections::BTreeSet;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::Instrument;
use evenkeel_ledger::number::Currency;

use crate::policy::{Attribute, Selector};

use super::ClassPart;

/// What can be selected: a part of an instrument, or cash.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A part of an instrument.
    Part {
        /// The instrument.
        instrument: &'a Instrument,
        /// Its part of one class.
        part: ClassPart<'a>,
    },
    /// Cash.
    Cash {
        /// The class of cash.
        class: &'a ClassPath,
        /// The base currency.
        base: Currency,
    },
}

/// Whether a selector selects a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// An attribute that decides is not given.
    NotGiven,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// As the reference data says.
    Given(String),
    /// It should have one, and the reference data does not say.
    NotGiven,
    /// It has none by nature: cash has no issuer.
    None,
}

impl Subject<'_> {
    /// The value of an attribute.
    pub fn value(&self, attribute: &Attribute) -> Value {
        match self {
            Self::Part { instrument, part } => {
                let given = |value: &Option<String>| value.clone().map_or(Value::NotGiven, Value::Given);
                match attribute {
                    Attribute::Class => Value::Given(part.top().to_owned()),
                    Attribute::Instrument => Value::Given(instrument.symbol.clone()),
                    Attribute::Sector => given(&instrument.sector),
                    Attribute::Issuer => given(&instrument.issuer),
                    Attribute::Country => given(&instrument.country),
                    Attribute::Currency => Value::Given(instrument.currency.to_string()),
                    Attribute::Tag(name) => given(&instrument.tags.get(name).cloned()),
                }
            }
            Self::Cash { class, base } => match attribute {
                Attribute::Class => Value::Given(class.name().to_owned()),
                Attribute::Currency => Value::Given(base.to_string()),
                Attribute::Instrument | Attribute::Sector | Attribute::Issuer | Attribute::Country | Attribute::Tag(_) => Value::None,
            },
        }
    }

    /// Whether a selector selects this: every attribute given must match, by any of its values, and what it leaves out
    /// must not.
    pub fn selected(&self, selector: &Selector) -> Selected {
        let mut not_given = false;
        let classes = &selector.classes;
        if !classes.is_empty() && !classes.iter().any(|class| self.is_within(class)) {
            return Selected::No;
        }
        for (attribute, values) in &selector.attributes {
            match self.value(attribute) {
                Value::Given(value) if values.contains(&value) => {}
                Value::Given(_) | Value::None => return Selected::No,
                Value::NotGiven => not_given = true,
            }
        }
        if let Some(most) = selector.liquidity_tier_at_most {
            match self.liquidity_tier() {
                Some(tier) if tier <= most => {}
                Some(_) => return Selected::No,
                None => not_given = true,
            }
        }
        match selector.except.as_deref().map_or(Selected::No, |except| self.selected(except)) {
            Selected::Yes => Selected::No,
            Selected::NotGiven => Selected::NotGiven,
            Selected::No if not_given => Selected::NotGiven,
            Selected::No => Selected::Yes,
        }
    }

    fn is_within(&self, class: &ClassPath) -> bool {
        match self {
            Self::Part { part, .. } => part.is_within(class),
            Self::Cash { class: cash, .. } => cash.is_within(class),
        }
    }

    /// Cash is of the most liquid tier, and so within any.
    fn liquidity_tier(&self) -> Option<u8> {
        match self {
            Self::Part { instrument, .. } => instrument.liquidity_tier,
            Self::Cash { .. } => Some(0),
        }
    }
}

/// What a selector asks for that no subject has: classes and values of attributes, as written.
pub fn unmatched(selector: &Selector, subjects: &[Subject<'_>]) -> Vec<String> {
    let classes = selector.classes.iter().filter(|class| !subjects.iter().any(|subject| subject.is_within(class)));
    let mut unmatched: Vec<String> = classes.map(ToString::to_string).collect();
    for (attribute, values) in &selector.attributes {
        let known: BTreeSet<String> = subjects
            .iter()
            .filter_map(|subject| match subject.value(attribute) {
                Value::Given(value) => Some(value),
                Value::NotGiven | Value::None => None,
            })
            .collect();
        unmatched.extend(values.iter().filter(|value| !known.contains(*value)).cloned());
    }
    unmatched.extend(selector.except.iter().flat_map(|except| self::unmatched(except, subjects)));
    unmatched
}
