//! Programs of trades in lots from a seed: any shape, a household's year, and a direct index.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::lots::program::{Asset, Choices, Line, Piece, Program, Sizes, Surface, Trade};

use super::random::Random;

/// A program of any shape that has a feasible point: impact, fixed pieces, redundant rows, trades of no asset.
pub(crate) fn any_shape(seed: u64) -> Program {
    let mut random = Random::new(seed);
    let (assets, factors) = (random.count(0, 6), random.count(0, 4));
    let loadings = Matrix::from_fn(factors, assets, |_, _| 0.3 * random.normal());
    let asset = |random: &mut Random| Asset { specific: random.pick(&[0.0, 0.02, 0.1]), active: random.between(-0.2, 0.2) };
    let assets: Vec<Asset> = (0..assets).map(|_| asset(&mut random)).collect();
    let own_rows = random.count(0, 4);
    let mut program = Program { loadings, assets, trades: Vec::new(), pieces: Vec::new(), rows: vec![0.0; own_rows] };
    for _ in 0..random.count(1, 9) {
        let start = program.pieces.len();
        for _ in 0..random.count(1, 6) {
            let lower = random.pick(&[0.0, 0.0, 0.01]);
            let upper = lower + random.pick(&[0.0, 0.02, 0.1, 0.1, 1.0]);
            let rows = sparse(&mut random, own_rows, 25);
            program.pieces.push(Piece { lower, upper, price: 0.02 * random.normal(), rows });
        }
        let asset = (!program.assets.is_empty() && random.chance(75)).then(|| random.count(0, program.assets.len() - 1));
        let impact = if random.chance(30) { random.between(0.001, 0.05) } else { 0.0 };
        let (sign, rows) = (random.pick(&[-1.0, 1.0]), sparse(&mut random, own_rows, 50));
        program.trades.push(Trade { asset, sign, impact, rows, pieces: start..program.pieces.len() });
    }
    // Rows pass through a point between the bounds.
    let inside: Vec<f64> = program.pieces.iter().map(|piece| random.between(piece.lower, piece.upper)).collect();
    if own_rows > 0 && random.chance(30) {
        repeat_row(&mut program, &mut random);
    }
    program.rows = row_values(&program, &inside);
    program
}

fn sparse(random: &mut Random, rows: usize, percent: usize) -> Vec<(usize, f64)> {
    let mut list = Vec::new();
    for row in 0..rows {
        if random.chance(percent) {
            let gain = random.between(-0.8, 0.9);
            list.push((row, random.pick(&[1.0, -1.0, 0.5, gain])));
        }
    }
    list
}

/// Appends a multiple of a row.
fn repeat_row(program: &mut Program, random: &mut Random) {
    let (row, by, last) = (random.count(0, program.rows.len() - 1), random.pick(&[1.0, -2.0]), program.rows.len());
    let repeat = |list: &mut Vec<(usize, f64)>| {
        let own: Vec<f64> = list.iter().filter(|(of, _)| *of == row).map(|(_, count)| *count).collect();
        list.extend(own.iter().map(|count| (last, by * count)));
    };
    program.trades.iter_mut().for_each(|trade| repeat(&mut trade.rows));
    program.pieces.iter_mut().for_each(|piece| repeat(&mut piece.rows));
    program.rows.push(0.0);
}

/// A v.
pub(crate) fn row_values(program: &Program, v: &[f64]) -> Vec<f64> {
    let mut values = vec![0.0; program.rows.len()];
    for trade in &program.trades {
        trade.rows.iter().for_each(|(row, count)| values[*row] += count * trade.size(v));
    }
    for (piece, v) in program.pieces.iter().zip(v) {
        piece.rows.iter().for_each(|(row, count)| values[*row] += count * v);
    }
    values
}

/// How many of what a household holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) accounts: usize,
    pub(crate) taxable: usize,
    pub(crate) securities: usize,
    pub(crate) lots: usize,
    pub(crate) factors: usize,
    /// Whether it follows an index with specific risks, or classes.
    pub(crate) index: bool,
    /// Fee of each trade, and least size and step, as fractions of value; 0 for none.
    pub(crate) fee: f64,
    pub(crate) step: f64,
}

impl Size {
    pub(crate) const HOUSEHOLD: Self =
        Self { accounts: 5, taxable: 2, securities: 60, lots: 400, factors: 10, index: false, fee: 1e-5, step: 1e-5 };
    pub(crate) const INDEX: Self =
        Self { accounts: 1, taxable: 1, securities: 500, lots: 3000, factors: 60, index: true, fee: 0.0, step: 0.0 };
}

/// Tax of net short-term and long-term gains, with a loss limit, in fractions of value.
pub(crate) fn tax(short: f64, long: f64) -> f64 {
    let (ordinary, capital, limit) = (0.37, 0.2, LOSS_LIMIT);
    match (short >= 0.0, long >= 0.0) {
        (true, true) => ordinary * short + capital * long,
        _ if short + long < 0.0 => -ordinary * (-(short + long)).min(limit),
        (true, false) => ordinary * (short + long),
        _ => capital * (short + long),
    }
}

const LOSS_LIMIT: f64 = 0.003;

/// The surface of a tax over a rectangle: corners where its lines and sides meet.
pub(crate) fn tax_surface(reach: [[f64; 2]; 2]) -> (Vec<[f64; 2]>, Vec<Line>) {
    let lines = [([1.0, 0.0], 0.0), ([0.0, 1.0], 0.0), ([1.0, 1.0], 0.0), ([1.0, 1.0], -LOSS_LIMIT)];
    let lines: Vec<Line> = lines.into_iter().map(|(normal, at)| Line { normal, at }).collect();
    let mut all = lines.clone();
    for (normal, ends) in [[1.0, 0.0], [0.0, 1.0]].into_iter().zip(reach) {
        all.extend(ends.map(|at| Line { normal, at }));
    }
    let mut corners: Vec<[f64; 2]> = Vec::new();
    for (first, a) in all.iter().enumerate() {
        for b in &all[first + 1..] {
            let determinant = a.normal[0] * b.normal[1] - a.normal[1] * b.normal[0];
            if determinant == 0.0 {
                continue;
            }
            let s = (a.at * b.normal[1] - a.normal[1] * b.at) / determinant;
            let l = (a.normal[0] * b.at - a.at * b.normal[0]) / determinant;
            let inside = |value: f64, [least, most]: [f64; 2]| value >= least - 1e-12 && value <= most + 1e-12;
            let known = corners.iter().any(|corner| (corner[0] - s).abs() + (corner[1] - l).abs() < 1e-9);
            if inside(s, reach[0]) && inside(l, reach[1]) && !known {
                corners.push([s, l]);
            }
        }
    }
    (corners, lines)
}

/// A household in a year of trading, with what comes in sizes and its taxes.
pub(crate) fn household(seed: u64, size: Size) -> (Program, Choices) {
    let mut random = Random::new(seed);
    let price = if size.index { 20.0 } else { 5.0 };
    let volatility: f64 = f64::sqrt(price);
    let loadings = Matrix::from_fn(size.factors, size.securities, |factor, asset| {
        let own = if size.index { factor == 0 || random.chance(20) } else { factor == 0 || asset % size.factors == factor };
        let scale = if factor == 0 { 0.15 } else { 0.04 };
        if own { volatility * scale * (1.0 + 0.3 * random.normal()) } else { 0.0 }
    });
    let specific = |random: &mut Random| if size.index { price * random.between(0.02, 0.1) } else { price * 0.0005 };
    let wanted = 1.0 / size.securities as f64;
    let active = |random: &mut Random| wanted * 0.5 * random.normal();
    let assets: Vec<Asset> = (0..size.securities).map(|_| Asset { specific: specific(&mut random), active: active(&mut random) }).collect();
    // Rows: cash of each account, then short and long gains, then the shares of the surface.
    let (short, long, shares) = (size.accounts, size.accounts + 1, size.accounts + 2);
    let mut program = Program { loadings, assets, trades: Vec::new(), pieces: Vec::new(), rows: vec![0.0; shares + 1] };
    let mut choices = Choices::default();
    for account in 0..size.accounts {
        for asset in 0..size.securities {
            trade_in(&mut program, &mut choices, &mut random, (account, asset), size);
        }
        let cash = random.between(0.0, 0.01);
        program.rows[account] = cash;
        let start = program.pieces.len();
        program.pieces.push(Piece { lower: 0.0, upper: 0.05, price: 0.0002, rows: Vec::new() });
        program.trades.push(Trade { asset: None, sign: 1.0, impact: 0.0, rows: vec![(account, 1.0)], pieces: start..start + 1 });
    }
    let mut reach = [[0.0; 2]; 2];
    for piece in &program.pieces {
        for (row, gain) in piece.rows.iter().filter(|(row, _)| *row == short || *row == long) {
            reach[row - short][usize::from(*gain > 0.0)] += gain * piece.upper;
        }
    }
    let carried = [random.between(-0.002, 0.002), random.between(-0.002, 0.004)];
    for side in 0..2 {
        reach[side] = reach[side].map(|end| end + carried[side]);
        program.rows[short + side] = -carried[side];
    }
    let (corners, lines) = tax_surface(reach);
    let start = program.pieces.len();
    for corner in &corners {
        let rows = vec![(short, -corner[0]), (long, -corner[1])];
        program.pieces.push(Piece { lower: 0.0, upper: 1.0, price: tax(corner[0], corner[1]), rows });
    }
    let pieces = start..program.pieces.len();
    program.trades.push(Trade { asset: None, sign: 1.0, impact: 0.0, rows: vec![(shares, 1.0)], pieces: pieces.clone() });
    program.rows[shares] = 1.0;
    choices.surfaces.push(Surface { pieces, corners, lines });
    (program, choices)
}

/// The lots of a security in an account, and what may be bought of it.
fn trade_in(program: &mut Program, choices: &mut Choices, random: &mut Random, (account, asset): (usize, usize), size: Size) {
    let spread = random.between(0.0001, 0.001);
    let lots = size.lots / size.accounts;
    // A fifth of the menu is held in each account of a household.
    let held = if size.index { true } else { (asset + account) % 5 < 2 };
    let each = if size.index { lots / size.securities } else { (5 * lots).div_ceil(2 * size.securities) - account % 2 };
    let short = size.accounts;
    let value = 1.0 / (size.securities * size.accounts) as f64;
    let mut add = |program: &mut Program, trade: Trade| {
        if size.fee > 0.0 || size.step > 0.0 {
            choices.sizes.push(Sizes { trade: program.trades.len(), fee: size.fee, least: 10.0 * size.step, step: size.step });
        }
        program.trades.push(trade);
    };
    if held && each > 0 {
        let start = program.pieces.len();
        for _ in 0..each {
            let gain = random.between(-0.3, 0.6);
            let term = usize::from(random.chance(70));
            let rows = if account < size.taxable { vec![(short + term, gain)] } else { Vec::new() };
            let upper = value * random.between(0.2, 2.0) / each as f64 * if size.index { 1.0 } else { 2.5 };
            program.pieces.push(Piece { lower: 0.0, upper, price: spread + 1e-5 * random.unit(), rows });
        }
        let impact = if size.index { 0.0 } else { 0.002 };
        let (sign, rows) = (-1.0, vec![(account, -1.0)]);
        add(program, Trade { asset: Some(asset), sign, impact, rows, pieces: start..program.pieces.len() });
    }
    if size.index || held || random.chance(30) {
        let start = program.pieces.len();
        program.pieces.push(Piece { lower: 0.0, upper: 4.0 * value, price: spread, rows: Vec::new() });
        let trade = Trade { asset: Some(asset), sign: 1.0, impact: 0.0, rows: vec![(account, 1.0)], pieces: start..start + 1 };
        add(program, trade);
    }
}
