//! [`IndexModel`]: an index bound to instruments.

use std::collections::BTreeMap;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_quant::linear::eigen::Eigen;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::{times, transposed_times};

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Parsed, did_you_mean};
use crate::policy::{IndexRules, Policy};
use crate::portfolio::{SleeveId, Sleeves};
use crate::words::{listed_briefly, percent};

use super::inputs::{Constituents, FactorLoadings, FactorRisk};
use super::weights::{Wanted, scale_to_one};

/// An index bound to the instruments of a class. Built once for a policy, used for any number of households.
///
/// ```
/// use evenkeel::index::{FactorLoadings, FactorRisk, Factors, IndexModel};
/// # use evenkeel::policy::{IndexRules, TargetTree, Node, Band};
/// # use evenkeel::portfolio::Sleeves;
/// # use evenkeel_ledger::{class::ClassPath, instrument::{Instrument, Universe}, number::Currency};
/// # use evenkeel_quant::estimate::covariance::Covariance;
/// # let class = ClassPath::new("Equity").unwrap();
/// # let instruments = ["A", "B"].map(|symbol| Instrument::new(symbol, class.clone(), Currency::USD)).to_vec();
/// # let universe = Universe::new(instruments).unwrap();
/// # let node = Node { class: class.clone(), parent: None, children: vec![], weight: None, band: Band::default(), instruments: vec![] };
/// # let sleeves = Sleeves::new(&TargetTree { nodes: vec![node] }, &universe);
/// # let rules = IndexRules { class, benchmark: "two".into(), max_tracking_error: None, exclude: vec![], tilt: None, location: None };
/// // A and B are half of the index each and have no factor in common; each has 20 % of volatility of its own.
/// let constituents = [("two".to_owned(), [("A".to_owned(), 0.5), ("B".to_owned(), 0.5)].into())].into();
/// let factors = Factors { names: vec![], covariance: Covariance::from_volatilities(&[], &[])? };
/// let own = FactorLoadings { loadings: vec![], specific_volatility: 0.2 };
/// let risk = FactorRisk { factors, exposures: [("A".to_owned(), own.clone()), ("B".to_owned(), own)].into() };
/// let index = IndexModel::bind(&rules, &constituents, &risk, &universe, &sleeves).value.unwrap();
/// // All money in A: half too much of A, half too little of B.
/// assert!((index.tracking_error(&[0.5, -0.5]) - 0.2 * 0.5_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IndexModel {
    /// The class.
    pub class: ClassPath,
    /// Its sleeve.
    pub sleeve: SleeveId,
    /// Name of the index.
    pub benchmark: String,
    /// Most tracking error that the policy allows, a year.
    pub max_tracking_error: Option<f64>,
    /// Every instrument that lies in the sleeve alone, in the order of the universe.
    pub names: Vec<IndexName>,
    /// g: a column for each name, a row for each factor.
    pub loadings: Matrix,
    /// Tracking error a year of the weights that are wanted against those of the index before exclusions and tilt.
    pub departure: f64,
    /// What was assumed, a sentence each.
    pub notes: Vec<String>,
}

/// A name of an index's class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexName {
    /// The instrument.
    pub instrument: InstrumentId,
    /// w: what is wanted of it, as a fraction of the class; 0 where it is not in the index or excluded.
    pub weight: f64,
    /// d: variance a year that no factor explains.
    pub specific: f64,
    /// Whether an exclusion selects it.
    pub excluded: bool,
}

impl IndexModel {
    /// Binds the rules of an index to what is known of it.
    ///
    /// A name of the index that the universe lacks, or that lies in another class, is left out, and the weights of the others
    /// are divided by their sum. A name without exposures has the loadings of the index (those of its known names, by weight)
    /// and their median specific variance. Both are told.
    pub fn bind(
        rules: &IndexRules,
        constituents: &Constituents,
        risk: &FactorRisk,
        universe: &Universe,
        sleeves: &Sleeves,
    ) -> Parsed<Self> {
        let refuse = |code: Code, message: String, help: String| {
            let told = Diagnostic::error(code, message).help(help);
            let told = rules.location.iter().fold(told, |told, place| told.at(place.clone()));
            Parsed { value: None, diagnostics: vec![told] }
        };
        let Some(members) = constituents.get(&rules.benchmark) else {
            let message = format!("nothing says what the index `{}` is made of", rules.benchmark);
            let help = did_you_mean(&rules.benchmark, constituents.keys().map(String::as_str), "add its names to constituents.csv");
            return refuse(Code::INDEX, message, help);
        };
        let Some((sleeve, stands_for)) = sleeves.iter().find(|(_, sleeve)| sleeve.listed && sleeve.class == rules.class) else {
            return refuse(Code::INDEX, format!("no target has the class `{}`", rules.class), "name a class of the targets".to_owned());
        };
        let lies_in = |id: InstrumentId| matches!(sleeves.exposures(id), [only] if only.sleeve == sleeve);
        let ids: Vec<InstrumentId> = universe.iter().map(|(id, _)| id).filter(|id| lies_in(*id)).collect();
        let (published, mut notes) = published(members, &ids, universe);
        let wanted = Wanted::new(rules, &ids, &published, universe, sleeves);
        if wanted.weights.iter().sum::<f64>() <= 0.0 {
            let message = format!("no name of the index `{}` is left for `{}`", rules.benchmark, rules.class);
            return refuse(Code::INDEX, message, "give its names in the instruments file, of that class, or exclude fewer".to_owned());
        }
        let named =
            |(id, excluded): (&InstrumentId, &bool)| (*excluded && stands_for.instruments.contains(id)).then(|| symbol(universe, *id));
        if let Some(symbol) = ids.iter().zip(&wanted.excluded).find_map(named).flatten() {
            let message = format!("`{symbol}` stands for `{}` and is excluded from its index", rules.class);
            return refuse(Code::EXCLUDED_TARGET, message, "take it out of the target's instruments, or exclude less".to_owned());
        }
        notes.extend(wanted.notes);
        let known: Vec<Option<&FactorLoadings>> = ids.iter().map(|id| risk.exposures.get(&universe.get(*id)?.symbol)).collect();
        let Some((loadings, specific, assumed)) = relative(risk, &known, &wanted.weights) else {
            let message = format!("no name of the index `{}` has exposures", rules.benchmark);
            return refuse(Code::INDEX, message, "add its names to exposures.csv".to_owned());
        };
        let in_index = |at: &usize| published.get(*at).is_some_and(|weight| *weight > 0.0);
        let assumed: Vec<&str> = assumed.iter().filter(|at| in_index(at)).filter_map(|at| symbol(universe, *ids.get(*at)?)).collect();
        if !assumed.is_empty() {
            let message = format!(
                "without exposures, and taken to move like the index with its median risk of their own: {}",
                listed_briefly(&assumed)
            );
            notes.push(message);
        }
        let parts = ids.iter().zip(&wanted.weights).zip(specific.iter().zip(&wanted.excluded));
        let names = parts.map(|((id, weight), (specific, excluded))| IndexName {
            instrument: *id,
            weight: *weight,
            specific: *specific,
            excluded: *excluded,
        });
        let mut model = Self {
            class: rules.class.clone(),
            sleeve,
            benchmark: rules.benchmark.clone(),
            max_tracking_error: rules.max_tracking_error,
            names: names.collect(),
            loadings,
            departure: 0.0,
            notes: Vec::new(),
        };
        let apart: Vec<f64> = wanted.weights.iter().zip(&published).map(|(wanted, published)| wanted - published).collect();
        model.departure = model.tracking_error(&apart);
        let told = |note: &String| Diagnostic::warning(Code::INDEX_ASSUMED, format!("of the index `{}` {note}", rules.benchmark));
        let diagnostics = notes.iter().map(|note| told(note).help("complete the files where that is not meant")).collect();
        Parsed { value: Some(Self { notes, ..model }), diagnostics }
    }

    /// Where a name stands in [`Self::names`].
    pub fn position(&self, instrument: InstrumentId) -> Option<usize> {
        self.names.binary_search_by_key(&instrument, |name| name.instrument).ok()
    }

    /// TE: tracking error a year of a class whose names are so far above what is wanted of them, in fractions of what the
    /// class is to be worth; what is missing counts as 0.
    pub fn tracking_error(&self, active: &[f64]) -> f64 {
        let padded: Vec<f64> = (0..self.names.len()).map(|at| active.get(at).copied().unwrap_or(0.0)).collect();
        let common: f64 = times(&self.loadings, &padded).iter().map(|exposure| exposure * exposure).sum();
        let specific: f64 = self.names.iter().zip(&padded).map(|(name, active)| name.specific * active * active).sum();
        (common + specific).sqrt()
    }
}

/// Binds all indices that a policy's classes follow; tells of files that are missing.
pub fn bind_indices(
    policy: &Policy,
    universe: &Universe,
    constituents: Option<&Constituents>,
    risk: Option<&FactorRisk>,
) -> Parsed<Vec<IndexModel>> {
    let Some(first) = policy.indices.first() else { return Parsed { value: Some(Vec::new()), diagnostics: Vec::new() } };
    let (Some(constituents), Some(risk)) = (constituents, risk) else {
        let missing = if constituents.is_none() { "what its names are" } else { "how its names move" };
        let message = format!("`{}` follows the index `{}`, and nothing says {missing}", first.class, first.benchmark);
        let told = Diagnostic::error(Code::INDEX, message).help("add constituents.csv, factors.csv and exposures.csv");
        return Parsed { value: None, diagnostics: vec![told] };
    };
    let sleeves = Sleeves::new(&policy.tree, universe);
    let bound = policy.indices.iter().map(|rules| IndexModel::bind(rules, constituents, risk, universe, &sleeves));
    let (models, told): (Vec<_>, Vec<_>) = bound.map(|parsed| (parsed.value, parsed.diagnostics)).unzip();
    Parsed { value: models.into_iter().collect(), diagnostics: told.into_iter().flatten().collect() }
}

/// Weights in the index of the names that there are, summing to 1, and what is left out.
fn published(members: &BTreeMap<String, f64>, ids: &[InstrumentId], universe: &Universe) -> (Vec<f64>, Vec<String>) {
    let weight = |id: &InstrumentId| symbol(universe, *id).and_then(|symbol| members.get(symbol)).copied().unwrap_or(0.0);
    let mut weights: Vec<f64> = ids.iter().map(weight).collect();
    let there = |name: &&String| universe.find(name).is_some_and(|id| ids.binary_search(&id).is_ok());
    let missing: Vec<&str> = members.keys().filter(|name| !there(name)).map(String::as_str).collect();
    let (left, total): (f64, f64) = (weights.iter().sum(), members.values().sum());
    scale_to_one(&mut weights);
    let told = (!missing.is_empty()).then(|| {
        let gone = percent((total - left) / total);
        format!("{gone} are left out, which the instruments file lacks or has in another class: {}", listed_briefly(&missing))
    });
    (weights, told.into_iter().collect())
}

fn symbol(universe: &Universe, id: InstrumentId) -> Option<&str> {
    universe.get(id).map(|instrument| instrument.symbol.as_str())
}

/// Loadings and specific variances against an index of such weights, and the names for which they are assumed; `None` where
/// nothing is known of any name of the index.
fn relative(risk: &FactorRisk, known: &[Option<&FactorLoadings>], weights: &[f64]) -> Option<(Matrix, Vec<f64>, Vec<usize>)> {
    let count = risk.factors.covariance.size();
    let of_index =
        || known.iter().zip(weights).filter_map(|(known, weight)| Some(((*known)?, *weight))).filter(|(_, weight)| *weight > 0.0);
    let total: f64 = of_index().map(|(_, weight)| weight).sum();
    let mut market = vec![0.0; count];
    for (name, weight) in of_index() {
        market.iter_mut().zip(&name.loadings).for_each(|(sum, loading)| *sum += weight / total * loading);
    }
    let mut own: Vec<f64> = of_index().map(|(name, _)| name.specific_volatility.powi(2)).collect();
    own.sort_unstable_by(f64::total_cmp);
    let median = own.get(own.len() / 2).copied()?;
    let eigen = Eigen::of(&risk.factors.covariance.matrix()).ok()?;
    let roots: Vec<f64> = eigen.values.iter().map(|value| value.max(0.0).sqrt()).collect();
    let mut columns = Vec::with_capacity(count * known.len());
    for name in known {
        let apart: Vec<f64> = match name {
            Some(name) => name.loadings.iter().zip(&market).map(|(own, market)| own - market).collect(),
            None => vec![0.0; count],
        };
        columns.extend(transposed_times(&eigen.vectors, &apart).iter().zip(&roots).map(|(value, root)| value * root));
    }
    let loadings = Matrix::from_columns(count, known.len(), columns).ok()?;
    let specific = known.iter().map(|name| name.map_or(median, |name| name.specific_volatility.powi(2))).collect();
    let assumed = known.iter().enumerate().filter(|(_, name)| name.is_none()).map(|(at, _)| at).collect();
    Some((loadings, specific, assumed))
}
