//! What a credential may do. The engine gives the words their meaning; the host only hands them on.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;

/// What a credential may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// Reads and writes, but for the license catalog.
    Scim,
    /// Reads.
    #[value(name = "scim:read")]
    ScimRead,
    /// Everything, the license catalog too.
    Admin,
}

impl Scope {
    /// As the registry keeps it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::ScimRead => "scim:read",
            Self::Admin => "admin",
        }
    }

    /// As the engine is told.
    pub(crate) fn principal_scopes(self) -> Vec<String> {
        vec![self.as_str().to_owned()]
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// No such scope.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope")]
pub(crate) struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let all = [Self::Scim, Self::ScimRead, Self::Admin];
        let found = all.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_what_the_command_line_takes() {
        for scope in Scope::value_variants() {
            assert_eq!(scope.as_str().parse(), Ok(*scope));
            assert_eq!(
                <Scope as ValueEnum>::from_str(scope.as_str(), false),
                Ok(*scope)
            );
        }
        assert!("root".parse::<Scope>().is_err());
    }
}
