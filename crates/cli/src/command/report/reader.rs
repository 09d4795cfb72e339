//! Who reads a report, and what of it concerns them.

use clap::ValueEnum;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    /// Somebody who looks after their own accounts.
    Investor,
    /// Somebody who studies a policy on its history.
    Researcher,
    /// The client of an adviser: two pages.
    Client,
    /// The board of an endowment.
    Board,
    /// Who carries trades out.
    Operations,
}

/// A part of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Part {
    /// The trades proposed, with their reasons, or why there are none.
    Trades,
    /// The lots sold and what they do to taxes.
    Lots,
    /// Cash of each account before and after.
    Cash,
    /// The ways of trading that were compared.
    Ways,
    /// Weights by class, to the leaves of the tree.
    Drift,
    /// What tax and trading buy of closeness to target.
    TradeOff,
    /// What the accounts have earned.
    Performance,
    /// Why that differs from the policy's mix.
    Attribution,
    /// How much risk is held, and where it comes from.
    Risk,
    /// What scenarios and crises would do.
    Stress,
    /// Every limit.
    Limits,
    /// The best trades of return for risk.
    Frontier,
    /// Many futures.
    Simulation,
    /// What the policy would have come to.
    Backtest,
}

impl Reader {
    /// As the command line has it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What the report is called.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Investor => "Portfolio report",
            Self::Researcher => "Study of a policy",
            Self::Client => "Portfolio review",
            Self::Board => "Report to the board",
            Self::Operations => "Trading instructions",
        }
    }

    /// What concerns them, in order.
    pub(super) fn parts(self) -> &'static [Part] {
        match self {
            Self::Investor => &[
                Part::Trades,
                Part::Lots,
                Part::Drift,
                Part::Performance,
                Part::Attribution,
                Part::Risk,
                Part::Stress,
                Part::Limits,
                Part::Ways,
                Part::TradeOff,
                Part::Frontier,
                Part::Simulation,
            ],
            Self::Researcher => &[
                Part::Backtest,
                Part::Frontier,
                Part::Risk,
                Part::Stress,
                Part::Drift,
                Part::Ways,
                Part::TradeOff,
                Part::Attribution,
                Part::Simulation,
                Part::Limits,
            ],
            Self::Client => &[Part::Trades, Part::Performance, Part::Limits],
            Self::Board => &[
                Part::Limits,
                Part::Stress,
                Part::Risk,
                Part::Performance,
                Part::Attribution,
                Part::Frontier,
                Part::Simulation,
                Part::Trades,
            ],
            Self::Operations => &[Part::Trades, Part::Lots, Part::Cash, Part::Limits],
        }
    }

    /// Whether they are asked for a decision that they sign.
    pub(super) fn signs(self) -> bool {
        matches!(self, Self::Client | Self::Board)
    }
}

impl Part {
    /// What stands over it.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Trades => "Trades, and why",
            Self::Lots => "Lots and taxes",
            Self::Cash => "Cash",
            Self::Ways => "Ways compared",
            Self::Drift => "Weights and drift",
            Self::TradeOff => "Tax and costs against closeness to target",
            Self::Performance => "What was earned",
            Self::Attribution => "Why it differs from the policy's mix",
            Self::Risk => "Risk",
            Self::Stress => "Stress",
            Self::Limits => "Limits",
            Self::Frontier => "Return against risk",
            Self::Simulation => "What may come",
            Self::Backtest => "What the policy would have come to",
        }
    }
}
