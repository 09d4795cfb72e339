//! A folder of inputs made of public files, and what must hold of every proposal that comes of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use evenkeel::diagnostic::Code;
use evenkeel_ledger::number::{Decimal, Rounding};
use serde_json::Value;

use crate::support::schema::validate;
use crate::support::{Folder, evenkeel_in, root, shown};

/// Where a public file is; says so where it is not there.
pub(crate) fn public(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/data").join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

/// The text of a public file; says so where it is not there.
pub(crate) fn public_text(name: &str) -> Option<String> {
    public(name).map(|path| fs::read_to_string(path).unwrap())
}

/// A mapping file as docs/guides/real-data.md shows it; its first line is its name.
pub(crate) fn documented(name: &str) -> String {
    let guide = fs::read_to_string(root().join("docs/guides/real-data.md")).unwrap();
    let blocks = guide.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let found = blocks.into_iter().find(|block| block.lines().next() == Some(&format!("# {name}")));
    found.unwrap_or_else(|| panic!("the guide has no {name}")).to_owned()
}

/// A household of one institution with one account, whose gains are not taxed.
pub(crate) fn institution(id: &str, account: &str) -> String {
    format!(
        "schema_version = 1\nid = \"{id}\"\n\n\
         [[owner]]\nid = \"fund\"\nfiling_status = \"institution\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n\n\
         [[account]]\nid = \"{account}\"\nowner = \"fund\"\ntax_treatment = \"untaxed\"\ncurrency = \"USD\"\n"
    )
}

pub(crate) fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).parse().unwrap()
}

/// Units by account and symbol; cash under `CASH:USD`.
pub(crate) type Held = BTreeMap<(String, String), Decimal>;

/// What the command answered.
pub(crate) struct Answer {
    pub(crate) code: i32,
    /// Standard output and standard error.
    pub(crate) text: String,
    document: Value,
}

impl Answer {
    /// The proposal; panics where there is none.
    pub(crate) fn proposal(&self) -> &Value {
        let proposal = &self.document["result"]["proposal"];
        assert!(proposal.is_object(), "{}", self.text);
        proposal
    }

    /// What the subcommand gives.
    pub(crate) fn result(&self) -> &Value {
        &self.document["result"]
    }

    /// What is told of the inputs: code and message.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.document["diagnostics"].as_array().unwrap().iter().map(|told| (text(&told["code"]), text(&told["message"]))).collect()
    }

    /// Whether something of that code is told whose message has all these parts.
    pub(crate) fn tells(&self, code: Code, parts: &[&str]) -> bool {
        self.told().iter().any(|(told, message)| *told == code.to_string() && parts.iter().all(|part| message.contains(part)))
    }

    #[track_caller]
    pub(crate) fn assert_tells(&self, code: Code, parts: &[&str]) {
        assert!(self.tells(code, parts), "{code} {parts:?} is not told: {:#?}", self.told());
    }
}

/// A folder of inputs.
pub(crate) struct Case {
    folder: Folder,
}

impl Case {
    pub(crate) fn new(name: &str) -> Self {
        Self { folder: Folder::new(&format!("real-{name}")) }
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Lays a public file into the folder under a conventional name.
    pub(crate) fn lay(&self, name: &str, public: &PathBuf) -> &Self {
        fs::copy(public, self.folder.path().join(name)).unwrap();
        self
    }

    /// Writes what is held as positions without lots.
    pub(crate) fn hold(&self, held: &Held) -> &Self {
        let mut text = "account,symbol,quantity\n".to_owned();
        for ((account, symbol), quantity) in held.iter().filter(|(_, quantity)| !quantity.is_zero()) {
            writeln!(text, "{account},{symbol},{quantity}").unwrap();
        }
        self.write("holdings.csv", &text)
    }

    /// Runs the command with `--json` and holds its answer to the schema.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        let output = evenkeel_in(self.folder.path(), &[arguments, &["--json"]].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", shown(&output)));
        let name = if arguments[0] == "journal" { format!("journal-{}", arguments[1]) } else { arguments[0].to_owned() };
        let schema = fs::read_to_string(root().join(format!("docs/reference/schemas/{name}.json"))).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        validate(&schema, &schema, &document, &arguments.join(" "));
        Answer { code: output.status.code().unwrap(), text: shown(&output), document }
    }

    pub(crate) fn propose(&self, as_of: &str) -> Answer {
        self.run(&["rebalance", ".", "--as-of", as_of])
    }

    /// Proposes on what is held: the exit code is 0, and the proposal sound.
    #[track_caller]
    pub(crate) fn propose_on(&self, held: &Held, as_of: &str) -> Answer {
        let answer = self.hold(held).propose(as_of);
        assert_eq!(answer.code, 0, "{}", answer.text);
        assert_sound(&answer);
        answer
    }

    /// Proposes, trades that and proposes again: nothing is left to do. Gives the first answer and
    /// what is held in the end.
    #[track_caller]
    pub(crate) fn settle(&self, held: &Held, as_of: &str) -> (Answer, Held) {
        let first = self.propose_on(held, as_of);
        let traded = after_trades(held, first.proposal());
        let second = self.propose_on(&traded, as_of);
        assert_eq!(second.proposal()["trades"], Value::Array(Vec::new()), "{as_of}: traded again");
        (first, traded)
    }
}

/// What is held once a proposal has been traded.
fn after_trades(held: &Held, proposal: &Value) -> Held {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut held = held.clone();
    for trade in proposal["trades"].as_array().unwrap() {
        let units = held.entry((text(&trade["account"]), text(&trade["symbol"]))).or_default();
        let quantity = decimal(&trade["quantity"]);
        *units = if trade["side"] == "buy" { units.try_add(quantity).unwrap() } else { units.try_sub(quantity).unwrap() };
        assert!(!units.is_negative(), "oversold: {trade}");
    }
    for line in proposal["cash"].as_array().unwrap() {
        held.insert((text(&line["account"]), "CASH:USD".to_owned()), decimal(&line["after"]["amount"]));
    }
    held
}

/// The auditor is silent, and cash conserves to the last digit: by account and by trade.
#[track_caller]
fn assert_sound(answer: &Answer) {
    assert_eq!(answer.document["result"]["objections"], Value::Array(Vec::new()), "{}", answer.text);
    let proposal = answer.proposal();
    let mut change: BTreeMap<&str, Decimal> = BTreeMap::new();
    for trade in proposal["trades"].as_array().unwrap() {
        let (gross, costs) = (decimal(&trade["gross"]["amount"]), decimal(&trade["costs"]["total"]["amount"]));
        let (quantity, price) = (decimal(&trade["quantity"]), decimal(&trade["price"]));
        let exact = quantity.mul(price, Rounding::HalfEven).unwrap();
        assert!(exact.try_sub(gross).unwrap().abs() <= "0.005".parse().unwrap(), "{trade}");
        let cash = decimal(&trade["cash"]["amount"]);
        let flow = if trade["side"] == "buy" { gross.neg() } else { gross };
        assert_eq!(cash, flow.try_sub(costs).unwrap(), "{trade}");
        let sum = change.entry(trade["account"].as_str().unwrap()).or_default();
        *sum = sum.try_add(cash).unwrap();
    }
    for line in proposal["cash"].as_array().unwrap() {
        let amount = |name: &str| decimal(&line[name]["amount"]);
        let traded = change.get(line["account"].as_str().unwrap()).copied().unwrap_or_default();
        let after = amount("before").try_add(amount("flows")).unwrap().try_add(traded).unwrap();
        assert_eq!(amount("after"), after, "{line}");
        assert!(!amount("after").is_negative(), "{line}");
    }
}

/// Largest distance from target that is left over all classes, in money.
pub(crate) fn left_over(proposal: &Value) -> f64 {
    let value: f64 = decimal(&proposal["value"]["amount"]).to_string().parse().unwrap();
    proposal["after"]["max"].as_f64().unwrap() * value
}
