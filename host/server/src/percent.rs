//! Text in a path or a query (RFC 3986).

/// Encodes all but the unreserved (section 2.3): the text stands for itself wherever it is put.
pub(crate) fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
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
