//! Figures of a series of returns alone, without books.

use std::path::Path;

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::market::NamedPanel;
use evenkeel::performance::{Days, report};
use evenkeel::run::DISCLAIMER;
use evenkeel_io::folder::{self, Paths};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Currency;

use super::{Arguments, POLICY, PerformanceDocument, csv};

/// What `by` of the document says where a series was measured.
pub(super) const RETURNS: &str = "returns";

/// Measures a column of a file of returns, beside another one.
///
/// # Errors
/// What is wrong with the file, a column that it has not, or a return that is missing.
pub(super) fn measured(path: &Path, arguments: &Arguments) -> Result<PerformanceDocument, Vec<Diagnostic>> {
    let paths = Paths { returns: Some(path.to_owned()), ..Paths::default() };
    let Some(parsed) = folder::load_panel(&paths) else { return Err(Vec::new()) };
    let Some(panel) = parsed.value else { return Err(parsed.diagnostics) };
    let file = File { panel: &panel, dates: panel.dates().map_err(|error| vec![Diagnostic::error(Code::ARGUMENT, error.to_string())])? };
    let (from, to) = (arguments.history.from, arguments.history.to);
    let rows: Vec<usize> = (0..file.dates.len())
        .filter(|row| file.dates.get(*row).is_some_and(|date| from.is_none_or(|from| *date >= from) && to.is_none_or(|to| *date <= to)))
        .collect();
    let name = arguments.of.clone().or_else(|| panel.names.first().cloned()).unwrap_or_default();
    let own = file.returns(&name, &rows)?;
    let benchmark = arguments.benchmark.as_ref().filter(|name| *name != POLICY);
    let named = |name: &String| Ok::<_, Vec<Diagnostic>>((name.clone(), file.returns(name, &rows)?));
    let benchmark = benchmark.map(named).transpose()?;
    let others = panel.names.iter().filter(|other| arguments.style && **other != name);
    let indices = others.map(named).collect::<Result<Vec<_>, _>>()?;
    let dates: Vec<Date> = rows.iter().filter_map(|row| file.dates.get(*row).copied()).collect();
    let Some(begin) = dates.first().and_then(|first| first.add_days(-panel.usual_step()).ok()) else {
        let told = Diagnostic::error(Code::NO_HISTORY, format!("{} has no return in the span", path.display()));
        return Err(vec![told.help("choose other days, or leave `--from` and `--to` out")]);
    };
    let days = Days::of_returns(&name, begin, dates, &own);
    let settings = arguments.settings(benchmark.as_ref(), None, &indices);
    let performance = report(&days, arguments.history.currency.unwrap_or(Currency::USD), &settings);
    let files = arguments.output.write(&csv(&performance), &[]).map_err(|problem| vec![*problem])?;
    Ok(PerformanceDocument {
        household: name,
        by: RETURNS.to_owned(),
        net_of: "nothing".to_owned(),
        performance,
        inputs: Vec::new(),
        disclaimer: DISCLAIMER,
        pictures: Vec::new(),
        files,
    })
}

/// A file of returns.
struct File<'a> {
    panel: &'a NamedPanel,
    dates: Vec<Date>,
}

impl File<'_> {
    /// A column on some rows, all of which it must have.
    fn returns(&self, name: &str, rows: &[usize]) -> Result<Vec<f64>, Vec<Diagnostic>> {
        let Some(column) = self.panel.names.iter().position(|known| known == name) else {
            let help = format!("name one of: {}", self.panel.names.join(", "));
            return Err(vec![Diagnostic::error(Code::ARGUMENT, format!("`{name}` is no column of the returns")).help(help)]);
        };
        let values = self.panel.panel.values().column(column);
        let returns: Vec<f64> = rows.iter().filter_map(|row| values.get(*row).copied()).collect();
        match rows.iter().zip(&returns).find(|(_, earned)| !earned.is_finite()) {
            Some((row, _)) => {
                let date = self.dates.get(*row).map(ToString::to_string).unwrap_or_default();
                let told = Diagnostic::error(Code::RETURN_GAP, format!("`{name}` has no return on {date}"));
                Err(vec![told.help("fill it, or choose days on which it has them: `--from DATE`, `--to DATE`")])
            }
            None => Ok(returns),
        }
    }
}
