//! [`Objection`]: what does not hold.

use std::fmt;

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// What an objection is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Rule {
            /// Every rule, in order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in documents.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

rules! {
    /// The account is not one of the household's.
    KnownAccount = "known_account";
    /// The instrument is not in the universe.
    KnownInstrument = "known_instrument";
    /// Units are above zero.
    PositiveQuantity = "positive_quantity";
    /// Units are a whole multiple of the lot size, unless a position is closed.
    LotSize = "lot_size";
    /// The price is that of the market.
    Price = "price";
    /// Value is quantity × price in the base currency, to the cent.
    Gross = "gross";
    /// The fee is as stated.
    FixedCost = "fixed_cost";
    /// The commission is as stated.
    ProportionalCost = "proportional_cost";
    /// The spread's cost is as stated.
    SpreadCost = "spread_cost";
    /// The impact is what its formula gives, within rounding.
    ImpactCost = "impact_cost";
    /// The total cost is the sum of its pieces.
    TotalCost = "total_cost";
    /// A buy takes value and costs from cash, a sell brings value less costs.
    CashEffect = "cash_effect";
    /// The account's menu allows what is bought.
    Menu = "menu";
    /// The trading state of the day allows the trade.
    TradingState = "trading_state";
    /// A trade is worth more than the minimum, unless it raises cash that must be there.
    MinTrade = "min_trade";
    /// No instrument is both bought and sold in one account.
    BothSides = "both_sides";
    /// No instrument is traded twice in one account.
    TradedOnce = "traded_once";
    /// A lot that is sold exists in that account, of that instrument.
    KnownLot = "known_lot";
    /// No more is sold of a lot than it has.
    LotOversold = "lot_oversold";
    /// The lots of a sell add up to its quantity; a buy takes none.
    LotsAddUp = "lots_add_up";
    /// The basis of what is sold is the lot's, in proportion.
    CostBasis = "cost_basis";
    /// The gain is proceeds after costs, in proportion, less basis; gains add up exactly.
    Gain = "gain";
    /// Long-term means held for more than a year.
    HoldingPeriod = "holding_period";
    /// The tax of a lot is its gain at the owner's rate for its term; none where gains are not taxed.
    Tax = "tax";
    /// Nothing is sold at a loss of which an identical instrument is bought, or was within 30 days.
    WashSale = "wash_sale";
    /// Net gains of the year stay within the budget.
    GainBudget = "gain_budget";
    /// Every account has its cash stated once.
    CashStated = "cash_stated";
    /// Cash before is what the books hold.
    CashBefore = "cash_before";
    /// Flows over all accounts are those that are due.
    CashFlows = "cash_flows";
    /// Cash from sells is the sum of their values.
    CashSells = "cash_sells";
    /// Cash for buys is the sum of their values.
    CashBuys = "cash_buys";
    /// Costs are the sum over trades.
    CashCosts = "cash_costs";
    /// Cash after is before + flows + sells − buys − costs, exactly.
    CashAfter = "cash_after";
    /// Nothing is bought, and no cash is used, while an account has less than it must keep.
    CashMinimum = "cash_minimum";
    /// No more is traded than the turnover cap allows.
    TurnoverCap = "turnover_cap";
    /// No hard limit is broken that was kept before, and none is led further away from being kept.
    Limit = "limit";
    /// The arithmetic leaves the range of numbers, or a price or rate is missing, so nothing can be verified.
    Verifiable = "verifiable";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The rule.
    pub rule: Rule,
    /// The account, where it is about one.
    pub account: Option<String>,
    /// The symbol, or for a limit its name.
    pub subject: Option<String>,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rule)?;
        if let Some(account) = &self.account {
            write!(f, ", account {account}")?;
        }
        if let Some(subject) = &self.subject {
            write!(f, ", {subject}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

/// Where objections are collected, with the account and subject that are looked at.
#[derive(Debug, Default)]
pub(crate) struct Findings<'a> {
    pub(crate) objections: Vec<Objection>,
    pub(crate) account: Option<&'a str>,
    pub(crate) subject: Option<&'a str>,
}

impl Findings<'_> {
    /// Objects.
    pub(crate) fn object(&mut self, rule: Rule, expected: impl fmt::Display, found: impl fmt::Display) {
        self.objections.push(Objection {
            rule,
            account: self.account.map(str::to_owned),
            subject: self.subject.map(str::to_owned),
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }

    /// Objects about a subject of its own.
    pub(crate) fn object_about(&mut self, rule: Rule, subject: &str, expected: impl fmt::Display, found: impl fmt::Display) {
        let subject = Some(subject.to_owned());
        self.objections.push(Objection { rule, account: None, subject, expected: expected.to_string(), found: found.to_string() });
    }

    /// Objects unless two things are equal.
    pub(crate) fn equal<T: PartialEq + fmt::Display>(&mut self, rule: Rule, expected: T, found: T) {
        if expected != found {
            self.object(rule, expected, found);
        }
    }
}
