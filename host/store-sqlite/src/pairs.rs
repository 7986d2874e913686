//! A document's entries or claims as one blob: each pair is `FF path FE value`, in byte order, and
//! an `FF` closes the last one.
//!
//! Neither byte occurs in UTF-8, so nothing needs escaping, and a path or a pair can be searched
//! for in the blob as it is. Two sets of pairs are alike exactly if their blobs are.

use scimlet_store::Failure;

const PAIR: u8 = 0xFF;
const VALUE: u8 = 0xFE;

/// A path and a value.
pub(crate) type Pair<'a> = (&'a str, &'a str);

/// Sorts pairs, and leaves one of each.
pub(crate) fn sort<'a>(pairs: impl Iterator<Item = Pair<'a>>) -> Vec<Pair<'a>> {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Writes sorted pairs.
pub(crate) fn encode(pairs: &[Pair<'_>]) -> Vec<u8> {
    let mut blob = Vec::with_capacity(pairs.iter().map(|(p, v)| p.len() + v.len() + 2).sum());
    for (path, value) in pairs {
        blob.push(PAIR);
        blob.extend_from_slice(path.as_bytes());
        blob.push(VALUE);
        blob.extend_from_slice(value.as_bytes());
    }
    if !blob.is_empty() {
        blob.push(PAIR);
    }
    blob
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode(blob: &[u8]) -> Result<Vec<Pair<'_>>, Failure> {
    let pairs = blob
        .split(|byte| *byte == PAIR)
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| decode_pair(pair).ok_or_else(damaged))
        .collect()
}

fn decode_pair(pair: &[u8]) -> Option<Pair<'_>> {
    let mut parts = pair.split(|byte| *byte == VALUE);
    let path = std::str::from_utf8(parts.next()?).ok()?;
    let value = std::str::from_utf8(parts.next()?).ok()?;
    Some((path, value))
}

/// What is in the blob exactly if a pair has this path.
pub(crate) fn marker(path: &str) -> Vec<u8> {
    let mut marker = vec![PAIR];
    marker.extend_from_slice(path.as_bytes());
    marker.push(VALUE);
    marker
}

fn damaged() -> Failure {
    Failure::Other("the file is damaged: a document's own list of index entries".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_back_sorted_and_once() {
        let given = [
            ("b", "1"),
            ("a", ""),
            ("b", "0"),
            ("b", "1"),
            ("", "\u{10FFFF}"),
        ];
        let sorted = sort(given.into_iter());
        assert_eq!(
            sorted,
            [("", "\u{10FFFF}"), ("a", ""), ("b", "0"), ("b", "1")]
        );
        assert_eq!(decode(&encode(&sorted)), Ok(sorted));
        assert_eq!(encode(&[]), Vec::<u8>::new());
        assert_eq!(decode(&[]), Ok(Vec::new()));
    }
}
