//! What is dirty in public price files: what is told, with symbol, date and value, and what is used.

use evenkeel::diagnostic::Code;

use crate::case::{Case, decimal, institution, public};

/// A fund that holds a hundred shares of each of some stocks of a price file.
fn fund(name: &str, file: &str, kind: &str, symbols: &[&str], prices: &str) -> Option<Case> {
    let file = public(file)?;
    let case = Case::new(name);
    let series: String = symbols.iter().map(|symbol| format!("{symbol} = \"{symbol}\"\n")).collect();
    let instruments: String = symbols.iter().map(|symbol| format!("{symbol},Equity,USD\n")).collect();
    let holdings: String = symbols.iter().map(|symbol| format!("fund,{symbol},100\n")).collect();
    let quoted: Vec<String> = symbols.iter().map(|symbol| format!("\"{symbol}\"")).collect();
    case.lay("prices.csv", &file)
        .write(
            "prices.mapping.toml",
            &format!("schema_version = 1\nignore_other_columns = true\ndirectives = {{ kind = \"{kind}\" }}\n\n[series]\n{series}"),
        )
        .write("instruments.csv", &format!("symbol,class,currency\n{instruments}"))
        .write("holdings.csv", &format!("account,symbol,quantity\nfund,CASH:USD,1000\n{holdings}"))
        .write("household.toml", &institution("fund", "fund"))
        .write(
            "policy.toml",
            &format!(
                "schema_version = 1\nname = \"Dirty\"\nbase_currency = \"USD\"\n\n[bands]\nabsolute = 0.1\n\n{prices}\n\
                 [[target]]\nclass = \"Equity\"\nweight = 0.9\ninstruments = [{}]\n\n[[target]]\nclass = \"Cash\"\nweight = 0.1\n",
                quoted.join(", ")
            ),
        );
    Some(case)
}

const CAREFUL: &str = "[prices]\nmax_jump = 0.25\n";

const SUSPECTS: [&str; 11] = ["LNT", "MRO", "NWL", "FLR", "NI", "EBAY", "BAX", "DISCA", "DHR", "ES", "AAPL"];

#[test]
fn a_bad_print_is_not_used_on_its_day_and_is_told_on_the_next() {
    let Some(case) = fund("prints", "sp500_5y_close.csv", "split_adjusted", &SUSPECTS, CAREFUL) else { return };
    let on_the_day = case.propose("2017-09-14");
    assert_eq!(on_the_day.code, 2, "{}", on_the_day.text);
    for told in [
        "`FLR` on 2017-09-14 is 50.62, +26.1 % from 40.14",
        "`MRO` on 2017-09-14 is 16.02, +34.5 % from 11.91",
        "`NWL` on 2017-09-14 is 30.81, -30.3 % from 44.22",
    ] {
        on_the_day.assert_tells(Code::PRICE_JUMP, &[told, "it is not used"]);
    }
    for symbol in ["FLR", "MRO", "NWL"] {
        on_the_day.assert_tells(Code::NO_PRICE, &[symbol]);
    }
    let next_day = case.propose("2017-09-15");
    assert_eq!(next_day.code, 0, "{}", next_day.text);
    for symbol in ["FLR", "MRO", "NWL"] {
        next_day.assert_tells(Code::BAD_PRINT, &[&format!("`{symbol}` on 2017-09-14"), "bad print"]);
    }
    let lnt = case.propose("2016-05-19");
    assert_eq!(lnt.code, 2, "{}", lnt.text);
    lnt.assert_tells(Code::PRICE_JUMP, &["`LNT` on 2016-05-19 is 17.87, -49.4 % from 35.35"]);
    case.propose("2016-05-20").assert_tells(Code::BAD_PRINT, &["`LNT` on 2016-05-19 is 17.87"]);
}

#[test]
fn the_default_jump_lets_half_pass_and_no_more() {
    let Some(case) = fund("default-jump", "sp500_5y_close.csv", "split_adjusted", &SUSPECTS, "") else { return };
    // -49.4 % and -30.3 % are within the default of 50 %: used, as documented.
    for as_of in ["2016-05-19", "2017-09-14"] {
        let used = case.propose(as_of);
        assert_eq!((used.code, used.tells(Code::PRICE_JUMP, &[])), (0, false), "{}", used.text);
    }
    // The spin-offs and the split beyond 50 % are not.
    for (as_of, told) in [
        ("2014-08-07", "`DISCA` on 2014-08-07 is 40.975, -50.6 % from 83.02"),
        ("2015-07-02", "`NI` on 2015-07-02 is 16.99, -62.6 % from 45.45"),
        ("2015-07-20", "`EBAY` on 2015-07-20 is 28.57, -56.9 % from 66.29"),
    ] {
        let refused = case.propose(as_of);
        assert_eq!(refused.code, 2, "{}", refused.text);
        refused.assert_tells(Code::PRICE_JUMP, &[told, "it is not used"]);
    }
}

#[test]
fn a_price_that_is_missing_inside_a_series_is_the_last_one_until_it_is_stale() {
    let Some(case) = fund("gap", "sp500_5y_close.csv", "split_adjusted", &["DHR", "ES", "AAPL"], "") else { return };
    // Danaher and Eversource have no close from 2015-03-09 to 2015-03-20.
    let young = case.propose("2015-03-11");
    assert_eq!((young.code, young.tells(Code::STALE, &[])), (0, false), "{}", young.text);
    let stale = case.propose("2015-03-20");
    assert_eq!(stale.code, 0, "{}", stale.text);
    stale.assert_tells(Code::STALE, &["`DHR` is 85.22 of 2015-03-06, 14 days before 2015-03-20; more than 5 days is stale"]);
    stale.assert_tells(Code::STALE, &["`ES` is"]);
    assert!(!stale.tells(Code::STALE, &["`AAPL`"]));
    // The stale close is what the fund is valued at.
    let value = decimal(&stale.proposal()["value"]["amount"]);
    assert_eq!(value, "26988".parse().unwrap(), "100 × (85.22 + 48.76 + 125.9) + 1000");
    let Some(patient) =
        fund("gap-patient", "sp500_5y_close.csv", "split_adjusted", &["DHR", "ES", "AAPL"], "[prices]\nmax_age_days = 14\n")
    else {
        return;
    };
    assert!(!patient.propose("2015-03-20").tells(Code::STALE, &[]));
}

#[test]
fn a_stock_that_is_not_listed_yet_cannot_be_held() {
    let Some(case) = fund("listing", "sp500_5y_close.csv", "split_adjusted", &["AAPL", "PYPL"], "") else { return };
    let before = case.propose("2015-07-02");
    assert_eq!(before.code, 2, "{}", before.text);
    before.assert_tells(Code::NO_PRICE, &["`PYPL` is held and has no usable price on or before 2015-07-02"]);
    assert_eq!(case.propose("2015-07-06").code, 0);
}

/// The whole history up to a day is judged by `check`, so that it is seen before it is used.
#[test]
fn check_names_what_is_dirty_anywhere_in_the_history() {
    let Some(case) = fund("check", "sp500_5y_close.csv", "split_adjusted", &SUSPECTS, CAREFUL) else { return };
    let told = case.run(&["check", ".", "--as-of", "2018-02-07"]);
    assert_eq!(told.code, 0, "{}", told.text);
    for print in
        ["`LNT` on 2016-05-19 is 17.87", "`MRO` on 2017-09-14 is 16.02", "`NWL` on 2017-09-14 is 30.81", "`FLR` on 2017-09-14 is 50.62"]
    {
        told.assert_tells(Code::BAD_PRINT, &[print]);
    }
    for jump in ["`NI` on 2015-07-02", "`EBAY` on 2015-07-20", "`BAX` on 2015-07-01", "`DISCA` on 2014-08-07"] {
        told.assert_tells(Code::PRICE_JUMP, &[jump]);
    }
    for gap in ["`DHR` between 2015-03-06 and 2015-03-23", "`ES` between 2015-03-06 and 2015-03-23"] {
        told.assert_tells(Code::STALE, &[gap]);
    }
    // Nothing after the day is looked at, and what was there on the day is told once.
    let earlier = case.run(&["check", ".", "--as-of", "2016-05-20"]);
    assert!(!earlier.tells(Code::BAD_PRINT, &["2017"]));
    assert_eq!(earlier.told().iter().filter(|(_, message)| message.contains("`LNT`")).count(), 1, "{:#?}", earlier.told());

    // Range Resources before 1993 stands still for weeks; Apple fell by half in a day.
    let Some(case) = fund("still", "sp20_daily_prices.csv", "total_return", &["AAPL", "RRC", "XOM"], "") else { return };
    let told = case.run(&["check", ".", "--as-of", "2022-12-28"]);
    told.assert_tells(Code::PRICE_JUMP, &["`RRC` on 1990-04-10 is 1.107, -66.7 % from 3.322"]);
    told.assert_tells(Code::PRICE_JUMP, &["`AAPL` on 2000-09-29 is 0.391"]);
    told.assert_tells(Code::STALE, &["`RRC`", "3.322 on 69 dates in a row, 1990-01-02 to 1990-04-09"]);
    assert!(!told.tells(Code::STALE, &["`XOM`", "in a row"]));
}
