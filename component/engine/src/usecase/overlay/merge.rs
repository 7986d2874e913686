//! One page out of two walks: that of the facts below, page by page, and that of the changes, which
//! is in memory.

use serde::{Deserialize, Serialize};

use crate::facts::Failure;

/// A page of the walk below: what of it still counts, in order, and where it ends.
pub(super) struct Sheet<P, T> {
    pub(super) live: Vec<(P, T)>,
    /// The last place on it, whether it counts or not.
    pub(super) last: Option<P>,
    /// Where the next one begins.
    pub(super) next: Option<String>,
}

/// Where a page begins: within which page of the walk below, and behind which place.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Cursor<P> {
    pub(super) from: Option<String>,
    pub(super) behind: Option<P>,
}

impl<P: Serialize + for<'de> Deserialize<'de>> Cursor<P> {
    pub(super) fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn decode(text: Option<&str>) -> Result<Self, Failure> {
        match text {
            None => Ok(Self {
                from: None,
                behind: None,
            }),
            Some(text) => serde_json::from_str(text)
                .map_err(|_| Failure::Other("a cursor of another question".to_owned())),
        }
    }
}

/// How much of the walk is wanted.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) skip: u64,
    pub(super) most: usize,
    pub(super) most_bytes: usize,
}

/// Cuts one page. `own` is in order; `below` gives the page that begins at a cursor of its own.
pub(super) fn page<P: Ord + Clone, T: Clone>(
    mut at: Cursor<P>,
    bounds: Bounds,
    own: &[(P, T)],
    weigh: impl Fn(&T) -> usize,
    mut below: impl FnMut(Option<&str>) -> Result<Sheet<P, T>, Failure>,
) -> Result<(Vec<T>, Option<Cursor<P>>), Failure> {
    let Bounds {
        mut skip,
        most,
        most_bytes,
    } = bounds;
    let (mut page, mut bytes) = (Vec::new(), 0);
    loop {
        let sheet = below(at.from.as_deref())?;
        let is_last = sheet.next.is_none() || sheet.last.is_none();
        let ahead = |(place, _): &&(P, T)| at.behind.as_ref().is_none_or(|it| place > it);
        // What lies behind this sheet belongs to the next.
        let here = |(place, _): &&(P, T)| is_last || Some(place) <= sheet.last.as_ref();
        let own = own.iter().filter(ahead).filter(here);
        let mut found: Vec<&(P, T)> = sheet.live.iter().filter(ahead).chain(own).collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut behind = at.behind.clone();
        for (place, item) in found {
            if skip > 0 {
                skip -= 1;
            } else {
                bytes += weigh(item);
                if page.len() >= most || (bytes > most_bytes && !page.is_empty()) {
                    let from = at.from;
                    return Ok((page, Some(Cursor { from, behind })));
                }
                page.push(item.clone());
            }
            behind = Some(place.clone());
        }
        if is_last {
            return Ok((page, None));
        }
        at = Cursor {
            from: sheet.next,
            behind: behind.max(sheet.last),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A walk below over even numbers, of which those divisible by 6 are the past.
    fn below(from: Option<&str>) -> Sheet<u32, u32> {
        let first: u32 = from.map_or(0, |from| from.parse().unwrap_or_default());
        let all: Vec<u32> = (first..30)
            .filter(|number| number % 2 == 0)
            .take(3)
            .collect();
        let next = all.last().map(|last| last + 1).filter(|next| *next < 29);
        Sheet {
            live: all
                .iter()
                .filter(|it| *it % 6 != 0)
                .map(|it| (*it, *it))
                .collect(),
            last: all.last().copied(),
            next: next.map(|next| next.to_string()),
        }
    }

    fn walk(own: &[u32], skip: u64, most: usize, most_bytes: usize) -> Vec<Vec<u32>> {
        let own: Vec<(u32, u32)> = own.iter().map(|it| (*it, *it)).collect();
        let mut pages = Vec::new();
        let (mut at, mut skip) = (None, skip);
        loop {
            let cursor = Cursor::decode(at.as_deref()).unwrap_or(Cursor {
                from: None,
                behind: None,
            });
            let bounds = Bounds {
                skip,
                most,
                most_bytes,
            };
            let found = page(
                cursor,
                bounds,
                &own,
                |it| *it as usize,
                |from| Ok(below(from)),
            );
            let (items, next) = found.unwrap_or_default();
            pages.push(items);
            skip = 0;
            match next {
                Some(next) => at = Some(next.encode()),
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_of_every_length_make_up_the_same_walk() {
        let all = vec![2, 4, 7, 8, 9, 10, 14, 16, 20, 22, 26, 28, 99];
        for most in 1..20 {
            let pages = walk(&[7, 9, 99], 0, most, usize::MAX);
            assert_eq!(pages.concat(), all, "{most} at a time");
            assert!(
                pages
                    .iter()
                    .all(|page| page.len() <= most && !page.is_empty())
            );
        }
        assert_eq!(
            walk(&[7, 9, 99], 4, 5, usize::MAX).concat(),
            all.split_at(4).1
        );
    }

    #[test]
    fn a_page_is_not_heavier_than_asked_for_but_has_one_row() {
        assert_eq!(walk(&[99], 9, 50, 50), [vec![28], vec![99]]);
        assert_eq!(walk(&[], 0, 50, 6).first(), Some(&vec![2, 4]));
    }
}
