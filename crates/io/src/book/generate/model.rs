//! The models of a synthetic book: policies from cautious to bold.

use std::fmt::Write as _;

/// One model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model {
    pub(super) name: &'static str,
    /// Weight of equity in points of a hundred.
    pub(super) equity: u32,
}

/// Weight of real assets and of cash, in points of a hundred; the rest beside equity is fixed income.
const REAL: u32 = 6;
const CASH: u32 = 2;

/// From cautious to bold.
pub(super) const MODELS: [Model; 5] = [
    Model { name: "income", equity: 20 },
    Model { name: "conservative", equity: 40 },
    Model { name: "balanced", equity: 60 },
    Model { name: "growth", equity: 75 },
    Model { name: "bold", equity: 88 },
];

/// A class, its share of the one above in points of a hundred, and its funds, the preferred first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    pub(super) name: &'static str,
    pub(super) share: u32,
    pub(super) funds: &'static [&'static str],
}

/// Every class in which a fund lies.
pub(super) const CLASSES: [Class; 9] = [
    Class { name: "Equity/US Large", share: 50, funds: &["ULCA", "ULCX", "ULCI", "ULCB"] },
    Class { name: "Equity/US Small", share: 10, funds: &["USCA", "USCB"] },
    Class { name: "Equity/Developed", share: 28, funds: &["DEVA", "DEVB"] },
    Class { name: "Equity/Emerging", share: 12, funds: &["EMGA", "EMGB"] },
    Class { name: "Fixed Income/Aggregate", share: 60, funds: &["AGGA", "AGGB"] },
    Class { name: "Fixed Income/Inflation", share: 25, funds: &["TIPA", "TIPB"] },
    Class { name: "Fixed Income/International", share: 15, funds: &["IBDA", "IBDB"] },
    Class { name: "Real Assets/Real Estate", share: 60, funds: &["REIA", "REIB"] },
    Class { name: "Real Assets/Commodities", share: 40, funds: &["CMDA"] },
];

impl Model {
    /// Its policy, below the folder of the book.
    pub(super) fn file(&self) -> String {
        format!("policies/{}.toml", self.name)
    }

    /// The weight of a class in the whole portfolio.
    pub(super) fn weight(&self, class: &Class) -> f64 {
        f64::from(self.top(class.name.split('/').next().unwrap_or_default()) * class.share) / 10_000.0
    }

    fn top(&self, name: &str) -> u32 {
        match name {
            "Equity" => self.equity,
            "Real Assets" => REAL,
            "Cash" => CASH,
            _ => 100 - self.equity - REAL - CASH,
        }
    }

    pub(super) fn policy(&self) -> String {
        let mut text = format!("schema_version = 1\nname = \"{}\"\nbase_currency = \"USD\"\n", self.name);
        for top in ["Equity", "Fixed Income", "Real Assets", "Cash"] {
            let _ = write!(text, "\n[[target]]\nclass = \"{top}\"\nweight = 0.{:02}\n", self.top(top));
            if top == "Cash" {
                // A quarter of so little would call for trades every other week.
                text.push_str("band = { absolute = 0.02 }\n");
            }
            for class in CLASSES.iter().filter(|class| class.name.split('/').next() == Some(top)) {
                let funds = class.funds.iter().map(|fund| format!("\"{fund}\"")).collect::<Vec<_>>().join(", ");
                let _ = write!(text, "\n[[target]]\nclass = \"{}\"\nweight = 0.{:02}\ninstruments = [{funds}]\n", class.name, class.share);
            }
        }
        let _ = write!(
            text,
            "\n# Five points, or a quarter of the target.\n[bands]\nabsolute = 0.05\nrelative = 0.25\n\n[[trigger]]\nkind = \"threshold\"\n\n\
             [[trigger]]\nkind = \"cash_flow\"\nat_least = 0.03\n\n\
             [rebalance]\nlot_method = \"hifo\"\nmin_trade = 250\n\n[costs]\nproportional = 0.0001\n\n\
             [[limit]]\nname = \"equity\"\nwhere = {{ class = [\"Equity\"] }}\nat_most = {:.2}\n",
            f64::from(self.equity + 10) / 100.0
        );
        text
    }
}
