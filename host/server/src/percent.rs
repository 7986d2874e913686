//! Text in a path or a query (RFC 3986).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but the unreserved (section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes all but the unreserved: the text stands for itself wherever it is put.
pub(crate) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Whether a part of a path says this, however it is encoded.
pub(crate) fn says(part: &str, text: &str) -> bool {
    percent_decode_str(part).eq(text.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_its_place() {
        assert_eq!(percent_encoded("ann-1_2~x.y"), "ann-1_2~x.y");
        assert_eq!(
            percent_encoded("a/b?c&d=ä %"),
            "a%2Fb%3Fc%26d%3D%C3%A4%20%25"
        );
    }
}
