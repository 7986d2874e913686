//! The file of the refused rows, in the format of the input and with the reasons: to be corrected, and
//! imported again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::report::Refusal;
use super::source::{self, REASON, Raw, Sheet};
use crate::cli::csv_line;

/// A file that is made once there is something to write.
pub(super) struct RefusedFile {
    path: PathBuf,
    file: Option<File>,
    length: u64,
}

impl RefusedFile {
    /// As it was when it was so long.
    pub(super) fn open(path: &Path, length: u64) -> io::Result<Self> {
        let mut refused = Self {
            path: path.to_owned(),
            file: None,
            length,
        };
        if length == 0 {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        } else {
            let found = fs::metadata(path).map_or(0, |found| found.len());
            if found < length {
                let what = format!(
                    "`{}` has lost rows that were refused before: it has {found} bytes, and had {length}; \
                     put it back, or begin anew by removing the state file",
                    path.display()
                );
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            let file = refused.file()?;
            file.set_len(length)?;
            file.seek(SeekFrom::End(0))?;
        }
        Ok(refused)
    }

    /// Adds rows, and says how long the file is now.
    pub(super) fn add<'r>(
        &mut self,
        sheet: Option<&Sheet>,
        rows: impl Iterator<Item = (&'r Raw, &'r Refusal)>,
    ) -> io::Result<u64> {
        let mut text = String::new();
        for (raw, refusal) in rows {
            if let (Some(sheet), true) = (sheet, self.length == 0 && text.is_empty()) {
                text.push_str(&csv_line(&source::refused_fields(
                    &sheet.header,
                    &sheet.header,
                    REASON,
                )));
            }
            match (raw, sheet) {
                (Raw::Fields(fields), Some(sheet)) => {
                    let fields = source::refused_fields(&sheet.header, fields, &refusal.reason);
                    text.push_str(&csv_line(&fields));
                }
                (Raw::Fields(fields), None) => text.push_str(&csv_line(fields)),
                (Raw::Line(line), _) => {
                    text.push_str(&source::refused_line(line, &refusal.reason).to_string());
                    text.push('\n');
                }
            }
        }
        if !text.is_empty() {
            let file = self.file()?;
            file.write_all(text.as_bytes())?;
            // Before the state says that they are there.
            file.sync_data()?;
            self.length += text.len() as u64;
        }
        Ok(self.length)
    }

    /// Where it is, if there is anything in it.
    pub(super) fn path(&self) -> Option<&Path> {
        (self.length > 0).then_some(&self.path)
    }

    fn file(&mut self) -> io::Result<&mut File> {
        if let Some(file) = self.file.take() {
            return Ok(self.file.insert(file));
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&self.path)?;
        Ok(self.file.insert(file))
    }
}
