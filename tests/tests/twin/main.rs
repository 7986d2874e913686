//! The engine run natively and the component give the same answers, ask the store the same
//! questions, and leave the same behind. One corpus for both: every script of `tests/fixtures`,
//! and requests made up at random, good and broken.

mod accounts;
mod bulk;
mod chaos;
mod corpus;
mod made_up;
mod twins;
