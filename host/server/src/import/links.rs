//! What the rows of a file are called here: by the ids that the file itself has, and by their numbers.
//!
//! The names stand in a file beside the state, since there may be a million of them; what is in memory
//! is sixteen bytes for each, and only while rows are tied to one another.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// A file of names, one JSON array of two texts a line.
pub(super) struct Links {
    file: File,
    length: u64,
}

impl Links {
    /// Opens the file, for nobody else. None where somebody has it open.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let is_free = file.try_lock().is_ok();
        Ok(is_free.then_some(Self { file, length: 0 }))
    }

    /// Goes back to what was in it when it was so long.
    pub(super) fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.file.metadata()?.len() < length {
            let text = "the names of an earlier run are lost; remove the state to begin anew";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        self.file.set_len(length)?;
        self.length = length;
        Ok(())
    }

    /// Remembers these names, and says how long the file is now.
    pub(super) fn add(&mut self, names: &[(String, String)]) -> io::Result<u64> {
        let mut text = String::new();
        for (name, id) in names {
            text.push_str(&serde_json::json!([name, id]).to_string());
            text.push('\n');
        }
        self.file.write_all(text.as_bytes())?;
        self.length += text.len() as u64;
        Ok(self.length)
    }

    /// Sorts all names, to find ids by them.
    pub(super) fn index(&self) -> io::Result<Index> {
        let mut file = BufReader::new(self.file.try_clone()?);
        file.seek(SeekFrom::Start(0))?;
        let (mut places, mut at, mut line) = (Vec::new(), 0_u64, String::new());
        while at < self.length && file.read_line(&mut line)? > 0 {
            let [name, _] = read(&line)?;
            places.push((hash(&name), at));
            at += line.len() as u64;
            line.clear();
        }
        places.sort_unstable();
        let file = self.file.try_clone()?;
        Ok(Index { file, places })
    }
}

/// All names, sorted by a digest.
pub(super) struct Index {
    file: File,
    places: Vec<(u64, u64)>,
}

impl Index {
    /// The id of what is called so; of the last, if there are several.
    pub(super) fn find(&mut self, name: &str) -> io::Result<Option<String>> {
        let wanted = hash(name);
        let end = self.places.partition_point(|(digest, _)| *digest <= wanted);
        let places = self.places.get(..end).unwrap_or_default();
        for (_, at) in places
            .iter()
            .rev()
            .take_while(|(digest, _)| *digest == wanted)
        {
            self.file.seek(SeekFrom::Start(*at))?;
            let mut line = String::new();
            // A line is seldom longer.
            BufReader::with_capacity(256, &self.file).read_line(&mut line)?;
            let [found, id] = read(&line)?;
            if found == name {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

fn read(line: &str) -> io::Result<[String; 2]> {
    serde_json::from_str(line).map_err(io::Error::from)
}

/// The same in every run of one build, and no other is needed: the index is made anew.
fn hash(name: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_remembered_up_to_the_length_that_is_known() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("links");
        let pair = |name: &str, id: &str| (name.to_owned(), id.to_owned());
        let open = || Links::open(&path).map(|it| it.expect("nobody else has it"));
        let mut links = open()?;
        assert!(Links::open(&path)?.is_none(), "it is taken");
        let length = links.add(&[pair("a", "1"), pair("b\t\"\n", "2"), pair("a", "3")])?;
        links.add(&[pair("c", "4")])?;
        drop(links);
        let mut links = open()?;
        links.cut(length)?;
        let mut index = links.index()?;
        assert_eq!(index.find("a")?.as_deref(), Some("3"));
        assert_eq!(index.find("b\t\"\n")?.as_deref(), Some("2"));
        assert_eq!(index.find("c")?, None);
        assert!(links.cut(length + 1).is_err());
        Ok(())
    }
}
