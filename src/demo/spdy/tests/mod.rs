pub(crate) mod client;
pub(crate) mod codec;
mod serving;
mod sessions;
