//! A walk over Thrift's compact protocol, in which parquet writes its footer and page headers.
//!
//! The parquet crate reserves memory and recurses by what these claim, before it reads the data: a
//! file of a hundred bytes can ask for gigabytes or exhaust the stack, and neither can be caught.
//! So this walks over them first and keeps nothing. The parquet crate also reads a known field as
//! the type that the field should have, whatever type the file gives. A walk that followed the
//! file's types would then see other values, so each known field must have its expected type.
//!
//! Source: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.
//! Sets, maps and UUIDs are refused, since parquet has none. So are lists of booleans: the footer
//! and page headers have none, and readers disagree whether an element takes a byte.

/// Why a walk failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end inside a value.
    Cut,
    /// Something that parquet does not write.
    Malformed,
}

/// Deeper than parquet's structures nest (a footer's reach 7).
const MAX_DEPTH: usize = 16;

const STOP: u8 = 0;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// The types of a structure's fields: the path to it, and a letter for each of the ids 1, 2, 3 ...:
/// `i` an integer, `y` a byte, `t` a boolean, `d` a double, `b` bytes or text, `s` a structure, and
/// lists: `I` of integers, `B` of bytes or text, `S` of structures. Other ids may have any type.
pub(super) type Types = (&'static [i16], &'static str);

/// Called with the ids of the fields that lead to a value, and the value.
pub(super) type Visit<'a, E> = dyn FnMut(&[i16], i64) -> Result<(), E> + 'a;

/// Walks over the structure at the start of `bytes`, whose fields have these `types`. Returns its
/// size in bytes.
///
/// `visit` is called with every integer and with the length of every list; elements of a list have
/// the list's path.
pub(super) fn walk<E: From<Fault>>(
    bytes: &[u8],
    types: &[Types],
    visit: &mut Visit<'_, E>,
) -> Result<usize, E> {
    let mut walk = Walk { rest: bytes, types, path: Vec::with_capacity(MAX_DEPTH), visit };
    walk.structure(0)?;
    Ok(bytes.len() - walk.rest.len())
}

struct Walk<'a, E> {
    rest: &'a [u8],
    types: &'a [Types],
    path: Vec<i16>,
    visit: &'a mut Visit<'a, E>,
}

impl<E: From<Fault>> Walk<'_, E> {
    fn structure(&mut self, depth: usize) -> Result<(), E> {
        if depth == MAX_DEPTH {
            return Err(Fault::Malformed.into());
        }
        let types = self.types.iter().find(|(path, _)| *path == self.path).map_or("", |t| t.1);
        let types = types.as_bytes();
        let mut id = 0_i16;
        loop {
            let header = self.byte()?;
            if header & 0x0f == STOP {
                return Ok(());
            }
            id = match header >> 4 {
                0 => i16::try_from(self.zigzag()?).map_err(|_| Fault::Malformed)?,
                delta => id.checked_add(i16::from(delta)).ok_or(Fault::Malformed)?,
            };
            let letter = usize::try_from(id).ok().and_then(|id| types.get(id.checked_sub(1)?));
            self.path.push(id);
            self.value(header & 0x0f, letter.copied(), depth)?;
            self.path.pop();
        }
    }

    /// Walks over a value of type `kind`, which must match the letter, if any.
    fn value(&mut self, kind: u8, letter: Option<u8>, depth: usize) -> Result<(), E> {
        let known = match kind {
            TRUE | FALSE => "t",
            BYTE => "y",
            I16 | I32 | I64 => "i",
            DOUBLE => "d",
            BINARY => "b",
            LIST => "IBS",
            STRUCT => "s",
            _ => "",
        };
        if letter.is_some_and(|letter| !known.as_bytes().contains(&letter)) {
            return Err(Fault::Malformed.into());
        }
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.skip(1),
            I16 | I32 | I64 => {
                let value = self.zigzag()?;
                (self.visit)(&self.path, value)
            }
            DOUBLE => self.skip(8),
            BINARY => {
                let length = self.varint()?;
                self.skip(length)
            }
            LIST => self.list(letter, depth + 1),
            STRUCT => self.structure(depth + 1),
            _ => Err(Fault::Malformed.into()),
        }
    }

    fn list(&mut self, letter: Option<u8>, depth: usize) -> Result<(), E> {
        if depth == MAX_DEPTH {
            return Err(Fault::Malformed.into());
        }
        let header = self.byte()?;
        let kind = header & 0x0f;
        let length = match header >> 4 {
            15 => self.varint()?,
            length => u64::from(length),
        };
        (self.visit)(&self.path, i64::try_from(length).map_err(|_| Fault::Malformed)?)?;
        if length > 0 && matches!(kind, TRUE | FALSE) {
            return Err(Fault::Malformed.into());
        }
        // Every element takes at least a byte, so this stops where the bytes end.
        for _ in 0..length {
            self.value(kind, letter.map(|letter| letter.to_ascii_lowercase()), depth)?;
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, E> {
        let (&byte, rest) = self.rest.split_first().ok_or(Fault::Cut)?;
        self.rest = rest;
        Ok(byte)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), E> {
        let bytes = usize::try_from(bytes).map_err(|_| Fault::Cut)?;
        self.rest = self.rest.get(bytes..).ok_or(Fault::Cut)?;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, E> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::Malformed.into())
    }

    fn zigzag(&mut self) -> Result<i64, E> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Seen = Vec<(Vec<i16>, i64)>;

    fn seen(bytes: &[u8], types: &[Types]) -> Result<(usize, Seen), Fault> {
        let mut seen = Vec::new();
        let length = walk(bytes, types, &mut |path, value| {
            seen.push((path.to_vec(), value));
            Ok::<_, Fault>(())
        })?;
        Ok((length, seen))
    }

    #[test]
    fn integers_and_lengths_are_seen_with_their_paths() {
        // {1: i32 -3, 3: [{2: i64 300}, {}], 20: "ab", 21: true}, then a byte of something else
        let bytes = [0x15, 5, 0x29, 0x2c, 0x26, 0xd8, 4, 0, 0, 0x08, 40, 2, b'a', b'b', 0x11, 0, 9];
        let expected = vec![(vec![1], -3), (vec![3], 2), (vec![3, 2], 300)];
        let known: [&[Types]; 2] = [&[], &[(&[], "iyS"), (&[3], "di")]];
        for types in known {
            assert_eq!(seen(&bytes, types), Ok((16, expected.clone())));
            for cut in 0..16 {
                assert_eq!(seen(&bytes[..cut], types), Err(Fault::Cut), "{cut}");
            }
        }
    }

    #[test]
    fn a_known_field_of_another_type_is_refused() {
        let bytes = [0x15, 5, 0x29, 0x2c, 0x26, 0xd8, 4, 0, 0, 0];
        let known: [&[Types]; 4] =
            [&[(&[], "b")], &[(&[], "iiI")], &[(&[], "iis")], &[(&[3], "ib")]];
        for types in known {
            assert_eq!(seen(&bytes, types), Err(Fault::Malformed), "{types:?}");
        }
    }

    #[test]
    fn what_parquet_does_not_write_is_refused() {
        let deep = [0x1c; 40]; // structures in structures
        let lists = [&[0x19_u8][..], &[0x19; 40]].concat();
        let long_varint = [&[0x15_u8][..], &[0xff; 11]].concat();
        let booleans = [0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 7, 0];
        for bytes in [&deep[..], &lists, &long_varint, &booleans, &[0x1b, 0], &[0x1d], &[0x1e]] {
            assert_eq!(seen(bytes, &[]), Err(Fault::Malformed), "{bytes:?}");
        }
    }
}
