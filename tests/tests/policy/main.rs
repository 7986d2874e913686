//! What the engine makes of a policy's answers, and of none (docs/policies.md): that the policy has the
//! last word, that nothing it does keeps a leaver licensed, and that what it broke is mended.

mod entitle;
mod failing;
mod leavers;
mod shape;
mod world;
