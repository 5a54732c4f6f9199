//! Canonical LEB128: seven bits a byte, least significant first, never longer than needed.

/// What reading a varint from the start of a slice gave.
pub(crate) enum Varint {
    /// The value and the bytes it took.
    Value(u64, usize),
    /// The slice ends inside the number.
    Incomplete,
    /// Not canonical, or larger than 64 bits.
    Invalid,
}

/// Appends `value`.
pub(crate) fn write(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Reads the number at the start of `bytes`.
pub(crate) fn read(bytes: &[u8]) -> Varint {
    let mut value = 0u64;
    for (position, byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        // The tenth byte holds the 64th bit only.
        if position == 9 && bits > 1 {
            return Varint::Invalid;
        }
        value |= bits << (7 * position);
        if byte & 0x80 == 0 {
            let padded = *byte == 0 && position > 0;
            return if padded { Varint::Invalid } else { Varint::Value(value, position + 1) };
        }
    }
    if bytes.len() >= 10 { Varint::Invalid } else { Varint::Incomplete }
}

#[cfg(test)]
mod tests {
    use super::{Varint, read, write};

    #[test]
    fn numbers_survive_and_only_their_shortest_form_is_read() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            write(value, &mut bytes);
            assert!(matches!(read(&bytes), Varint::Value(v, n) if v == value && n == bytes.len()), "{value}");
            for cut in 0..bytes.len() {
                assert!(matches!(read(&bytes[..cut]), Varint::Incomplete), "{value} cut at {cut}");
            }
        }
        for invalid in [
            &[0x80, 0x00][..],
            &[0xff, 0x80, 0x00],
            &[0xff; 10],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
        ] {
            assert!(matches!(read(invalid), Varint::Invalid), "{invalid:x?}");
        }
    }
}
