//! Numbers of 64 bits as decimal strings in JSON.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;

/// Writes a number as a string.
pub(crate) fn serialize<N: Display, S: Serializer>(number: &N, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

/// Reads a number from a string, or from a number.
pub(crate) fn deserialize<'de, N, D>(from: D) -> Result<N, D::Error>
where
    N: FromStr,
    D: Deserializer<'de>,
{
    from.deserialize_any(Decimal(PhantomData))
}

struct Decimal<N>(PhantomData<N>);

impl<N: FromStr> Decimal<N> {
    fn parse<E: Error>(text: &str) -> Result<N, E> {
        let parsed = text.parse();
        parsed.map_err(|_| E::custom(format!("`{text}` is not a number of 64 bits")))
    }
}

impl<N: FromStr> Visitor<'_> for Decimal<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of 64 bits, as a decimal string or as a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<N, E> {
        Self::parse(text)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<N, E> {
        Self::parse(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<N, E> {
        Self::parse(&number.to_string())
    }
}

/// The same for numbers that may be missing.
pub(crate) mod maybe {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes a number as a string, none as `null`.
    #[expect(
        clippy::ref_option,
        reason = "serde hands over a reference to the field"
    )]
    pub(crate) fn serialize<S: Serializer>(number: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => super::serialize(number, to),
            None => to.serialize_none(),
        }
    }

    /// Reads a number from a string or a number, none from `null`.
    pub(crate) fn deserialize<'de, D>(from: D) -> Result<Option<u64>, D::Error>
    where
        D: Deserializer<'de>,
    {
        #[derive(Deserialize)]
        struct Number(#[serde(with = "super")] u64);
        let number = Option::<Number>::deserialize(from)?;
        Ok(number.map(|Number(number)| number))
    }
}
