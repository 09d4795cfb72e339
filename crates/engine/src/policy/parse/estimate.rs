//! `[estimate]` and `[[view]]`: how returns and risks are estimated.

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Field, Key, Table, Value, did_you_mean};
use crate::policy::{
    Blend, CovarianceEstimator, EstimateRules, Frequency, Missing, Relation, ReturnEstimator, Statement, View, ViewSubject,
};

use super::KnownClasses;

/// Choices of `returns` and `covariance`, before what else they need is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Returns {
    Assumptions,
    Mean,
    Exponential,
    Equilibrium,
    JamesStein,
    Capm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Risks {
    Assumptions,
    Sample,
    Exponential,
    Semi,
    LedoitWolf,
    ConstantCorrelation,
    Oracle,
    Denoised,
    Gerber,
    Principal,
}

/// Reads the rules; `None` where they could not be read.
pub(super) fn read(root: &Table<'_>) -> Option<EstimateRules> {
    let about = "How returns and risks are estimated from history, beliefs and views.";
    root.table("estimate", about, |table| read_rules(table, root.has("view"))).flatten()
}

fn read_rules(table: &Table<'_>, has_views: bool) -> Option<EstimateRules> {
    let frequency = table
        .key("frequency", "Period of the returns, made of the prices' own; that of the prices where left out.")
        .one_of(&[("daily", Frequency::Daily), ("weekly", Frequency::Weekly), ("monthly", Frequency::Monthly)])
        .optional();
    let periods = table
        .key(
            "periods_per_year",
            "Periods in a year, by which figures are annualized; 252, 52 or 12 by `frequency`, or as the dates come, where left out.",
        )
        .number()
        .above(0.0, "periods")
        .optional();
    let years =
        table.key("years", "Years of history used, back from the date; all where left out.").number().above(0.0, "years").optional();
    let missing = table
        .key(
            "missing",
            "What becomes of missing returns: an error, only dates complete for all, each pair on its own, or filled in by factors.",
        )
        .one_of(&[
            ("refuse", Missing::Refuse),
            ("complete", Missing::Complete),
            ("pairwise", Missing::Pairwise),
            ("backfill", Missing::Backfill),
        ])
        .or_else("refuse", || Missing::Refuse);
    let winsorize = table
        .key("winsorize", "Fraction of returns at each end that is pulled in to the quantile there.")
        .number()
        .between(0.0, 0.25, "")
        .optional();
    let half_life =
        table.key("half_life", "With `exponential`: periods in which a weight falls to half.").number().above(0.0, "periods").optional();
    let risk_free = table.key("risk_free", "Rate earned without risk, a year.").number().signed_fraction().or(0.0);
    let returns = read_returns(table, half_life);
    let covariance = read_covariance(table, half_life);
    let others = returns.is_some_and(|chosen| !matches!(chosen, ReturnEstimator::Exponential { .. }))
        && covariance.is_some_and(|chosen| !matches!(chosen, CovarianceEstimator::Exponential { .. }));
    if table.has("half_life") && others {
        without_effect(table, "half_life", "`returns = \"exponential\"` or `covariance = \"exponential\"`");
    }
    let correlation_stress = table
        .key("correlation_stress", "How far all correlations are moved toward 1: 0 leaves them, 1 makes them 1.")
        .number()
        .fraction()
        .optional();
    let blend = read_blend(table, has_views);
    Some(EstimateRules {
        frequency,
        periods_per_year: periods,
        years,
        missing,
        winsorize,
        returns: returns?,
        covariance: covariance?,
        correlation_stress,
        risk_free,
        blend: blend?,
        views: Vec::new(),
    })
}

fn read_returns(table: &Table<'_>, half_life: Option<f64>) -> Option<ReturnEstimator> {
    let chosen = table
        .key("returns", "Where expected returns come from: beliefs, history, or what would make the targets' stated weights optimal.")
        .one_of(&[
            ("assumptions", Returns::Assumptions),
            ("mean", Returns::Mean),
            ("exponential", Returns::Exponential),
            ("equilibrium", Returns::Equilibrium),
            ("james_stein", Returns::JamesStein),
            ("capm", Returns::Capm),
        ])
        .or_absent("mean", || Returns::Mean);
    let risk_aversion = table
        .key("market_risk_aversion", "With `equilibrium`: risk aversion of the market; 2.5 where left out.")
        .number()
        .above(0.0, "")
        .optional();
    if table.has("market_risk_aversion") && chosen.is_some_and(|chosen| chosen != Returns::Equilibrium) {
        without_effect(table, "market_risk_aversion", "`returns = \"equilibrium\"`");
    }
    Some(match chosen? {
        Returns::Assumptions => ReturnEstimator::Assumptions,
        Returns::Mean => ReturnEstimator::Mean,
        Returns::Exponential => ReturnEstimator::Exponential { half_life: needed(table, "half_life", half_life)? },
        Returns::Equilibrium => ReturnEstimator::Equilibrium { risk_aversion: risk_aversion.unwrap_or(2.5) },
        Returns::JamesStein => ReturnEstimator::JamesStein,
        Returns::Capm => ReturnEstimator::Capm,
    })
}

fn read_covariance(table: &Table<'_>, half_life: Option<f64>) -> Option<CovarianceEstimator> {
    let chosen = table
        .key("covariance", "Where the covariance comes from.")
        .one_of(&[
            ("assumptions", Risks::Assumptions),
            ("sample", Risks::Sample),
            ("exponential", Risks::Exponential),
            ("semi", Risks::Semi),
            ("ledoit_wolf", Risks::LedoitWolf),
            ("ledoit_wolf_constant_correlation", Risks::ConstantCorrelation),
            ("oas", Risks::Oracle),
            ("denoised", Risks::Denoised),
            ("gerber", Risks::Gerber),
            ("principal", Risks::Principal),
        ])
        .or_absent("ledoit_wolf", || Risks::LedoitWolf);
    let threshold = table
        .key("gerber_threshold", "With `gerber`: returns within so many standard deviations do not count; 0.5 where left out.")
        .number()
        .between(0.0, 5.0, "standard deviations")
        .optional();
    let factors = table.key("factors", "With `principal`: number of factors.").integer::<u32>().at_least(1, "factors").optional();
    for (key, choice, risks) in [("gerber_threshold", "gerber", Risks::Gerber), ("factors", "principal", Risks::Principal)] {
        if table.has(key) && chosen.is_some_and(|chosen| chosen != risks) {
            without_effect(table, key, &format!("`covariance = \"{choice}\"`"));
        }
    }
    Some(match chosen? {
        Risks::Assumptions => CovarianceEstimator::Assumptions,
        Risks::Sample => CovarianceEstimator::Sample,
        Risks::Exponential => CovarianceEstimator::Exponential { half_life: needed(table, "half_life", half_life)? },
        Risks::Semi => CovarianceEstimator::Semi,
        Risks::LedoitWolf => CovarianceEstimator::LedoitWolf,
        Risks::ConstantCorrelation => CovarianceEstimator::LedoitWolfConstantCorrelation,
        Risks::Oracle => CovarianceEstimator::OracleApproximating,
        Risks::Denoised => CovarianceEstimator::Denoised,
        Risks::Gerber => CovarianceEstimator::Gerber { threshold: threshold.unwrap_or(0.5) },
        Risks::Principal => {
            CovarianceEstimator::Principal { factors: usize::try_from(needed(table, "factors", factors)?).unwrap_or(usize::MAX) }
        }
    })
}

fn read_blend(table: &Table<'_>, has_views: bool) -> Option<Blend> {
    let pooling = table
        .key("views", "How each `[[view]]` is blended in: Black and Litterman's way, or entropy pooling.")
        .one_of(&[("black_litterman", false), ("entropy_pooling", true)])
        .or_absent("black_litterman", || false);
    let tau = table
        .key("tau", "With `black_litterman`: uncertainty of the prior means as a fraction of the covariance; 0.05 where left out.")
        .number()
        .above(0.0, "")
        .optional();
    if table.has("tau") && pooling == Some(true) {
        without_effect(table, "tau", "`views = \"black_litterman\"`");
    } else if table.has("tau") && !has_views {
        without_effect(table, "tau", "a `[[view]]`");
    }
    Some(if pooling? { Blend::EntropyPooling } else { Blend::BlackLitterman { tau: tau.unwrap_or(0.05) } })
}

/// Reads the views.
pub(super) fn read_views(root: &Table<'_>, classes: &KnownClasses<'_>, blend: Option<Blend>) -> Vec<View> {
    root.tables("view", "A belief about returns, beside what history or the market says.", |table| {
        let statement = statement(table.key("view", "Such as `US Equity > Bonds by 2 %` or `Bonds = 4 %`, a year; by entropy pooling also `Bonds >= 3 %`, `volatility of Bonds = 6 %` and `correlation of Bonds and Gold = 0.2`.")).required();
        let confidence = table
            .key("confidence", "How sure: 1 makes the view certain, near 0 leaves the prior. Left out: as sure as the prior is.")
            .number()
            .positive_fraction()
            .optional();
        if table.has("confidence") && blend == Some(Blend::EntropyPooling) {
            without_effect(table, "confidence", "`views = \"black_litterman\"` under `[estimate]`");
        }
        let statement = statement?;
        let subject = ViewSubject::of(&statement);
        if let Some((problem, help)) = impossible(&subject, &statement) {
            let message = format!("the view `{}` {problem}", statement.text);
            table.report_value("view", Diagnostic::error(Code::STATEMENT, message).help(help));
            return None;
        }
        let terms = statement.terms.iter().map(|term| term.name.as_str()).filter(|_| subject == ViewSubject::Mean);
        classes.check_names(table, terms.chain(subject.names()), statement.location.as_ref(), |name, known| {
            did_you_mean(name, known, "write a class or an instrument of the targets")
        });
        if blend != Some(Blend::EntropyPooling) && (statement.relation != Relation::Equal || subject != ViewSubject::Mean) {
            let message = "this view is an inequality, or about a volatility or correlation, which Black and Litterman's way cannot hold";
            let help = "write `=`, or `> … by …`, between expected returns; or set `views = \"entropy_pooling\"` under `[estimate]`";
            table.report_value("view", Diagnostic::error(Code::STATEMENT, message).help(help));
        }
        Some(View { subject, statement, confidence })
    })
}

/// What is wrong with the number of a view, and the remedy.
fn impossible(subject: &ViewSubject, statement: &Statement) -> Option<(String, String)> {
    let value = statement.value;
    match subject {
        ViewSubject::Correlation(..) if value.abs() > 1.0 => {
            Some((format!("says a correlation of {value}"), "write a number from -1 to 1".to_owned()))
        }
        ViewSubject::Volatility(_) if value < 0.0 => {
            Some(("says a volatility below 0".to_owned(), "write a number of at least 0".to_owned()))
        }
        ViewSubject::Correlation(..) => None,
        ViewSubject::Mean | ViewSubject::Volatility(_) => forgotten_percent(statement, 1.0),
    }
}

/// A number without a unit that is larger than what it can sensibly be, and the remedy.
pub(super) fn forgotten_percent(statement: &Statement, largest: f64) -> Option<(String, String)> {
    let number = statement.unitless;
    (number > largest).then(|| {
        let help = format!("fractions are not percent: write {number} % or {}", number / 100.0);
        (format!("has the number {number} without a unit, which is {}", crate::words::percent(number)), help)
    })
}

/// A statement in text.
pub(super) fn statement<'t, 'd>(key: Key<'t, 'd>) -> Field<'t, 'd, Statement> {
    key.read("text such as `Bonds >= 30 %`", read_statement)
}

/// Reads a statement.
pub(super) fn read_statement(value: Value<'_>) -> Option<Statement> {
    let text = value.name()?;
    match Statement::parse(&text) {
        Ok(statement) => Some(Statement { location: Some(value.location()), ..statement }),
        Err(error) => value.refuse(Code::STATEMENT, &error.problem, &error.help),
    }
}

/// A key that a choice needs.
fn needed<T>(table: &Table<'_>, name: &str, value: Option<T>) -> Option<T> {
    if value.is_none() && !table.has(name) && !table.is_reference() {
        let message = format!("`{name}` is missing in `estimate`");
        table.report(Diagnostic::error(Code::MISSING_KEY, message).help(format!("add `{name} = …`")));
    }
    value
}

/// Reports a key that does nothing here.
pub(super) fn without_effect(table: &Table<'_>, key: &str, needs: &str) {
    if !table.is_reference() {
        let message = format!("`{key}` has an effect only with {needs}");
        table.report_value(key, Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(format!("add {needs}, or remove `{key}`")));
    }
}
