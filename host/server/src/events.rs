//! What leaves the house, as the server and the command line look after it: endpoints and deliveries, in
//! one shape for both, and the couriers that bring events there. When which event goes where is decided in
//! `scimlet-events`.

mod desk;
mod draft;
mod outgoing;
mod shown;

pub(crate) use desk::{Desk, DeskError, Page};
pub(crate) use draft::{Again, Draft, Kind, Signature, Wanted};
pub(crate) use outgoing::{Chance, client, couriers, try_out};
