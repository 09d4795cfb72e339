//! Small programs with every kind of choice, and their optimum from all combinations.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::lots::program::{Asset, Choices, Exclusion, Piece, Program, Sizes, Surface, Trade};
use evenkeel_quant::optimize::lots::relax::relax;

use super::generate::{tax, tax_surface};
use super::random::Random;

/// Two or three trades with cash, sizes, an exclusion, an order and a tax.
pub(crate) fn small(seed: u64) -> (Program, Choices) {
    let mut random = Random::new(seed);
    let (count, assets, factors) = (random.count(2, 3), random.count(1, 2), random.count(0, 1));
    let taxed = random.chance(60);
    let rows = if taxed { 4 } else { 1 };
    let loadings = Matrix::from_fn(factors, assets, |_, _| 0.5 * random.normal());
    let asset = |random: &mut Random| Asset { specific: random.pick(&[0.1, 1.0]), active: random.between(-0.05, 0.05) };
    let assets: Vec<Asset> = (0..assets).map(|_| asset(&mut random)).collect();
    let mut program = Program { loadings, assets, trades: Vec::new(), pieces: Vec::new(), rows: vec![0.0; rows] };
    let mut choices = Choices::default();
    for at in 0..count {
        let start = program.pieces.len();
        let sells = at == 0 || random.chance(60);
        for _ in 0..if sells { random.count(1, 3) } else { 1 } {
            let gain = (1 + random.count(0, 1), random.between(-0.6, 0.6));
            let rows = if taxed && sells { vec![gain] } else { Vec::new() };
            program.pieces.push(Piece { lower: 0.0, upper: random.between(0.01, 0.06), price: random.between(-0.002, 0.004), rows });
        }
        let pieces = start..program.pieces.len();
        let total: f64 = program.pieces[pieces.clone()].iter().map(|piece| piece.upper).sum();
        if random.chance(70) {
            let step = if random.chance(70) { total / random.pick(&[2.5, 3.0, 4.3]) } else { 0.0 };
            let (fee, least) = (random.pick(&[0.0, 1e-4, 4e-4]), random.pick(&[0.0, 0.3, 0.6]) * total);
            choices.sizes.push(Sizes { trade: at, fee, least, step });
        }
        let sign = if sells { -1.0 } else { 1.0 };
        if pieces.len() > 1 && random.chance(50) {
            choices.orders.push(pieces.clone().collect());
        }
        let impact = if random.chance(30) { 0.01 } else { 0.0 };
        program.trades.push(Trade { asset: Some(random.count(0, program.assets.len() - 1)), sign, impact, rows: vec![(0, sign)], pieces });
    }
    if random.chance(50) {
        let (one, other) = (program.trades[0].pieces.clone(), program.trades[1].pieces.clone());
        let one = one.filter(|_| random.chance(70)).collect();
        choices.exclusions.push(Exclusion { one, other: other.collect() });
    }
    slack(&mut program, vec![(0, 1.0)], 0.3, 0.0003);
    program.rows[0] = random.between(0.0, 0.1);
    if taxed {
        add_tax(&mut program, &mut choices, &mut random);
    }
    (program, choices)
}

/// A piece of no asset.
fn slack(program: &mut Program, rows: Vec<(usize, f64)>, upper: f64, price: f64) {
    let start = program.pieces.len();
    program.pieces.push(Piece { lower: 0.0, upper, price, rows: Vec::new() });
    program.trades.push(Trade { asset: None, sign: 1.0, impact: 0.0, rows, pieces: start..start + 1 });
}

fn add_tax(program: &mut Program, choices: &mut Choices, random: &mut Random) {
    let mut reach = [[0.0; 2]; 2];
    for piece in &program.pieces {
        for (row, gain) in &piece.rows {
            reach[row - 1][usize::from(*gain > 0.0)] += gain * piece.upper;
        }
    }
    for (side, ends) in reach.iter_mut().enumerate() {
        let carried = random.between(-0.01, 0.01);
        *ends = ends.map(|end| end + carried);
        program.rows[1 + side] = -carried;
    }
    let (corners, lines) = tax_surface(reach);
    let start = program.pieces.len();
    for corner in &corners {
        let rows = vec![(1, -corner[0]), (2, -corner[1])];
        program.pieces.push(Piece { lower: 0.0, upper: 1.0, price: tax(corner[0], corner[1]), rows });
    }
    let pieces = start..program.pieces.len();
    program.trades.push(Trade { asset: None, sign: 1.0, impact: 0.0, rows: vec![(3, 1.0)], pieces: pieces.clone() });
    program.rows[3] = 1.0;
    choices.surfaces.push(Surface { pieces, corners, lines });
}

/// A way to make one choice convex: pieces that are fixed, a size, a fee.
#[derive(Debug, Clone, Default)]
struct Way {
    low: Vec<usize>,
    high: Vec<usize>,
    /// Trade, least and greatest size.
    size: Option<(usize, f64, f64)>,
    fee: f64,
}

/// The best objective over all combinations; infinite where none is feasible.
pub(crate) fn best_of_all(program: &Program, choices: &Choices) -> f64 {
    let mut combinations = vec![Vec::new()];
    for ways in all_ways(program, choices) {
        combinations =
            combinations.iter().flat_map(|done: &Vec<Way>| ways.iter().map(|way| [done.clone(), vec![way.clone()]].concat())).collect();
    }
    combinations.iter().map(|ways| value(program, ways)).fold(f64::INFINITY, f64::min)
}

fn all_ways(program: &Program, choices: &Choices) -> Vec<Vec<Way>> {
    let mut all = Vec::new();
    for sizes in &choices.sizes {
        let total: f64 = program.pieces[program.trades[sizes.trade].pieces.clone()].iter().map(|piece| piece.upper).sum();
        let at = |least: f64, most: f64| Way { size: Some((sizes.trade, least, most)), fee: sizes.fee, ..Way::default() };
        let mut ways = vec![Way { fee: 0.0, ..at(0.0, 0.0) }, at(total, total)];
        if sizes.step > 0.0 {
            let steps = (1..).map(|count| f64::from(count) * sizes.step).take_while(|size| *size <= total - 0.5 * sizes.step);
            ways.extend(steps.filter(|size| *size >= sizes.least - 1e-9).map(|size| at(size, size)));
        } else {
            ways.push(at(sizes.least, total));
        }
        all.push(ways);
    }
    for exclusion in &choices.exclusions {
        all.push([&exclusion.one, &exclusion.other].map(|low| Way { low: low.clone(), ..Way::default() }).to_vec());
    }
    for order in &choices.orders {
        let stop = |at: usize| Way { high: order[..at].to_vec(), low: order[at + 1..].to_vec(), ..Way::default() };
        all.push((0..order.len()).map(stop).collect());
    }
    for surface in &choices.surfaces {
        let count = surface.lines.len();
        let cell = |sides: usize| {
            let beyond = |corner: &[f64; 2]| {
                surface.lines.iter().enumerate().any(|(line, of)| {
                    let miss = of.normal[0] * corner[0] + of.normal[1] * corner[1] - of.at;
                    if sides >> line & 1 == 1 { miss < -1e-9 } else { miss > 1e-9 }
                })
            };
            let low = surface.pieces.clone().zip(&surface.corners).filter(|(_, corner)| beyond(corner)).map(|(piece, _)| piece);
            Way { low: low.collect(), ..Way::default() }
        };
        all.push((0..1 << count).map(cell).filter(|way: &Way| way.low.len() < surface.pieces.len()).collect());
    }
    all
}

/// The optimum of one combination.
fn value(program: &Program, ways: &[Way]) -> f64 {
    let mut program = program.clone();
    for way in ways {
        for piece in &way.low {
            program.pieces[*piece].upper = program.pieces[*piece].lower;
        }
    }
    for way in ways {
        for piece in &way.high {
            let piece = &mut program.pieces[*piece];
            if piece.upper <= piece.lower {
                return f64::INFINITY;
            }
            piece.lower = piece.upper;
        }
        if let Some((trade, least, most)) = way.size {
            let row = program.rows.len();
            program.trades[trade].rows.push((row, 1.0));
            program.rows.push(least);
            slack(&mut program, vec![(row, -1.0)], most - least, 0.0);
        }
    }
    relax(&program).map_or(f64::INFINITY, |relaxed| relaxed.objective) + ways.iter().map(|way| way.fee).sum::<f64>()
}

/// The program's own objective with fees, where all choices hold.
pub(crate) fn decided(program: &Program, choices: &Choices, v: &[f64]) -> Option<f64> {
    const NEAR: f64 = 1e-6;
    let mut fees = 0.0;
    for sizes in &choices.sizes {
        let trade = &program.trades[sizes.trade];
        let total: f64 = program.pieces[trade.pieces.clone()].iter().map(|piece| piece.upper).sum();
        let size = trade.size(v);
        if size <= NEAR * total {
            continue;
        }
        fees += sizes.fee;
        let count = if sizes.step > 0.0 { size / sizes.step } else { 0.0 };
        let leaves_enough = size <= total - (0.5 - 1e-4) * sizes.step;
        let whole = (count - count.round()).abs() <= 1e-4 && size >= sizes.least - NEAR && leaves_enough;
        if !whole && size < (1.0 - NEAR) * total {
            return None;
        }
    }
    let above = |piece: &usize| v[*piece] > program.pieces[*piece].lower + NEAR * program.pieces[*piece].upper;
    let full = |piece: &usize| v[*piece] >= (1.0 - NEAR) * program.pieces[*piece].upper;
    if choices.exclusions.iter().any(|exclusion| exclusion.one.iter().any(above) && exclusion.other.iter().any(above)) {
        return None;
    }
    for order in &choices.orders {
        if order.windows(2).any(|pair| above(&pair[1]) && !full(&pair[0])) {
            return None;
        }
    }
    for surface in &choices.surfaces {
        let shares = &v[surface.pieces.clone()];
        let mut point = [0.0; 2];
        for (share, corner) in shares.iter().zip(&surface.corners) {
            point = [point[0] + share * corner[0], point[1] + share * corner[1]];
        }
        let counted: f64 = shares.iter().zip(&program.pieces[surface.pieces.clone()]).map(|(share, piece)| share * piece.price).sum();
        if (counted - tax(point[0], point[1])).abs() > 1e-7 {
            return None;
        }
    }
    Some(program.objective(v) + fees)
}
