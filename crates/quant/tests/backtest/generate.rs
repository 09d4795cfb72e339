//! Studies from a seed.

use evenkeel_quant::backtest::{Band, Checks, Costs, Destination, History, Missing, Rule, Scope, Settlement, Study, Targets, Trigger};

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// From 0 to 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64).floor().max(0.0).to_string().parse::<usize>().unwrap()).min(count - 1)
    }

    pub(crate) fn chance(&mut self, of: f64) -> bool {
        self.uniform() < of
    }
}

/// Everything a study borrows.
pub(crate) struct World {
    pub(crate) assets: usize,
    pub(crate) periods: usize,
    pub(crate) returns: Vec<f64>,
    pub(crate) target_rows: Vec<usize>,
    pub(crate) targets: Vec<f64>,
    pub(crate) proportional: Vec<f64>,
    pub(crate) fixed: f64,
    pub(crate) management: f64,
    pub(crate) free_start: bool,
    pub(crate) flows: Vec<f64>,
    pub(crate) start: f64,
}

impl World {
    /// Without gaps.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (assets, periods) = (1 + random.below(6), 1 + random.below(150));
        let size = 0.002 + 0.1 * random.uniform();
        let returns = (0..assets * periods).map(|_| size * (2.0 * random.uniform() - 0.95)).collect();
        let mut target_rows = vec![0];
        if random.chance(0.3) {
            target_rows.extend((1..=periods).filter(|row| row % 17 == 5));
        }
        let mut targets = Vec::new();
        for _ in &target_rows {
            let mut weights: Vec<f64> = (0..assets).map(|_| if random.chance(0.15) { 0.0 } else { random.uniform() }).collect();
            weights[0] += 0.1;
            let sum: f64 = weights.iter().sum();
            targets.extend(weights.iter().map(|weight| weight / sum));
        }
        let dear = if random.chance(0.2) { 0.3 } else { 0.01 };
        let proportional = (0..assets).map(|_| dear * random.uniform()).collect();
        let has_flows = random.chance(0.4);
        let flows = (0..=periods).map(|row| if has_flows && row > 0 && random.chance(0.2) { 0.2 * (random.uniform() - 0.4) } else { 0.0 });
        let flows: Vec<f64> = if has_flows { flows.collect() } else { Vec::new() };
        let fixed = if random.chance(0.3) { 1e-4 * random.uniform() } else { 0.0 };
        let management = if random.chance(0.3) { 1e-3 } else { 0.0 };
        let start = 0.5 + random.uniform();
        let free_start = random.chance(0.3);
        Self { assets, periods, returns, target_rows, targets, proportional, fixed, management, free_start, flows, start }
    }

    /// With missing returns, late listings and total losses.
    pub(crate) fn with_gaps(seed: u64) -> Self {
        let mut world = Self::new(seed);
        let mut random = Random::new(seed.wrapping_add(77));
        for asset in 0..world.assets {
            let listed = if random.chance(0.3) { random.below(world.periods) } else { 0 };
            let lost = if random.chance(0.2) { random.below(world.periods) } else { world.periods };
            for row in 0..world.periods {
                if row < listed || random.chance(0.08) {
                    world.returns[row * world.assets + asset] = f64::NAN;
                } else if row == lost {
                    world.returns[row * world.assets + asset] = -1.0;
                }
            }
        }
        world
    }

    pub(crate) fn study(&self) -> Study<'_> {
        Study {
            history: History { missing: Missing::Rest, ..History::returns(&self.returns, self.assets) },
            targets: Targets::Schedule { rows: &self.target_rows, weights: &self.targets },
            costs: Costs { proportional: &self.proportional, fixed: self.fixed, management: self.management, free_start: self.free_start },
            flows: &self.flows,
            start: self.start,
        }
    }
}

/// Any rule for so many assets and rows.
pub(crate) fn rule(seed: u64, assets: usize, rows: usize) -> Rule {
    let mut random = Random::new(seed.wrapping_mul(31).wrapping_add(7));
    let checks = match random.below(6) {
        0 => Checks::Never,
        1 => Checks::Rows((0..rows).map(|row| row % 7 < 2).collect()),
        2 => Checks::Every(1 + random.below(9)),
        _ => Checks::Every(1),
    };
    let trigger = match random.below(6) {
        0 => Trigger::Always,
        1 => Trigger::PortfolioDrift { limit: 0.05 * random.uniform() },
        _ => Trigger::Band,
    };
    let band = |random: &mut Random| Band {
        absolute: random.chance(0.7).then(|| 0.06 * random.uniform()),
        relative: random.chance(0.5).then(|| 0.3 * random.uniform()),
    };
    let bands = (0..if random.chance(0.5) { 1 } else { assets }).map(|_| band(&mut random)).collect();
    let destination = match random.below(8) {
        0 => Destination::HalfWay,
        1 => Destination::BandEdge,
        2 => Destination::InnerBand { distance: 0.02 * random.uniform() },
        3 => Destination::ToleranceBand { fraction: random.uniform() },
        _ => Destination::Target,
    };
    let settlement = match random.below(7) {
        0 => Settlement::OutlayInclusive,
        1 => Settlement::CashLimited,
        2 => Settlement::FeeFromCash,
        _ => Settlement::SelfFinancing,
    };
    let scope = if random.chance(0.25) { Scope::OutOfBand } else { Scope::All };
    Rule { checks, trigger, bands, destination, scope, settlement }
}
