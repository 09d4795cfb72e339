//! The example `direct-index` is what the generator makes of a seed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test that reads and writes files")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use evenkeel_testkit::generate::{DirectIndex, Size, direct_index};

const SEED: u64 = 60;
const SIZE: Size = Size { names: 60, lots: 240, factors: 6, concentrated: 12 };

/// Every generated file of the example: name and text.
fn files(world: &DirectIndex) -> Vec<(&'static str, String)> {
    let head = "# Generated from seed 60; no real names, prices or risks.\n";
    let symbol = |id| world.universe.symbol(id);
    let mut instruments = format!("{head}symbol,class,currency,sector,trading,trading_reason,score:esg\n");
    let (mut dates, mut prices) = ("date".to_owned(), world.market.as_of.to_string());
    for (id, instrument) in world.universe.iter() {
        let (trading, reason) = match &instrument.trading.reason {
            Some(reason) => ("restricted", reason.as_str()),
            None => ("", ""),
        };
        let sector = instrument.sector.as_deref().unwrap_or_default();
        let esg = instrument.scores.get("esg").unwrap();
        writeln!(instruments, "{},{},{},{sector},{trading},{reason},{esg}", instrument.symbol, instrument.class, instrument.currency)
            .unwrap();
        write!(dates, ",{}", instrument.symbol).unwrap();
        write!(prices, ",{}", world.market.prices[id.index()].unwrap().price).unwrap();
    }
    let mut holdings = format!("{head}account,symbol,quantity,lot,acquired,cost_basis\n");
    for lot in world.holdings.accounts[0].lots() {
        let (acquired, basis) = (lot.acquired.unwrap(), lot.cost_basis.unwrap().amount());
        writeln!(holdings, "brokerage,{},{},{},{acquired},{basis}", symbol(lot.instrument), lot.quantity, lot.id).unwrap();
    }
    for cash in world.holdings.accounts[0].cash() {
        writeln!(holdings, "brokerage,CASH:{},{},,,", cash.currency(), cash.amount()).unwrap();
    }
    let mut constituents = format!("{head}benchmark,symbol,weight\n");
    for (benchmark, names) in &world.constituents {
        for (symbol, weight) in names {
            writeln!(constituents, "{benchmark},{symbol},{weight}").unwrap();
        }
    }
    let names = &world.risk.factors.names;
    let mut factors = format!("{head}factor,volatility,{}\n", names.join(","));
    let parts = world.risk.factors.covariance.decompose();
    for (row, name) in names.iter().enumerate() {
        write!(factors, "{name},{:.3}", parts.volatilities[row]).unwrap();
        // The upper half says it all.
        for column in 0..names.len() {
            let cell = if column > row { format!(",{:.1}", parts.correlation.get(row, column)) } else { ",".to_owned() };
            factors.push_str(&cell);
        }
        factors.push('\n');
    }
    let mut exposures = format!("{head}symbol,specific_volatility,{}\n", names.join(","));
    for (symbol, exposure) in &world.risk.exposures {
        let loadings: Vec<String> = exposure.loadings.iter().map(f64::to_string).collect();
        writeln!(exposures, "{symbol},{},{}", exposure.specific_volatility, loadings.join(",")).unwrap();
    }
    vec![
        ("instruments.csv", instruments),
        ("prices.csv", format!("{head}# kind: raw\n{dates}\n{prices}\n")),
        ("holdings.csv", holdings),
        ("constituents.csv", constituents),
        ("factors.csv", factors),
        ("exposures.csv", exposures),
    ]
}

#[test]
fn the_example_is_what_is_generated() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/direct-index");
    for (name, text) in files(&direct_index(SEED, SIZE)) {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        assert!(there == text, "examples/direct-index/{name} is out of date: run this test with UPDATE_REFERENCE=1");
    }
}
