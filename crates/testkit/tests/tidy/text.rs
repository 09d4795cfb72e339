//! Laws on any text: its length, its markers, its links, its error codes.

/// Lines that a file has at most; above, it holds more than one concept.
pub(crate) const MAX_LINES: usize = 700;

/// Lines that a file has as a rule; above, it is listed.
pub(crate) const USUAL_LINES: usize = 500;

/// Words that mark something unfinished. Written in halves so that this file does not carry them.
const MARKERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Where the machines of developers keep their files.
const MACHINES: [&str; 6] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Use", "rs/"),
    concat!("/wo", "rk/"),
    concat!("/t", "mp/"),
    concat!("C:", "\\"),
];

/// Markers in prose and comments; in code the same letters may be a currency or an identifier.
pub(crate) fn marker_complaints(path: &str, is_code: bool, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let prose = if is_code { line.split_once("//").map_or("", |(_, comment)| comment) } else { line };
        let words = prose.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        complaints.extend(words.filter(|word| MARKERS.contains(word)).map(|word| format!("{path}:{number}: {word}")));
    }
    complaints
}

/// Absolute paths of some machine.
pub(crate) fn machine_complaints(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for machine in MACHINES {
            for (start, _) in line.match_indices(machine) {
                // `docs/work/` is a path of the project, `https://a.org/home/` an address; what climbs there
                // from the project leads to the machine all the same.
                let before = &line[..start];
                let inside = before.chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || "._-}".contains(letter));
                if !inside || before.ends_with("..") {
                    complaints.push(format!("{path}:{number}: {machine}"));
                }
            }
        }
    }
    complaints
}

/// The targets of links `[text](target)` that stay in the repository, with their lines, without fragments.
pub(crate) fn relative_links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (start, _) in line.match_indices("](") {
            let rest = &line[start + 2..];
            let target = rest.split([')', ' ', '#']).next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:") || target.is_empty();
            if !outside {
                links.push((number, target.to_owned()));
            }
        }
    }
    links
}

/// Every `EK` with four digits, each once, in order.
pub(crate) fn error_codes(text: &str) -> Vec<String> {
    let is_code = |word: &&str| word.len() == 6 && word.starts_with("EK") && word[2..].bytes().all(|byte| byte.is_ascii_digit());
    let mut codes: Vec<String> = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(is_code).map(str::to_owned).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn markers_are_found_in_prose_only() {
    let marker = MARKERS[0];
    assert_eq!(marker_complaints("a.rs", true, &format!("let x = 1; // {marker}: later\n")).len(), 1);
    assert_eq!(marker_complaints("a.md", false, &format!("\nA {marker} list")), [format!("a.md:2: {marker}")]);
    assert!(marker_complaints("a.rs", true, &format!("let {marker} = \"{}\"; // MASTODON", MARKERS[2])).is_empty());
}

#[test]
fn machine_paths_are_found() {
    let [root, home, ..] = MACHINES;
    assert_eq!(machine_complaints("a.md", &format!("see {root}x and `{home}y`")).len(), 2);
    assert!(machine_complaints("a.md", &format!("https://example.org{home}y, docs{root}x, .{root}x")).is_empty());
    for machine in MACHINES {
        assert_eq!(machine_complaints("a.rs", &format!("#[path = \"{machine}x.rs\"]")).len(), 1, "{machine}");
    }
    assert_eq!(machine_complaints("a.rs", &format!("#[path = \"../..{root}x.rs\"]")).len(), 1);
}

#[test]
fn links_are_read_without_their_fragments() {
    let text = "[a](docs/a.md#part) and [b](https://b.org) [c](#here)\n```\n[d](no.md)\n```\n![e](e.svg \"E\")";
    assert_eq!(relative_links(text), [(1, "docs/a.md".to_owned()), (5, "e.svg".to_owned())]);
}

#[test]
fn codes_are_whole_words() {
    assert_eq!(error_codes("EK0104, [EK0002]: EK01041 SEEK0001 EK0104"), ["EK0002", "EK0104"]);
}
