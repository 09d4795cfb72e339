//! What can be asked of the command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::command;
use crate::console::ColorChoice;
use crate::evidence::Invocation;

/// Keeps portfolios on target.
///
/// Reads a policy, a household and its holdings, and says whether to trade, what, in which account
/// and which lots, at what cost, and why. Not investment or tax advice.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, propagate_version = true, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Arguments {
    /// What every subcommand takes.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str =
    "Exit codes: 0 done; 1 refused, because a hard limit would be broken or the auditor objects; 2 inputs or arguments cannot be used.";

impl Arguments {
    /// With how the run was asked for told to those whose results speak of it.
    #[must_use]
    pub fn handed_down(mut self, invocation: &Invocation) -> Self {
        if let Command::Report(report) = &mut self.command {
            report.invocation.clone_from(invocation);
        }
        self
    }
}

/// What every subcommand takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct GlobalArguments {
    /// Print one JSON document instead of text (schemas: docs/reference/schemas).
    #[arg(long, global = true)]
    pub json: bool,
    /// Write the result to this file, whole or not at all, instead of standard output: a page for a browser where its name ends in
    /// `.html`, its tables as a workbook in `.xlsx`, text or JSON otherwise. May be given more than once.
    #[arg(long, global = true, value_name = "FILE")]
    pub out: Vec<PathBuf>,
    /// A file that says whose pages `--out` writes: name, logo, color, how numbers are written (docs/reference/brand.md).
    #[arg(long, global = true, value_name = "FILE")]
    pub brand: Option<PathBuf>,
    /// When to color; color never carries meaning alone.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented policy and sample files to start from into an empty folder.
    Init(command::init::Arguments),
    /// Say what is wrong with a policy or a folder of inputs, and what the policy means.
    Check(command::check::Arguments),
    /// Compare policies.
    Policy(command::policy::Arguments),
    /// Lay profiles side by side, shifted for each horizon.
    Allocate(command::allocate::Arguments),
    /// Say what is expected of each asset, how that was estimated, and what looks wrong in the history.
    Estimate(Box<command::estimate::Arguments>),
    /// Say which assets move together, as a tree of clusters.
    Cluster(Box<command::cluster::Arguments>),
    /// Trace the best trades of return for risk under the policy's rules.
    Frontier(Box<command::frontier::Arguments>),
    /// Find the weights that the policy's optimization asks for, with the proof.
    Optimize(Box<command::optimize::Arguments>),
    /// Say what the tactical overlay does to the strategic weights, and why.
    Overlay(Box<command::overlay::Arguments>),
    /// Say how far holdings are from target, and whether that is reason to trade.
    Drift(Box<command::drift::Arguments>),
    /// Say whether to trade, what, where and in which lots, at what cost, and why.
    Rebalance(Box<command::rebalance::Arguments>),
    /// Say which losses to realize, what to buy in their stead, and what that saves.
    Harvest(Box<command::harvest::Arguments>),
    /// Say where each class should live, what that saves a year, and what moving there costs.
    Locate(Box<command::locate::Arguments>),
    /// Say what each taxable lot would realize, which to sell by every method, to give, and to keep.
    Lots(Box<command::lots::Arguments>),
    /// Find the bands and the destination that cost least, in trades and in drift, and draw the no-trade region.
    AdviseBand(Box<command::advise_band::Arguments>),
    /// Say whether what is optimized on one part of a history holds on the next, and how much of it is luck.
    WalkForward(Box<command::walk_forward::Arguments>),
    /// Say whether trades would be wash sales, over all accounts of the household.
    WashCheck(Box<command::wash_check::Arguments>),
    /// Validate holdings against their policy: return, limits, scores, stress by scenarios, shocks, crises and in reverse.
    Stress(Box<command::stress::Arguments>),
    /// Put proposal, risk, limits, performance and futures into one report, for a browser, on paper or as a workbook.
    Report(Box<command::report::Arguments>),
    /// Say how much risk is held, by which method, where it comes from, and how well such figures held before.
    Risk(Box<command::risk::Arguments>),
    /// Say whether holdings, or the proposal of the day, keep every limit, and who broke what is broken.
    Comply(Box<command::comply::Arguments>),
    /// Keep the journal: append events, replay them, show lots and gains.
    Journal(command::journal::Arguments),
    /// Propose for every household of a book of many accounts.
    Batch(command::batch::Arguments),
    /// Make a proposal again from what it records, and say whether it is the same.
    Replay(command::replay::Arguments),
    /// Say what a year's sales come to on each tax return: gains, wash sales, netting, tax, losses carried on.
    TaxYear(command::tax_year::Arguments),
    /// Say what accounts have earned, from their journal and prices alone: time- and money-weighted, and every ratio.
    Performance(Box<command::performance::Arguments>),
    /// Say why a portfolio did better or worse than its benchmark: allocation, selection, interaction, currency.
    Attribute(Box<command::attribute::Arguments>),
    /// Say what many futures make of the policy: how long the money lasts, what is left, and how sure that is.
    Simulate(Box<command::simulate::Arguments>),
    /// What tax and trading buy of closeness to target, from one risk aversion to the next.
    TradeOff(Box<command::trade_off::Arguments>),
    /// Run a policy over the past with the code that trades, and say what it would have come to.
    Backtest(Box<command::backtest::Arguments>),
    /// Run several policies over the same past, side by side.
    Compare(Box<command::compare::Arguments>),
    /// Run a policy over a grid of its keys, and say how much of the best result is luck.
    Sweep(Box<command::sweep::Arguments>),
    /// Write a synthetic book of households, the same from a seed each time.
    Generate(command::generate::Arguments),
    /// Run the main jobs on example portfolios, and write the results.
    Demo(command::demo::Arguments),
    /// Say what the code of a diagnostic means.
    Explain(command::explain::Arguments),
}
