//! Policies that are compiled and in reach, by digest. Tenants with the same policy share its code,
//! never an instance.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::policy::load::Loaded;

/// A bounded set of compiled policies.
pub(crate) struct Shelf {
    /// Bytes of code at most; the last one used may go beyond it alone.
    most: usize,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    by_digest: HashMap<String, Book>,
    bytes: usize,
    /// Counts what was taken: the time by which policies grow cold.
    clock: u64,
}

struct Book {
    slot: Slot,
    bytes: usize,
    used: u64,
}

/// Whoever comes first fills it, and the others wait: nothing is compiled twice at once.
type Slot = Arc<Mutex<Option<Arc<Loaded>>>>;

impl Shelf {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            books: Mutex::default(),
        }
    }

    /// The policy of that digest, loaded if it is not here.
    pub(crate) fn get<E>(
        &self,
        digest: &str,
        load: impl FnOnce() -> Result<Loaded, E>,
    ) -> Result<Arc<Loaded>, E> {
        let slot = self.lock().slot(digest);
        let mut there = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &*there {
            return Ok(Arc::clone(loaded));
        }
        match load() {
            Ok(loaded) => {
                let loaded = Arc::new(loaded);
                *there = Some(Arc::clone(&loaded));
                drop(there);
                let unused = self.lock().weigh(digest, loaded.compiled_bytes, self.most);
                drop(unused);
                Ok(loaded)
            }
            Err(error) => {
                // Still in the slot, so that nobody else loads into it before it is gone.
                self.lock().by_digest.remove(digest);
                drop(there);
                Err(error)
            }
        }
    }

    /// Bytes of code on the shelf.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        // Nothing here can panic between two related changes, so what a panic left is sound.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn slot(&mut self, digest: &str) -> Slot {
        self.clock += 1;
        let used = self.clock;
        let book = self
            .by_digest
            .entry(digest.to_owned())
            .or_insert_with(|| Book {
                slot: Slot::default(),
                bytes: 0,
                used,
            });
        book.used = used;
        Arc::clone(&book.slot)
    }

    /// Notes how large one is, and takes out what has not been used for longest. Whoever works with
    /// it still, keeps it.
    fn weigh(&mut self, digest: &str, bytes: usize, most: usize) -> Vec<Book> {
        if let Some(book) = self.by_digest.get_mut(digest) {
            self.bytes = self.bytes - book.bytes + bytes;
            book.bytes = bytes;
        }
        let mut out = Vec::new();
        while self.bytes > most {
            // What is being loaded weighs nothing yet: to take it out would free nothing.
            let others = self.by_digest.iter();
            let others = others.filter(|(it, book)| *it != digest && book.bytes > 0);
            let coldest = others.min_by_key(|(_, book)| book.used);
            let Some(coldest) = coldest.map(|(digest, _)| digest.clone()) else {
                break;
            };
            if let Some(book) = self.by_digest.remove(&coldest) {
                self.bytes -= book.bytes;
                out.push(book);
            }
        }
        out
    }
}
