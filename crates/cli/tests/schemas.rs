//! docs/reference/schemas say what the command writes, and what it writes keeps to them.
//!
//! Run with `UPDATE_REFERENCE=1` to write them anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the way to fail")]

mod support;

use evenkeel_cli::batch::{Exception, Manifest};
use evenkeel_cli::command::{self, Envelope};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use support::schema::validate;

fn schema<T: JsonSchema>(command: &str) -> Value {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Envelope<T>>();
    let mut schema = serde_json::to_value(schema).unwrap();
    schema["title"] = format!("evenkeel {command} --json").into();
    schema
}

/// Each command with its schema and a run that writes such a document.
fn documents() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let on = |folder, as_of, command| vec![command, folder, "--as-of", as_of];
    let journal = |action| vec!["journal", action, "examples/journal", "--as-of", "2024-06-30"];
    let by_risk = |command, more: &[&'static str]| {
        let assumed = ["--assumptions", "examples/endowment/risk.toml"];
        [&on("examples/endowment", "2026-06-30", command)[..], &assumed, more].concat()
    };
    let briefly = |mut arguments: Vec<&'static str>| {
        arguments.extend(["--paths", "4", "--years", "2"]);
        arguments
    };
    vec![
        (
            "advise-band",
            schema::<command::advise_band::AdviseBandDocument>("advise-band"),
            briefly(on("examples/optimized", "2026-06-30", "advise-band")),
        ),
        ("allocate", schema::<command::allocate::Allocations>("allocate"), vec!["allocate", "--horizon", "25"]),
        ("attribute", schema::<command::attribute::AttributeDocument>("attribute"), vec!["attribute", "examples/attribution"]),
        ("backtest", schema::<command::backtest::Ran>("backtest"), vec!["backtest", "examples/history"]),
        ("compare", schema::<command::compare::Comparison>("compare"), vec!["compare", "examples/history", "--hold"]),
        ("sweep", schema::<command::sweep::Sweep>("sweep"), vec!["sweep", "examples/history", "--grid", "bands.absolute=0.05,0.1"]),
        ("check", schema::<command::check::Meaning>("check"), vec!["check", "examples/family/policy.toml"]),
        ("cluster", schema::<command::cluster::ClusterDocument>("cluster"), on("examples/optimized", "2026-06-30", "cluster")),
        ("drift", schema::<command::drift::DriftReport>("drift"), on("examples/family", "2026-03-31", "drift")),
        ("estimate", schema::<command::estimate::EstimateDocument>("estimate"), on("examples/optimized", "2026-06-30", "estimate")),
        ("explain", schema::<command::explain::Explanation>("explain"), vec!["explain", "EK0104"]),
        ("frontier", schema::<command::frontier::FrontierDocument>("frontier"), on("examples/optimized", "2026-06-30", "frontier")),
        ("harvest", schema::<command::harvest::HarvestDocument>("harvest"), on("examples/harvest", "2026-03-31", "harvest")),
        ("journal-gains", schema::<command::journal::Gains>("journal gains"), journal("gains")),
        ("journal-lots", schema::<command::journal::Lots>("journal lots"), journal("lots")),
        ("journal-replay", schema::<command::journal::Replayed>("journal replay"), journal("replay")),
        ("report", schema::<command::report::ReportDocument>("report"), vec!["report", "examples/client"]),
        ("trade-off", schema::<command::trade_off::TradeOff>("trade-off"), on("examples/family", "2026-03-31", "trade-off")),
        ("locate", schema::<evenkeel::run::LocationReport>("locate"), on("examples/location", "2026-03-31", "locate")),
        ("lots", schema::<command::lots::Lots>("lots"), on("examples/family", "2026-03-31", "lots")),
        ("optimize", schema::<command::optimize::OptimizeDocument>("optimize"), on("examples/optimized", "2026-06-30", "optimize")),
        ("overlay", schema::<command::overlay::OverlayDocument>("overlay"), on("examples/overlay", "2026-03-31", "overlay")),
        (
            "performance",
            schema::<command::performance::PerformanceDocument>("performance"),
            vec!["performance", "examples/performance", "--by", "class", "--benchmark", "policy", "--consumer-prices", "cpi"],
        ),
        (
            "policy-diff",
            schema::<command::policy::Changes>("policy diff"),
            vec!["policy", "diff", "examples/client/policy.toml", "examples/client/calendar.toml"],
        ),
        ("rebalance", schema::<command::rebalance::Rebalance>("rebalance"), on("examples/family", "2026-03-31", "rebalance")),
        ("tax-year", schema::<command::tax_year::TaxYearDocument>("tax-year"), vec!["tax-year", "examples/taxes", "--year", "2025"]),
        (
            "simulate",
            schema::<command::simulate::SimulateDocument>("simulate"),
            vec!["simulate", "examples/retirement", "--value", "1000000", "--paths", "500"],
        ),
        ("stress", schema::<command::stress::StressReport>("stress"), by_risk("stress", &["--reverse", "--correlation", "0.9"])),
        ("risk", schema::<command::risk::RiskDocument>("risk"), by_risk("risk", &["--proposal"])),
        ("comply", schema::<command::comply::ComplyReport>("comply"), on("examples/endowment", "2026-06-30", "comply")),
        ("wash-check", schema::<command::wash_check::WashReport>("wash-check"), on("examples/harvest", "2026-03-31", "wash-check")),
    ]
}

#[test]
fn schemas_are_current() {
    let in_folders = [
        ("batch", schema::<command::batch::BatchReport>("batch")),
        ("demo", schema::<command::demo::Demo>("demo")),
        ("generate", schema::<command::generate::GeneratedBook>("generate")),
        ("replay", schema::<command::replay::Replayed>("replay")),
        ("init", schema::<command::init::Written>("init")),
        ("walk-forward", schema::<command::walk_forward::WalkForwardDocument>("walk-forward")),
        ("journal-append", schema::<command::journal::Appended>("journal append")),
    ];
    let all = documents().into_iter().map(|(name, schema, _)| (name, schema)).chain(in_folders);
    for (name, schema) in all {
        support::hold(&format!("docs/reference/schemas/{name}.json"), &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
    }
}

#[test]
fn schemas_of_files_are_current() {
    let settings = || SchemaSettings::draft2020_12().for_serialize().into_generator();
    let files = [
        ("batch-manifest", "manifest.json of a run of evenkeel batch", settings().into_root_schema_for::<Manifest>()),
        ("batch-exception", "a line of the exceptions of a run of evenkeel batch", settings().into_root_schema_for::<Exception>()),
    ];
    for (name, title, schema) in files {
        let mut schema = serde_json::to_value(schema).unwrap();
        schema["title"] = title.into();
        support::hold(&format!("docs/reference/schemas/{name}.json"), &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
    }
}

#[test]
fn documents_keep_to_their_schemas() {
    for (name, schema, arguments) in documents() {
        let output = support::evenkeel(&[&arguments[..], &["--json"]].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(document["result"].is_object(), "{name}: {}", support::shown(&output));
        validate(&schema, &schema, &document, name);
    }
    // So do documents that say what is wrong.
    let (_, schema, _) = documents().into_iter().find(|(name, ..)| *name == "check").unwrap();
    let output = support::evenkeel(&["check", "examples/client/prices.csv", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["status"], "invalid");
    validate(&schema, &schema, &document, "check");
}
