//! Problems of moderate size as JSON, each with what the search found, for `bench/compare_lots.py`.

use std::path::Path;

use evenkeel_quant::optimize::lots::branch::{Budget, search};
use evenkeel_quant::optimize::lots::program::{Choices, Program};
use serde_json::{Value, json};

use crate::generate::{Size, household};
use crate::rounding::Nearest;
use crate::timed;

/// A household with a few securities, all sizes in steps, fees that matter.
const MODERATE: Size = Size { accounts: 2, taxable: 1, securities: 8, lots: 40, factors: 4, index: false, fee: 2e-5, step: 2e-3 };

/// The same without risk and impact, which raises cash from lots: a linear program but for its choices.
fn without_risk(mut program: Program) -> Program {
    program.loadings.values_mut().fill(0.0);
    program.assets.iter_mut().for_each(|asset| asset.specific = 0.0);
    program.trades.iter_mut().for_each(|trade| trade.impact = 0.0);
    program.rows[0] -= 0.08;
    program
}

pub(crate) fn write(folder: &str) {
    std::fs::create_dir_all(folder).unwrap();
    for seed in 0..10 {
        let (program, choices) = household(seed, MODERATE);
        write_one(&Path::new(folder).join(format!("risk-{seed}.json")), &program, &choices);
        write_one(&Path::new(folder).join(format!("cash-{seed}.json")), &without_risk(program), &choices);
    }
}

fn write_one(path: &Path, program: &Program, choices: &Choices) {
    let mut rounding = Nearest::new(program, choices);
    let budget = Budget { work: 2e9, tolerance: 1e-8 };
    let (found, milliseconds) = timed(|| search(program, choices, &mut rounding, budget).unwrap());
    let own = json!({
        "best": found.best, "bound": found.bound, "root_bound": found.root_bound, "nodes": found.nodes,
        "milliseconds": milliseconds, "proven": format!("{:?}", found.ended),
    });
    let pieces: Vec<Value> = program
        .pieces
        .iter()
        .map(|piece| json!({"lower": piece.lower, "upper": piece.upper, "price": piece.price, "rows": piece.rows}))
        .collect();
    let trades: Vec<Value> = program
        .trades
        .iter()
        .map(|trade| {
            json!({
                "asset": trade.asset, "sign": trade.sign, "impact": trade.impact, "rows": trade.rows,
                "pieces": [trade.pieces.start, trade.pieces.end],
            })
        })
        .collect();
    let sizes: Vec<Value> = choices
        .sizes
        .iter()
        .map(|sizes| json!({"trade": sizes.trade, "fee": sizes.fee, "least": sizes.least, "step": sizes.step}))
        .collect();
    let surface = &choices.surfaces[0];
    let lines: Vec<Value> = surface.lines.iter().map(|line| json!([line.normal[0], line.normal[1], line.at])).collect();
    let problem = json!({
        "loadings": program.loadings.iter_columns().collect::<Vec<_>>(),
        "assets": program.assets.iter().map(|asset| [asset.specific, asset.active]).collect::<Vec<_>>(),
        "trades": trades, "pieces": pieces, "rows": program.rows, "sizes": sizes,
        "surface": {"start": surface.pieces.start, "corners": surface.corners, "lines": lines},
        "found": own,
    });
    std::fs::write(path, serde_json::to_string(&problem).unwrap()).unwrap();
}
