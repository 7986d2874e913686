//! What another server says it can do (RFC 7643 section 5, RFC 9865 section 4).

use serde_json::Value;

use super::{Question, Remote, RemoteError};

/// What a server says it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    /// PATCH.
    pub(crate) patch: bool,
    /// Pages by cursor.
    pub(crate) cursor: bool,
    /// Resources on a page at most.
    pub(crate) page: Option<u64>,
}

impl Provider {
    /// Asks it.
    pub(crate) async fn of(remote: &Remote) -> Result<Self, RemoteError> {
        let question = Question::get("/ServiceProviderConfig");
        let reply = remote.ask(&question).await;
        match reply {
            Ok(said) => Ok(Self::read(&said)),
            // Who does not say it can do the least.
            Err(error) if matches!(error.status(), Some(404 | 403 | 501)) => {
                Ok(Self::read(&Value::Null))
            }
            Err(error) => Err(error),
        }
    }

    fn read(said: &Value) -> Self {
        let truth = |path: &str| said.pointer(path).and_then(Value::as_bool);
        let count = |path: &str| said.pointer(path).and_then(Value::as_u64);
        let most = count("/pagination/maxPageSize").or_else(|| count("/filter/maxResults"));
        Self {
            patch: truth("/patch/supported").unwrap_or_default(),
            cursor: truth("/pagination/cursor").unwrap_or_default(),
            page: most.filter(|most| *most > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_says_nothing_can_do_the_least() {
        let least = Provider {
            patch: false,
            cursor: false,
            page: None,
        };
        assert_eq!(
            Provider::read(&json!({ "filter": { "maxResults": 0 } })),
            least
        );
        let said = json!({ "patch": { "supported": true }, "filter": { "maxResults": 50 },
            "pagination": { "cursor": true, "maxPageSize": 20 } });
        let all = Provider {
            patch: true,
            cursor: true,
            page: Some(20),
        };
        assert_eq!(Provider::read(&said), all);
    }
}
