//! A tenant of the server under test: what SCIM has no words for goes by its command line.

use serde_json::Value;

use crate::script::{License, Site};
use crate::{Actor, Tenant};

impl Site for Tenant<'_> {
    fn token(&self) -> &str {
        &self.token
    }

    fn actor(&self, name: &str) -> Option<Actor> {
        match name {
            "scim" => Some(self.scim()),
            "reader" => Some(self.reader()),
            "admin" => Some(self.admin()),
            "anonymous" => Some(self.anonymous()),
            _ => None,
        }
    }

    fn set_license(&self, license: &License) -> Result<(), String> {
        let seats = license.seats.as_str();
        let seats = seats.map_or_else(|| license.seats.to_string(), str::to_owned);
        let mut command = vec!["license", "set", "--tenant", &self.name, &license.sku];
        command.extend(["--seats", &seats]);
        if let Some(overage) = &license.overage {
            command.extend(["--overage", overage]);
        }
        if let Some(name) = &license.name {
            command.extend(["--name", name]);
        }
        run(self, &command)
    }

    fn set_settings(&self, settings: &Value) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        std::fs::write(file.path(), settings.to_string()).map_err(|error| error.to_string())?;
        let path = file.path().to_str();
        let path = path.ok_or("a temporary file has an ASCII name")?;
        let command = ["tenant", "settings", "--tenant", &self.name];
        run(self, &[&command[..], &["--file", path]].concat())
    }
}

fn run(tenant: &Tenant<'_>, command: &[&str]) -> Result<(), String> {
    let cli = tenant.world.cli(command);
    if cli.status == 0 {
        Ok(())
    } else {
        Err(format!("{cli:#?}"))
    }
}
