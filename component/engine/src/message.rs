//! A request and its answer, name for name what `wit/scim/scim.wit` documents.

/// A header; names are lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Who makes the request, as the host vouches for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Stable and not secret.
    pub id: String,
    /// `scim:read`, `scim`, `admin`.
    pub scopes: Vec<String>,
}

impl Principal {
    /// Whether they may read.
    #[must_use]
    pub fn may_read(&self) -> bool {
        self.scopes
            .iter()
            .any(|scope| matches!(scope.as_str(), "scim" | "scim:read" | "admin"))
    }

    /// Whether they may write users and groups.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.scopes
            .iter()
            .any(|scope| matches!(scope.as_str(), "scim" | "admin"))
    }

    /// Whether they may write the catalogs of licenses and roles.
    #[must_use]
    pub fn may_administer(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "admin")
    }
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// Below the SCIM base, percent-encoded.
    pub path: String,
    /// Behind the `?`, percent-encoded.
    pub query: Option<String>,
    /// Those that RFC 7644 gives a meaning.
    pub headers: Vec<Header>,
    /// Empty where there is none.
    pub body: String,
    /// Who asks.
    pub principal: Principal,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// 128 bits of chance.
    pub seed: (u64, u64),
    /// Where the SCIM base is seen from outside, without a final slash.
    pub base_url: String,
}

impl Request {
    /// The value of the first header of that (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name == name)
            .map(|header| header.value.as_str())
    }
}

/// One HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<Header>,
    /// Empty where there is none.
    pub body: String,
}

impl Response {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// An answer with a SCIM body (RFC 7644 section 3.1).
    #[must_use]
    pub fn scim(status: u16, body: String) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
        .with("content-type", "application/scim+json")
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push(Header {
            name: name.to_owned(),
            value: value.to_owned(),
        });
        self
    }
}
