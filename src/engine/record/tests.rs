//! What the record promises.

mod codec;
mod fence;
mod make;
