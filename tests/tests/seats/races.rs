//! Two or three requests at once, at the places where it gets tight.

use crate::careless::Forgets;
use crate::race::{race, run};
use crate::script::Overage::{self, Allow, Deny, Waitlist};
use crate::script::{
    Act, Activate, Add, Create, Delete, Drop, License, Mode, Put, Remove, Replace, Seats,
};

const MODES: [Overage; 3] = [Waitlist, Deny, Allow];

fn join(user: usize) -> Act {
    Create(user, None, vec!["pro"])
}

fn pro(seats: u64, mode: Overage) -> Act {
    License("pro", Some(seats), mode)
}

#[test]
fn join_and_join_at_the_last_seat() {
    for mode in MODES {
        race(&[pro(1, mode)], &[join(0), join(1)]);
    }
}

#[test]
fn three_join_at_the_last_two_seats() {
    for mode in MODES {
        race(&[pro(2, mode)], &[join(0), join(1), join(2)]);
    }
}

#[test]
fn join_and_leave() {
    for mode in MODES {
        race(&[pro(1, mode), join(0)], &[join(1), Activate(0, false)]);
    }
}

#[test]
fn leave_and_leave_with_a_queue() {
    for mode in [Waitlist, Allow] {
        let given = [pro(2, mode), join(0), join(1), join(2)];
        race(&given, &[Delete(0), Activate(1, false)]);
        race(
            &[&given[..], &[join(3)]].concat(),
            &[Delete(0), Drop(1, "pro")],
        );
    }
}

#[test]
fn leave_and_delete_of_one_user() {
    let given = [pro(1, Waitlist), join(0), join(1)];
    race(&given, &[Activate(0, false), Delete(0)]);
    race(&given, &[Activate(0, false), Replace(0, vec![])]);
}

#[test]
fn leave_and_the_one_in_line_leaves() {
    let given = [pro(1, Waitlist), join(0), join(1)];
    race(&given, &[Delete(0), Delete(1)]);
    race(&given, &[Activate(0, false), Drop(1, "pro")]);
}

#[test]
fn leave_and_the_one_in_line_asks_for_more() {
    let given = [
        pro(1, Waitlist),
        License("lite", Some(1), Waitlist),
        join(0),
        join(1),
    ];
    race(&given, &[Delete(0), Add(1, vec!["lite"])]);
}

#[test]
fn raise_and_join() {
    for mode in MODES {
        race(&[pro(1, mode), join(0)], &[Seats("pro", 2), join(1)]);
    }
    let queued = [pro(1, Waitlist), join(0), join(2)];
    race(&queued, &[Seats("pro", 3), join(1)]);
}

#[test]
fn raise_and_leave() {
    let given = [pro(1, Waitlist), join(0), join(1)];
    race(&given, &[Seats("pro", 2), Delete(0)]);
}

#[test]
fn lower_and_join() {
    for mode in MODES {
        race(&[pro(2, mode), join(0)], &[Seats("pro", 1), join(1)]);
    }
}

#[test]
fn lower_and_leave() {
    let given = [pro(2, Waitlist), join(0), join(1), join(2)];
    race(&given, &[Seats("pro", 1), Delete(0)]);
}

#[test]
fn a_change_of_mode_and_join() {
    for before in MODES {
        for after in MODES {
            race(&[pro(1, before), join(0)], &[Mode("pro", after), join(1)]);
        }
    }
}

#[test]
fn a_new_license_and_who_asks_for_it() {
    for mode in MODES {
        race(&[], &[pro(1, mode), join(0)]);
        race(&[], &[pro(0, mode), join(0)]);
        race(&[join(0)], &[pro(1, mode), Delete(0)]);
    }
}

#[test]
fn a_license_removed_and_who_asks_for_it() {
    for mode in MODES {
        race(&[pro(1, mode)], &[Remove("pro"), join(0)]);
        race(&[join(0), pro(0, Deny)], &[Remove("pro"), Delete(0)]);
    }
}

#[test]
fn a_reactivation_and_join_at_the_last_seat() {
    for mode in MODES {
        let given = [pro(1, mode), Create(0, Some(false), vec!["pro"])];
        race(&given, &[Activate(0, true), join(1)]);
    }
}

#[test]
fn one_user_from_two_sides() {
    let given = [pro(1, Waitlist), Create(0, None, vec![])];
    race(&given, &[Add(0, vec!["pro"]), Put(0, None, vec!["pro"])]);
    race(&given, &[join(1), join(1)]);
}

#[test]
fn two_licenses_crosswise() {
    let given = [
        pro(1, Waitlist),
        License("lite", Some(1), Waitlist),
        join(0),
        Create(1, None, vec!["lite"]),
    ];
    let swap = [Replace(0, vec!["lite"]), Replace(1, vec!["pro"])];
    race(&given, &swap);
}

#[test]
fn join_leave_and_raise() {
    let given = [pro(1, Waitlist), join(0)];
    race(&given, &[join(1), Activate(0, false), Seats("pro", 2)]);
}

#[test]
fn nobody_is_refused_for_a_limit_that_never_held() {
    race(&[pro(1, Deny)], &[Seats("pro", 2), join(0), join(1)]);
}

#[test]
fn a_refused_user_and_a_seat_that_is_freed() {
    let refused = [join(0), join(1), pro(1, Deny)];
    race(&refused, &[Delete(0), join(2)]);
    race(&refused, &[Delete(0), Activate(1, false)]);
    race(&refused, &[Seats("pro", 2), Delete(1)]);
    race(&refused, &[Mode("pro", Waitlist), join(2)]);
}

#[test]
fn two_changes_of_one_license() {
    let given = [pro(1, Waitlist), join(0), join(1), join(2)];
    race(&given, &[Seats("pro", 2), Seats("pro", 3)]);
    race(&given, &[Seats("pro", 2), Mode("pro", Allow)]);
}

#[test]
fn a_store_that_forgets_conditions_is_found_out() {
    let given = [pro(1, Waitlist), join(0)];
    for (forgets, at_once) in [
        (Forgets::Bounds, [join(1), Activate(0, false)]),
        (Forgets::Bounds, [Seats("pro", 2), join(1)]),
        (Forgets::Checks, [Mode("pro", Allow), join(1)]),
    ] {
        let found = run("{}", &given, &at_once, forgets);
        assert!(found.is_err(), "{forgets:?} was not noticed in {at_once:?}");
    }
    let found = run("{}", &[], &[pro(1, Waitlist), join(0)], Forgets::Checks);
    assert!(
        found.is_err(),
        "nobody noticed who asked while the license came"
    );
    for mode in MODES {
        let found = run("{}", &[pro(1, mode)], &[join(0), join(1)], Forgets::Bounds);
        assert!(found.is_err(), "{mode:?}");
    }
}
