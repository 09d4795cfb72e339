//! [`PartRisk`]: what a class or a holding contributes to risk.
//!
//! | figure | formula | |
//! |---|---|---|
//! | x-σ-ρ | x σᵢ ρᵢ = hᵢᵀΣw ÷ σ | sums to σ, the portfolio's volatility a year |
//! | share of risk | x σᵢ ρᵢ ÷ σ | sums to 1 |
//! | VaR | z x σᵢ ρᵢ √T − hᵢᵀμ T | sums to VaR; CVaR with φ(z) ÷ (1 − β) in place of z |
//! | marginal | ÷ x | by how much it grows with the weight, for a unit of it |
//! | incremental | VaR(w) − VaR(w − hᵢ) | what would go were the part held as riskless cash |
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | w | weights by sleeve | fractions of value |
//! | hᵢ | what of w the part is, by sleeve; x = 1ᵀhᵢ is its weight | fractions of value |
//! | Σ, μ | covariance and expected returns of sleeves | a year |
//! | σᵢ | volatility of the part alone, √(hᵢᵀΣhᵢ) ÷ abs x | a year |
//! | dᵢ | what a unit of a holding returns beyond its classes, which move as all that is held of them: Σ xᵢdᵢ = 0 | simple returns |
//! | ρᵢ | its correlation with the portfolio | |
//! | T | horizon | years of 252 trading days |
//!
//! Of holdings cov(dᵢ, portfolio) of the past is added to hᵢᵀΣw ÷ x, and var(dᵢ) + 2 cov(dᵢ, classes) to σᵢ²: so parts of holdings sum to
//! the parts of their classes, whichever way these are estimated. Without a past a holding moves as its classes do.
//!
//! Losses are positive. Sources: J. Menchero, B. Davis, *Risk Contribution is Exposure Times Volatility Times Correlation*, Journal of
//! Portfolio Management 37 (2011), equation 4; P. Jorion, *Value at Risk*, 3rd ed. (2006), chapter 7.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::vector::dot;
use evenkeel_quant::risk::parametric::normal_tail;
use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::tail::TailRisk;
use serde::Serialize;

use crate::boundary::TOLERANCE;
use crate::policy::TRADING_DAYS;
use crate::portfolio::State;

use super::RiskInputs;
use super::model::RiskModel;
use super::own::{Own, Past};

/// What a part of a portfolio contributes to risk; VaR and CVaR are over the horizon, for normal returns.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartRisk {
    /// Its weight.
    pub weight: f64,
    /// Volatility a year of the part alone.
    pub volatility: f64,
    /// Its correlation with the portfolio; null where one of the two does not vary.
    pub correlation: Option<f64>,
    /// Weight × volatility × correlation (x-sigma-rho): its part of the portfolio's volatility a year.
    pub x_sigma_rho: f64,
    /// Its share of the portfolio's variance, which is that of its volatility too.
    pub share: f64,
    /// Its part of VaR.
    pub value_at_risk: f64,
    /// Its part of CVaR.
    pub conditional_value_at_risk: f64,
    /// Its part of CVaR of one period in the worst scenarios of history, where there is one.
    pub historical_conditional_value_at_risk: Option<f64>,
    /// By how much VaR grows with its weight, a unit of weight; null of a class of several leaves that is not held.
    pub marginal_value_at_risk: Option<f64>,
    /// By how much CVaR grows with its weight.
    pub marginal_conditional_value_at_risk: Option<f64>,
    /// By how much VaR would fall were it held as riskless cash.
    pub incremental_value_at_risk: f64,
    /// By how much CVaR would fall were it held as riskless cash.
    pub incremental_conditional_value_at_risk: f64,
}

/// What a class contributes to risk; those of one level sum to the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassRisk {
    /// The class.
    pub class: String,
    /// How deep it stands in the tree, from 0.
    pub level: usize,
    /// Whether no other class stands below it.
    pub is_leaf: bool,
    /// What it contributes.
    #[serde(flatten)]
    pub part: PartRisk,
}

/// What a holding contributes to risk; with cash they sum to the whole. It moves as it did in the past, or without one as the leaves
/// of which it is made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HoldingRisk {
    /// The instrument; null for cash.
    pub symbol: Option<String>,
    /// What it contributes.
    #[serde(flatten)]
    pub part: PartRisk,
}

/// What divides the risk of weights by sleeve.
pub(super) struct Parts<'a> {
    inputs: &'a RiskInputs<'a>,
    weights: &'a [f64],
    level: f64,
    years: f64,
    covariance: &'a Covariance,
    expected: &'a [f64],
    /// Σw.
    covaries: Vec<f64>,
    volatility: f64,
    total: TailRisk,
    past: Option<Past<'a>>,
    /// Loss of a unit of each sleeve in the worst scenarios.
    worst: Option<Vec<f64>>,
}

/// A part of the weights.
struct Held<'h> {
    /// By sleeve.
    own: &'h [f64],
    weight: f64,
    /// What a unit of its weight is made of.
    unit: Option<&'h [f64]>,
    /// What it does beyond its sleeves.
    beyond: Option<Own>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(inputs: &'a RiskInputs<'a>, model: &'a RiskModel, state: &State, weights: &'a [f64]) -> Result<Self, RiskError> {
        let (level, years) = (inputs.question.confidence, inputs.question.horizon_days / TRADING_DAYS);
        let covaries = model.covariance.times(weights);
        let volatility = dot(weights, &covaries).max(0.0).sqrt();
        let total = normal_tail(dot(weights, &model.expected) * years, volatility * years.sqrt(), level)?;
        let past = Past::new(inputs, model, state, weights)?;
        let worst = past.as_ref().map(Past::worst_of_sleeves);
        let (covariance, expected) = (&model.covariance, &model.expected[..]);
        Ok(Self { inputs, weights, level, years, covariance, expected, covaries, volatility, total, past, worst })
    }

    /// Every class of the tree and what lies beside it, parents before children.
    pub(super) fn classes(&self) -> Result<Vec<ClassRisk>, RiskError> {
        let of_node = |(class, members, is_leaf): (ClassPath, Vec<usize>, bool)| {
            let own = self.weights.iter().enumerate().map(|(at, weight)| if members.contains(&at) { *weight } else { 0.0 });
            let own: Vec<f64> = own.collect();
            let weight: f64 = own.iter().sum();
            let unit = match members[..] {
                [only] => Some((0..own.len()).map(|at| f64::from(u8::from(at == only))).collect()),
                _ => unit(&own, weight),
            };
            let part = self.part(&Held { own: &own, weight, unit: unit.as_deref(), beyond: None })?;
            Ok(ClassRisk { level: class.segments().count() - 1, class: class.to_string(), is_leaf, part })
        };
        self.nodes().into_iter().map(of_node).collect()
    }

    /// Every holding and cash, what carries most risk first.
    pub(super) fn holdings(&self, state: &State) -> Result<Vec<HoldingRisk>, RiskError> {
        let sleeves = self.inputs.sleeves;
        let mut found = Vec::with_capacity(state.values().len() + 1);
        for (id, value) in state.values().iter().filter(|(_, value)| *value != 0.0) {
            let exposures = sleeves.exposures(*id).iter().map(|exposure| (exposure.sleeve.0, exposure.weight * value / state.total()));
            found.push(self.holding(Some(*id), exposures)?);
        }
        if state.cash() != 0.0 {
            found.push(self.holding(None, std::iter::once((sleeves.cash.0, state.cash() / state.total())))?);
        }
        // Stable, so that equals stay in the order of the universe.
        found.sort_by(|a, b| b.part.share.total_cmp(&a.part.share));
        Ok(found)
    }

    fn holding(&self, id: Option<InstrumentId>, exposures: impl Iterator<Item = (usize, f64)>) -> Result<HoldingRisk, RiskError> {
        let mut own = vec![0.0; self.weights.len()];
        for (sleeve, weight) in exposures {
            own.iter_mut().skip(sleeve).take(1).for_each(|own| *own += weight);
        }
        let weight: f64 = own.iter().sum();
        let symbol = id.and_then(|id| self.inputs.universe.get(id)).map(|instrument| instrument.symbol.clone());
        let unit = unit(&own, weight);
        let beyond = self.past.as_ref().zip(id).zip(unit.as_ref()).and_then(|((past, id), unit)| past.own(id, weight, unit));
        Ok(HoldingRisk { symbol, part: self.part(&Held { own: &own, weight, unit: unit.as_deref(), beyond })? })
    }

    fn part(&self, held: &Held<'_>) -> Result<PartRisk, RiskError> {
        let Held { own, weight, unit, beyond } = *held;
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let Own { variance, with_portfolio, with_classes, worst: worst_beyond } = beyond.unwrap_or_default();
        let x_sigma_rho = ratio(dot(own, &self.covaries) + weight * with_portfolio, self.volatility);
        let alone = unit.map_or(0.0, |unit| (self.covariance.variance(unit) + 2.0 * with_classes + variance).max(0.0).sqrt());
        let slope = unit.map(|unit| ratio(dot(unit, &self.covaries) + with_portfolio, self.volatility));
        let whole = self.slope(1.0)?;
        let part = |x_sigma_rho: f64, own: &[f64]| {
            let expected = dot(own, self.expected) * self.years;
            TailRisk {
                value_at_risk: whole.value_at_risk * x_sigma_rho - expected,
                conditional_value_at_risk: whole.conditional_value_at_risk * x_sigma_rho - expected,
            }
        };
        let (component, marginal) = (part(x_sigma_rho, own), unit.zip(slope).map(|(unit, slope)| part(slope, unit)));
        let without: Vec<f64> = self.weights.iter().zip(own).map(|(weight, own)| weight - own).collect();
        // Of what is left, with what the others then do beyond their classes: that of the part, the other way.
        let beyond = weight * weight * variance - 2.0 * weight * (with_portfolio - weight * with_classes);
        let rest = (self.covariance.variance(&without) + beyond).max(0.0).sqrt() * self.years.sqrt();
        let rest = normal_tail(dot(&without, self.expected) * self.years, rest, self.level)?;
        let in_worst = |worst: &Vec<f64>| dot(own, worst) + weight * worst_beyond;
        Ok(PartRisk {
            weight,
            volatility: alone,
            correlation: slope.filter(|_| alone > 0.0 && self.volatility > 0.0).map(|slope| (slope / alone).clamp(-1.0, 1.0)),
            x_sigma_rho,
            share: ratio(x_sigma_rho, self.volatility),
            value_at_risk: component.value_at_risk,
            conditional_value_at_risk: component.conditional_value_at_risk,
            historical_conditional_value_at_risk: self.worst.as_ref().map(in_worst),
            marginal_value_at_risk: marginal.map(|part| part.value_at_risk),
            marginal_conditional_value_at_risk: marginal.map(|part| part.conditional_value_at_risk),
            incremental_value_at_risk: self.total.value_at_risk - rest.value_at_risk,
            incremental_conditional_value_at_risk: self.total.conditional_value_at_risk - rest.conditional_value_at_risk,
        })
    }

    /// VaR and CVaR of a volatility a year without a mean.
    fn slope(&self, volatility: f64) -> Result<TailRisk, RiskError> {
        normal_tail(0.0, volatility * self.years.sqrt(), self.level)
    }

    /// Nodes of the tree with the sleeves below them, then cash and what no leaf names, where it is held.
    fn nodes(&self) -> Vec<(ClassPath, Vec<usize>, bool)> {
        let (tree, sleeves) = (&self.inputs.policy.tree, self.inputs.sleeves);
        let below = |class: &ClassPath| -> Vec<usize> {
            sleeves.iter().filter(|(_, sleeve)| sleeve.class.is_within(class)).map(|(id, _)| id.0).collect()
        };
        let mut nodes: Vec<(ClassPath, Vec<usize>, bool)> =
            tree.nodes.iter().map(|node| (node.class.clone(), below(&node.class), node.children.is_empty())).collect();
        let is_held = |at: usize| self.weights.get(at).is_some_and(|weight| weight.abs() > TOLERANCE);
        let in_tree = |class: &ClassPath| tree.nodes.iter().any(|node| node.class == *class);
        let beside = sleeves.iter().filter(|(id, sleeve)| is_held(id.0) && !in_tree(&sleeve.class));
        nodes.extend(beside.map(|(id, sleeve)| (sleeve.class.clone(), vec![id.0], true)));
        nodes
    }
}

/// What a unit of weight is made of; none of a weight of nothing.
fn unit(own: &[f64], weight: f64) -> Option<Vec<f64>> {
    (weight.abs() > TOLERANCE).then(|| own.iter().map(|own| own / weight).collect())
}
