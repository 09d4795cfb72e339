//! The rules that are tried.

use evenkeel_quant::backtest::{Band, Checks, Destination, Rule, Scope, Settlement, Trigger};
use serde::Serialize;

use crate::policy::{self, Policy};

use super::{AdviceInputs, ClassBand};

/// Widths for all classes alike, in points of weight.
const SAME: [f64; 9] = [0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.10];

/// Widths as a fraction of the target weight.
const PROPORTIONAL: [f64; 8] = [0.025, 0.05, 0.10, 0.15, 0.20, 0.25, 0.35, 0.50];

/// Multiples of the widths of the closed form.
const OWN: [f64; 8] = [0.35, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0];

/// Destinations, by their names in a policy.
const DESTINATIONS: [(&str, Destination); 3] =
    [("band_edge", Destination::BandEdge), ("half_way", Destination::HalfWay), ("target", Destination::Target)];

/// Widths of each class's own are whole tenths of a point, as they are to be written down.
const TENTHS: f64 = 1000.0;

/// What the widths of a rule are; the fewer keys, the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// What the policy has now.
    Now,
    /// The same points of weight for all classes.
    Same,
    /// The same fraction of each target weight.
    Proportional,
    /// A width of its own for each class.
    Own,
}

/// A rule that is tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Candidate {
    /// What its widths are.
    pub family: Family,
    /// Points of weight, a fraction of the target, or a multiple of the closed form; none for what stands now.
    pub width: Option<f64>,
    /// Where trades lead, by its name in a policy.
    pub destination: String,
    #[serde(skip)]
    leads: Destination,
    #[serde(skip)]
    scope: Scope,
}

/// All rules that are tried; the policy's own where it has bands.
pub(super) fn candidates(policy: &Policy, classes: &[ClassBand], has_bands: bool) -> Vec<Candidate> {
    let own = classes.iter().any(|class| class.band_edge.is_some());
    let own_widths = if own { &OWN[..] } else { &[] };
    let families = [(Family::Same, &SAME[..]), (Family::Proportional, &PROPORTIONAL[..]), (Family::Own, own_widths)];
    let mut found: Vec<Candidate> = has_bands.then(|| now(policy)).into_iter().collect();
    for (family, widths) in families {
        for width in widths {
            found.extend(DESTINATIONS.map(|(name, leads)| Candidate {
                family,
                width: Some(*width),
                destination: name.to_owned(),
                leads,
                scope: Scope::All,
            }));
        }
    }
    found
}

fn now(policy: &Policy) -> Candidate {
    let (name, leads) = match policy.rebalance.destination {
        policy::Destination::Target => ("target", Destination::Target),
        policy::Destination::BandEdge => ("band_edge", Destination::BandEdge),
        policy::Destination::HalfWay => ("half_way", Destination::HalfWay),
        policy::Destination::InnerBand { distance } => ("inner_band", Destination::InnerBand { distance }),
        policy::Destination::ToleranceBand { fraction } => ("tolerance_band", Destination::ToleranceBand { fraction }),
    };
    let scope = match policy.rebalance.scope {
        policy::Scope::All => Scope::All,
        policy::Scope::OutOfBand => Scope::OutOfBand,
    };
    Candidate { family: Family::Now, width: None, destination: name.to_owned(), leads, scope }
}

impl Candidate {
    /// The rule, for the vector gear.
    pub(super) fn rule(&self, classes: &[ClassBand], now: &[Band], inputs: &AdviceInputs<'_>) -> Rule {
        let bands = match self.family {
            Family::Now => now.to_vec(),
            Family::Same => vec![Band { absolute: self.width, relative: None }],
            Family::Proportional => vec![Band { absolute: None, relative: self.width }],
            Family::Own => classes.iter().map(|class| Band::absolute(self.own_width(class))).collect(),
        };
        Rule {
            checks: Checks::Every(inputs.look_every.max(1)),
            trigger: Trigger::Band,
            bands,
            destination: self.leads,
            scope: self.scope,
            settlement: Settlement::SelfFinancing,
        }
    }

    /// A class's own width, as it is to be written down.
    fn own_width(&self, class: &ClassBand) -> f64 {
        let width = self.width.unwrap_or(1.0) * class.closed_form(self.leads);
        (width * TENTHS).round().max(1.0) / TENTHS
    }

    /// The rule in words.
    pub fn sentence(&self) -> String {
        let width = self.width.unwrap_or_default();
        let bands = match self.family {
            Family::Now => "the policy's bands".to_owned(),
            Family::Same => format!("{} points", trimmed(width * 100.0)),
            Family::Proportional => format!("{} % of target", trimmed(width * 100.0)),
            Family::Own => format!("{} × closed form", trimmed(width)),
        };
        format!("{bands}, to {}", self.destination.replace('_', " "))
    }

    /// The keys of a policy that say so.
    pub(super) fn settings(&self, classes: &[ClassBand]) -> String {
        let width = self.width.unwrap_or_default();
        let bands = match self.family {
            Family::Now => return String::new(),
            Family::Same => format!("[bands]\nabsolute = {}\n", trimmed(width)),
            Family::Proportional => format!("[bands]\nrelative = {}\n", trimmed(width)),
            Family::Own => {
                let band = |class: &ClassBand| format!("band = {{ absolute = {} }}", trimmed(self.own_width(class)));
                let lines = classes.iter().map(|class| format!("# under [[target]] of {}:\n{}\n", class.class, band(class)));
                lines.collect::<Vec<_>>().concat()
            }
        };
        format!("{bands}\n[[trigger]]\nkind = \"threshold\"\n\n[rebalance]\ndestination = \"{}\"\n", self.destination)
    }
}

/// A number without zeros at its end.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
