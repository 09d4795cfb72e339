//! `[bands]`, `[[target]]` and `[[model]]`: the tree of classes.

use std::cell::Cell;
use std::collections::BTreeMap;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Decimal, Rate};

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Table, Value, did_you_mean};
use crate::policy::{Band, Node, NodeId, Places, Strategy, TargetTree};

use super::{Located, check_sum, class};

/// Models nested deeper than this are taken for a mistake.
const MAX_MODEL_DEPTH: usize = 16;

/// More classes than this, made by models that contain models, are taken for a mistake.
const MAX_CLASSES: usize = 100_000;

/// The tree, and what else is known of it.
pub(super) struct Targets {
    pub(super) tree: TargetTree,
    pub(super) places: Places,
    /// Whether any band is stated, right or wrong.
    pub(super) has_bands: bool,
    /// Whether every target could be read.
    pub(super) complete: bool,
}

/// A target as the file states it.
#[derive(Debug, Clone)]
struct Entry {
    class: Located<ClassPath>,
    /// `None` where none is stated or it could not be read.
    weight: Option<Located<Decimal>>,
    weight_given: bool,
    instruments: Vec<Located<String>>,
    band: Option<Band>,
    model: Option<Located<String>>,
}

/// A part of a tree under a name.
struct Model {
    name: Located<String>,
    entries: Vec<Entry>,
}

pub(super) fn read(root: &Table<'_>, strategy: Option<&Strategy>) -> Targets {
    let all_read = Cell::new(strategy.is_some());
    let read_target = |table: &Table<'_>| {
        let entry = read_entry(table);
        all_read.set(all_read.get() && entry.is_some());
        entry
    };
    let default_band =
        root.optional_table("bands", "Band of every class that has none of its own and inherits none. Left out: no band.", read_band);
    let entries =
        root.tables("target", "A class that is wanted. A leaf has instruments; a class with others below it has none.", read_target);
    let models = root.tables("model", "A part of a tree under a name, which targets put below themselves.", |table| {
        let name = table.key("name", "Name by which targets call it.").text().required();
        let entries = table.tables("target", "As a target; `class` is relative to the target that uses the model.", read_target);
        all_read.set(all_read.get() && name.is_some());
        Some(Model { name: Located { value: name?, span: table.span_of("name") }, entries })
    });
    report_duplicate_models(root, &models);

    let mut flat = expand(root, &entries, &models, &all_read);
    add_strategy_classes(&mut flat, strategy);
    let mut complete = all_read.get() && !root.is_reference();
    if complete && flat.is_empty() {
        let help = "add a `[[target]]` with `class`, `weight` and `instruments`, or a `[strategy]` with `profile`";
        root.report(Diagnostic::error(Code::NO_TARGETS, "the policy has no targets").help(help));
        complete = false;
    }
    let stated = flat.len();
    let flat = without_duplicates(root, flat);
    complete &= flat.len() == stated;
    let (tree, order) = build(&flat, default_band.unwrap_or_default());
    let entry_of = |id: NodeId| order.get(id.0).and_then(|index| flat.get(*index));
    check_instruments(root, &tree, entry_of);
    if complete {
        check_weights(root, &tree, strategy, entry_of);
    }
    let has_bands = root.has("bands") || flat.iter().any(|entry| entry.band.is_some());
    Targets { places: places(root, &flat), tree, has_bands, complete }
}

fn read_band(table: &Table<'_>) -> Band {
    let absolute =
        table.key("absolute", "Half width in points of portfolio weight: 0.05 is 5 points to either side.").number().positive_fraction();
    let absolute = absolute.optional();
    let relative = table
        .key("relative", "Half width as a fraction of the target weight; with both, the smaller holds (the 5/25 rule).")
        .number()
        .positive_fraction();
    let relative = relative.optional();
    if !table.has("absolute") && !table.has("relative") {
        let help = "add `absolute = 0.05` (5 points) or `relative = 0.25` (a quarter of the target weight)";
        table.report(Diagnostic::error(Code::EMPTY_BAND, "this band has no width").help(help));
    }
    Band { absolute, relative }
}

/// Reads a target; `None` where its class or model could not be read.
fn read_entry(table: &Table<'_>) -> Option<Entry> {
    let class = table.key("class", "The class, such as `Equity/US Equity`; broader classes first.").read("class", class).required();
    let weight = table
        .key("weight", "Share of the nearest class above that is a target (of the portfolio, at the top); siblings sum to 1.")
        .decimal()
        .fraction()
        .optional();
    let symbol = |value: Value<'_>| Some(Located { value: value.name()?, span: value.span() });
    let instruments = table
        .key("instruments", "Symbols that stand for a leaf, the preferred first.")
        .list("array of texts", symbol)
        .or_else("[]", Vec::new);
    let band = table.optional_table("band", "Band of this class and of those below it, in place of any other.", read_band);
    let model = table.key("model", "Name of a `[[model]]` to put below this class.").text().optional();
    table.at_most_one_of(&["instruments", "model"]);
    if table.has("model") && model.is_none() {
        return None;
    }
    Some(Entry {
        class: class?,
        weight: weight.map(|value| Located { value, span: table.span_of("weight") }),
        weight_given: table.has("weight"),
        instruments,
        band,
        model: model.map(|value| Located { value, span: table.span_of("model") }),
    })
}

fn report_duplicate_models(root: &Table<'_>, models: &[Model]) {
    for (index, model) in models.iter().enumerate() {
        if models.iter().take(index).any(|other| other.name.value == model.name.value) {
            let message = format!("`{}` is the name of another model already", model.name.value);
            root.report_at(model.name.span.clone(), Diagnostic::error(Code::DUPLICATE_NAME, message).help("choose another name"));
        }
    }
}

/// Puts models below the targets that use them, and tells of models that none uses.
fn expand(root: &Table<'_>, entries: &[Entry], models: &[Model], all_read: &Cell<bool>) -> Vec<Entry> {
    let mut expansion = Expansion { root, models, used: vec![false; models.len()], all_read, flat: Vec::new() };
    for entry in entries {
        expansion.add(entry, None, &mut Vec::new());
    }
    // What could not be read may have used them.
    let unused = models.iter().zip(&expansion.used).filter(|(_, used)| !**used && all_read.get());
    for (model, _) in unused {
        let message = format!("no target uses the model `{}`", model.name.value);
        let help = format!("add `model = \"{}\"` to a target, or remove the model", model.name.value);
        root.report_at(model.name.span.clone(), Diagnostic::warning(Code::UNUSED_MODEL, message).help(help));
    }
    expansion.flat
}

struct Expansion<'a> {
    root: &'a Table<'a>,
    models: &'a [Model],
    used: Vec<bool>,
    all_read: &'a Cell<bool>,
    /// Targets with their whole class.
    flat: Vec<Entry>,
}

impl Expansion<'_> {
    /// Adds a target below a class, and its model below it; `inside` are the models being added.
    fn add(&mut self, entry: &Entry, above: Option<&ClassPath>, inside: &mut Vec<usize>) {
        let joined = above.and_then(|above| ClassPath::new(&format!("{above}/{}", entry.class.value)).ok());
        let class = joined.unwrap_or_else(|| entry.class.value.clone());
        let placed = Located { value: class.clone(), span: entry.class.span.clone() };
        self.flat.push(Entry { class: placed, ..entry.clone() });
        let Some(name) = &entry.model else { return };
        let Some(index) = self.models.iter().position(|model| model.name.value == name.value) else {
            if self.root.count("model") > self.models.len() {
                // It may be one that could not be read, of which that has been told.
                return self.all_read.set(false);
            }
            let known = self.models.iter().map(|model| model.name.value.as_str());
            let help = did_you_mean(&name.value, known, &format!("define it: `[[model]]` with `name = \"{}\"`", name.value));
            return self.refuse(name, Code::UNKNOWN_NAME, &format!("there is no model `{}`", name.value), &help);
        };
        if inside.contains(&index) {
            let message = format!("the model `{}` contains itself", name.value);
            return self.refuse(name, Code::MODEL_CYCLE, &message, "remove `model` here");
        }
        if inside.len() >= MAX_MODEL_DEPTH || self.flat.len() >= MAX_CLASSES {
            let message = format!("models are nested deeper than {MAX_MODEL_DEPTH}, or make more than {MAX_CLASSES} classes");
            return self.refuse(name, Code::MODEL_CYCLE, &message, "write out some of the models");
        }
        if let Some(used) = self.used.get_mut(index) {
            *used = true;
        }
        inside.push(index);
        let models = self.models;
        for below in models.get(index).map_or(&[][..], |model| &model.entries) {
            self.add(below, Some(&class), inside);
        }
        inside.pop();
    }

    fn refuse(&self, at: &Located<String>, code: Code, message: &str, help: &str) {
        self.all_read.set(false);
        self.root.report_at(at.span.clone(), Diagnostic::error(code, message).help(help));
    }
}

/// Classes to which a strategy gives weights; none for the tree's own.
fn strategy_classes(strategy: Option<&Strategy>) -> Vec<&ClassPath> {
    match strategy {
        None | Some(Strategy::Tree | Strategy::Optimized(_)) => Vec::new(),
        Some(Strategy::Profile { profile, .. }) => profile.weights.iter().map(|(class, _)| class).collect(),
        Some(Strategy::GlidePath(path)) => {
            let mut classes: Vec<&ClassPath> = Vec::new();
            for (class, _) in path.points.iter().flat_map(|point| &point.weights) {
                if !classes.contains(&class) {
                    classes.push(class);
                }
            }
            classes
        }
    }
}

/// Adds the classes of a profile or glide path for which the file has no target.
fn add_strategy_classes(flat: &mut Vec<Entry>, strategy: Option<&Strategy>) {
    for class in strategy_classes(strategy) {
        if !flat.iter().any(|entry| entry.class.value == *class) {
            let class = Located { value: class.clone(), span: 0..0 };
            flat.push(Entry { class, weight: None, weight_given: false, instruments: Vec::new(), band: None, model: None });
        }
    }
}

fn without_duplicates(root: &Table<'_>, flat: Vec<Entry>) -> Vec<Entry> {
    let mut kept: BTreeMap<ClassPath, usize> = BTreeMap::new();
    let mut distinct = Vec::with_capacity(flat.len());
    for entry in flat {
        let class = &entry.class.value;
        if kept.contains_key(class) {
            let message = format!("`{class}` is a target already");
            root.report_at(entry.class.span.clone(), Diagnostic::error(Code::DUPLICATE_NAME, message).help("keep one of the two"));
        } else {
            kept.insert(class.clone(), distinct.len());
            distinct.push(entry);
        }
    }
    distinct
}

/// The tree in depth-first order, with the entry of each node.
fn build(flat: &[Entry], default_band: Band) -> (TargetTree, Vec<usize>) {
    let by_class: BTreeMap<&ClassPath, usize> = flat.iter().enumerate().map(|(index, entry)| (&entry.class.value, index)).collect();
    let parent_of = |entry: &Entry| {
        let mut above = entry.class.value.parent();
        while let Some(class) = above {
            if let Some(index) = by_class.get(&class) {
                return Some(*index);
            }
            above = class.parent();
        }
        None
    };
    let parents: Vec<Option<usize>> = flat.iter().map(parent_of).collect();
    let mut below: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (index, parent) in parents.iter().enumerate() {
        below.entry(*parent).or_default().push(index);
    }
    let mut tree = TargetTree::default();
    let mut order = Vec::with_capacity(flat.len());
    let children = |index: Option<usize>| below.get(&index).into_iter().flatten().rev().copied();
    let mut open: Vec<(usize, Option<NodeId>)> = children(None).map(|index| (index, None)).collect();
    while let Some((index, parent)) = open.pop() {
        let Some(entry) = flat.get(index) else { continue };
        let id = NodeId(tree.nodes.len());
        let mut inherited = default_band;
        if let Some(above) = parent.and_then(|parent| tree.nodes.get_mut(parent.0)) {
            above.children.push(id);
            inherited = above.band;
        }
        tree.nodes.push(Node {
            class: entry.class.value.clone(),
            parent,
            children: Vec::new(),
            weight: entry.weight.as_ref().map(|weight| Rate::new(weight.value)),
            band: entry.band.unwrap_or(inherited),
            instruments: entry.instruments.iter().map(|instrument| instrument.value.clone()).collect(),
        });
        order.push(index);
        open.extend(children(Some(index)).map(|child| (child, Some(id))));
    }
    (tree, order)
}

/// An instrument stands for one leaf, and only leaves have instruments.
fn check_instruments<'e>(root: &Table<'_>, tree: &TargetTree, entry_of: impl Fn(NodeId) -> Option<&'e Entry>) {
    let mut owners: BTreeMap<&str, &ClassPath> = BTreeMap::new();
    for (id, node) in tree.iter() {
        let instruments = entry_of(id).map_or(&[][..], |entry| &entry.instruments);
        if let (Some(first), Some(child)) = (instruments.first(), node.children.first().and_then(|child| tree.nodes.get(child.0))) {
            let message = format!("`{}` has instruments, and `{}` lies below it", node.class, child.class);
            let help = "move the instruments to a class of their own below it";
            root.report_at(first.span.clone(), Diagnostic::error(Code::LEAF_AND_PARENT, message).help(help));
        }
        for instrument in instruments {
            let symbol = instrument.value.as_str();
            if let Some(owner) = owners.insert(symbol, &node.class) {
                let message = if *owner == node.class {
                    format!("`{symbol}` is listed twice for `{owner}`")
                } else {
                    format!("`{symbol}` stands for `{owner}` already, and cannot stand for `{}` too", node.class)
                };
                root.report_at(instrument.span.clone(), Diagnostic::error(Code::OVERLAP, message).help("keep it in one place"));
            }
        }
    }
}

/// Weights of siblings are all there and sum to 1; those of top classes come from one place.
fn check_weights<'e>(root: &Table<'_>, tree: &TargetTree, strategy: Option<&Strategy>, entry_of: impl Fn(NodeId) -> Option<&'e Entry>) {
    let states_none = tree.nodes.iter().all(|node| node.weight.is_none());
    if matches!(strategy, Some(Strategy::Optimized(_))) && states_none {
        return;
    }
    let top: Vec<NodeId> = tree.top().map(|(id, _)| id).collect();
    let from_strategy = strategy_classes(strategy);
    if from_strategy.is_empty() {
        check_siblings(root, "the weights of the top classes", &top.iter().filter_map(|id| entry_of(*id)).collect::<Vec<_>>());
    } else {
        for entry in top.iter().filter_map(|id| entry_of(*id)) {
            check_under_strategy(root, entry, &from_strategy);
        }
    }
    for node in tree.nodes.iter().filter(|node| !node.children.is_empty()) {
        let what = format!("the weights below `{}`", node.class);
        check_siblings(root, &what, &node.children.iter().filter_map(|id| entry_of(*id)).collect::<Vec<_>>());
    }
}

fn check_siblings(root: &Table<'_>, what: &str, siblings: &[&Entry]) {
    for entry in siblings.iter().filter(|entry| !entry.weight_given) {
        let message = format!("`weight` is missing for `{}`", entry.class.value);
        let help = "add `weight = …`: its share of the class above it";
        root.report_at(entry.class.span.clone(), Diagnostic::error(Code::MISSING_KEY, message).help(help));
    }
    let weights: Vec<&Located<Decimal>> = siblings.iter().filter_map(|entry| entry.weight.as_ref()).collect();
    if let (Some(first), true) = (weights.first(), weights.len() == siblings.len()) {
        check_sum(root, first.span.clone(), Code::WEIGHTS_SUM, what, weights.iter().map(|weight| weight.value));
    }
}

fn check_under_strategy(root: &Table<'_>, entry: &Entry, from_strategy: &[&ClassPath]) {
    let class = &entry.class.value;
    if !from_strategy.contains(&class) {
        let message = format!("the strategy gives no weight to the top class `{class}`");
        let names: Vec<&str> = from_strategy.iter().map(|class| class.as_str()).collect();
        let help =
            did_you_mean(class.as_str(), names.iter().copied(), &format!("write one of {}, or put it below one of them", names.join(", ")));
        root.report_at(entry.class.span.clone(), Diagnostic::error(Code::UNKNOWN_CLASS, message).help(help));
    } else if let Some(weight) = &entry.weight {
        let message = format!("the weight of `{class}` comes from the strategy and is given again as {}", weight.value);
        let help = "remove `weight` here, or remove `[strategy]`";
        root.report_at(weight.span.clone(), Diagnostic::error(Code::WEIGHT_TWICE, message).help(help));
    }
}

fn places(root: &Table<'_>, flat: &[Entry]) -> Places {
    let stated = flat.iter().filter(|entry| !entry.class.span.is_empty());
    let mut places = Places::default();
    for entry in stated {
        places.classes.insert(entry.class.value.clone(), root.locate(entry.class.span.clone()));
        for instrument in &entry.instruments {
            places.instruments.insert(instrument.value.clone(), root.locate(instrument.span.clone()));
        }
    }
    places
}
