//! What the record promises.

mod codec;
mod fence;
pub(in crate::engine) mod make;
