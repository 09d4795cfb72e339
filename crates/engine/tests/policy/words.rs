//! What a policy means and what changed, in words.

use evenkeel::policy::{diff, explain};

use crate::{GLIDE, PROFILE, TREE, policy, replaced};

#[test]
fn explains_with_numbers() {
    let sentences = explain(&policy(TREE));
    for expected in [
        "`Everything` is valued in EUR; its schedules follow the calendar `weekdays`.",
        "It is to earn 6.5 % a year, for spending of 4 % and inflation of 2.5 %.",
        "Equity/US is 70 % of Equity, which is 42 % of the portfolio, held in VTI; its band is the smaller of 3 points and 10 % of the target weight to either side (39 % to 45 % of the portfolio).",
        "Bonds is 35 % of the portfolio, held in BND, else AGG; its band is the smaller of 5 points and 25 % of the target weight to either side (30 % to 40 % of the portfolio).",
        "Trades of 250.50 EUR or less are dropped; holdings that no target holds are kept.",
        "Holding classes in `taxable` accounts costs 1.2 % of Bonds and 0.3 % of Equity/US a year.",
        "Equity/US is held name by name like the index `index`, without Equity, with instrument MO, with sector Tobacco, with issuer Altria, with country US, with currency USD, with tag `theme` water, with liquidity tier 3 or better, tilted by the score `esg` with strength 0.5; its tracking error is to be at most 2 % a year.",
        "It pays out 70 % of last year's amount at today's prices and 30 % of 5 % of value, at least 4 % of value, at most 6 % of value; paid quarterly.",
        "2,500.75 EUR goes out on 2026-06-30 in the account `joint` (tax).",
        "Limit `liquid`: the weight of Bonds and Cash, with liquidity tier 2 or better is at most 90 % (only told, not refused).",
        "Limit `score`: the average score `esg` of all holdings is at least 6.5.",
        "Limit `no tobacco`: the weight of Equity, with instrument MO, with sector Tobacco, with issuer Altria, with country US, with currency USD, with tag `kind` vice is at most 0 %.",
        "Until 2026-12-31, Equity may be shifted by up to 8 points, with a tracking error of at most 2 %, paid for by 70 % Bonds and 30 % Cash.",
        "Signal `valuation` is the last value of `pe` ÷ that of `historical_pe` − 1, no older than 10 days.",
        "Rule: while `trend` is below -0.1, shift by -3 points.",
        "Stress `Inflation`: Equity -15 %, Bonds -10 %, Cash +5 %; survives with more than 80 % of the value left.",
    ] {
        assert!(sentences.iter().any(|sentence| sentence == expected), "{expected}\nis not in\n{}", sentences.join("\n"));
    }
    let by_profile = explain(&policy(PROFILE));
    assert!(by_profile.contains(&"The money is needed in 25 years.".to_owned()));
    let tilt = "Its weights are tilted toward growth, by a tracking error of at most 1 % a year against the strategic mix.";
    assert!(by_profile.contains(&tilt.to_owned()));
    assert!(explain(&policy(GLIDE)).iter().any(|sentence| sentence.contains("at -25 years 90 % Equity and 10 % Fixed Income")));
}

#[test]
fn says_what_changed() {
    let before = policy(TREE);
    let changes = |from: &str, to: &str| diff(&before, &policy(&replaced(TREE, from, to)));
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "weight = 0.35\ninstruments = [\"BND\", \"AGG\"]\n\n[[target]]\nclass = \"Cash\"\nweight = 0.05",
            "weight = 0.3\ninstruments = [\"BND\", \"AGG\"]\n\n[[target]]\nclass = \"Cash\"\nweight = 0.1",
            &["Bonds: weight 35 % → 30 %", "Cash: weight 5 % → 10 %"],
        ),
        ("\"BND\", \"AGG\"", "\"AGG\", \"BND\"", &["Bonds: instruments BND, AGG → AGG, BND"]),
        ("min_trade = 250.50", "min_trade = 500", &["Rebalance: minimum trade 250.50 EUR → 500.00 EUR"]),
        (
            "Bonds = 0.012, \"Equity/US\" = 0.003",
            "Bonds = 0.01",
            &[
                "The costs of holding classes in `taxable` accounts: Bonds 1.2 % → 1 %",
                "The costs of holding classes in `taxable` accounts: Equity/US 0.3 % is gone",
            ],
        ),
        (
            "smoothing = 0.7",
            "smoothing = 0.8",
            &[
                "Spending: rule 70 % of last year's amount at today's prices and 30 % of 5 % of value, at least 4 % of value, at most 6 % of value; paid quarterly → 80 % of last year's amount at today's prices and 20 % of 5 % of value, at least 4 % of value, at most 6 % of value; paid quarterly",
            ],
        ),
        ("benchmark = \"index\"\n\n[objective]", "\n[objective]", &["Policy: benchmark index is gone"]),
        (
            "max_tracking_error = 0.02\n\n[[index",
            "max_tracking_error = 0.01\n\n[[index",
            &["The index of Equity/US: most tracking error 2 % → 1 %"],
        ),
        (
            "strength = 0.5",
            "strength = -1",
            &["The index of Equity/US: tilt by the score `esg` with strength 0.5 → by the score `esg` with strength -1"],
        ),
        ("max_turnover_one_way = 0.2\n", "", &["Rebalance: most turnover, one-way, 20 % is gone"]),
        (
            "[[trigger]]\nkind = \"threshold\"\n",
            "",
            &["The trigger that rebalances on any day on which a class is beyond its band is removed"],
        ),
        (
            "at_least = 6.5",
            "at_least = 6.75",
            &[
                "Limit `score` (at least): rule the average score `esg` of all holdings is at least 6.5 → the average score `esg` of all holdings is at least 6.75",
            ],
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(changes(from, to), *expected);
    }
    assert_eq!(diff(&before, &before), Vec::<String>::new());
    let untilted = policy(&replaced(PROFILE, "style = \"growth\"\ntilt_tracking_error = 0.01\n", ""));
    let tilted = ["Strategy: style index → growth", "Strategy: most tracking error of the style 1 % is new"];
    assert_eq!(diff(&untilted, &policy(PROFILE)), tilted);
}

#[test]
fn tells_the_smallest_change() {
    let text = |weight: &str, rest: &str| {
        replaced(&replaced(TREE, "weight = 0.35", &format!("weight = {weight}")), "weight = 0.05", &format!("weight = {rest}"))
    };
    let changes = diff(&policy(TREE), &policy(&text("0.350000001", "0.049999999")));
    assert_eq!(changes, ["Bonds: weight 35 % → 35.0000001 %", "Cash: weight 5 % → 4.9999999 %"]);
}
