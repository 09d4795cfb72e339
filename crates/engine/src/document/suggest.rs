//! "Did you mean": the known name nearest to one that is not known.

/// The candidate nearest to `name`, if it is near enough to be what was meant: at most one edit in
/// three characters, or the same but for case. Of equally near ones the first.
pub fn closest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = name.chars().count();
    let name = name.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let longest = length.max(candidate.chars().count());
        // No name is worth the quadratic comparison with one far longer or shorter.
        if longest > MAX_LENGTH || longest - length.min(candidate.chars().count()) > longest.div_ceil(3) {
            continue;
        }
        let distance = edit_distance(&name, &candidate.to_lowercase());
        if distance <= (longest / 3).max(1) && distance < longest && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or what to do where no candidate is near.
pub fn did_you_mean<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>, otherwise: &str) -> String {
    closest(name, candidates).map_or_else(|| otherwise.to_owned(), |candidate| format!("did you mean `{candidate}`?"))
}

/// Names longer than this are compared with nothing.
const MAX_LENGTH: usize = 100;

/// Insertions, deletions, replacements and swaps of neighbors that turn one text into the other
/// (optimal string alignment; Damerau 1964).
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_previous: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(&previous, j + 1) + 1).min(at(&row, j) + 1).min(at(&previous, j) + usize::from(x != y));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before_previous, j - 1) + 1);
            }
            row.push(least);
        }
        before_previous = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (a, b, edits) in [("", "", 0), ("", "abc", 3), ("weight", "weigth", 1), ("band", "bands", 1), ("kitten", "sitting", 3)] {
            assert_eq!(edit_distance(a, b), edits, "{a} to {b}");
            assert_eq!(edit_distance(b, a), edits, "{b} to {a}");
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        let keys = ["weight", "class", "instruments", "band"];
        assert_eq!(closest("wieght", keys), Some("weight"));
        assert_eq!(closest("CLASS", keys), Some("class"));
        assert_eq!(closest("instrument", keys), Some("instruments"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest("x", ["y"]), None);
        assert_eq!(closest(&"x".repeat(100_000), keys), None);
    }
}
