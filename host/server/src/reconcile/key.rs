//! What users are known by, on both sides.

use unicode_normalization::UnicodeNormalization as _;

use crate::roster::Attribute;

/// What users are known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    UserName,
    ExternalId,
}

impl By {
    pub(crate) fn attribute(self) -> Attribute {
        match self {
            Self::UserName => Attribute::UserName,
            Self::ExternalId => Attribute::ExternalId,
        }
    }

    /// Two texts have the same key if they name the same user: a `userName` ignores case, an
    /// `externalId` does not (RFC 7643 §4.1.1, §3.1).
    pub(crate) fn key(self, text: &str) -> Box<str> {
        match self {
            Self::UserName => fold(text).into(),
            Self::ExternalId => text.into(),
        }
    }
}

/// As the component folds user names: else somebody of another spelling would be taken for two, and
/// one of them deactivated.
fn fold(text: &str) -> String {
    let lower = text.chars().flat_map(narrow).flat_map(char::to_lowercase);
    let same = lower.map(|letter| if letter == 'ς' { 'σ' } else { letter });
    same.nfc().collect()
}

fn narrow(letter: char) -> impl Iterator<Item = char> {
    let is_wide = ('\u{ff00}'..='\u{ffef}').contains(&letter);
    let wide = is_wide.then(|| std::iter::once(letter).nfkc());
    let plain = (!is_wide).then_some(letter);
    wide.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_one_however_it_is_spelt() {
        for (left, right) in [
            ("Ann", "aNN"),
            ("ＡＮＮ", "ann"),
            ("Zoe\u{308}", "ZOË"),
            ("ΝΙΚΟΣ", "νικος"),
        ] {
            assert_eq!(By::UserName.key(left), By::UserName.key(right));
            assert_ne!(By::ExternalId.key(left), By::ExternalId.key(right));
        }
    }
}
