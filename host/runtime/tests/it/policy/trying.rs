//! A policy on trial, for whoever writes one.

use scimlet_runtime::{
    Config, Context, Grant, Policies, PolicyFailure, Question, Refusal, Replies, Subject, Tried,
};

use super::policies;
use crate::world::{hostile_policy, small};

fn ask(question: Question) -> Tried {
    let policies = Policies::start(&Config {
        policies: policies(),
        ..small()
    });
    let policies = policies.unwrap();
    let trial = policies.trial(hostile_policy()).unwrap();
    let context = Context {
        tenant: "acme".to_owned(),
        now: 7,
        principal: "idp".to_owned(),
        operation: "patch".to_owned(),
    };
    trial.ask(context, question).unwrap()
}

fn pro(reason: &str) -> Grant {
    Grant {
        license: "pro".to_owned(),
        reason: reason.to_owned(),
    }
}

fn entitle(user: &str) -> Tried {
    ask(Question::Entitle(vec![Subject {
        user: user.to_owned(),
        proposed: vec![pro("default")],
    }]))
}

#[test]
fn the_answer_comes_with_what_it_cost() {
    let tried = entitle("a user");
    let granted = Replies::Entitle(vec![Ok(vec![pro("default")])]);
    assert_eq!(tried.replies, Ok(granted));
    assert_eq!(
        tried.asked_bytes,
        "a user".len() + "pro".len() + "default".len()
    );
    assert_eq!(tried.answered_bytes, "pro".len() + "default".len());
    assert!(tried.memory_bytes > 0 && !tried.took.is_zero());
    assert!(!tried.is_fickle);
}

#[test]
fn a_refusal_is_an_answer() {
    let tried = ask(Question::Shape(vec![
        "misdeed:refuse".to_owned(),
        "b".to_owned(),
    ]));
    let refusal = Refusal {
        code: "notToday".to_owned(),
        detail: "The policy does not feel like it.".to_owned(),
    };
    assert_eq!(
        tried.replies,
        Ok(Replies::Shape(vec![Err(refusal), Ok("b".to_owned())]))
    );
}

#[test]
fn a_failure_is_told_with_its_cause() {
    let (failure, cause) = entitle("misdeed:panic").replies.unwrap_err();
    assert_eq!(failure, PolicyFailure::Trapped);
    assert!(cause.contains("wasm"), "{cause}");
    assert!(
        entitle("misdeed:panic")
            .said
            .contains("the user made me do it")
    );
}

#[test]
fn what_a_policy_prints_is_shown_to_its_author() {
    let said = entitle("misdeed:chat").said;
    assert!(
        said.ends_with("line 499 of what I always wanted to say"),
        "{said}"
    );
    assert!(said.len() <= 4096, "and bounded");
}

#[test]
fn a_policy_that_remembers_is_found_out() {
    assert!(entitle("misdeed:calls").is_fickle);
}
