//! Taxes: reference cases, invariants, and an independent way to the same numbers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says where it is skipped"
)]

use evenkeel::boundary::to_f64;
use evenkeel::tax::{Kink, TaxError, YearTax, net};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::number::{Currency, Decimal, Money};
use proptest::prelude::*;

fn usd(amount: i64) -> Money {
    Money::new(Decimal::from_int(amount), Currency::USD)
}

fn owner(id: &str, filing_status: FilingStatus, jurisdiction: &str) -> Owner {
    Owner {
        id: id.to_owned(),
        name: None,
        birth_date: None,
        filing_status,
        jurisdiction: jurisdiction.to_owned(),
        rates: TaxRates { ordinary: "0.24".parse().unwrap(), long_term: "0.15".parse().unwrap(), state: "0.05".parse().unwrap() },
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    }
}

fn household(owners: Vec<Owner>) -> Household {
    Household::new("test", owners, Vec::new()).unwrap()
}

#[test]
fn netting_agrees_with_the_reference_cases() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/rebal_lots_tax_us.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: {} is not here", path.display());
        return;
    };
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    for case in file["netting"].as_array().unwrap() {
        let of = |value: &serde_json::Value| usd(value.as_i64().unwrap_or(0));
        let gain = |kind: &str| of(&case[format!("{kind}_gain")]).try_sub(of(&case[format!("{kind}_loss")])).unwrap();
        let gains = GainsByTerm { short_term: gain("st"), long_term: gain("lt") };
        let year = net(gains, GainsByTerm::zero(Currency::USD), of(&case["ordinary_limit"])).unwrap();
        let expected = &case["expected"];
        let id = &case["id"];
        assert_eq!(year.deducted, of(&expected["deduct_ordinary"]), "{id}");
        assert_eq!(year.carried.short_term, of(&expected["carry_st"]).neg(), "{id}");
        assert_eq!(year.carried.long_term, of(&expected["carry_lt"]).neg(), "{id}");
        let total = year.taxable.short_term.try_add(year.taxable.long_term).unwrap();
        assert_eq!(
            total.try_sub(year.deducted).unwrap().try_add(year.carried.short_term).unwrap().try_add(year.carried.long_term).unwrap(),
            of(&expected["net"]),
            "{id}"
        );
        if !expected["taxable_st"].is_null() {
            assert_eq!(year.taxable.short_term, of(&expected["taxable_st"]), "{id}");
        }
    }
}

#[test]
fn spouses_on_one_return_net_together() {
    let mut ann = owner("ann", FilingStatus::MarriedJointly, "US-NY");
    let mut bob = owner("bob", FilingStatus::MarriedJointly, "US-NY");
    (ann.spouse, bob.year_to_date.long_term) = (Some("bob".to_owned()), usd(-1_000));
    let both = household(vec![ann.clone(), bob.clone()]);
    // The spouse is on the return whoever names whom; 15 % and 5 % on 4,000 left of 5,000.
    for id in ["ann", "bob"] {
        let tax = YearTax::new(&both, id, 2025).unwrap();
        assert_eq!(tax.tax(usd(0), usd(5_000)).unwrap(), usd(800));
    }
    // Rates that one of them leaves out are those of the other.
    for silent in [0, 1] {
        let mut one = both.clone();
        one.owners[silent].rates = TaxRates::default();
        assert_eq!(YearTax::new(&one, "ann", 2025).unwrap().tax(usd(0), usd(5_000)).unwrap(), usd(800));
    }
    bob.rates.ordinary = "0.32".parse().unwrap();
    let error = YearTax::new(&household(vec![ann.clone(), bob.clone()]), "ann", 2025).unwrap_err();
    assert!(matches!(error, TaxError::TwoRates { .. }), "{error}");
    bob.filing_status = FilingStatus::Single;
    let error = YearTax::new(&household(vec![ann, bob]), "ann", 2025).unwrap_err();
    assert!(matches!(error, TaxError::OneReturn { .. }), "{error}");
}

#[test]
fn spouses_are_refused_who_are_of_two_places_or_file_as_unmarried() {
    let pair = |status, places: [&str; 2]| {
        let [ann, bob] = [owner("ann", status, places[0]), owner("bob", status, places[1])];
        household(vec![ann, Owner { spouse: Some("ann".to_owned()), ..bob }])
    };
    let told = |household: &Household, id: &str| YearTax::new(household, id, 2025).unwrap_err();
    for id in ["ann", "bob"] {
        let error = told(&pair(FilingStatus::MarriedJointly, ["US-CA", "US-NY"]), id);
        assert!(matches!(&error, TaxError::TwoPlaces { first, second, .. } if first == "US-CA" && second == "US-NY"), "{error}");
        // Whoever is named, too.
        for status in [FilingStatus::Single, FilingStatus::SurvivingSpouse] {
            let error = told(&pair(status, ["US-CA", "US-CA"]), id);
            assert!(matches!(error, TaxError::Married { .. }), "{error}");
        }
        // On returns of their own they may live apart.
        assert!(YearTax::new(&pair(FilingStatus::MarriedSeparately, ["US-CA", "US-NY"]), id, 2025).is_ok());
    }
    // Where spouses file alone, how an American would file does not matter.
    let abroad = pair(FilingStatus::Single, ["GB", "GB"]);
    assert!(evenkeel::tax::Filing::all(&abroad).is_ok_and(|filings| filings.len() == 2));
}

#[test]
fn what_is_unknown_is_told_with_what_is_known() {
    let refused = |owner: Owner, year: i16| YearTax::new(&household(vec![owner]), "ann", year).unwrap_err().to_string();
    let with_income =
        |jurisdiction: &str| Owner { income: Some(OtherIncome::zero(Currency::USD)), ..owner("ann", FilingStatus::Single, jurisdiction) };
    assert!(refused(with_income("FR"), 2025).contains("taxed in `FR`, whose rules are not modeled: there are those of"));
    assert!(refused(with_income("US-ZZ"), 2025).contains("`ZZ` is no part of that country: write the two letters of a state"));
    assert!(refused(with_income("US"), 1999).contains("for 1999: there are those for 2020,"));
    let institution = Owner { filing_status: FilingStatus::Institution, ..with_income("US") };
    assert!(refused(institution, 2025).contains("is an institution"));
    let abroad = Owner { income: Some(OtherIncome::zero(Currency::EUR)), ..with_income("US") };
    assert!(refused(abroad, 2025).contains("is in EUR, and taxes of the United States are in USD"));
    let nobody = YearTax::new(&household(vec![owner("ann", FilingStatus::Single, "US")]), "bob", 2025).unwrap_err();
    assert_eq!(nobody, TaxError::UnknownOwner("bob".to_owned()));
    // Stated rates need no table.
    assert!(YearTax::new(&household(vec![owner("ann", FilingStatus::Single, "US")]), "ann", 1999).is_ok());
}

fn income(ordinary: i64, dividends: i64, investment: i64, deductions: i64) -> OtherIncome {
    let [ordinary, qualified_dividends, investment, deductions] = [ordinary, dividends, investment, deductions].map(usd);
    OtherIncome { ordinary, qualified_dividends, investment, deductions }
}

fn filer(status: FilingStatus, income: Option<OtherIncome>, so_far: (i64, i64), carried: (i64, i64)) -> Household {
    let mut filer = owner("ann", status, "US");
    filer.income = income;
    filer.year_to_date = GainsByTerm { short_term: usd(so_far.0), long_term: usd(so_far.1) };
    filer.carry_forward = GainsByTerm { short_term: usd(carried.0), long_term: usd(carried.1) };
    household(vec![filer])
}

/// Federal tax of 2025 of a single filer, dollar by dollar: each dollar of ordinary income at the rate of its bracket,
/// then each of gains and dividends on top at the rate of theirs.
fn dollar_by_dollar(ordinary: i64, preferential: i64) -> f64 {
    let rate = |dollar: i64, steps: &[(i64, f64)]| steps.iter().rev().find(|(from, _)| dollar >= *from).unwrap().1;
    let brackets = [(0, 0.10), (11_925, 0.12), (48_475, 0.22), (103_350, 0.24), (197_300, 0.32), (250_525, 0.35), (626_350, 0.37)];
    let stacked = [(0, 0.0), (48_350, 0.15), (533_400, 0.20)];
    let base: f64 = (0..ordinary).map(|dollar| rate(dollar, &brackets)).sum();
    let all: f64 = (0..ordinary + preferential).map(|dollar| rate(dollar, &brackets)).sum();
    let top: f64 = (ordinary..ordinary + preferential).map(|dollar| rate(dollar, &stacked)).sum();
    (base + top).min(all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Under 200,000 no tax on investment income falls due, so that brackets are all there is.
    #[test]
    fn the_stack_is_what_it_is_dollar_by_dollar(ordinary in 0..120_000_i64, dividends in 0..20_000_i64, short in 0..30_000_i64, long in 0..29_000_i64) {
        let one = filer(FilingStatus::Single, Some(income(ordinary, dividends, 0, 0)), (0, 0), (0, 0));
        let mut owner = one.owners[0].clone();
        owner.rates = TaxRates::default();
        let one = household(vec![owner]);
        let tax = YearTax::new(&one, "ann", 2025).unwrap();
        let found = to_f64(tax.tax(usd(short), usd(long)).unwrap().amount());
        let expected = dollar_by_dollar(ordinary + short, dividends + long) - dollar_by_dollar(ordinary, dividends);
        prop_assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }

    // Between the kinks the tax is linear along any line.
    #[test]
    fn the_tax_bends_only_at_its_kinks(
        ordinary in -5_000..800_000_i64, dividends in 0..30_000_i64, investment in 0..30_000_i64, deductions in 0..30_000_i64, stated: bool,
        so_far in (-20_000..20_000_i64, -20_000..20_000_i64), carried in (-20_000..=0_i64, -20_000..=0_i64),
        from in (-400_000..400_000_i64, -400_000..400_000_i64), to in (-400_000..400_000_i64, -400_000..400_000_i64),
        status in prop::sample::select(vec![FilingStatus::Single, FilingStatus::MarriedSeparately, FilingStatus::HeadOfHousehold, FilingStatus::SurvivingSpouse]),
    ) {
        let one = filer(status, stated.then(|| income(ordinary, dividends, investment, deductions)), so_far, carried);
        let tax = YearTax::new(&one, "ann", 2025).unwrap();
        let point = |t: f64| {
            let at = |a: i64, b: i64| evenkeel::boundary::to_money(a as f64 + t * (b - a) as f64, Currency::USD).unwrap();
            (at(from.0, to.0), at(from.1, to.1))
        };
        let value = |t: f64| { let (short, long) = point(t); to_f64(tax.tax(short, long).unwrap().amount()) };
        let cross = |level: Decimal, a: i64, b: i64| (to_f64(level) - a as f64) / (b - a) as f64;
        let mut at: Vec<f64> = tax.kinks().unwrap().into_iter().map(|kink| match kink {
            Kink::Short(level) => cross(level, from.0, to.0),
            Kink::Long(level) => cross(level, from.1, to.1),
            Kink::Total(level) => cross(level, from.0 + from.1, to.0 + to.1),
        }).filter(|t| *t > 0.0 && *t < 1.0).collect();
        at.extend([0.0, 1.0]);
        at.sort_by(f64::total_cmp);
        for pair in at.windows(2) {
            let middle = f64::midpoint(pair[0], pair[1]);
            let bend = value(middle) - f64::midpoint(value(pair[0]), value(pair[1]));
            // The cents by which all income at ordinary rates is cheaper: 3 % of 250 dollars.
            prop_assert!(bend.abs() < 1e-5 || (stated && bend.abs() < 7.5), "{bend} at {middle} of {pair:?}");
        }
    }
}
