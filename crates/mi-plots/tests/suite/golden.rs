//! SVG documents that were recorded once and must stay the same, byte for byte.

use mi_plots::{Figure, to_svg};

use crate::common::{curves, falling, seeds};
use crate::grouped_bars::compared;
use crate::heat_map::geometry;
use crate::line_panels::shaded;
use crate::network_diagram::architecture;

/// Compares the FNV-1a digest of a figure.
fn check(name: &str, figure: &impl Figure, recorded: u64) {
    let digest = to_svg(figure).unwrap().bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!(
        digest, recorded,
        "the bytes of figures changed ({name} is now {digest:#018x}). If that is intended, record \
         the new digest, list the change in CHANGELOG.md under \"Changed results\", and draw the \
         figures of the committed results again."
    );
}

#[test]
fn loss_curves_have_the_recorded_bytes() {
    check("curves", &curves(&falling(9)), 0xceeb_1329_a582_52a1);
}

#[test]
fn interval_panels_have_the_recorded_bytes() {
    check("seeds", &seeds(), 0xdf93_47dc_3982_98bc);
}

#[test]
fn heat_maps_have_the_recorded_bytes() {
    check("geometry", &geometry(4), 0xf1db_3874_b406_d509);
}

#[test]
fn network_diagrams_have_the_recorded_bytes() {
    check("architecture", &architecture(4), 0x239f_a726_a8a8_7ea3);
}

#[test]
fn line_panels_have_the_recorded_bytes() {
    check("bins", &shaded(6), 0x4e94_3efa_25b7_a9d0);
}

#[test]
fn grouped_bars_have_the_recorded_bytes() {
    check("controls", &compared(), 0x87b4_8691_d638_5fdb);
}
