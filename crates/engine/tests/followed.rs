//! The joint planner on classes that follow an index.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests: a failure may panic")]

use evenkeel::boundary::to_f64;
use evenkeel::diagnostic::SourceText;
use evenkeel::drift::ReviewHistory;
use evenkeel::index::{FactorLoadings, FactorRisk, Factors, bind_indices};
use evenkeel::market::{MarketSnapshot, PriceKind, PricePoint};
use evenkeel::policy::Policy;
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::trade::{Comparison, Side};
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Money, Price, Quantity};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_testkit::generate::{DirectIndex, Size, direct_index};

const SIZE: Size = Size { names: 40, lots: 120, factors: 5, concentrated: 0 };

fn propose(world: &DirectIndex) -> Proposal {
    let indices = bind_indices(&world.policy, &world.universe, Some(&world.constituents), Some(&world.risk)).value.unwrap();
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, None, None).with_indices(&indices);
    let mandate = mandate.comparing(Comparison::Nothing);
    let subject =
        Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    mandate.propose(&subject, Provenance::default()).unwrap()
}

/// A generated household with another limit of tracking error.
fn world(seed: u64, max_tracking_error: Option<f64>) -> DirectIndex {
    let mut world = direct_index(seed, SIZE);
    world.policy.indices[0].max_tracking_error = max_tracking_error;
    world
}

/// What is held of each instrument after a proposal, or before it, as a fraction of what the class is to be worth.
fn held(world: &DirectIndex, proposal: Option<&Proposal>) -> Vec<f64> {
    let mut values = vec![0.0; world.universe.len()];
    let price = |id: InstrumentId| to_f64(world.market.prices[id.index()].unwrap().price.decimal());
    let lots = world.holdings.accounts.iter().flat_map(AccountHoldings::lots);
    lots.for_each(|lot| values[lot.instrument.index()] += to_f64(lot.quantity.decimal()) * price(lot.instrument));
    let cash: f64 = world.holdings.accounts.iter().flat_map(AccountHoldings::cash).map(|cash| to_f64(cash.amount())).sum();
    let class = 0.98 * (values.iter().sum::<f64>() + cash);
    for trade in proposal.iter().flat_map(|proposal| &proposal.trades) {
        let sign = if trade.side == Side::Buy { 1.0 } else { -1.0 };
        values[world.universe.find(&trade.symbol).unwrap().index()] += sign * to_f64(trade.gross.amount());
    }
    values.into_iter().map(|value| value / class).collect()
}

/// Weights of the index without the sector that the policy excludes, tilted as it says.
fn wanted(world: &DirectIndex) -> Vec<f64> {
    let of = |id: InstrumentId| {
        let instrument = world.universe.get(id).unwrap();
        let excluded = instrument.sector.as_deref() == Some("Tobacco");
        (if excluded { 0.0 } else { world.constituents["made-up"][&instrument.symbol] }, to_f64(instrument.scores["esg"]))
    };
    let mut names: Vec<(f64, f64)> = world.universe.iter().map(|(id, _)| of(id)).collect();
    let total: f64 = names.iter().map(|(weight, _)| weight).sum();
    let mean: f64 = names.iter().map(|(weight, score)| weight / total * score).sum();
    let deviation = names.iter().map(|(weight, score)| weight / total * (score - mean).powi(2)).sum::<f64>().sqrt();
    for (weight, score) in &mut names {
        *weight *= (0.2 * (*score - mean) / deviation).exp();
    }
    let total: f64 = names.iter().map(|(weight, _)| weight).sum();
    names.into_iter().map(|(weight, _)| weight / total).collect()
}

/// Tracking error by the whole covariance of returns, against the index where the class is as large as it is to be: a class
/// that is larger or smaller adds what its names have of their own.
fn tracking_error(world: &DirectIndex, held: &[f64]) -> f64 {
    let weights = wanted(world);
    let exposures: Vec<&FactorLoadings> = world.universe.iter().map(|(_, name)| &world.risk.exposures[&name.symbol]).collect();
    let factors = world.risk.factors.names.len();
    let index: Vec<f64> = (0..factors).map(|f| exposures.iter().zip(&weights).map(|(of, weight)| weight * of.loadings[f]).sum()).collect();
    let active: Vec<f64> = held.iter().zip(&weights).map(|(held, wanted)| held - wanted).collect();
    let exposed: Vec<f64> =
        (0..factors).map(|f| exposures.iter().zip(&active).map(|(of, active)| active * (of.loadings[f] - index[f])).sum()).collect();
    let covariance = world.risk.factors.covariance.matrix();
    let mut variance: f64 = exposures.iter().zip(&active).map(|(of, active)| (of.specific_volatility * active).powi(2)).sum();
    for row in 0..factors {
        for column in 0..factors {
            variance += exposed[row] * covariance.get(row, column) * exposed[column];
        }
    }
    variance.sqrt()
}

#[test]
fn two_names_are_traded_to_where_risk_is_worth_what_trading_costs() {
    let text = "schema_version = 1\nname = \"two\"\nbase_currency = \"USD\"\n
[[target]]\nclass = \"Equity\"\nweight = 1\n
[[trigger]]\nkind = \"calendar\"\nschedule = \"daily\"\n
[rebalance]\nplanner = \"optimal\"\nmin_trade = 0\nwhole_lots = false\n
[costs]\nproportional = 0.001\ndefault_spread = 0\n
[optimal]\nrisk_aversion = 10\n
[[index]]\nclass = \"Equity\"\nbenchmark = \"two\"\n";
    let policy = Policy::parse(SourceText { file: "policy.toml", text });
    let policy = policy.value.unwrap_or_else(|| unreachable!("{:?}", policy.diagnostics));
    let class = ClassPath::new("Equity").unwrap();
    let universe = Universe::new(["A", "B"].map(|symbol| Instrument::new(symbol, class.clone(), Currency::USD)).to_vec()).unwrap();
    let as_of = "2026-03-31".parse().unwrap();
    let price = Some(PricePoint { price: Price::new("100".parse().unwrap()), date: as_of });
    let market = MarketSnapshot { as_of, kind: PriceKind::Raw, prices: vec![price; 2], fx: FxRates::new(Vec::new()).unwrap() };
    let constituents = [("two".to_owned(), [("A".to_owned(), 0.5), ("B".to_owned(), 0.5)].into())].into();
    let own = FactorLoadings { loadings: Vec::new(), specific_volatility: 0.2 };
    let factors = Factors { names: Vec::new(), covariance: Covariance::from_volatilities(&[], &[]).unwrap() };
    let risk = FactorRisk { factors, exposures: [("A".to_owned(), own.clone()), ("B".to_owned(), own)].into() };
    let owner = direct_index(0, SIZE).household.owners.remove(0);
    let account = Account { tax_treatment: TaxTreatment::Exempt, ..Account::new("roth", "kim", Currency::USD) };
    let household = Household::new("two", vec![owner], vec![account]).unwrap();
    let quantity = Quantity::new("10000".parse().unwrap());
    let lot =
        Lot { id: LotId::Number(1), instrument: universe.find("A").unwrap(), quantity, cost_basis: None, acquired: None, held_since: None };
    let cash = Money::new("0".parse().unwrap(), Currency::USD);
    let holdings = Holdings { as_of, accounts: vec![AccountHoldings::new(vec![lot], [cash]).unwrap()] };
    let proposal = propose(&DirectIndex { policy, universe, market, constituents, risk, household, holdings });
    // A sale and a buy of d cost 2 · 0.001 · d; ½ λ (σ² + σ²) (½ − d)² is what risk costs: ½ − d = 0.002 ÷ (10 · 0.08).
    let apart = 0.002 / (10.0 * 0.08);
    let tracking = &proposal.optimum.as_ref().unwrap().tracking[0];
    assert!((tracking.before - 0.5 * 0.08_f64.sqrt()).abs() < 1e-9, "{tracking:?}");
    // The costs come out of what is bought: a thousandth of a half, twice.
    assert!((tracking.after - apart * 0.08_f64.sqrt()).abs() < 0.2 * 0.001, "{tracking:?}");
    let sold: f64 = proposal.trades.iter().filter(|trade| trade.side == Side::Sell).map(|trade| to_f64(trade.gross.amount())).sum();
    assert!((sold / 1e6 - (0.5 - apart)).abs() < 1e-3, "{sold}");
    assert!(proposal.optimum.unwrap().proof.unwrap().gap < 0.1);
}

#[test]
fn the_tracking_error_told_is_that_of_the_model() {
    for seed in 0..4 {
        let world = world(seed, None);
        let proposal = propose(&world);
        let optimum = proposal.optimum.as_ref().unwrap();
        let told = &optimum.tracking[0];
        let (before, after) = (tracking_error(&world, &held(&world, None)), tracking_error(&world, &held(&world, Some(&proposal))));
        assert!((told.before - before).abs() < 1e-9 && (told.after - after).abs() < 1e-9, "{seed}: {told:?} {before} {after}");
        // ½ λ of the variance of the class's share of the household.
        assert!((optimum.terms.index - 1e4 * 0.5 * 10.0 * (0.98 * after).powi(2)).abs() < 1e-6, "{seed}: {optimum:?}");
        assert!(after < before, "{seed}: {before} {after}");
        assert!(optimum.terms.total <= optimum.nothing.total + 1e-9 && optimum.terms.total <= optimum.rules.total + 1e-9);
    }
}

#[test]
fn the_limit_of_tracking_error_is_kept() {
    let mut priced = 0;
    // Without whole lots and least trades, which leave tracking error of their own.
    let world = |seed, most| {
        let mut world = world(seed, most);
        world.policy.rebalance.whole_lots = false;
        world.policy.rebalance.min_trade = Money::zero(Currency::USD);
        world
    };
    for seed in 0..4 {
        let free = propose(&world(seed, None)).optimum.unwrap();
        let limit = 0.5 * free.tracking[0].after;
        let bound = propose(&world(seed, Some(limit))).optimum.unwrap();
        let tracking = &bound.tracking[0];
        assert!(tracking.after <= limit + 1e-12, "{seed}: {tracking:?}");
        assert!(tracking.multiplier >= 1.0 && tracking.limit_within_reach, "{seed}: {tracking:?}");
        priced += usize::from(tracking.multiplier > 1.0);
        // A limit cannot make a decision better, and what is proven without it holds with it.
        assert!(bound.terms.total >= free.proof.unwrap().bound - 1e-9, "{seed}");
        let proof = bound.proof.unwrap();
        assert!(proof.bound <= bound.terms.total && proof.gap >= 0.0, "{seed}: {proof:?}");
    }
    assert!(priced > 0, "no limit took a price");
}

#[test]
fn a_limit_that_does_not_bind_changes_nothing() {
    let (free, bound) = (propose(&world(3, None)), propose(&world(3, Some(0.5))));
    assert_eq!(free.trades, bound.trades);
    assert!((bound.optimum.unwrap().tracking[0].multiplier - 1.0).abs() < 1e-12);
}

#[test]
fn what_is_excluded_is_not_bought() {
    let mut sold = 0;
    for seed in 0..5 {
        let world = world(seed, Some(0.02));
        for trade in propose(&world).trades {
            let instrument = world.universe.get(world.universe.find(&trade.symbol).unwrap()).unwrap();
            let excluded = instrument.sector.as_deref() == Some("Tobacco");
            assert!(!excluded || trade.side == Side::Sell, "{seed}: {}", trade.symbol);
            sold += usize::from(excluded);
        }
    }
    assert!(sold > 0, "nothing that is excluded was held");
}

#[test]
fn the_rest_completes_a_position_that_may_not_be_traded() {
    for seed in 0..4 {
        let mut world = direct_index(seed, Size { concentrated: 30, ..SIZE });
        world.policy.indices[0].max_tracking_error = None;
        world.policy.optimal.risk_aversion = 50.0;
        let proposal = propose(&world);
        let tracking = &proposal.optimum.as_ref().unwrap().tracking[0];
        assert!(tracking.after < 0.99 * tracking.before, "{seed}: {tracking:?}");
        assert!(proposal.trades.iter().all(|trade| trade.symbol != "N000"), "{seed}");
        // Against the same money held like the index, the rest takes away what the position adds to common factors.
        let after = held(&world, Some(&proposal));
        let weights = wanted(&world);
        let left = (1.0 - after[0]) / (1.0 - weights[0]);
        let like_index: Vec<f64> =
            weights.iter().enumerate().map(|(name, weight)| if name == 0 { after[0] } else { left * weight }).collect();
        let common = |held: &[f64]| {
            let mut factors = world.clone();
            factors.risk.exposures.values_mut().for_each(|name| name.specific_volatility = 0.0);
            tracking_error(&factors, held)
        };
        assert!(common(&after) < common(&like_index), "{seed}: {} {}", common(&after), common(&like_index));
    }
}

#[test]
fn a_limit_out_of_reach_is_told_with_how_near_one_comes() {
    let mut world = direct_index(2, Size { concentrated: 30, ..SIZE });
    world.policy.indices[0].max_tracking_error = Some(0.02);
    let optimum = propose(&world).optimum.unwrap();
    let tracking = &optimum.tracking[0];
    assert!(!tracking.limit_within_reach && tracking.after > 0.02 && tracking.after < tracking.before, "{tracking:?}");
    assert!(optimum.approximations.iter().any(|told| told.contains("out of reach")), "{:?}", optimum.approximations);
}

#[test]
fn losses_are_harvested_within_the_limit() {
    for seed in 0..4 {
        let with = world(seed, Some(0.02));
        let mut without = with.clone();
        for account in &mut without.holdings.accounts {
            let price = |id: InstrumentId| with.market.prices[id.index()].unwrap().price;
            let lots = account.lots().iter().map(|lot| {
                let worth = Money::of(lot.quantity, price(lot.instrument), Currency::USD).unwrap();
                let basis = lot.cost_basis.unwrap();
                Lot { cost_basis: Some(if basis.amount() > worth.amount() { worth } else { basis }), ..lot.clone() }
            });
            *account = AccountHoldings::new(lots.collect(), account.cash().to_vec()).unwrap();
        }
        let (with, without) = (propose(&with).optimum.unwrap(), propose(&without).optimum.unwrap());
        let taxes = |optimum: &evenkeel::trade::Optimum| optimum.terms.tax + optimum.terms.later_tax;
        assert!(taxes(&with) < taxes(&without) - 1.0, "{seed}: {} {}", taxes(&with), taxes(&without));
        assert!(with.tracking[0].after <= 0.02 + 1e-12 && without.tracking[0].after <= 0.02 + 1e-12, "{seed}");
    }
}
