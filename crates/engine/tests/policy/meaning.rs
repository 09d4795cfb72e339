//! What is written rightly and means nothing, or contradicts itself.

use evenkeel::diagnostic::Code;

use crate::{GLIDE, PROFILE, TREE, parse, replaced};

/// A change to a text, and what must be told about it, and nothing else: code, text of the line,
/// column, part of the message, part of the help.
type Case = (&'static str, &'static str, Code, &'static str, usize, &'static str, &'static str);

fn check(text: &str, cases: &[Case]) {
    for (from, to, code, line, column, message, help) in cases {
        let parsed = parse(&replaced(text, from, to));
        let [told] = &parsed.diagnostics[..] else { panic!("{to}: expected one diagnostic, found {:#?}", parsed.diagnostics) };
        let at = told.location.as_ref().unwrap();
        assert_eq!((told.code, at.text.as_str(), at.column), (*code, *line, *column), "{told}");
        assert!(told.message.contains(message), "{}", told.message);
        assert!(told.help.as_ref().unwrap().contains(help), "{:?}", told.help);
        assert_eq!(parsed.value.is_none(), told.is_error());
    }
}

#[test]
fn targets() {
    check(
        TREE,
        &[
            (
                "weight = 0.35",
                "weight = 0.3",
                Code::WEIGHTS_SUM,
                "weight = 0.6",
                10,
                "the weights of the top classes sum to 0.95, which is 0.05 below 1",
                "raise them by 0.05",
            ),
            (
                "weight = 0.7\n",
                "weight = 0.700000002\n",
                Code::WEIGHTS_SUM,
                "weight = 0.700000002",
                10,
                "the weights below `Equity` sum to 1.000000002, which is 0.000000002 above 1",
                "lower them",
            ),
            (
                "weight = 1\n",
                "",
                Code::MISSING_KEY,
                "class = \"Europe\"",
                9,
                "`weight` is missing for `Equity/World/Europe`",
                "add `weight",
            ),
            (
                "class = \"Cash\"\nweight",
                "class = \"Bonds\"\nweight",
                Code::DUPLICATE_NAME,
                "class = \"Bonds\"",
                9,
                "`Bonds` is a target already",
                "keep one",
            ),
            (
                "\"BND\", \"AGG\"",
                "\"BND\", \"VGK\"",
                Code::OVERLAP,
                "instruments = [\"BND\", \"VGK\"]",
                23,
                "`VGK` stands for `Equity/World/Europe` already",
                "one place",
            ),
            (
                "\"BND\", \"AGG\"",
                "\"BND\", \"BND\"",
                Code::OVERLAP,
                "instruments = [\"BND\", \"BND\"]",
                23,
                "`BND` is listed twice for `Bonds`",
                "one place",
            ),
            (
                "model = \"stocks\"",
                "model = \"stock\"",
                Code::UNKNOWN_NAME,
                "model = \"stock\"",
                9,
                "there is no model `stock`",
                "did you mean `stocks`?",
            ),
        ],
    );
}

#[test]
fn strategies() {
    check(
        PROFILE,
        &[
            (
                "\"moderate\"",
                "\"moderat\"",
                Code::UNKNOWN_NAME,
                "profile = \"moderat\"",
                11,
                "there is no profile `moderat`",
                "did you mean `moderate`?",
            ),
            (
                "class = \"US Equity\"",
                "class = \"US Equities\"",
                Code::UNKNOWN_CLASS,
                "class = \"US Equities\"",
                9,
                "gives no weight to the top class `US Equities`",
                "did you mean `US Equity`?",
            ),
            (
                "class = \"US Equity\"",
                "class = \"US Equity\"\nweight = 0.35",
                Code::WEIGHT_TWICE,
                "weight = 0.35",
                10,
                "comes from the strategy and is given again as 0.35",
                "remove `weight`",
            ),
            ("profile = \"moderate\"\n", "", Code::KEY_WITHOUT_EFFECT, "horizon_years = 25", 17, "shifts a profile", "add `profile"),
            (
                "tilt_tracking_error = 0.01\n",
                "",
                Code::MISSING_KEY,
                "style = \"growth\"",
                9,
                "does not say how far",
                "add `tilt_tracking_error = 0.01`",
            ),
            (
                "style = \"growth\"",
                "style = \"index\"",
                Code::KEY_WITHOUT_EFFECT,
                "tilt_tracking_error = 0.01",
                23,
                "nothing is tilted",
                "remove `tilt_tracking_error`",
            ),
            (
                "style = \"growth\"\n",
                "",
                Code::KEY_WITHOUT_EFFECT,
                "tilt_tracking_error = 0.01",
                23,
                "nothing is tilted",
                "add `style = \"growth\"`",
            ),
            (
                "nominal_return = 0.06",
                "nominal_return = 0.06\ninflation = 0.02",
                Code::CONFLICTING_KEYS,
                "inflation = 0.02",
                1,
                "only one of them",
                "remove `inflation`",
            ),
        ],
    );
}

#[test]
fn bands_destinations_and_profiles() {
    check(
        PROFILE,
        &[
            ("absolute = 0.05", "", Code::EMPTY_BAND, "[bands]", 1, "no width", "`absolute = 0.05`"),
            (
                "tolerance_fraction = 0.5",
                "",
                Code::MISSING_KEY,
                "destination = \"tolerance_band\"",
                15,
                "`tolerance_fraction` is missing",
                "add `tolerance_fraction",
            ),
            (
                "destination = \"tolerance_band\"",
                "",
                Code::KEY_WITHOUT_EFFECT,
                "tolerance_fraction = 0.5",
                22,
                "only with the destination `tolerance_band`",
                "write `destination",
            ),
            (
                "[rebalance]",
                "[[profile]]\nname = \"moderate\"\nweights = { Cash = 1 }\n[rebalance]",
                Code::DUPLICATE_NAME,
                "name = \"moderate\"",
                8,
                "the name of a preset",
                "another name",
            ),
            (
                "[rebalance]",
                "[[profile]]\nname = \"own\"\nweights = { Cash = 0.9 }\n[rebalance]",
                Code::WEIGHTS_SUM,
                "weights = { Cash = 0.9 }",
                11,
                "the profile's weights sum to 0.9",
                "raise",
            ),
        ],
    );
}

#[test]
fn glide_paths() {
    check(
        GLIDE,
        &[
            (
                "years = 0.5",
                "years = -25.5",
                Code::GLIDE_ORDER,
                "years = -25.5",
                9,
                "at -25.5 years, which does not come after the -25 years",
                "ascending",
            ),
            (
                "Equity = 0.9",
                "Equity = 0.8",
                Code::WEIGHTS_SUM,
                "weights = { Equity = 0.8, \"Fixed Income\" = 0.1 }",
                11,
                "sum to 0.9",
                "raise",
            ),
            ("target_date = 2045-06-30", "", Code::MISSING_KEY, "[strategy.glide_path]", 1, "`target_date` is missing", "axis"),
            (
                "axis = \"years_from_target\"",
                "axis = \"age\"",
                Code::CONFLICTING_KEYS,
                "target_date = 2045-06-30",
                15,
                "`axis` counts age",
                "remove `target_date`",
            ),
            (
                "axis = \"years_from_target\"",
                "preset = \"target_date\"",
                Code::CONFLICTING_KEYS,
                "[[strategy.glide_path.point]]",
                23,
                "`preset` and `point` are both given",
                "remove",
            ),
        ],
    );
}

#[test]
fn more_about_targets() {
    let only = |text: &str, code: Code, line: &str, message: &str| {
        let parsed = parse(text);
        let told = parsed.diagnostics.iter().find(|told| told.code == code).unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
        assert_eq!(told.location.as_ref().unwrap().text, line);
        assert!(told.message.contains(message), "{}", told.message);
        assert_eq!(parsed.value.is_none(), parsed.diagnostics.iter().any(evenkeel::diagnostic::Diagnostic::is_error));
    };
    only(&replaced(TREE, "model = \"world\"", "model = \"stocks\""), Code::MODEL_CYCLE, "model = \"stocks\"", "contains itself");
    only(
        &replaced(TREE, "model = \"world\"", "instruments = [\"VXUS\"]"),
        Code::UNUSED_MODEL,
        "name = \"world\"",
        "no target uses the model `world`",
    );
    only(&replaced(TREE, "name = \"world\"", "name = \"stocks\""), Code::DUPLICATE_NAME, "name = \"stocks\"", "another model already");
    only(
        &replaced(TREE, "class = \"Cash\"\nweight = 0.05", "class = \"Bonds/Cash\"\nweight = 0.05"),
        Code::LEAF_AND_PARENT,
        "instruments = [\"BND\", \"AGG\"]",
        "`Bonds/Cash` lies below it",
    );
    only(&replaced(TREE, "absolute = 0.04\nrelative = 0.2\n", ""), Code::EMPTY_BAND, "[target.band]", "no width");
    only("schema_version = 1\nname = \"n\"\nbase_currency = \"USD\"", Code::NO_TARGETS, "schema_version = 1", "no targets");
    let endless: String = (0..40)
        .map(|index| format!("[[model]]\nname = \"m{index}\"\n[[model.target]]\nclass = \"x\"\nweight = 1\nmodel = \"m{}\"\n", index + 1))
        .collect();
    let deep = format!(
        "schema_version = 1\nname = \"n\"\nbase_currency = \"USD\"\n[[target]]\nclass = \"x\"\nweight = 1\nmodel = \"m0\"\n{endless}"
    );
    only(&deep, Code::MODEL_CYCLE, "model = \"m16\"", "nested deeper than 16");
}

#[test]
fn triggers_flows_and_stress() {
    check(
        TREE,
        &[
            (
                "currency = \"EUR\"\naccount",
                "currency = \"USD\"\naccount",
                Code::FOREIGN_CURRENCY,
                "currency = \"USD\"",
                12,
                "in USD, and the policy's amounts are in its base currency EUR",
                "convert",
            ),
            (
                "class = \"Equity\"\nrisk_aversion",
                "class = \"Equities\"\nrisk_aversion",
                Code::UNKNOWN_CLASS,
                "class = \"Equities\"",
                9,
                "no target has the class `Equities`",
                "did you mean `Equity/US`?",
            ),
            ("amount = -2500.75", "amount = 0.00", Code::OUT_OF_RANGE, "amount = 0.00", 10, "is no flow", "remove the flow"),
            (
                "classes = [\"Equity\"]",
                "classes = [\"Equity\", \"Equity/US\"]",
                Code::DUPLICATE_NAME,
                "classes = [\"Equity\", \"Equity/US\"]",
                22,
                "is shocked already",
                "narrower classes before",
            ),
            (
                "classes = [\"Equity\"]",
                "classes = [\"Equty\"]",
                Code::UNKNOWN_CLASS,
                "classes = [\"Equty\"]",
                12,
                "no target has the class `Equty`",
                "did you mean `Equity`?",
            ),
            (
                "preset = \"inflation\"",
                "preset = \"inflation\"\nname = \"own\"",
                Code::DUPLICATE_NAME,
                "name = \"own\"",
                8,
                "another scenario",
                "another `name`",
            ),
            (
                "preset = \"inflation\"",
                "name = \"inflation\"\nshock = [{ classes = [\"Bonds\"], return = -0.1 }]",
                Code::KEY_WITHOUT_EFFECT,
                "equity = [\"Equity\"]",
                10,
                "`equity` names classes for a preset",
                "add `preset",
            ),
        ],
    );
}

#[test]
fn what_compares_with_bands_needs_one() {
    let bare = "schema_version = 1\nname = \"n\"\nbase_currency = \"USD\"\n[[target]]\nclass = \"A\"\nweight = 1\n";
    let bands_needed = [
        ("", "schema_version = 1"),
        ("[[trigger]]\nkind = \"threshold\"", "kind = \"threshold\""),
        ("[[trigger]]\nkind = \"hybrid\"\nschedule = \"daily\"", "kind = \"hybrid\""),
        ("[[trigger]]\nkind = \"opportunistic\"\nlook_interval_days = 5", "kind = \"opportunistic\""),
        ("[[trigger]]\nkind = \"calendar\"\nschedule = \"daily\"\n[rebalance]\ndestination = \"band_edge\"", "destination = \"band_edge\""),
        ("[[trigger]]\nkind = \"calendar\"\nschedule = \"daily\"\n[rebalance]\nscope = \"out_of_band\"", "scope = \"out_of_band\""),
    ];
    for (more, line) in bands_needed {
        let parsed = parse(&format!("{bare}{more}"));
        let [told] = &parsed.diagnostics[..] else { panic!("{more}: {:#?}", parsed.diagnostics) };
        assert_eq!((told.code, told.location.as_ref().unwrap().text.as_str()), (Code::NO_BANDS, line));
        assert!(told.help.as_ref().unwrap().contains("absolute = 0.05"));
    }
    assert_eq!(parse(&format!("{bare}[[trigger]]\nkind = \"calendar\"\nschedule = \"daily\"")).diagnostics, []);
}

#[test]
fn limits() {
    check(
        TREE,
        &[
            (
                "class = [\"Bonds\", \"Cash\"]",
                "class = [\"Bonds\", \"Gold\"]",
                Code::UNKNOWN_CLASS,
                "class = [\"Bonds\", \"Gold\"]",
                19,
                "no target has the class `Gold`",
                "weight 0",
            ),
            (
                "at_least = 0.2",
                "at_least = 0.95",
                Code::CONTRADICTORY_LIMITS,
                "at_least = 0.95",
                12,
                "`liquid` asks for at least 0.95, and `liquid` allows at most 0.9",
                "lower `at_least`",
            ),
            ("at_most = 0.9\nat_least = 0.2", "", Code::MISSING_KEY, "[[limit]]", 1, "no bound", "add `at_most"),
            (
                "on = \"score:esg\"\nat_least = 6.5",
                "at_least = 0.5",
                Code::SELECTS_EVERYTHING,
                "[[limit]]",
                1,
                "the weight of everything",
                "add `where",
            ),
            ("name = \"score\"", "name = \"liquid\"", Code::DUPLICATE_NAME, "name = \"liquid\"", 8, "another limit", "another name"),
            ("on = \"score:esg\"", "on = \"scores\"", Code::NOT_A_CHOICE, "on = \"scores\"", 6, "is no measure", "score:NAME"),
            (
                "each = \"tag.theme\"",
                "each = \"isuer\"",
                Code::NOT_A_CHOICE,
                "each = \"isuer\"",
                8,
                "`each` is \"isuer\"",
                "did you mean `issuer`?",
            ),
        ],
    );
    let broken = replaced(&replaced(TREE, "liquidity_tier_at_most = 2", ""), "at_most = 0.9", "at_most = 0.3");
    let parsed = parse(&broken);
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    let told = evenkeel::target::check_limits(&parsed.value.unwrap(), None);
    let [told] = &told[..] else { panic!("{told:#?}") };
    assert_eq!((told.code, told.is_error()), (Code::TARGET_BREAKS_LIMIT, false));
    assert_eq!(told.message, "the targets put 40 % where `liquid` allows at most 30 %");
    assert_eq!(told.location.as_ref().unwrap().text, "at_most = 0.3");
    for (more, code, line) in [
        ("[[exclude]]\nname = \"x\"\nclass = [\"Bonds\"]", Code::EXCLUDED_TARGET, "class = [\"Bonds\"]"),
        ("[[exclude]]\nname = \"x\"\ninstrument = [\"AGG\"]", Code::EXCLUDED_TARGET, "instrument = [\"AGG\"]"),
        ("[[exclude]]\nname = \"x\"", Code::SELECTS_EVERYTHING, "[[exclude]]"),
    ] {
        let parsed = parse(&format!("{TREE}{more}"));
        let [told] = &parsed.diagnostics[..] else { panic!("{more}: {:#?}", parsed.diagnostics) };
        assert_eq!((told.code, told.location.as_ref().unwrap().text.as_str()), (code, line));
    }
    assert_eq!(
        parse(&format!("{TREE}[[exclude]]\nname = \"x\"\nclass = [\"Crypto\"]")).diagnostics,
        [],
        "what is not wanted need be no target"
    );
}

#[test]
fn overlays() {
    check(
        TREE,
        &[
            (
                "Bonds = 0.7, Cash",
                "Bonds = 0.6, Cash",
                Code::OFFSET_SUM,
                "offset = { Bonds = 0.6, Cash = 0.3 }",
                10,
                "sum to 0.9, which is 0.1 below 1",
                "raise",
            ),
            (
                "signal = \"trend\"",
                "signal = \"valuation\"",
                Code::UNREAD_SIGNAL,
                "name = \"trend\"",
                8,
                "no rule reads the signal `trend`",
                "add a rule",
            ),
            (
                "shifted = [\"Equity\"]",
                "shifted = [\"Equity\", \"Cash\"]",
                Code::BOTH_SIDES,
                "offset = { Bonds = 0.7, Cash = 0.3 }",
                32,
                "`Cash` pays for shifts of `Cash`",
                "one side",
            ),
            (
                "shifted = [\"Equity\"]",
                "shifted = [\"Equities\"]",
                Code::UNKNOWN_CLASS,
                "shifted = [\"Equities\"]",
                12,
                "no target has the class `Equities`",
                "did you mean `Equity/US`?",
            ),
            ("shifted = [\"Equity\"]", "shifted = []", Code::OUT_OF_RANGE, "shifted = []", 11, "is empty", "at least one class"),
            ("below = -0.1", "", Code::MISSING_KEY, "[[overlay.rule]]", 1, "no threshold", "add `above"),
            ("below = -0.1", "below = -0.1\nabove = 0.1", Code::CONFLICTING_KEYS, "below = -0.1", 1, "both given", "remove"),
            ("shift = -0.03", "shift = 0.0", Code::OUT_OF_RANGE, "shift = 0.0", 9, "shifts nothing", "remove the rule"),
        ],
    );
    let undefined = parse(&replaced(TREE, "signal = \"valuation\"", "signal = \"valuations\""));
    let codes: Vec<Code> = undefined.diagnostics.iter().map(|told| told.code).collect();
    assert_eq!(codes, [Code::UNREAD_SIGNAL, Code::UNDEFINED_SIGNAL], "the signal that was meant is read by none");
    assert_eq!(undefined.diagnostics[1].help.as_deref(), Some("did you mean `valuation`?"));
}

#[test]
fn location() {
    check(
        TREE,
        &[
            (
                "Bonds = 0.012",
                "Bond = 0.012",
                Code::UNKNOWN_CLASS,
                "costs = { taxable = { Bond = 0.012, \"Equity/US\" = 0.003 }, ira = { Equity = -0.001 } }",
                30,
                "no target has the class `Bond`",
                "did you mean `Bonds`?",
            ),
            (
                "Bonds = 0.012",
                "Bonds = 1.2",
                Code::OUT_OF_RANGE,
                "costs = { taxable = { Bonds = 1.2, \"Equity/US\" = 0.003 }, ira = { Equity = -0.001 } }",
                31,
                "`Bonds` is 1.2, which is outside -1 to 1",
                "0.012 is 1.2 % a year",
            ),
            (
                "{ Equity = -0.001 }",
                "-0.001",
                Code::WRONG_TYPE,
                "costs = { taxable = { Bonds = 0.012, \"Equity/US\" = 0.003 }, ira = -0.001 }",
                67,
                "`ira` takes a table",
                "{ name = value, … }",
            ),
        ],
    );
}

#[test]
fn indices() {
    let twice = "[[index]]\nclass = \"Equity/US\"\nbenchmark = \"other\"\n\n[tax]\nidentical";
    check(
        TREE,
        &[
            (
                "class = \"Equity/US\"\nbenchmark",
                "class = \"Equity\"\nbenchmark",
                Code::LEAF_AND_PARENT,
                "class = \"Equity\"",
                9,
                "`Equity` has classes below it or is cash",
                "without classes below it",
            ),
            (
                "class = \"Equity/US\"\nbenchmark",
                "class = \"Equity/USA\"\nbenchmark",
                Code::UNKNOWN_CLASS,
                "class = \"Equity/USA\"",
                9,
                "no target has the class `Equity/USA`",
                "did you mean `Equity/US`?",
            ),
            ("[tax]\nidentical", twice, Code::DUPLICATE_NAME, "[[index]]", 1, "`Equity/US` follows another index already", "keep one"),
            (
                "planner = \"optimal\"",
                "planner = \"rules\"",
                Code::KEY_WITHOUT_EFFECT,
                "[[index]]",
                1,
                "an index is followed by the joint planner",
                "write `planner = \"optimal\"`",
            ),
        ],
    );
}

#[test]
fn spending() {
    check(
        TREE,
        &[
            ("smoothing = 0.7", "smoothing = 1.7", Code::OUT_OF_RANGE, "smoothing = 1.7", 13, "is above 1", "not percent"),
            (
                "cap = 0.06",
                "cap = 0.03",
                Code::OUT_OF_RANGE,
                "floor = 0.04",
                9,
                "the floor of spending, 0.04, is above its cap, 0.03",
                "raise `cap`",
            ),
            (
                "rule = \"hybrid\"\nrate = 0.05\nsmoothing = 0.7",
                "rule = \"fixed_real\"",
                Code::MISSING_KEY,
                "rule = \"fixed_real\"",
                8,
                "neither `rate` nor `amount`",
                "add `rate = 0.04`",
            ),
            (
                "rule = \"hybrid\"\nrate = 0.05\nsmoothing = 0.7",
                "rule = \"required_minimum\"\nage = 121",
                Code::OUT_OF_RANGE,
                "age = 121",
                7,
                "is outside 0 to 120 years",
                "write a value",
            ),
        ],
    );
}

#[test]
fn every_rule_of_spending_is_read() {
    for rule in [
        "rule = \"fixed_real\"\namount = 40000",
        "rule = \"fixed_amount\"\namount = 40000",
        "rule = \"percentage\"\nrate = 0.05",
        "rule = \"moving_average\"\nrate = 0.05\nquarters = 20",
        "rule = \"guardrails\"\nrate = 0.05\nwidth = 0.25\nadjustment = 0.05\nno_cut_years = 10",
        "rule = \"required_minimum\"\nage = 71\nfrom_age = 75",
    ] {
        let parsed = parse(&replaced(TREE, "rule = \"hybrid\"\nrate = 0.05\nsmoothing = 0.7", rule));
        assert!(parsed.diagnostics.is_empty(), "{rule}: {:#?}", parsed.diagnostics);
        let rules = parsed.value.unwrap().spending.unwrap();
        assert_eq!((rules.payments_per_year, rules.spending.bounds()), (4, (0.04, 0.06)));
    }
}
