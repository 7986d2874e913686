//! What leaves scimlet, as the world sees it: a real server, and receivers that lie, stall, drop and
//! refuse.

mod admin;
mod command;
mod kills;
mod receiver;
mod troubles;
