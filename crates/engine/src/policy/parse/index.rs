//! `[[index]]`.

use evenkeel_ledger::class::ClassPath;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{IndexRules, Planner, RebalanceRules, ScoreTilt, Selector};

use super::limit::read_selector;
use super::{KnownClasses, class};

/// Strongest tilt: a name three deviations from the mean has its weight multiplied by e⁹.
const STRONGEST_TILT: f64 = 3.0;

pub(super) fn read(root: &Table<'_>, classes: &KnownClasses<'_>, rebalance: Option<&RebalanceRules>) -> Vec<IndexRules> {
    let about = "A class that is held name by name against an index; takes `planner = \"optimal\"`.";
    let indices = root.tables("index", about, |table| read_index(table, classes));
    for (at, index) in indices.iter().enumerate() {
        let Some(place) = &index.location else { continue };
        let told = |diagnostic: Diagnostic| root.report_told(diagnostic.at(place.clone()));
        if indices.iter().take(at).any(|earlier| earlier.class == index.class) {
            let message = format!("`{}` follows another index already", index.class);
            told(Diagnostic::error(Code::DUPLICATE_NAME, message).help("keep one of the two"));
        }
        if rebalance.is_some_and(|rebalance| rebalance.planner == Planner::Rules) {
            let message = "an index is followed by the joint planner, and the rules planner makes the trades";
            let help = "write `planner = \"optimal\"` in `[rebalance]`, or remove `[[index]]`";
            told(Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
        }
    }
    indices
}

fn read_index(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<IndexRules> {
    let followed = table.key("class", "The class, one without classes below it.").read("class", class).required();
    if let Some(class) = &followed {
        classes.check_target(table, class);
        let node = classes.tree.find(&class.value).and_then(|id| classes.tree.nodes.get(id.0));
        if node.is_some_and(|node| !node.children.is_empty()) || class.value == ClassPath::cash() {
            let message = format!("`{}` has classes below it or is cash, and cannot follow an index", class.value);
            let help = "name a class without classes below it that is held in securities";
            table.report_at(class.span.clone(), Diagnostic::error(Code::LEAF_AND_PARENT, message).help(help));
        }
    }
    let benchmark = table.key("benchmark", "Name of the index, as in `constituents.csv`.").text().required();
    let max_tracking_error = table
        .key("max_tracking_error", "Most tracking error a year against the index after exclusions and tilt, as a fraction of the class.")
        .number()
        .positive_fraction()
        .optional();
    let about = "Names that are not bought, and that what the index holds does without: those that match every key given.";
    let exclude: Vec<Selector> = table.tables("exclude", about, |selection| Some(read_selector(selection, classes)));
    let tilt = table.optional_table("tilt", "A score that the weights lean toward: w ∝ weight · exp(strength · z).", read_tilt);
    Some(IndexRules {
        class: followed?.value,
        benchmark: benchmark?,
        max_tracking_error,
        exclude,
        tilt: tilt.flatten(),
        location: Some(table.location()),
    })
}

fn read_tilt(table: &Table<'_>) -> Option<ScoreTilt> {
    let score = table.key("score", "Name of the score, as in `score:NAME` of `instruments.csv`.").text().required();
    let strength = table
        .key("strength", "A name one standard deviation above the mean has its weight multiplied by e to this; below zero leans away.")
        .number()
        .between(-STRONGEST_TILT, STRONGEST_TILT, "")
        .required();
    Some(ScoreTilt { score: score?, strength: strength? })
}
