//! [`Distributed`]: as what an instrument's dividends are taxed, by what is told of the instrument.
//!
//! | what decides, the first that says something | dividends are |
//! |---|---|
//! | `tag:dividends` of instruments.csv | as told: `qualified`, `ordinary`, `exempt`, or a number from 0 to 1, the share that can be qualified |
//! | the class: municipal bonds | exempt-interest dividends (26 USC 852(b)(5)) |
//! | the class: bonds, money market, cash, real estate | ordinary: interest of a fund (854(b)(1)), rents of a trust (857(c)) |
//! | nothing | of a corporation: qualified where units were held long enough (1(h)(11)(B)) |

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::Instrument;
use evenkeel_ledger::number::Decimal;

use crate::tax::records::Ground;

/// The tag of instruments that tells as what their dividends are taxed.
pub const TAG: &str = "dividends";

/// As what dividends are taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distributed {
    /// So much of them like long-term gains, where units were held long enough.
    Qualified(Decimal),
    /// As ordinary income.
    Ordinary,
    /// Not at all.
    Exempt,
}

/// Words of class names, one after the other, and what dividends of such a class are. The first that fits counts.
const CLASSES: [(&[&str], Distributed); 14] = [
    (&["municipal"], Distributed::Exempt),
    (&["municipals"], Distributed::Exempt),
    (&["muni"], Distributed::Exempt),
    (&["munis"], Distributed::Exempt),
    (&["bond"], Distributed::Ordinary),
    (&["bonds"], Distributed::Ordinary),
    (&["treasury"], Distributed::Ordinary),
    (&["treasuries"], Distributed::Ordinary),
    (&["fixed", "income"], Distributed::Ordinary),
    (&["money", "market"], Distributed::Ordinary),
    (&["cash"], Distributed::Ordinary),
    (&["real", "estate"], Distributed::Ordinary),
    (&["reit"], Distributed::Ordinary),
    (&["reits"], Distributed::Ordinary),
];

/// As what the dividends of an instrument are taxed, and what says so.
///
/// ```
/// use evenkeel::tax::us::distributions::{Distributed, distributed};
/// use evenkeel::tax::Ground;
/// # use evenkeel_ledger::{class::ClassPath, instrument::Instrument, number::{Currency, Decimal}};
/// # let of = |class: &str| Instrument::new("X", ClassPath::new(class).unwrap(), Currency::USD);
/// assert_eq!(distributed(&of("Fixed Income/US")), (Distributed::Ordinary, Ground::Class));
/// assert_eq!(distributed(&of("Equity/US")), (Distributed::Qualified(Decimal::ONE), Ground::Assumed));
/// ```
pub fn distributed(instrument: &Instrument) -> (Distributed, Ground) {
    match (tag(instrument), by_class(&instrument.class)) {
        (Some(Ok(told)), _) => (told, Ground::Told),
        (_, Some(of_class)) => (of_class, Ground::Class),
        (_, None) => (Distributed::Qualified(Decimal::ONE), Ground::Assumed),
    }
}

/// What the tag of an instrument says, or what stands in it and says nothing.
pub fn tag(instrument: &Instrument) -> Option<Result<Distributed, &str>> {
    let text = instrument.tags.get(TAG)?.as_str();
    Some(match text {
        "qualified" => Ok(Distributed::Qualified(Decimal::ONE)),
        "ordinary" => Ok(Distributed::Ordinary),
        "exempt" => Ok(Distributed::Exempt),
        _ => text
            .parse::<Decimal>()
            .ok()
            .filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share))
            .map(Distributed::Qualified)
            .ok_or(text),
    })
}

fn by_class(class: &ClassPath) -> Option<Distributed> {
    let name = class.as_str().to_lowercase();
    let words: Vec<&str> = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_said = |said: &[&str]| words.windows(said.len()).any(|window| window == said);
    CLASSES.iter().find(|(said, _)| is_said(said)).map(|(_, distributed)| *distributed)
}
