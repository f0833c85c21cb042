//! Every screen and dialog at three sizes.

use crate::fixture;
use crate::harness::Desk;

pub(crate) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn snap(name: &str, desk: &mut Desk) {
    for (width, height) in SIZES {
        let screen = desk.at(width, height);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen);
        });
    }
}

#[test]
fn services() {
    snap("services", &mut Desk::connected("demo", fixture::shop()));
}
