//! The ledger of endpoints, without a dispatcher.

use scimlet_events::ledger::Refusal;
use scimlet_events::{Endpoint, State};

use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn names_are_unique_within_a_tenant() {
    let stage = Stage::new();
    let first = stage.endpoint("crm", |_| ());
    stage.endpoint("crm", |endpoint| endpoint.tenant = "globex".to_owned());
    let again = Endpoint {
        id: "ep_0000000000000001".to_owned(),
        ..first.clone()
    };
    assert!(matches!(
        stage.ledger.add(&again),
        Err(Refusal::NameTaken(_))
    ));
    let second = stage.endpoint("erp", |_| ());
    let renamed = stage.ledger.change(&second.id, |endpoint| {
        endpoint.name = "crm".to_owned();
        Ok(())
    });
    assert!(matches!(renamed, Err(Refusal::NameTaken(_))));
}

#[tokio::test(start_paused = true)]
async fn one_is_found_by_id_and_by_name_in_its_own_tenant() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("crm", |_| ());
    for named in ["crm", &endpoint.id] {
        assert_eq!(stage.ledger.named("acme", named).unwrap().value, endpoint);
        assert!(matches!(
            stage.ledger.named("globex", named),
            Err(Refusal::NoEndpoint(_))
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn one_is_told_what_happens_from_then_on() {
    let stage = Stage::new();
    stage.emit(&["a", "b"]);
    let endpoint = stage.endpoint("late", |_| ());
    let status = stage.status(&endpoint);
    assert_eq!(
        (status.position, status.lag, status.health),
        (2, 0, "healthy")
    );
    stage.emit(&["c"]);
    assert_eq!(stage.status(&endpoint).lag, 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_work_is_refused() {
    let stage = Stage::new();
    let good = stage.endpoint("good", |_| ());
    let wrong: [fn(&mut Endpoint); 8] = [
        |it| it.name = String::new(),
        |it| it.name = "ep_1".to_owned(),
        |it| it.name = "a b".to_owned(),
        |it| it.events = vec!["license".to_owned(), "lic*".to_owned()],
        |it| it.resources = vec!["/Users".to_owned()],
        |it| it.concurrency = 0,
        |it| it.concurrency = 257,
        |it| it.rate = Some(0),
    ];
    for (number, spoil) in wrong.into_iter().enumerate() {
        let spoiled = stage.ledger.change(&good.id, |endpoint| {
            spoil(endpoint);
            Ok(())
        });
        assert!(spoiled.is_err(), "{number}");
    }
    assert_eq!(
        stage.ledger.endpoint(&good.id).unwrap().unwrap().value,
        good
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_disabled_twice_keeps_the_first_reason() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("crm", |_| ());
    stage.ledger.disable(&endpoint.id, "gone", 5).unwrap();
    let disabled = stage.ledger.disable(&endpoint.id, "admin", 9).unwrap();
    let expected = State::Disabled {
        reason: "gone".to_owned(),
        since: 5,
    };
    assert_eq!(disabled.state, expected);
}
