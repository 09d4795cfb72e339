//! Indices bound to instruments: weights after exclusions and tilt, and the risk against them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests: a failure may panic")]

use evenkeel::diagnostic::{Code, has_errors};
use evenkeel::document::Parsed;
use evenkeel::index::{Constituents, FactorLoadings, FactorRisk, Factors, IndexModel};
use evenkeel::policy::{Attribute, Band, IndexRules, Node, ScoreTilt, Selector, TargetTree};
use evenkeel::portfolio::Sleeves;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;
use evenkeel_quant::estimate::covariance::Covariance;
use proptest::prelude::*;

const SYMBOLS: [&str; 4] = ["A", "B", "C", "D"];

fn universe(change: impl Fn(&mut [Instrument])) -> Universe {
    let class = |class| ClassPath::new(class).unwrap();
    let mut instruments: Vec<Instrument> = SYMBOLS.map(|symbol| Instrument::new(symbol, class("Equity"), Currency::USD)).into();
    instruments.push(Instrument::new("BND", class("Bonds"), Currency::USD));
    change(&mut instruments);
    Universe::new(instruments).unwrap()
}

fn tree() -> TargetTree {
    let node = |class| Node {
        class: ClassPath::new(class).unwrap(),
        parent: None,
        children: Vec::new(),
        weight: None,
        band: Band::default(),
        instruments: Vec::new(),
    };
    TargetTree { nodes: vec![node("Equity"), node("Bonds")] }
}

fn rules() -> IndexRules {
    let class = ClassPath::new("Equity").unwrap();
    IndexRules { class, benchmark: "four".to_owned(), max_tracking_error: None, exclude: Vec::new(), tilt: None, location: None }
}

fn weights(of: &[(&str, f64)]) -> Constituents {
    [("four".to_owned(), of.iter().map(|(symbol, weight)| ((*symbol).to_owned(), *weight)).collect())].into()
}

/// Two factors of 20 % and 10 %, correlated by ½.
fn risk(exposures: &[(&str, [f64; 2], f64)]) -> FactorRisk {
    let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.5, 0.5, 1.0]).unwrap();
    let entry = |(symbol, loadings, own): &(&str, [f64; 2], f64)| {
        ((*symbol).to_owned(), FactorLoadings { loadings: loadings.to_vec(), specific_volatility: *own })
    };
    let names = vec!["market".to_owned(), "value".to_owned()];
    FactorRisk { factors: Factors { names, covariance }, exposures: exposures.iter().map(entry).collect() }
}

const EXPOSURES: [(&str, [f64; 2], f64); 4] =
    [("A", [1.2, 0.0], 0.3), ("B", [0.8, 0.5], 0.2), ("C", [1.0, -0.5], 0.25), ("D", [0.9, 1.0], 0.4)];
const WEIGHTS: [(&str, f64); 4] = [("A", 0.4), ("B", 0.3), ("C", 0.2), ("D", 0.1)];

fn bind(rules: &IndexRules, constituents: &Constituents, risk: &FactorRisk, universe: &Universe) -> Parsed<IndexModel> {
    IndexModel::bind(rules, constituents, risk, universe, &Sleeves::new(&tree(), universe))
}

fn bound(rules: &IndexRules, universe: &Universe) -> IndexModel {
    let parsed = bind(rules, &weights(&WEIGHTS), &risk(&EXPOSURES), universe);
    assert!(!has_errors(&parsed.diagnostics), "{:?}", parsed.diagnostics);
    parsed.value.unwrap()
}

fn wanted(model: &IndexModel) -> Vec<f64> {
    model.names.iter().map(|name| name.weight).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12
}

#[test]
fn the_risk_is_that_of_the_factor_model() {
    let model = bound(&rules(), &universe(|_| {}));
    assert!(model.names.len() == 4 && close(model.departure, 0.0));
    // All in A: by hand from covariances of A with the index.
    let active = [0.6, -0.3, -0.2, -0.1];
    let factor = |at: usize| -> f64 { EXPOSURES.iter().zip(active).map(|((_, loadings, _), active)| active * loadings[at]).sum() };
    let (market, value) = (factor(0), factor(1));
    let own: f64 = EXPOSURES.iter().zip(active).map(|((.., own), active)| (own * active).powi(2)).sum();
    let variance = 0.04 * market * market + 2.0 * 0.01 * market * value + 0.01 * value * value + own;
    assert!(close(model.tracking_error(&active), variance.sqrt()), "{} {variance}", model.tracking_error(&active));
    assert!(close(model.tracking_error(&[0.0; 4]), 0.0));
    let exposed: f64 = (0..model.loadings.rows())
        .map(|row| wanted(&model).iter().enumerate().map(|(at, w)| w * model.loadings.get(row, at)).sum::<f64>().abs())
        .sum();
    assert!(exposed < 1e-12, "the index has no exposure against itself: {exposed}");
}

#[test]
fn exclusions_take_names_out_and_the_rest_stays_in_proportion() {
    let universe = universe(|instruments| {
        for (instrument, sector) in instruments.iter_mut().zip([Some("Tobacco"), Some("Energy"), None, Some("Energy")]) {
            instrument.sector = sector.map(str::to_owned);
        }
    });
    let tobacco = Selector { attributes: vec![(Attribute::Sector, vec!["Tobacco".to_owned()])], ..Selector::default() };
    let model = bound(&IndexRules { exclude: vec![tobacco], ..rules() }, &universe);
    assert!(wanted(&model).iter().zip([0.0, 0.5, 1.0 / 3.0, 1.0 / 6.0]).all(|(a, b)| close(*a, b)), "{:?}", wanted(&model));
    assert_eq!(model.names.iter().map(|name| name.excluded).collect::<Vec<_>>(), [true, false, false, false]);
    assert_eq!(model.notes, ["1 names lack an attribute by which names are excluded, and are not excluded"]);
    // What leaving A out costs against the index as it is published.
    let apart = [-0.4, 0.2, 1.0 / 3.0 - 0.2, 1.0 / 6.0 - 0.1];
    assert!(close(model.departure, bound(&rules(), &universe).tracking_error(&apart)));
}

#[test]
fn a_tilt_multiplies_weights_by_their_standardized_score() {
    let universe = universe(|instruments| {
        for (instrument, score) in instruments.iter_mut().zip(["1", "3", "3", "1"]) {
            instrument.scores.insert("esg".to_owned(), score.parse().unwrap());
        }
    });
    let tilt = Some(ScoreTilt { score: "esg".to_owned(), strength: 0.5 });
    let model = bound(&IndexRules { tilt, ..rules() }, &universe);
    // Half of the weight has 1 and half has 3: mean 2, deviation 1.
    let (up, down) = (0.5_f64.exp(), (-0.5_f64).exp());
    let sum = 0.5 * (up + down);
    let expected = [0.4 * down / sum, 0.3 * up / sum, 0.2 * up / sum, 0.1 * down / sum];
    assert!(wanted(&model).iter().zip(expected).all(|(a, b)| close(*a, b)), "{:?} {expected:?}", wanted(&model));
    assert!(model.departure > 0.0);
}

#[test]
fn what_is_not_known_is_assumed_and_told() {
    let universe = universe(|_| {});
    let constituents = weights(&[("A", 0.5), ("B", 0.3), ("BND", 0.1), ("GONE", 0.1)]);
    let parsed = bind(&rules(), &constituents, &risk(&EXPOSURES[..1]), &universe);
    let model = parsed.value.unwrap();
    assert_eq!(parsed.diagnostics.iter().map(|told| told.code).collect::<Vec<_>>(), [Code::INDEX_ASSUMED; 2]);
    assert_eq!(
        model.notes,
        [
            "20 % are left out, which the instruments file lacks or has in another class: BND and GONE",
            "without exposures, and taken to move like the index with its median risk of their own: B"
        ]
    );
    assert!(wanted(&model).iter().zip([0.625, 0.375, 0.0, 0.0]).all(|(a, b)| close(*a, b)));
    // B moves like A, the only name that is known, but for its own risk.
    assert!(close(model.tracking_error(&[0.1, -0.1, 0.0, 0.0]), 0.3 * (2.0_f64 * 0.01).sqrt()));
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let universe = universe(|_| {});
    let everything = Selector { classes: vec![ClassPath::new("Equity").unwrap()], ..Selector::default() };
    let cases = [
        (IndexRules { benchmark: "fuor".to_owned(), ..rules() }, "nothing says what the index `fuor` is made of"),
        (IndexRules { class: ClassPath::new("Gold").unwrap(), ..rules() }, "no target has the class `Gold`"),
        (IndexRules { class: ClassPath::new("Bonds").unwrap(), ..rules() }, "no name of the index `four` is left for `Bonds`"),
        (IndexRules { exclude: vec![everything], ..rules() }, "no name of the index `four` is left for `Equity`"),
    ];
    for (rules, message) in cases {
        let parsed = bind(&rules, &weights(&WEIGHTS), &risk(&EXPOSURES), &universe);
        assert!(parsed.value.is_none());
        assert_eq!((parsed.diagnostics[0].code, parsed.diagnostics[0].message.as_str()), (Code::INDEX, message));
    }
    let mut tree = tree();
    tree.nodes[0].instruments = vec!["A".to_owned()];
    let rule = Selector { attributes: vec![(Attribute::Instrument, vec!["A".to_owned()])], ..Selector::default() };
    let rules_without_a = IndexRules { exclude: vec![rule], ..rules() };
    let parsed = IndexModel::bind(&rules_without_a, &weights(&WEIGHTS), &risk(&EXPOSURES), &universe, &Sleeves::new(&tree, &universe));
    assert_eq!(parsed.diagnostics[0].message, "`A` stands for `Equity` and is excluded from its index");
    assert_eq!(parsed.diagnostics[0].code, Code::EXCLUDED_TARGET);
    let parsed = bind(&rules(), &weights(&WEIGHTS), &risk(&[]), &universe);
    assert_eq!(parsed.diagnostics[0].message, "no name of the index `four` has exposures");
}

proptest! {
    #[test]
    fn the_risk_is_a_norm(active in prop::array::uniform4(-1.0..1.0), other in prop::array::uniform4(-1.0..1.0), scale in 0.0..10.0_f64) {
        let model = bound(&rules(), &universe(|_| {}));
        let of = |active: [f64; 4]| model.tracking_error(&active);
        let sum: [f64; 4] = std::array::from_fn(|at| active[at] + other[at]);
        prop_assert!(of(sum) <= of(active) + of(other) + 1e-12);
        let scaled: f64 = of(active.map(|x| x * scale));
        prop_assert!((scaled - scale * of(active)).abs() <= 1e-12 * (1.0 + scale));
        // A class that is larger than wanted by the same factor in every name has no factor risk against its index.
        let larger: [f64; 4] = std::array::from_fn(|at| scale * WEIGHTS[at].1);
        let own: f64 = EXPOSURES.iter().zip(larger).map(|((.., own), active)| (own * active).powi(2)).sum();
        prop_assert!((of(larger) - own.sqrt()).abs() <= 1e-9);
    }
}
