//! `[[stress]]`: shocks to report on.

use evenkeel_ledger::class::ClassPath;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::StressScenario;
use crate::policy::preset::{STRESS, StressPreset};

use super::{KnownClasses, Located, class_list};

/// Least fraction of value that must be left where the file does not say.
const DEFAULT_SURVIVAL: f64 = 0.8;

pub(super) fn read(root: &Table<'_>, classes: &KnownClasses<'_>) -> Vec<StressScenario> {
    let about = "A shock to report on: a preset for groups of classes, or one's own returns by class.";
    let scenarios = root.tables("stress", about, |table| {
        let scenario = read_scenario(table, classes)?;
        Some(Located { value: scenario, span: table.span_of(if table.has("name") { "name" } else { "preset" }) })
    });
    for (index, scenario) in scenarios.iter().enumerate() {
        let name = &scenario.value.name;
        if scenarios.iter().take(index).any(|other| other.value.name == *name) {
            let message = format!("`{name}` is the name of another scenario already");
            root.report_at(scenario.span.clone(), Diagnostic::error(Code::DUPLICATE_NAME, message).help("choose another `name`"));
        }
    }
    scenarios.into_iter().map(|scenario| scenario.value).collect()
}

fn read_scenario(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<StressScenario> {
    let name = table.key("name", "Name for people. Left out: that of the preset.").text().optional();
    let survival = table
        .key("survival", "It survives while value after stays strictly above this fraction of value before.")
        .number()
        .fraction()
        .or(DEFAULT_SURVIVAL);
    let presets: Vec<(&str, StressPreset)> = STRESS.iter().map(|preset| (preset.key, *preset)).collect();
    let about = "Returns of equity, fixed income and alternatives: financial_crisis −35 %, +5 %, −20 %; \
                 technology_bubble −25 %, +8 %, −10 %; inflation −15 %, −10 %, +5 %.";
    let preset = table.key("preset", about).one_of(&presets).optional();
    let group = |name, about| class_list(table.key(name, about)).optional().unwrap_or_default();
    let equity = group("equity", "With a preset: the classes that are equity.");
    let fixed_income = group("fixed_income", "With a preset: the classes that are fixed income.");
    let alternatives = group("alternatives", "With a preset: the classes that are alternatives.");
    let own = table.tables("shock", "The return of some classes; classes that no shock names stay put.", read_shock);
    table.at_most_one_of(&["preset", "shock"]);
    check_groups(table);
    let name = match (&name, preset) {
        (None, None) if !table.has("name") && !table.has("preset") => {
            let help = "add `name = …`: Name for people.";
            table.report(Diagnostic::error(Code::MISSING_KEY, "`name` is missing in `stress`").help(help));
            None
        }
        (None, preset) => preset.map(|preset| preset.name.to_owned()),
        (Some(name), _) => Some(name.clone()),
    };
    let shocks = match preset {
        None => own,
        Some(preset) => [(equity, preset.equity), (fixed_income, preset.fixed_income), (alternatives, preset.alternatives)]
            .into_iter()
            .filter(|(group, _)| !group.is_empty())
            .collect(),
    };
    check_shocks(table, classes, &shocks);
    let shocks = shocks.into_iter().map(|(group, shock)| (group.into_iter().map(|class| class.value).collect(), shock)).collect();
    Some(StressScenario { name: name?, shocks, survival })
}

type Shock = (Vec<Located<ClassPath>>, f64);

fn read_shock(table: &Table<'_>) -> Option<Shock> {
    let not_empty = |list: &Vec<Located<ClassPath>>| list.is_empty().then(|| ("is empty".to_owned(), "list at least one class".to_owned()));
    let classes = class_list(table.key("classes", "The classes.")).check(not_empty).required();
    let shock = table.key("return", "Their return: −0.35 is a loss of 35 %.").number().between(-1.0, 10.0, "").required();
    Some((classes?, shock?))
}

/// Groups go with a preset, and something must be shocked.
fn check_groups(table: &Table<'_>) {
    let groups = ["equity", "fixed_income", "alternatives"];
    let given = groups.iter().find(|group| table.has(group));
    if let (Some(group), false) = (given, table.has("preset")) {
        let message = format!("`{group}` names classes for a preset, and none is given");
        let help = format!("add `preset = \"financial_crisis\"`, or remove `{group}`");
        table.report_value(group, Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
    }
    let shocks_nothing = if table.has("preset") { given.is_none() } else { !table.has("shock") };
    if shocks_nothing && !table.is_reference() {
        let help = if table.has("preset") {
            "add the classes: `equity = [\"…\"]`, `fixed_income = [\"…\"]`, `alternatives = [\"…\"]`"
        } else {
            "add `[[stress.shock]]` with `classes` and `return`, or a `preset`"
        };
        table.report(Diagnostic::error(Code::MISSING_KEY, "this scenario shocks nothing").help(help));
    }
}

/// Shocked classes are known, and each shock reaches its classes: the first that holds a class counts.
fn check_shocks(table: &Table<'_>, classes: &KnownClasses<'_>, shocks: &[Shock]) {
    let all: Vec<&Located<ClassPath>> = shocks.iter().flat_map(|(group, _)| group).collect();
    for (index, class) in all.iter().enumerate() {
        classes.check(table, class);
        if let Some(other) = all.iter().take(index).find(|other| class.value.is_within(&other.value)) {
            let message = format!("`{}` is shocked already by the shock of `{}` before it", class.value, other.value);
            let help = "keep it in one shock, and put narrower classes before broader ones";
            table.report_at(class.span.clone(), Diagnostic::error(Code::DUPLICATE_NAME, message).help(help));
        }
    }
}
