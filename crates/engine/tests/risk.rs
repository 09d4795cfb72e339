//! Risk of holdings: methods, parts by class, and stress beside the policy's scenarios, against closed forms.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use common::{Held, USD, day, policy, usd, world};
use evenkeel::assumptions::{Assumptions, ClassAssumptions};
use evenkeel::diagnostic::Code;
use evenkeel::drift::ReviewHistory;
use evenkeel::market::NamedPanel;
use evenkeel::policy::{Bound, Limit, Measure, Policy, Selector, StressScenario};
use evenkeel::portfolio::State;
use evenkeel::risk::{
    Basis, Question, RiskInputs, RiskReport, Shock, ShockOf, WhatIf, WhatIfQuestion, assess, assess_returns, assess_series, what_if,
};
use evenkeel::run::{Mandate, Subject};
use evenkeel::target::stated_weights;
use evenkeel_ledger::account::Account;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_quant::panel::Content;

/// 60 % of stocks and 30 % of bonds at 20 % and 5 % of volatility, a correlation of 0.2, and 10 % of cash.
const WEIGHTS: [f64; 3] = [0.6, 0.3, 0.1];

fn class(name: &str) -> ClassPath {
    ClassPath::new(name).unwrap()
}

fn assumptions() -> Assumptions {
    let of = |name: &str, expected: f64, volatility: f64, growth: f64| ClassAssumptions {
        class: class(name),
        expected_return: Some(expected),
        return_range: None,
        volatility: Some(volatility),
        distributions: None,
        scores: BTreeMap::from([("esg".to_owned(), 10.0 * growth)]),
        loadings: BTreeMap::from([("growth".to_owned(), growth)]),
    };
    Assumptions {
        as_of: "2026-01-02".parse().unwrap(),
        source: "test".to_owned(),
        classes: vec![of("Stocks", 0.08, 0.2, 0.9), of("Bonds", 0.03, 0.05, -0.1)],
        correlation: Some(vec![1.0, 0.2, 0.2, 1.0]),
    }
}

/// Returns of so many days, the same in every test; stocks fall by 30 % over days 100 to 102.
fn history() -> NamedPanel {
    let mut random = evenkeel_quant::probability::random::Random::stream(9, 0);
    let days = 700;
    let dates: Vec<_> = (0..days).map(|at| day("2023-01-02").add_days(at).unwrap()).collect();
    let mut series = [Vec::new(), Vec::new()];
    for (at, date) in dates.into_iter().enumerate() {
        let fall = if (100..103).contains(&at) { -0.112 } else { 0.0 };
        series[0].push((date, 0.0004 + 0.01 * random.normal() + fall));
        series[1].push((date, 0.0001 + 0.002 * random.normal()));
    }
    let [stocks, bonds] = series;
    NamedPanel::of_series(None, Content::SimpleReturns, vec![("S".to_owned(), stocks), ("B".to_owned(), bonds)]).unwrap()
}

struct Case {
    policy: Policy,
    assumptions: Option<Assumptions>,
    history: Option<NamedPanel>,
    question: Question,
}

impl Case {
    fn of_assumptions() -> Self {
        let policy = policy(&[("Stocks", "0.5", &["S"]), ("Bonds", "0.4", &["B"]), ("Cash", "0.1", &[])]);
        Self { policy, assumptions: Some(assumptions()), history: None, question: Question::default() }
    }

    fn run<T>(self, ask: impl FnOnce(&RiskInputs<'_>, &Mandate<'_>, &State) -> T) -> T {
        let positions = vec![("S", "600"), ("B", "300")];
        let world = world(
            self.policy,
            &[("B", "Bonds", "1"), ("S", "Stocks", "1")],
            vec![Held { account: Account::new("a", "owner", USD), cash: "100", positions }],
        );
        let mandate = Mandate::new(&world.policy, &world.universe, &world.market, self.assumptions.as_ref(), None);
        let subject =
            Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
        let held = mandate.measure(&subject).unwrap();
        assert_eq!(held.value, usd("1000"));
        let stated = stated_weights(&world.policy.tree, &mandate.sleeves);
        let mut estimate = mandate.estimate_inputs(Some(&stated));
        estimate.history = self.history.as_ref();
        let inputs = RiskInputs {
            policy: &world.policy,
            universe: &world.universe,
            sleeves: &mandate.sleeves,
            assumptions: self.assumptions.as_ref(),
            costs: mandate.costs(),
            estimate,
            targets: Some(&stated),
            question: &self.question,
        };
        ask(&inputs, &mandate, &held.state)
    }

    fn report(self) -> RiskReport {
        self.run(|inputs, _, state| assess(inputs, state, None).unwrap())
    }

    fn what_if(self, asked: &WhatIfQuestion) -> WhatIf {
        self.run(|inputs, mandate, state| what_if(inputs, mandate.rules(), asked, state, Some(state)).unwrap())
    }
}

fn variance(stocks: f64, bonds: f64) -> f64 {
    (0.2 * stocks).powi(2) + (0.05 * bonds).powi(2) + 2.0 * 0.2 * 0.01 * stocks * bonds
}

#[test]
fn figures_by_assumptions_are_closed_forms() {
    let report = Case::of_assumptions().report();
    let figures = &report.held;
    assert_eq!((report.basis, report.span, report.exceptions.len()), (Basis::Assumptions, None, 0));
    let volatility = variance(0.6, 0.3).sqrt();
    assert!((figures.volatility - volatility).abs() < 1e-12);
    assert!((figures.tracking_error.unwrap() - variance(0.1, -0.1).sqrt()).abs() < 1e-12);
    assert!((figures.expected_return.unwrap() - (0.6 * 0.08 + 0.3 * 0.03)).abs() < 1e-12);
    let years: f64 = 21.0 / 252.0;
    let expected = 1.644_853_626_951_472_2 * volatility * years.sqrt() - figures.expected_return.unwrap() * years;
    let normal = figures.methods.iter().find(|method| method.method == "normal").unwrap();
    assert!((normal.value_at_risk.unwrap() - expected).abs() < 1e-12);
    let drawn = figures.methods.iter().find(|method| method.method == "monte_carlo_normal").unwrap();
    assert!((drawn.value_at_risk.unwrap() / expected - 1.0).abs() < 0.05);
    for sum in [
        figures.classes.iter().map(|class| class.part.share).sum::<f64>() - 1.0,
        figures.classes.iter().map(|class| class.part.value_at_risk).sum::<f64>() - normal.value_at_risk.unwrap(),
        figures.classes.iter().map(|class| class.part.conditional_value_at_risk).sum::<f64>() - normal.conditional_value_at_risk.unwrap(),
        figures.classes.iter().map(|class| class.part.weight).sum::<f64>() - 1.0,
    ] {
        assert!(sum.abs() < 1e-12, "{sum}");
    }
    let stocks = figures.classes.iter().find(|class| class.class == "Stocks").unwrap();
    assert!((stocks.part.volatility - 0.2).abs() < 1e-12);
    assert!((figures.factors[0].exposure - (0.6 * 0.9 - 0.3 * 0.1)).abs() < 1e-12);
    assert!((figures.concentration.effective_positions.unwrap() - 1.0 / (4.0 / 9.0 + 1.0 / 9.0)).abs() < 1e-12);
    assert_eq!(figures.currencies.len(), 1);
    let score = &figures.scores[0];
    assert!((score.held.value - (0.6 * 9.0 - 0.3) / 0.9).abs() < 1e-12 && score.targets.is_some());
}

#[test]
fn parts_of_risk_add_up_and_marginals_are_slopes() {
    let report = Case::of_assumptions().report();
    let figures = &report.held;
    let normal = figures.methods.iter().find(|method| method.method == "normal").unwrap();
    let (years, mean) = (21.0_f64 / 252.0, |stocks: f64, bonds: f64| 0.08 * stocks + 0.03 * bonds);
    let value_at_risk =
        |stocks: f64, bonds: f64| 1.644_853_626_951_472_2 * (variance(stocks, bonds) * years).sqrt() - mean(stocks, bonds) * years;
    let by_class: Vec<_> = figures.classes.iter().map(|class| class.part.clone()).collect();
    let by_holding: Vec<_> = figures.holdings.iter().map(|holding| holding.part.clone()).collect();
    for parts in [&by_class, &by_holding] {
        for sum in [
            parts.iter().map(|part| part.x_sigma_rho).sum::<f64>() - figures.volatility,
            parts.iter().map(|part| part.value_at_risk).sum::<f64>() - normal.value_at_risk.unwrap(),
            parts.iter().map(|part| part.conditional_value_at_risk).sum::<f64>() - normal.conditional_value_at_risk.unwrap(),
        ] {
            assert!(sum.abs() < 1e-12, "{sum}");
        }
    }
    // Each class is one holding here, and the largest part comes first.
    let symbols: Vec<Option<&str>> = figures.holdings.iter().map(|holding| holding.symbol.as_deref()).collect();
    assert_eq!(symbols, [Some("S"), Some("B"), None]);
    let stocks = &by_holding[0];
    let correlation = (0.04 * 0.6 + 0.002 * 0.3) / (0.2 * figures.volatility);
    assert!((stocks.correlation.unwrap() - correlation).abs() < 1e-12);
    assert!((stocks.x_sigma_rho - 0.6 * 0.2 * correlation).abs() < 1e-12);
    assert!((stocks.incremental_value_at_risk - (value_at_risk(0.6, 0.3) - value_at_risk(0.0, 0.3))).abs() < 1e-12);
    for (part, step) in [(stocks, [1e-6, 0.0]), (&by_holding[1], [0.0, 1e-6])] {
        let slope = (value_at_risk(0.6 + step[0], 0.3 + step[1]) - value_at_risk(0.6 - step[0], 0.3 - step[1])) / 2e-6;
        assert!((part.marginal_value_at_risk.unwrap() - slope).abs() < 1e-8);
        assert!((part.marginal_value_at_risk.unwrap() * part.weight - part.value_at_risk).abs() < 1e-12);
        assert!((part.marginal_conditional_value_at_risk.unwrap() * part.weight - part.conditional_value_at_risk).abs() < 1e-12);
    }
    let cash = &by_holding[2];
    assert_eq!((cash.volatility, cash.correlation, cash.incremental_value_at_risk), (0.0, None, 0.0));
}

#[test]
fn history_adds_methods_and_their_tests() {
    let case = Case { history: Some(history()), question: Question { horizon_days: 1.0, ..Question::default() }, ..Case::of_assumptions() };
    let report = case.report();
    assert_eq!((report.basis, report.span.unwrap().2), (Basis::History, 700));
    let told: Vec<&str> = report.held.methods.iter().map(|method| method.method).collect();
    for method in [
        "normal",
        "student_t",
        "monte_carlo_normal",
        "monte_carlo_student_t",
        "historical",
        "age_weighted",
        "volatility_filtered",
        "cornish_fisher",
        "extreme_value",
        "monte_carlo_bootstrap",
    ] {
        assert!(told.contains(&method), "{told:?}");
    }
    // Three days of −6.7 % make tails that no expansion can bear.
    let expansion = report.held.methods.iter().find(|method| method.method == "cornish_fisher").unwrap();
    assert!(!expansion.is_valid && expansion.note.contains("outside its domain"));
    let historical = report.held.methods.iter().find(|method| method.method == "historical").unwrap();
    let by_class: f64 = report.held.classes.iter().filter_map(|class| class.part.historical_conditional_value_at_risk).sum();
    assert!((by_class - historical.conditional_value_at_risk.unwrap()).abs() < 1e-12);
    assert_eq!(report.exceptions.len(), 3);
    for test in &report.exceptions {
        assert_eq!((test.window, test.observations), (250, 450));
        assert!((test.expected - 22.5).abs() < 1e-9 && test.exceptions > 5 && test.exceptions < 45, "{test:?}");
    }
    // The same series for itself, as of a backtest.
    let series: Vec<f64> = history().panel.values().row(0).iter().copied().chain((0..99).map(|at| 0.001 * f64::from(at % 7 - 3))).collect();
    let alone = assess_returns(&series, 252.0, &Question::default()).unwrap();
    assert!(alone.methods.iter().all(|method| method.is_valid == method.value_at_risk.is_some() || method.method == "cornish_fisher"));
    assert!(assess_returns(&[0.01], 252.0, &Question::default()).is_err());
}

#[test]
fn shocks_move_what_they_name_and_what_goes_with_it() {
    let shock = |of: ShockOf, size: f64| Shock { of, size };
    let asked = |shocks: Vec<Shock>, spread| WhatIfQuestion { shocks, spread, ..WhatIfQuestion::default() };
    let returned = |asked: &WhatIfQuestion| {
        let told = Case::of_assumptions().what_if(asked).shocks.unwrap();
        assert!((told.classes.iter().map(|class| class.contribution).sum::<f64>() - told.portfolio_return).abs() < 1e-12);
        assert!((told.proposed_return.unwrap() - told.portfolio_return).abs() < 1e-15);
        told.portfolio_return
    };
    let stocks = || shock(ShockOf::Class(class("Stocks")), -0.4);
    assert!((returned(&asked(vec![stocks()], false)) + 0.24).abs() < 1e-12);
    // Bonds have a beta of 0.2 × 0.05 ÷ 0.2 to stocks.
    assert!((returned(&asked(vec![stocks()], true)) + 0.24 + 0.3 * 0.4 * 0.05).abs() < 1e-12);
    assert!((returned(&asked(vec![shock(ShockOf::Factor("growth".into()), -0.1)], false)) + 0.6 * 0.09 - 0.3 * 0.01).abs() < 1e-12);
    assert!((returned(&asked(vec![shock(ShockOf::Instrument("B".into()), -0.5), stocks()], false)) + 0.15 + 0.24).abs() < 1e-12);
    // A shock of nothing is nothing.
    assert!(returned(&asked(vec![shock(ShockOf::Class(class("Stocks")), 0.0)], true)).abs() < 1e-15);
    for wrong in [ShockOf::Class(class("Gold")), ShockOf::Instrument("X".into()), ShockOf::Factor("carry".into())] {
        let asked = asked(vec![shock(wrong, -0.1)], false);
        let told = Case::of_assumptions().run(|inputs, mandate, state| what_if(inputs, mandate.rules(), &asked, state, None)).unwrap_err();
        assert!(told[0].help.as_ref().unwrap().contains("name a class"), "{told:?}");
    }
    let growth = |size| shock(ShockOf::Factor("growth".into()), size);
    for wrong in [vec![stocks(), stocks()], vec![shock(ShockOf::Class(class("Stocks")), 1e308)], vec![growth(f64::NAN)], vec![growth(-1e9)]]
    {
        let asked = asked(wrong, false);
        let told = Case::of_assumptions().run(|inputs, mandate, state| what_if(inputs, mandate.rules(), &asked, state, None)).unwrap_err();
        assert!(told.len() == 1 && (told[0].message.contains("twice") || told[0].message.contains("out of range")), "{told:?}");
    }
    let capped = Case::of_assumptions().what_if(&asked(vec![growth(-5.0)], false));
    assert!(capped.notes.iter().any(|note| note.contains("`Stocks` would move by -450 %")), "{:?}", capped.notes);
}

#[test]
fn the_past_is_replayed_on_what_is_held() {
    let case = || Case { history: Some(history()), ..Case::of_assumptions() };
    let told = case().what_if(&WhatIfQuestion { crises: 2, ..WhatIfQuestion::default() });
    assert_eq!(told.replays.len(), 2);
    let worst = &told.replays[0];
    let (first, last) = worst.span.unwrap();
    assert!(first <= day("2023-04-12") && last >= day("2023-04-14"), "{first} {last}");
    assert!(worst.portfolio_return < -0.15 && worst.portfolio_return <= told.replays[1].portfolio_return);
    let window = WhatIfQuestion { windows: vec![(first, last)], ..WhatIfQuestion::default() };
    let again = case().what_if(&window);
    assert!((again.replays[0].portfolio_return - worst.portfolio_return).abs() < 1e-15);
    let nowhere = WhatIfQuestion { windows: vec![(day("2010-01-01"), day("2010-02-01"))], ..WhatIfQuestion::default() };
    let told = case().run(|inputs, mandate, state| what_if(inputs, mandate.rules(), &nowhere, state, None)).unwrap_err();
    assert!(told[0].message.contains("no returns"), "{told:?}");
    let without = WhatIfQuestion { crises: 1, ..WhatIfQuestion::default() };
    let told = Case::of_assumptions().run(|inputs, mandate, state| what_if(inputs, mandate.rules(), &without, state, None)).unwrap_err();
    assert!(told[0].message.contains("nothing can be replayed"), "{told:?}");
}

#[test]
fn correlations_and_limits_in_reverse() {
    let told = Case::of_assumptions().what_if(&WhatIfQuestion { correlation: Some(1.0), ..WhatIfQuestion::default() });
    let stress = told.correlation.unwrap();
    assert!((stress.stressed_volatility - (0.6 * 0.2 + 0.3 * 0.05)).abs() < 1e-12);
    assert!(stress.stressed_value_at_risk > stress.value_at_risk);

    let mut case = Case::of_assumptions();
    let limit = |name: &str, of: &str, bound, value| Limit {
        name: name.into(),
        measure: Measure::Weight,
        selector: Selector { classes: vec![class(of)], ..Selector::default() },
        each: None,
        above: None,
        bound,
        value,
        hard: true,
        law: None,
        location: None,
    };
    case.policy.limits = vec![
        limit("stocks", "Stocks", Bound::AtMost, 0.7),
        limit("liquid", "Cash", Bound::AtLeast, 0.1),
        limit("all", "Bonds", Bound::AtMost, 1.0),
    ];
    case.policy.stress = vec![StressScenario { name: "fall".into(), shocks: vec![(vec![class("Stocks")], -0.1)], survival: 0.8 }];
    case.question.horizon_days = 252.0;
    let told = case.what_if(&WhatIfQuestion { reverse: true, ..WhatIfQuestion::default() });
    let of = |name: &str| told.reverse.iter().find(|stress| stress.limit == name).unwrap();
    let survival = of("survival of 80 %");
    assert!((survival.portfolio_return.unwrap() + 0.2).abs() < 1e-12);
    assert!((survival.distance.unwrap() - 0.2 / variance(0.6, 0.3).sqrt()).abs() < 1e-12);
    // After the shock the limit is reached exactly.
    let stocks = of("stocks");
    let moved = |stress: &evenkeel::risk::ReverseStress, name: &str| stress.classes.iter().find(|of| of.class == name).unwrap().moved;
    let after: Vec<f64> =
        ["Stocks", "Bonds", "Cash"].iter().zip(WEIGHTS).map(|(name, weight)| weight * (1.0 + moved(stocks, name))).collect();
    assert!((after[0] / after.iter().sum::<f64>() - 0.7).abs() < 1e-9);
    // Exactly at a floor, nothing is needed; and nothing takes bonds to all there is but the loss of everything else.
    assert_eq!(of("liquid").distance, Some(0.0));
    assert!(of("all").distance.is_none_or(|distance| distance > 4.0), "{:?}", of("all"));
    assert!(told.reverse.windows(2).all(|pair| pair[0].distance.unwrap_or(f64::INFINITY) <= pair[1].distance.unwrap_or(f64::INFINITY)));
}

/// Prices by the day, with a hole of a month, a price ten times the one before, and nothing of the last years.
#[test]
fn what_a_series_lacks_is_told() {
    let days = |from: &str, count: i32| (0..count).map(|after| day(from).add_days(after).unwrap()).collect::<Vec<Date>>();
    let dates = [days("2020-01-01", 60), days("2020-04-01", 60)].concat();
    let level = |at: usize| 100.0 * (1.0 + 0.01 * f64::from(u32::try_from(at % 3).unwrap())) * if at == 30 { 10.0 } else { 1.0 };
    let points: Vec<(Date, f64)> = dates.iter().enumerate().map(|(at, date)| (*date, level(at))).collect();
    let panel = |points| NamedPanel::of_series(None, Content::Prices, vec![("X".to_owned(), points)]).unwrap();
    let told = assess_series(&panel(points.clone()), "X", day("2024-01-01"), &Question::default()).unwrap();
    assert_eq!(told.span, Some((day("2020-01-01"), day("2020-05-30"))));
    let [hole, jump, old] = &told.notes[..] else { panic!("{:?}", told.notes) };
    assert!(hole.starts_with("From 2020-02-29 to 2020-04-01, 32 days"), "{hole}");
    assert!(jump.starts_with("The return of 2020-01-31 is ") && jump.contains("(and 1 more)"), "{jump}");
    assert!(old.contains("2020-05-30, 1311 days before 2024-01-01"), "{old}");
    // 99 windows of 21 days hold about five beyond 95 %; those of 119 days are one.
    let valid = |horizon_days, confidence| {
        let question = Question { horizon_days, confidence, scenarios: 15, ..Question::default() };
        let told = assess_series(&panel(points.clone()), "X", day("2020-06-01"), &question).unwrap();
        let of = |name: &str| told.methods.iter().find(|method| method.method == name).unwrap().clone();
        (of("historical"), of("monte_carlo_bootstrap"))
    };
    let (historical, drawn) = valid(21.0, 0.95);
    assert!(historical.is_valid && !drawn.is_valid && drawn.note.ends_with("too few to tell: 20 are needed"), "{drawn:?}");
    assert!(!valid(21.0, 0.995).0.is_valid);
    // What never moves has no shape, and losses of 0.
    let still = days("2020-01-01", 60).into_iter().map(|date| (date, 50.0)).collect();
    let told = assess_series(&panel(still), "X", day("2020-02-29"), &Question::default()).unwrap();
    let normal = &told.methods[0];
    assert_eq!((normal.method, normal.value_at_risk), ("normal", Some(0.0)));
}

#[test]
fn questions_out_of_range_are_refused() {
    let asked = |confidence, horizon_days| {
        assess_returns(&[0.01, -0.02, 0.03], 252.0, &Question { confidence, horizon_days, ..Question::default() })
    };
    for (confidence, horizon_days) in [(0.05, 21.0), (0.999_999, 21.0), (0.95, 1e300), (0.95, 2521.0), (0.95, 0.0), (f64::NAN, 21.0)] {
        let told = asked(confidence, horizon_days).unwrap_err();
        assert_eq!((told.len(), told[0].code), (1, Code::ARGUMENT), "{confidence} {horizon_days}");
    }
    assert!(asked(0.5, 2520.0).is_ok() && asked(0.9999, 0.5).is_ok());
}

#[test]
fn what_cannot_be_told_says_why() {
    let nothing = Case { assumptions: None, ..Case::of_assumptions() };
    let told = nothing.run(|inputs, _, state| assess(inputs, state, None)).unwrap_err();
    assert!(told[0].message.contains("neither history nor assumptions"));
    let odd = Question { confidence: 95.0, horizon_days: 0.0, participation: 2.0, degrees: Some(1.0), scenarios: 0, seed: 1 };
    let told = Case { question: odd, ..Case::of_assumptions() }.run(|inputs, _, state| assess(inputs, state, None)).unwrap_err();
    assert_eq!(told.len(), 5, "all at once: {told:?}");
    assert!(Case::of_assumptions().run(|inputs, _, _| assess(inputs, &State::new([], 0.0), None)).is_err());
}

#[test]
fn a_class_moves_as_what_is_held_of_it() {
    let mut random = evenkeel_quant::probability::random::Random::stream(11, 0);
    let mut drawn =
        |days: i32| -> Vec<_> { (0..days).map(|at| (day("2023-01-02").add_days(at).unwrap(), 0.01 * random.normal())).collect() };
    let (first, second, short) = (drawn(300), drawn(300), drawn(20));
    let mix = |a: f64, b: f64| -> Vec<f64> { first.iter().zip(&second).map(|(one, two)| a * one.1 + b * two.1).collect() };
    let (long, short_too) = (mix(0.25, 0.75), mix(-0.5, 1.5));
    let late = short.into_iter().zip(&first[280..]).map(|((_, value), (date, _))| (*date, value)).collect();
    let columns = vec![("S".to_owned(), first.clone()), ("T".to_owned(), second.clone()), ("U".to_owned(), late)];
    let history = NamedPanel::of_series(None, Content::SimpleReturns, columns).unwrap();
    let world = world(
        policy(&[("Stocks", "1", &["S"])]),
        &[("S", "Stocks", "1"), ("T", "Stocks", "1"), ("U", "Stocks", "1")],
        vec![Held { account: Account::new("a", "owner", USD), cash: "0", positions: vec![("S", "200"), ("T", "600"), ("U", "200")] }],
    );
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, None, None);
    let subject =
        Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    let held = mandate.measure(&subject).unwrap();
    let stated = stated_weights(&world.policy.tree, &mandate.sleeves);
    let mut estimate = mandate.estimate_inputs(Some(&stated));
    estimate.history = Some(&history);
    let question = Question::default();
    let inputs = RiskInputs {
        policy: &world.policy,
        universe: &world.universe,
        sleeves: &mandate.sleeves,
        assumptions: None,
        costs: mandate.costs(),
        estimate,
        targets: Some(&stated),
        question: &question,
    };
    let yearly = |mix: &[f64]| {
        let mean = mix.iter().sum::<f64>() / 300.0;
        (mix.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 299.0 * 252.0).sqrt()
    };
    let report = assess(&inputs, &held.state, None).unwrap();
    let told = "Risk of Stocks is that of 2 of 3 holdings, 80 % of its value: of the others there is too little history.";
    assert!(report.notes.iter().any(|note| note == told), "{:?}", report.notes);
    assert!((report.held.volatility / yearly(&long) - 1.0).abs() < 0.01, "{}", report.held.volatility);
    // Each holding as it moved itself, and in sum the class; what has no past moves as the class does.
    let whole = &report.held;
    let part = |symbol: &str| &whole.holdings.iter().find(|held| held.symbol.as_deref() == Some(symbol)).unwrap().part;
    for (symbol, own) in [("S", mix(1.0, 0.0)), ("T", mix(0.0, 1.0)), ("U", long.clone())] {
        let part = part(symbol);
        assert!((part.volatility / yearly(&own) - 1.0).abs() < 0.01, "{symbol}: {part:?}");
        let together: Vec<f64> = own.iter().zip(&long).map(|(own, all)| own + all).collect();
        let covariance = 0.5 * (yearly(&together).powi(2) - yearly(&own).powi(2) - yearly(&long).powi(2));
        let correlation = covariance / yearly(&own) / yearly(&long);
        assert!((part.correlation.unwrap() - correlation).abs() < 0.01, "{symbol}: {part:?} {correlation}");
        // Without it: what is left of the portfolio beside cash.
        let rest: Vec<f64> = long.iter().zip(&own).map(|(all, own)| all - part.weight * own).collect();
        let z_month = 1.644_853_626_951_472_2 * (21.0_f64 / 252.0).sqrt();
        let incremental = z_month * (yearly(&long) - yearly(&rest)) - part.weight * whole.expected_return.unwrap() / 12.0;
        assert!((part.incremental_value_at_risk - incremental).abs() < 0.001, "{symbol}: {part:?} {incremental}");
    }
    let sum = |of: fn(&evenkeel::risk::PartRisk) -> f64| whole.holdings.iter().map(|held| of(&held.part)).sum::<f64>();
    assert!((sum(|part| part.x_sigma_rho) - whole.volatility).abs() < 1e-12);
    let class = &whole.classes[0].part;
    assert!((sum(|part| part.value_at_risk) - class.value_at_risk).abs() < 1e-12);
    let historical = |part: &evenkeel::risk::PartRisk| part.historical_conditional_value_at_risk.unwrap();
    assert!((sum(historical) - historical(class)).abs() < 1e-12);
    // A proposal that keeps the second alone is measured as that.
    let id = |symbol: &str| world.universe.find(symbol).unwrap();
    let proposed = assess(&inputs, &held.state, Some(&State::new(vec![(id("T"), 1000.0)], 0.0))).unwrap().proposed.unwrap();
    assert!((proposed.volatility / yearly(&mix(0.0, 1.0)) - 1.0).abs() < 0.01, "{}", proposed.volatility);
    // Short 300 of the first beside 900 of the second.
    let state = State::new(vec![(id("S"), -300.0), (id("T"), 900.0)], 0.0);
    let volatility = assess(&inputs, &state, None).unwrap().held.volatility;
    assert!((volatility / yearly(&short_too) - 1.0).abs() < 0.01, "{volatility}");
    // As much short as long: a return on nothing is none.
    let state = State::new(vec![(id("S"), -500.0), (id("T"), 500.0)], 1000.0);
    assert!(assess(&inputs, &state, None).unwrap().notes.iter().any(|note| note.contains("nearly cancels")));
}
