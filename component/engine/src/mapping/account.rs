//! What the settings make of a user.

use super::{Field, Mapping};
use crate::scim::schema::ResourceType;
use crate::scim::value::Object;

/// The mapped fields of an account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Those that have a value, in the order of the settings.
    pub fields: Object<'static>,
    /// Those whose value does not pass. They are left out.
    pub problems: Vec<Problem>,
}

/// Why a field has no value that it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub field: String,
    /// Why, for people.
    pub detail: String,
}

impl Problem {
    fn of(field: &Field, why: &str) -> Self {
        let (name, from) = (&field.name, field.from());
        Self {
            field: name.clone(),
            detail: format!("`{name}` of the account, from `{from}`: {why}"),
        }
    }
}

impl Mapping {
    /// What a user's account shows of the mapped fields.
    #[must_use]
    pub fn account(&self, kind: &ResourceType, user: &Object<'_>) -> Account {
        let mut account = Account::default();
        for field in &self.fields {
            match field.out(kind, user) {
                Ok(Some(value)) => account.fields.set(field.name.clone(), value),
                Ok(None) => {}
                Err(why) => account.problems.push(Problem::of(field, &why.0)),
            }
        }
        account
    }

    /// What a client would have to send otherwise: values that do not pass, and required ones that are
    /// not there.
    #[must_use]
    pub fn lacks(&self, kind: &ResourceType, user: &Object<'_>) -> Vec<Problem> {
        let fields = self.fields.iter().filter(|it| !it.is_read_only(kind));
        let lacking = fields.filter_map(|field| match field.out(kind, user) {
            Ok(None) if field.required => Some(Problem::of(field, "it is required, and empty")),
            Ok(_) => None,
            Err(why) => Some(Problem::of(field, &why.0)),
        });
        lacking.collect()
    }
}
