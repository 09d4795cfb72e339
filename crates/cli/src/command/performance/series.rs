//! Figures of a series of returns alone, without books.

use std::path::Path;

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::market::NamedPanel;
use evenkeel::performance::{Days, Span, report};
use evenkeel::run::DISCLAIMER;
use evenkeel_io::folder::{self, Paths};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Currency;

use super::{Arguments, POLICY, PerformanceDocument, csv};

/// What `by` of the document says where a series was measured.
pub(super) const RETURNS: &str = "returns";

/// Measures a column of a file of returns, beside another one; the diagnostics are warnings of what was read.
///
/// # Errors
/// What is wrong with the file, a column that it has not, or a return that is missing.
pub(super) fn measured(path: &Path, arguments: &Arguments) -> Result<(PerformanceDocument, Vec<Diagnostic>), Vec<Diagnostic>> {
    let file = File::open(path)?;
    let rows = file.rows(arguments.history.span());
    let names = &file.panel.names;
    let name = arguments.of.clone().or_else(|| names.first().cloned()).unwrap_or_default();
    let own = file.returns(&name, &rows)?;
    let benchmark = arguments.benchmark.as_ref().filter(|name| *name != POLICY);
    let named = |name: &String| Ok::<_, Vec<Diagnostic>>((name.clone(), file.returns(name, &rows)?));
    let benchmark = benchmark.map(named).transpose()?;
    let others = names.iter().filter(|other| arguments.style && **other != name);
    let indices = others.map(named).collect::<Result<Vec<_>, _>>()?;
    let dates: Vec<Date> = rows.iter().filter_map(|row| file.dates.get(*row).copied()).collect();
    let begin = file.begin(&rows, path)?;
    let days = Days::of_returns(&name, begin, dates, &own);
    let settings = arguments.settings(benchmark.as_ref(), None, &indices);
    let performance = report(&days, arguments.history.currency.unwrap_or(Currency::USD), &settings);
    let files = arguments.output.write(&csv(&performance), &[]).map_err(|problem| vec![*problem])?;
    let document = PerformanceDocument {
        household: name,
        by: RETURNS.to_owned(),
        net_of: "nothing".to_owned(),
        performance,
        after_tax: None,
        inputs: Vec::new(),
        disclaimer: DISCLAIMER,
        pictures: Vec::new(),
        files,
    };
    Ok((document, file.warnings))
}

/// A file of returns.
pub(in crate::command) struct File {
    pub(in crate::command) panel: NamedPanel,
    pub(in crate::command) dates: Vec<Date>,
    /// What should be known of the file.
    pub(in crate::command) warnings: Vec<Diagnostic>,
}

impl File {
    /// Reads it.
    pub(in crate::command) fn open(path: &Path) -> Result<Self, Vec<Diagnostic>> {
        let paths = Paths { returns: Some(path.to_owned()), ..Paths::default() };
        let Some(parsed) = folder::load_panel(&paths) else { return Err(Vec::new()) };
        let Some(panel) = parsed.value else { return Err(parsed.diagnostics) };
        let dates = panel.dates().map_err(|error| vec![Diagnostic::error(Code::ARGUMENT, error.to_string())])?;
        Ok(Self { panel, dates, warnings: parsed.diagnostics })
    }

    /// The rows of a span.
    pub(in crate::command) fn rows(&self, span: Span) -> Vec<usize> {
        let is_in = |date: &Date| span.from.is_none_or(|from| *date >= from) && span.to.is_none_or(|to| *date <= to);
        (0..self.dates.len()).filter(|row| self.dates.get(*row).is_some_and(is_in)).collect()
    }

    /// The day at whose close the first of some rows begins.
    pub(in crate::command) fn begin(&self, rows: &[usize], path: &Path) -> Result<Date, Vec<Diagnostic>> {
        rows.first().and_then(|first| self.panel.begin(*first)).ok_or_else(|| {
            let told = Diagnostic::error(Code::NO_HISTORY, format!("{} has no return in the span", path.display()));
            vec![told.help("choose other days, or leave `--from` and `--to` out")]
        })
    }

    /// A column on some rows, all of which it must have.
    pub(in crate::command) fn returns(&self, name: &str, rows: &[usize]) -> Result<Vec<f64>, Vec<Diagnostic>> {
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
