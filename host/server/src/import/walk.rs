//! The walks over the file, and what is written down after each step.

use std::path::Path;

use super::chunk::{Chunk, Fate, Item};
use super::links::{Index, Links};
use super::refused::RefusedFile;
use super::report::Refusal;
use super::row::Reader;
use super::send::Sender;
use super::source::{Raw, Row, Rows};
use super::ties::{Bound, Knot, Tied};
use super::{ImportError, Phase, Place, Sheet, Source, State, Step, Told};
use crate::local::LocalError;

/// Rows that are walked over at a time at most, whatever becomes of them.
const STRIDE: u64 = 10_000;

/// An import at work.
pub(super) struct Walk<'a> {
    pub(super) source: &'a Source,
    pub(super) sheet: Option<&'a Sheet>,
    pub(super) sender: Sender<'a>,
    pub(super) reader: Reader<'a>,
    /// Rows of the file.
    pub(super) rows: u64,
    pub(super) links: Links,
    pub(super) refused: RefusedFile,
    /// When the import began, if it was killed and this is what it may have done then.
    pub(super) ours: Option<u64>,
    pub(super) state: State,
    /// Where the state is kept.
    pub(super) path: Option<&'a Path>,
}

impl<'a> Walk<'a> {
    /// All that is left.
    pub(super) fn all(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        while self.state.phase != Phase::Done {
            let (rows, done) = (self.rows, self.state.place.row);
            told(Step::Begin { rows, done });
            match self.state.phase {
                Phase::Ties => self.tie(told)?,
                _ => self.bring(told)?,
            }
            self.state.phase = self.next_phase();
            self.state.place = Place::default();
            self.save()?;
        }
        Ok(())
    }

    fn next_phase(&self) -> Phase {
        let State {
            phase,
            has_groups,
            has_ties,
            ..
        } = &self.state;
        match phase {
            Phase::Resources if *has_groups => Phase::Groups,
            Phase::Resources | Phase::Groups if *has_ties => Phase::Ties,
            _ => Phase::Done,
        }
    }

    /// One walk that brings resources in.
    fn bring(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        let mut rows = self.source.rows(self.sheet, self.state.place)?;
        loop {
            let before = self.state.place.row;
            let (chunk, place) = self.gather(&mut rows)?;
            if place.row == before {
                return Ok(());
            }
            // Only the first chunk may have been done by somebody who did not say so any more.
            let ours = self.ours.take();
            let fates = chunk.carry_out(&self.sender, self.reader.options, ours);
            let fates = fates.map_err(|cause| self.stopped(cause))?;
            self.note(&chunk, &fates)?;
            self.state.place = place;
            self.save()?;
            told(Step::Advance(place.row - before));
        }
    }

    /// The next chunk, and where it ends.
    fn gather(&mut self, rows: &mut Rows<'_>) -> Result<(Chunk<'a>, Place), ImportError> {
        let (mut chunk, begin) = (Chunk::default(), rows.place().row);
        loop {
            let before = rows.place();
            if before.row - begin >= STRIDE {
                return Ok((chunk, before));
            }
            let Some(row) = rows.next()? else {
                return Ok((chunk, before));
            };
            if let Some(item) = self.item(row)
                && !chunk.take(item, self.reader.options)
            {
                // The row is the next one's first.
                rows.seek(before)?;
                return Ok((chunk, before));
            }
        }
    }

    /// A row of this walk; none if it is another's.
    fn item(&mut self, row: Row) -> Option<Item<'a>> {
        let Row {
            number,
            line,
            said,
            raw,
        } = row;
        let ready = self.reader.ready(said);
        let is_group = ready.as_ref().is_ok_and(|it| it.kind.is_group());
        self.state.has_groups |= is_group;
        self.state.has_ties |= ready.as_ref().is_ok_and(|it| !it.ties.is_empty());
        let is_due = is_group == (self.state.phase == Phase::Groups);
        // What cannot be read was refused by the first walk.
        let is_due = is_due && (ready.is_ok() || self.state.phase == Phase::Resources);
        is_due.then_some(Item {
            number,
            line,
            raw,
            ready,
        })
    }

    /// Remembers what has become of a chunk.
    fn note(&mut self, chunk: &Chunk<'_>, fates: &[Fate]) -> Result<(), ImportError> {
        let counts = &mut self.state.tally.counts;
        let mut names = Vec::new();
        for (item, fate) in chunk.items.iter().zip(fates) {
            let (count, id, is_tied) = match fate {
                Fate::Created(id) => (&mut counts.created, id, true),
                Fate::Updated(id) => (&mut counts.updated, id, true),
                Fate::Unchanged(id) => (&mut counts.unchanged, id, true),
                Fate::Skipped(id) => (&mut counts.skipped, id, false),
                Fate::Refused(_) => continue,
            };
            *count += 1;
            let Ok(ready) = &item.ready else {
                continue;
            };
            names.extend(ready.id.iter().map(|name| (name.clone(), id.clone())));
            if is_tied && !ready.ties.is_empty() {
                names.push((by_number(item.number), id.clone()));
            }
        }
        self.state.links = self.links.add(&names)?;
        let refused = chunk.items.iter().zip(fates);
        let refused: Vec<_> = refused
            .filter_map(|(item, fate)| match fate {
                Fate::Refused(refusal) => Some((item.line, &item.raw, refusal)),
                _ => None,
            })
            .collect();
        self.refuse(&refused)
    }

    fn refuse(&mut self, rows: &[(usize, &Raw, &Refusal)]) -> Result<(), ImportError> {
        for (line, _, refusal) in rows {
            self.state.tally.refuse(*line, refusal);
        }
        let rows = rows.iter().map(|(_, raw, refusal)| (*raw, *refusal));
        self.state.refused = self.refused.add(self.sheet, rows)?;
        Ok(())
    }

    /// The walk that ties rows to one another.
    fn tie(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        let mut links = self.links.index()?;
        let mut rows = self.source.rows(self.sheet, self.state.place)?;
        loop {
            let before = self.state.place.row;
            let knot = self.gather_knot(&mut rows, &mut links)?;
            let place = rows.place();
            if place.row == before {
                return Ok(());
            }
            let bound = knot.bind(&self.sender, &mut links);
            let bound = bound.map_err(|error| match error {
                ImportError::Local(cause) => self.stopped(cause),
                other => other,
            })?;
            self.note_knot(knot, &bound)?;
            self.state.place = place;
            self.save()?;
            told(Step::Advance(place.row - before));
        }
    }

    fn note_knot(&mut self, knot: Knot, bound: &[Bound]) -> Result<(), ImportError> {
        self.state.tally.counts.ties += bound.iter().map(|it| it.ties).sum::<u64>();
        let rows: Vec<_> = knot
            .rows
            .into_iter()
            .zip(bound)
            .map(|(row, bound)| match bound.missing.as_slice() {
                // Those who are in are not sent again: their names may be of this file alone.
                missing @ [_, ..] if row.ties.manager.is_none() => {
                    (row.line, row.raw.with_members(missing))
                }
                _ => (row.line, row.raw),
            })
            .collect();
        let refused = rows.iter().zip(bound);
        let refused: Vec<_> = refused
            .filter_map(|((line, raw), bound)| Some((*line, raw, bound.refusal.as_ref()?)))
            .collect();
        self.refuse(&refused)
    }

    fn gather_knot(&mut self, rows: &mut Rows<'_>, links: &mut Index) -> Result<Knot, ImportError> {
        let (mut knot, begin) = (Knot::default(), rows.place().row);
        while !knot.is_full() && rows.place().row - begin < STRIDE {
            let Some(row) = rows.next()? else {
                break;
            };
            let Ok(ready) = self.reader.ready(row.said) else {
                continue;
            };
            if ready.ties.is_empty() {
                continue;
            }
            // Who is not there was refused, or is to be left alone.
            if let Some(id) = links.find(&by_number(row.number))? {
                knot.take(Tied {
                    number: row.number,
                    line: row.line,
                    raw: row.raw,
                    endpoint: ready.kind.endpoint.clone(),
                    id,
                    ties: ready.ties,
                });
            }
        }
        Ok(knot)
    }

    pub(super) fn save(&mut self) -> Result<(), ImportError> {
        if let Some(path) = self.path {
            self.state.tally.ignored.clone_from(&self.reader.ignored);
            self.state.save(path)?;
        }
        Ok(())
    }

    fn stopped(&self, cause: LocalError) -> ImportError {
        ImportError::Stopped {
            row: self.state.place.row,
            rows: self.rows,
            hint: match self.path {
                Some(_) => "; the same command goes on from there",
                None => "",
            },
            cause,
        }
    }
}

/// What a row is called by its number. No id begins so.
fn by_number(number: u64) -> String {
    format!("#{number}")
}
