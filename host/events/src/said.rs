//! What strangers say, kept short and plain.

/// So many letters are kept.
const MOST_LETTERS: usize = 200;

/// What a receiver says, on one line, and not too long.
pub(crate) fn said(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let text: String = text.chars().map(plain).collect();
    let mut letters = text.trim().chars();
    let mut said: String = letters.by_ref().take(MOST_LETTERS).collect();
    if letters.next().is_some() {
        said.push_str("...");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_says_cannot_fill_or_forge_a_log() {
        assert_eq!(said(" a\r\nb\u{1b}[31m "), "a  b [31m");
        let long = "ä".repeat(MOST_LETTERS);
        assert_eq!(said(&long), long);
        assert_eq!(said(&format!("{long}ä")), format!("{long}..."));
    }
}
