//! Nats, bits and hartleys.

use crate::common::assert_close;
use mi_metrics::{Bits, Hartleys, Nats};

#[test]
fn a_byte_has_eight_bits() {
    assert_close(Bits::from(Nats(256.0_f64.ln())).0, 8.0, 1e-15, "bits");
    assert_close(Hartleys::from(Nats(1000.0_f64.ln())).0, 3.0, 1e-15, "hartleys");
    assert_close(Hartleys::from(Bits(10.0)).0, 1024.0_f64.log10(), 1e-15, "hartleys from bits");
    assert_close(Bits::from(Hartleys(1.0)).0, 10.0_f64.log2(), 1e-15, "bits from hartleys");
}

#[test]
fn conversions_are_inverse_to_the_last_digits() {
    for value in [0.0, -0.25, 1.0, 3.7, 1e-300] {
        let off = 4.0 * f64::EPSILON * f64::abs(value);
        assert_close(Nats::from(Bits::from(Nats(value))).0, value, off, "bits");
        assert_close(Nats::from(Hartleys::from(Nats(value))).0, value, off, "hartleys");
        assert_close(Bits::from(Hartleys::from(Bits(value))).0, value, off, "bits, hartleys");
    }
}

#[test]
fn a_unit_is_written_with_its_number() {
    assert_eq!(Nats(0.125).to_string(), "0.125 nats");
    assert_eq!(format!("{:8.2}", Bits(1.0)), "    1.00 bits");
    assert_eq!(format!("{:.0}", Hartleys(2.0)), "2 hartleys");
}
