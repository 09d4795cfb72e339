//! Running text.

use super::WIDTH;

/// Text that a terminal shows as it stands: control characters of the user's files become `?`.
pub fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

/// Keeps a percent sign on the line of its number.
pub(super) fn glue(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// Undoes [`glue`] once lines are broken.
pub(super) fn unglue(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// Words in lines of at most [`WIDTH`] columns, the first after `first` and the others after as
/// many spaces; a line feed after each.
pub fn wrap(first: &str, text: &str) -> String {
    let indent = first.chars().count();
    let mut wrapped = String::from(first);
    let mut column = indent;
    for word in glue(&printable(text)).split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped.push('\n');
    unglue(&wrapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_the_width() {
        let text = "word ".repeat(40);
        let wrapped = wrap("- ", text.trim_end());
        assert!(wrapped.lines().all(|line| line.len() <= WIDTH));
        assert_eq!(wrapped.lines().count(), 3);
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("  word")));
        assert_eq!(wrapped.split_whitespace().filter(|word| *word == "word").count(), 40);
    }

    #[test]
    fn shows_no_control_characters() {
        assert_eq!(printable("A\u{1b}[31mB\n"), "A?[31mB?");
    }
}
