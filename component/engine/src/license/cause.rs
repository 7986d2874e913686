//! What brings a change of seats about.

/// Why users are settled. Its word stands in the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// A request for the user.
    #[default]
    Request,
    /// A group that the user is in.
    Group,
    /// The tenant's settings or policy, or what licenses say of one another.
    Settings,
    /// An admin gives a license, or takes it back.
    Admin,
    /// An admin has changed the terms of a license.
    Terms,
    /// A term of a license has begun or ended.
    Term,
    /// Something of the user's own has ended.
    Ended,
    /// An admin releases what the guard has kept.
    Release,
    /// An admin undoes what the guard has kept.
    Undo,
    /// Somebody else's seat became free.
    Promoted,
}

impl Cause {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Group => "group",
            Self::Settings => "settings",
            Self::Admin => "admin",
            Self::Terms => "terms",
            Self::Term => "term",
            Self::Ended => "ended",
            Self::Release => "release",
            Self::Undo => "undo",
            Self::Promoted => "promoted",
        }
    }

    /// Whether the guard against mass revocation counts what is lost by it. What an admin decides, and
    /// what ends by itself, is no concern of the guard's.
    #[must_use]
    pub const fn is_guarded(self) -> bool {
        match self {
            Self::Request | Self::Group | Self::Settings => true,
            Self::Admin
            | Self::Terms
            | Self::Term
            | Self::Ended
            | Self::Release
            | Self::Undo
            | Self::Promoted => false,
        }
    }
}
