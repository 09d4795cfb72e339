//! `[[limit]]` and `[[exclude]]`: what must hold before and after.

use std::ops::Range;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::{Decimal, Rate};

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Table, Value};
use crate::policy::{Attribute, Bound, Limit, Measure, RiskBasis, Selector, TargetTree};

use super::{KnownClasses, Located, class_list, distinct};

mod contradiction;

mod preset;

mod risk;

/// A limit, with what it takes to compare it with others.
struct Stated {
    limit: Limit,
    exact: Decimal,
    span: Range<usize>,
    name: Range<usize>,
}

/// Reads limits and exclusions; an exclusion is a hard limit of weight at most 0.
pub(super) fn read(root: &Table<'_>, classes: &KnownClasses<'_>) -> Vec<Limit> {
    let about = "Something that must hold before and after a proposal. With `at_most` and `at_least` it is a range.";
    let limits: Vec<Stated> = root.tables("limit", about, |table| read_limit(table, classes)).into_iter().flatten().collect();
    let exclusions = root.tables("exclude", "Holdings that are not wanted, by any attribute.", |table| read_exclusion(table, classes));
    report_duplicate_names(root, limits.iter().chain(&exclusions));
    contradiction::check(root, &limits.iter().chain(&exclusions).collect::<Vec<_>>(), classes);
    limits.into_iter().chain(exclusions).map(|stated| stated.limit).collect()
}

fn read_limit(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<Vec<Stated>> {
    let preset = preset::read(table);
    let name = table.key("name", "Name for people. Left out: that of the preset.").text().optional();
    let measured = read_measured(table);
    let each = table
        .key(
            "each",
            "For each value of this attribute on its own: `class`, `instrument`, `sector`, `issuer`, `country`, `currency` or `tag.NAME`.",
        )
        .read("attribute", read_attribute)
        .optional();
    let above = table
        .key(
            "above",
            "With `each`: those of a weight strictly beyond this count, all together. `each = \"issuer\"`, `above = 0.05`, `at_most = 0.4`: \
             issuers of more than 5 % are 40 % at most in all.",
        )
        .number()
        .fraction()
        .optional();
    let selector = read_where(table, classes);
    check_each_and_above(table, measured.as_ref());
    let at_most = bound(table, "at_most", "No more than this; for a weight from 0 to 1.", measured.as_ref());
    let at_least = bound(table, "at_least", "No less than this; for a weight from 0 to 1.", measured.as_ref());
    let hard = table.key("hard", "Refuse a proposal that breaks it; `false` only tells.").flag().or(true);
    if table.has("preset") {
        return preset.map(|preset| preset::expand(table, preset, name, &selector, hard));
    }
    if !table.has("name") && !table.is_reference() {
        table.report(Diagnostic::error(Code::MISSING_KEY, "`name` is missing in `limit`").help("add `name = …`: Name for people."));
    }
    if !table.has("at_most") && !table.has("at_least") {
        let help = "add `at_most = …` or `at_least = …`";
        table.report(Diagnostic::error(Code::MISSING_KEY, "this limit has no bound").help(help));
    }
    if measured == Some(Measure::Weight) && !table.has("each") && !table.has("where") {
        let message = "this limit is on the weight of everything, which always is 1";
        let help = "add `where = { class = [\"…\"] }` or `each = \"issuer\"`";
        table.report(Diagnostic::error(Code::SELECTS_EVERYTHING, message).help(help));
    }
    let (name, measure) = (name?, measured?);
    let stated = |bound, key: &str, exact: Decimal| Stated {
        limit: Limit {
            name: name.clone(),
            measure: measure.clone(),
            selector: selector.clone(),
            each: each.clone(),
            above,
            bound,
            value: to_f64(exact),
            hard,
            law: None,
            location: Some(table.location_of(key)),
        },
        exact,
        span: table.span_of(key),
        name: table.span_of("name"),
    };
    let most = at_most.map(|value| stated(Bound::AtMost, "at_most", value));
    let least = at_least.map(|value| stated(Bound::AtLeast, "at_least", value));
    Some([most, least].into_iter().flatten().collect())
}

/// What a limit measures; weights where it does not say.
fn read_measured(table: &Table<'_>) -> Option<Measure> {
    let (horizon, basis) = (risk::read_horizon(table), risk::read_basis(table));
    let about = "What is measured: `weight` (a fraction of value), `value` (in the base currency), `score:NAME` (an average by value), or \
                 risk of everything: `variance`, `volatility`, `tracking_error` (against the weights of the targets; these a year), \
                 `value_at_risk`, `conditional_value_at_risk` (fractions of value).";
    let kind = "`weight`, `value`, `score:NAME` or a measure of risk";
    let measured = table
        .key("on", about)
        .read(kind, |value| read_measure(value, horizon, basis.unwrap_or(RiskBasis::Assumptions)))
        .or_absent("weight", || Measure::Weight);
    risk::check_horizon(table, measured.as_ref());
    if basis.is_some() {
        risk::check_basis(table, measured.as_ref());
    }
    measured
}

/// Which holdings a limit is about; all where it does not say.
fn read_where(table: &Table<'_>, classes: &KnownClasses<'_>) -> Selector {
    let about = "Which holdings: those that match every key given, each by any of its values. Left out: all.";
    let selected = table.optional_table("where", about, |selection| {
        let about = "But not these: keys as in the table around it.";
        let except = selection.optional_table("except", about, |except| read_matches(except, classes, false));
        Selector { except: except.map(Box::new), ..read_matches(selection, classes, selection.has("except")) }
    });
    selected.unwrap_or_default()
}

/// `above` counts groups that `each` makes, by their weight; and risk is of everything.
fn check_each_and_above(table: &Table<'_>, measured: Option<&Measure>) {
    let told = |key: &str, message: &str, help: &str| {
        table.report_value(key, Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
    };
    if table.has("above") && (!table.has("each") || table.has("at_least")) {
        let help = "write it as `each = \"issuer\"`, `above = 0.05`, `at_most = 0.4`, or remove `above`";
        told("above", "`above` adds up those of `each` that are beyond it, for `at_most`", help);
    }
    if table.has("above") && measured.is_some_and(|measure| *measure != Measure::Weight) {
        told("above", "`above` is about weights, and `on` measures something else", "remove `above`, or measure the weight");
    }
    if matches!(measured, Some(Measure::Risk(..))) {
        for key in ["each", "where", "at_least"] {
            if table.has(key) {
                told(key, &format!("`{key}` does not apply to risk, which is of everything held and is limited from above"), "remove it");
            }
        }
    }
}

fn bound(table: &Table<'_>, name: &'static str, about: &'static str, measured: Option<&Measure>) -> Option<Decimal> {
    let field = table.key(name, about).decimal();
    match measured {
        // The reference is of all measures.
        _ if table.is_reference() => field.optional(),
        Some(Measure::Weight) => field.fraction().optional(),
        Some(Measure::Risk(..)) => field.at_least(Decimal::ZERO, "").optional(),
        Some(Measure::Value) => field.at_least(Decimal::ZERO, "in the base currency").optional(),
        // What could not be read may have been any measure.
        Some(Measure::Score(_)) | None => field.optional(),
    }
}

fn read_measure(value: Value<'_>, horizon: risk::Horizon, basis: RiskBasis) -> Option<Measure> {
    let text = value.name()?;
    match text.as_str() {
        "weight" => return Some(Measure::Weight),
        "value" => return Some(Measure::Value),
        _ => {}
    }
    if let Some(score) = text.strip_prefix("score:").filter(|score| !score.trim().is_empty()) {
        return Some(Measure::Score(score.to_owned()));
    }
    if let Some(risk) = risk::by_name(&text, horizon) {
        return Some(Measure::Risk(risk, basis));
    }
    let help = "write \"weight\", \"value\", \"volatility\", \"variance\", \"tracking_error\", \"value_at_risk\", \
                \"conditional_value_at_risk\" or \"score:NAME\", such as \"score:esg\"";
    value.refuse(Code::NOT_A_CHOICE, "is no measure", help)
}

/// Attributes by name, but for tags.
const ATTRIBUTES: [(&str, Attribute); 6] = [
    ("class", Attribute::Class),
    ("instrument", Attribute::Instrument),
    ("sector", Attribute::Sector),
    ("issuer", Attribute::Issuer),
    ("country", Attribute::Country),
    ("currency", Attribute::Currency),
];

fn read_attribute(value: Value<'_>) -> Option<Attribute> {
    let text = value.name()?;
    match text.strip_prefix("tag.") {
        Some(tag) if !tag.trim().is_empty() => Some(Attribute::Tag(tag.to_owned())),
        _ => value.one_of(&ATTRIBUTES),
    }
}

/// Reads which holdings an exclusion from an index is about.
pub(super) fn read_selector(table: &Table<'_>, classes: &KnownClasses<'_>) -> Selector {
    read_matches(table, classes, false)
}

/// What must match. It may select everything where something is left out.
fn read_matches(table: &Table<'_>, classes: &KnownClasses<'_>, may_be_all: bool) -> Selector {
    let wanted = read_classes(table, "Within one of these classes.");
    for class in &wanted {
        classes.check(table, class);
    }
    let attributes = read_attributes(table);
    let liquidity_tier_at_most = table
        .key("liquidity_tier_at_most", "Of a liquidity tier of at most this; 1 is the most liquid.")
        .integer()
        .at_least(1, "")
        .optional();
    let is_empty = !["class", "instrument", "sector", "issuer", "country", "currency", "tag", "liquidity_tier_at_most"]
        .iter()
        .any(|name| table.has(name));
    if is_empty && !may_be_all && !table.is_reference() {
        let help = "add an attribute, such as `class = [\"Equity\"]`, or remove it";
        table.report(Diagnostic::error(Code::SELECTS_EVERYTHING, "this selects nothing in particular").help(help));
    }
    Selector { classes: wanted.into_iter().map(|class| class.value).collect(), attributes, liquidity_tier_at_most, except: None }
}

fn read_classes(table: &Table<'_>, about: &'static str) -> Vec<Located<ClassPath>> {
    let not_empty = |list: &Vec<Located<ClassPath>>| empty_list(list.is_empty());
    class_list(table.key("class", about)).check(not_empty).optional().unwrap_or_default()
}

fn empty_list(is_empty: bool) -> Option<(String, String)> {
    is_empty.then(|| ("is empty".to_owned(), "list at least one value, or remove the key".to_owned()))
}

fn read_attributes(table: &Table<'_>) -> Vec<(Attribute, Vec<String>)> {
    let values = |name, about| table.key(name, about).read("array of texts", name_list).optional();
    let named = [
        (Attribute::Instrument, values("instrument", "One of these symbols.")),
        (Attribute::Sector, values("sector", "Of one of these sectors.")),
        (Attribute::Issuer, values("issuer", "Of one of these issuers.")),
        (Attribute::Country, values("country", "Of one of these countries.")),
        (Attribute::Currency, values("currency", "Priced in one of these currencies.")),
    ];
    let tags = table
        .key("tag", "With one of these values of a tag: `tag.theme = [\"water\"]`.")
        .entries("table of `tag = array of texts`", |tag, value| Some((Attribute::Tag(tag.to_owned()), name_list(value)?)))
        .optional();
    let named = named.into_iter().filter_map(|(attribute, values)| Some((attribute, values?)));
    named.chain(tags.into_iter().flatten()).collect()
}

fn name_list(value: Value<'_>) -> Option<Vec<String>> {
    let names = value.list(Value::name)?;
    if let Some((problem, remedy)) = empty_list(names.is_empty()) {
        return value.refuse(Code::OUT_OF_RANGE, &problem, &remedy);
    }
    distinct(value, names.iter().map(String::as_str)).then_some(names)
}

fn read_exclusion(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<Stated> {
    let name = table.key("name", "Name for people.").text().required();
    let excluded = read_classes(table, "Within one of these classes.");
    let attributes = read_attributes(table);
    let has_key = ["class", "instrument", "sector", "issuer", "country", "currency", "tag"].iter().any(|key| table.has(key));
    if !has_key && !table.is_reference() {
        let help = "add what is not wanted, such as `sector = [\"Tobacco\"]`";
        table.report(Diagnostic::error(Code::SELECTS_EVERYTHING, "this exclusion excludes nothing in particular").help(help));
    }
    let selector = Selector { classes: excluded.iter().map(|class| class.value.clone()).collect(), attributes, ..Selector::default() };
    check_excluded_targets(table, &excluded, &selector, classes.tree);
    let limit = Limit {
        name: name?,
        measure: Measure::Weight,
        selector,
        each: None,
        above: None,
        bound: Bound::AtMost,
        value: 0.0,
        hard: true,
        law: None,
        location: Some(table.location()),
    };
    let name = table.span_of("name");
    Some(Stated { limit, exact: Decimal::ZERO, span: name.clone(), name })
}

/// What is excluded by class or by symbol alone must not be a target.
fn check_excluded_targets(table: &Table<'_>, excluded: &[Located<ClassPath>], selector: &Selector, tree: &TargetTree) {
    let refuse = |span, what: &str| {
        let help = "remove the target, give it weight 0 and no instruments, or remove it here";
        table.report_at(span, Diagnostic::error(Code::EXCLUDED_TARGET, format!("{what} is excluded and is a target")).help(help));
    };
    if selector.attributes.is_empty() {
        for class in excluded {
            let wanted = |node: &&crate::policy::Node| node.class.is_within(&class.value) && !node.weight.is_some_and(Rate::is_zero);
            if let Some(node) = tree.nodes.iter().find(wanted) {
                refuse(class.span.clone(), &format!("`{}`", node.class));
            }
        }
    }
    if let ([(Attribute::Instrument, symbols)], true) = (&selector.attributes[..], excluded.is_empty()) {
        let listed = |symbol: &&String| tree.nodes.iter().any(|node| node.instruments.contains(symbol));
        for symbol in symbols.iter().filter(listed) {
            refuse(table.span_of("instrument"), &format!("`{symbol}`"));
        }
    }
}

fn report_duplicate_names<'s>(root: &Table<'_>, limits: impl Iterator<Item = &'s Stated>) {
    let mut seen: Vec<(&str, Bound)> = Vec::new();
    let mut told: Option<&Range<usize>> = None;
    for stated in limits {
        let (name, bound) = (stated.limit.name.as_str(), stated.limit.bound);
        // Both bounds of a range have the name in one place.
        if seen.contains(&(name, bound)) && told.replace(&stated.name) != Some(&stated.name) {
            let message = format!("`{name}` is the name of another limit already");
            root.report_at(stated.name.clone(), Diagnostic::error(Code::DUPLICATE_NAME, message).help("choose another name"));
        }
        seen.push((name, bound));
    }
}
