//! Pictures hold what they were given, in any theme, and become pixels.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use evenkeel_io::picture::{Bars, Dendrogram, Fan, Frontier, HeatMap, Join, Mark, NoTradeRegion, Region, Series, Theme, Width, png};

fn mark(name: &str, risk: f64, expected: f64) -> Mark {
    Mark { name: name.to_owned(), risk, expected }
}

fn frontier() -> Frontier {
    Frontier {
        title: "Efficient frontier".to_owned(),
        risk: "volatility, a year".to_owned(),
        value: "expected return, a year".to_owned(),
        curve: (0..=40).map(|step| (0.05 + 0.0025 * f64::from(step), 0.03 + 0.05 * (f64::from(step) / 40.0).sqrt())).collect(),
        assets: vec![mark("US Equity", 0.155, 0.078), mark("Bonds & <bills>", 0.052, 0.028), mark("Gold", 0.15, 0.04)],
        chosen: vec![mark("chosen", 0.09, 0.0655)],
    }
}

fn region() -> NoTradeRegion {
    let named = |name: &str, half_widths| Region { name: name.to_owned(), half_widths };
    NoTradeRegion {
        title: "No-trade region".to_owned(),
        classes: ("US Equity".to_owned(), "Bonds".to_owned()),
        target: (0.6, 0.02),
        regions: vec![named("advised", (0.03, 0.025)), named("policy now", (0.05, 0.05))],
    }
}

fn fan() -> Fan {
    let year =
        |year: i32| [-1.6, -0.7, 0.0, 0.7, 1.6].map(|z| 1e6 * (0.04 * f64::from(year) + 0.11 * z * f64::from(year).sqrt()).exp()).to_vec();
    Fan {
        title: "Value over 30 years".to_owned(),
        value: "value in USD of the start".to_owned(),
        start: 1e6,
        years: (1..=30).map(year).collect(),
        names: ["5 %", "25 %", "median", "75 %", "95 %"].map(str::to_owned).to_vec(),
        goal: Some((1e6, "goal".to_owned())),
    }
}

fn names() -> Vec<String> {
    ["US Equity", "International Equity", "Bonds", "Gold"].map(str::to_owned).to_vec()
}

fn pictures(theme: Theme) -> Vec<(&'static str, String)> {
    let weights = Series { name: "weight".to_owned(), values: vec![0.42, 0.18, 0.5, -0.1] };
    let risks = Series { name: "risk contribution".to_owned(), values: vec![0.66, 0.29, 0.07, -0.02] };
    let bars = Bars { title: "Weights and risk contributions".to_owned(), names: names(), series: vec![weights, risks] };
    let correlations = vec![1.0, 0.82, -0.12, 0.05, 0.82, 1.0, -0.05, 0.12, -0.12, -0.05, 1.0, 0.3, 0.05, 0.12, 0.3, 1.0];
    let map = HeatMap { title: "Correlations, in the order of clusters".to_owned(), names: names(), values: correlations };
    let joins = vec![
        Join { left: 0, right: 1, distance: 0.3 },
        Join { left: 2, right: 3, distance: 0.59 },
        Join { left: 4, right: 5, distance: 0.72 },
    ];
    let tree = Dendrogram { title: "Clusters".to_owned(), names: names(), order: vec![0, 1, 2, 3], joins, clusters: vec![0, 0, 1, 1] };
    vec![
        ("fan", fan().draw(theme, Width::Wide)),
        ("frontier", frontier().draw(theme, Width::Wide)),
        ("bars", bars.draw(theme, Width::Wide)),
        ("heat_map", map.draw(theme)),
        ("dendrogram", tree.draw(theme)),
        ("no_trade_region", region().draw(theme)),
    ]
}

#[test]
fn every_picture_is_an_svg_and_becomes_pixels() {
    let out = std::env::var_os("EVENKEEL_PICTURES").map(std::path::PathBuf::from);
    for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        for (name, svg) in pictures(theme) {
            let pixels = png(&svg, 1.0).unwrap();
            assert!(pixels.starts_with(b"\x89PNG"), "{name}");
            // More than a blank page: texts and shapes are there.
            assert!(pixels.len() > 4_000, "{name}: {} bytes", pixels.len());
            if let Some(folder) = &out {
                std::fs::write(folder.join(format!("{name}_{suffix}.png")), &pixels).unwrap();
            }
        }
    }
}

#[test]
fn names_are_written_and_cannot_break_the_picture() {
    let svg = frontier().draw(Theme::Light, Width::Wide);
    assert!(svg.contains("Bonds &amp; &lt;bills&gt;: risk 5.20 %, return 2.80 %"));
    assert_eq!(svg, frontier().draw(Theme::Light, Width::Wide));
}

/// Texts of a drawing that run beyond its left edge or its foot, counted with a letter's mean width.
fn cut(svg: &str) -> Vec<String> {
    let number = |text: &str, name: &str| -> f64 {
        text.split(&format!(" {name}=\""))
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .and_then(|value| value.parse().ok())
            .unwrap_or(0.0)
    };
    let height = number(svg, "height");
    let is_cut = |text: &&str| {
        let (head, said) = text.split_once('>').unwrap();
        let letters = u32::try_from(said.split('<').next().unwrap().chars().count()).unwrap();
        let length = 0.5 * number(head, "font-size") * f64::from(letters);
        let ends = head.contains("text-anchor=\"end\"");
        if head.contains("rotate(-90") { ends && number(head, "y") + length > height } else { ends && number(head, "x") < length }
    };
    svg.split("<text").skip(1).filter(is_cut).map(str::to_owned).collect()
}

#[test]
fn long_names_are_not_cut_by_the_edges() {
    let long =
        ["Equity of the United States of America, large and small", "brokerage-of-the-hohenzollern-sigmaringen-family-trust-and-heirs"];
    let names: Vec<String> = long.iter().cycle().take(4).map(|name| (*name).to_owned()).collect();
    let map = HeatMap { title: "Correlations".to_owned(), names: names.clone(), values: vec![0.5; 16] };
    let joins = vec![Join { left: 0, right: 1, distance: 0.2 }, Join { left: 2, right: 3, distance: 0.3 }];
    let tree = Dendrogram { title: "Clusters".to_owned(), names: names.clone(), order: vec![0, 1, 2, 3], joins, clusters: Vec::new() };
    let bars = Bars { title: "Weights".to_owned(), names, series: vec![Series { name: "weight".to_owned(), values: vec![0.25; 4] }] };
    for svg in [map.draw(Theme::Light), tree.draw(Theme::Light), bars.draw(Theme::Light, Width::Narrow)] {
        assert_eq!(cut(&svg), Vec::<String>::new());
        assert!(svg.contains("large and small") || svg.contains("United States"), "a name has two lines");
    }
}

#[test]
fn names_stand_beside_the_curve() {
    let level =
        Frontier { curve: vec![(0.05, 0.04), (0.15, 0.04)], assets: Vec::new(), chosen: vec![mark("held", 0.1, 0.04)], ..frontier() };
    let svg = level.draw(Theme::Light, Width::Wide);
    let line = svg.split("<polyline points=\"").nth(1).and_then(|rest| rest.split([',', ' ']).nth(1)).unwrap();
    let name = svg.split("<text").find(|text| text.contains(">held</text>")).unwrap();
    let y = name.split(" y=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let (line, y): (f64, f64) = (line.parse().unwrap(), y.parse().unwrap());
    assert!(y < line - 5.0 || y > line + 12.0, "{name} over {line}");
}

#[test]
fn odd_pictures_are_still_pictures() {
    let empty = Frontier {
        title: String::new(),
        risk: String::new(),
        value: String::new(),
        curve: Vec::new(),
        assets: Vec::new(),
        chosen: Vec::new(),
    };
    let broken = Dendrogram {
        title: "x".to_owned(),
        names: names(),
        order: vec![9, 0],
        joins: vec![Join { left: 7, right: 0, distance: f64::NAN }],
        clusters: Vec::new(),
    };
    let short = HeatMap { title: "x".to_owned(), names: names(), values: vec![1.0, f64::NAN] };
    let none = Bars { title: "x".to_owned(), names: Vec::new(), series: Vec::new() };
    for svg in
        [empty.draw(Theme::Dark, Width::Narrow), broken.draw(Theme::Dark), short.draw(Theme::Dark), none.draw(Theme::Dark, Width::Wide)]
    {
        assert!(png(&svg, 1.0).is_ok());
    }
    assert!(png("no drawing", 1.0).is_err());
}

#[test]
fn a_region_ends_where_weights_do() {
    let svg = region().draw(Theme::Dark);
    assert!(svg.contains("policy now") && svg.contains("target: US Equity 60.00 %, Bonds 2.00 %"));
    // A band of 5 points around 2 % reaches down to 0, and both regions end there.
    let lines: Vec<&str> = svg.lines().filter(|line| line.starts_with("<polyline")).collect();
    let lowest = |line: &str| {
        let points = line.split('"').nth(1).unwrap().split(' ');
        points.map(|point| point.split(',').nth(1).unwrap().parse::<f64>().unwrap()).fold(f64::NEG_INFINITY, f64::max)
    };
    assert_eq!(lines.len(), 2);
    assert!((lowest(lines[0]) - lowest(lines[1])).abs() < 1e-9);
}
