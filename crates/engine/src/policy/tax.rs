//! `[tax]`: what trades have to do with taxes.

use evenkeel_ledger::identical::Identity;
use evenkeel_ledger::number::{Currency, Money};
use evenkeel_ledger::select::LotMethod;

/// Which lots of a taxable account are sold first. In other accounts nothing depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LotChoice {
    /// In the order of a method.
    By(LotMethod),
    /// Those of which the sale is taxed least at the owner's rates: the largest losses by tax saved, then
    /// the smallest gains by tax due.
    #[default]
    MinTax,
}

impl LotChoice {
    /// The word for it in a policy file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::By(LotMethod::Fifo) => "fifo",
            Self::By(LotMethod::Lifo) => "lifo",
            Self::By(LotMethod::Hifo) => "hifo",
            Self::By(LotMethod::Lofo) => "lofo",
            Self::By(LotMethod::AverageCost) => "average_cost",
            Self::MinTax => "min_tax",
        }
    }
}

/// What becomes of trades that would be wash sales (26 USC 1091).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WashSales {
    /// They are not proposed: another lot is sold, or another instrument bought.
    #[default]
    Avoid,
    /// They are proposed and told.
    Allow,
}

/// What trades have to do with taxes.
#[derive(Debug, Clone, PartialEq)]
pub struct TaxRules {
    /// Which instruments count as identical.
    pub identical: Identity,
    /// What becomes of wash sales.
    pub wash_sales: WashSales,
    /// Most net gain that the household is to realize in a tax year, gains of the year so far counted in.
    pub gain_budget: Option<Money>,
    /// When a loss is worth realizing.
    pub harvest: HarvestRules,
}

/// When a loss is worth realizing for itself.
#[derive(Debug, Clone, PartialEq)]
pub struct HarvestRules {
    /// Least loss of one instrument in one account.
    pub min_loss: Money,
    /// Least loss of a lot as a fraction of what it cost.
    pub min_loss_fraction: f64,
    /// Least that the tax saved is to be above the costs of selling, of buying the substitute, and of going back.
    pub min_benefit: Money,
    /// Most tracking error a year of the substitute against what is sold.
    pub max_tracking_error: Option<f64>,
    /// Whether one goes back to what was sold once the window is over.
    pub switch_back: bool,
}

impl TaxRules {
    /// The rules where a file says nothing.
    pub const fn new(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            identical: Identity::Related,
            wash_sales: WashSales::Avoid,
            gain_budget: None,
            harvest: HarvestRules {
                min_loss: zero,
                min_loss_fraction: 0.0,
                min_benefit: zero,
                max_tracking_error: None,
                switch_back: true,
            },
        }
    }
}
