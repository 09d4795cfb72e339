//! A household with money in several currencies, valued by rates of a file that quotes local currency
//! for one dollar.

use evenkeel::diagnostic::Code;
use evenkeel_ledger::number::{Decimal, Rounding};

use crate::case::{Case, decimal, documented, institution, public, public_text};

const POLICY: &str = "schema_version = 1
name = \"Abroad\"
base_currency = \"USD\"

[bands]
absolute = 0.99

[prices]
max_age_days = 40

[[target]]
class = \"Equity\"
weight = 0.5
instruments = [\"LSE\"]

[[target]]
class = \"Cash\"
weight = 0.5
";

fn abroad(name: &str, cash: &str) -> Option<Case> {
    let rates = public("fx_monthly_long.csv")?;
    let case = Case::new(name);
    case.lay("fx.csv", &rates)
        .write("fx.mapping.toml", &documented("fx.mapping.toml"))
        .write("household.toml", &institution("abroad", "zurich"))
        .write("policy.toml", POLICY)
        .write("instruments.csv", "symbol,class,currency\nLSE,Equity,GBP\n")
        .write("prices.csv", "# kind: raw\ndate,LSE\n2020-03-20,70.00\n")
        .write("holdings.csv", &format!("account,symbol,quantity\nzurich,LSE,100\n{cash}"));
    Some(case)
}

/// Units of a country's currency for one dollar in a month.
fn rate(text: &str, month: &str, country: &str) -> Decimal {
    let line = text.lines().find(|line| line.starts_with(&format!("{month}-01,{country},"))).unwrap();
    line.rsplit(',').next().unwrap().parse().unwrap()
}

#[test]
fn local_currency_for_a_dollar_is_read_in_that_direction() {
    let cash = "zurich,CASH:USD,1000\nzurich,CASH:EUR,20000\nzurich,CASH:JPY,1500000\n";
    let (Some(case), Some(text)) = (abroad("fx", cash), public_text("fx_monthly_long.csv")) else { return };
    let valued = case.propose("2020-03-20");
    assert_eq!(valued.code, 0, "{}", valued.text);
    let dollars = |amount: i64, country: &str| Decimal::from_int(amount).div(rate(&text, "2020-03", country), Rounding::HalfEven).unwrap();
    let parts = [Decimal::from_int(1000), dollars(20_000, "Euro"), dollars(1_500_000, "Japan"), dollars(7000, "United Kingdom")];
    let expected = parts.into_iter().reduce(|sum, part| sum.try_add(part).unwrap()).unwrap();
    let value = decimal(&valued.proposal()["value"]["amount"]);
    assert!(value.try_sub(expected).unwrap().abs() <= "0.02".parse().unwrap(), "{value}, expected {expected}");
    // A euro cost more than a dollar and a yen less than a cent: turned round, this could not be.
    assert!(dollars(20_000, "Euro") > Decimal::from_int(20_000) && dollars(1_500_000, "Japan") < Decimal::from_int(15_000));
}

#[test]
fn a_pair_that_is_missing_is_told_by_name_and_an_old_one_by_its_age() {
    let Some(case) = abroad("fx-missing", "zurich,CASH:CHF,5000\nzurich,CASH:SEK,100\n") else { return };
    let missing = case.propose("2020-03-20");
    assert_eq!(missing.code, 2, "{}", missing.text);
    missing.assert_tells(Code::NO_EXCHANGE_RATE, &["CHF", "USD"]);
    missing.assert_tells(Code::NO_EXCHANGE_RATE, &["SEK", "USD"]);
    // The mark ended with 2001: its last rate is used where somebody still holds it, and told.
    let Some(case) = abroad("fx-ended", "zurich,CASH:DEM,5000\n") else { return };
    let ended = case.propose("2020-03-20");
    assert_eq!(ended.code, 0, "{}", ended.text);
    ended.assert_tells(Code::STALE, &["exchange rate of `USD/DEM`", "of 2001-12-01"]);
}

#[test]
fn a_redenomination_is_not_taken_for_a_rate() {
    let Some(case) = abroad("fx-jump", "zurich,CASH:VES,5000\n") else { return };
    case.write("prices.csv", "# kind: raw\ndate,LSE\n2018-02-02,70.00\n");
    let jumped = case.propose("2018-02-02");
    assert_eq!(jumped.code, 2, "{}", jumped.text);
    jumped.assert_tells(Code::PRICE_JUMP, &["exchange rate of `USD/VES` on 2018-02-01", "it is not used"]);
    jumped.assert_tells(Code::NO_EXCHANGE_RATE, &["VES"]);
}
