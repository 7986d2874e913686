//! See `scimlet_fuzz::request`.
#![no_main]

use libfuzzer_sys::arbitrary::{Arbitrary, Error, Result, Unstructured};
use scimlet_fuzz::Script;

#[derive(Debug)]
struct Input<'a>(Script<'a>);

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let data = u.bytes(u.len())?;
        Script::read(data).map(Self).ok_or(Error::IncorrectFormat)
    }
}

libfuzzer_sys::fuzz_target!(|input: Input<'_>| scimlet_fuzz::request(&input.0));
