//! Where a bus listens, as programs are told it: only sockets of this machine.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

/// A whole address is no longer.
const MAX_ADDRESS_BYTES: usize = 4 << 10;
/// Places that one address may name.
const MAX_PLACES: usize = 4;

/// The sockets that an address names (`unix:path=…`, `unix:abstract=…`), the first one first. A name that is no file begins with a zero.
pub fn sockets(address: &str) -> Vec<PathBuf> {
    if address.len() > MAX_ADDRESS_BYTES {
        return Vec::new();
    }
    address.split(';').filter_map(socket).take(MAX_PLACES).collect()
}

fn socket(place: &str) -> Option<PathBuf> {
    let mut pairs = place.strip_prefix("unix:")?.split(',').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| {
        let value = plain(value).filter(|value| !value.is_empty() && !value.contains(&0))?;
        match key {
            "path" if value.first() == Some(&b'/') => Some(PathBuf::from(OsString::from_vec(value))),
            "abstract" => Some(PathBuf::from(std::ffi::OsStr::from_bytes(&[b"\0", value.as_slice()].concat()))),
            _ => None,
        }
    })
}

/// Without the `%xx` of bytes that cannot stand in an address.
fn plain(value: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |digit: Option<u8>| char::from(digit?).to_digit(16);
        let value = digit(rest.next())? * 16 + digit(rest.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_of_this_machine_are_gone_to() {
        let paths = |address: &str| sockets(address).iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(paths("unix:path=/run/user/7/bus,guid=0"), ["/run/user/7/bus"]);
        assert_eq!(paths("unix:abstract=/tmp/dbus%2dx"), ["\0/tmp/dbus-x"]);
        assert_eq!(paths("tcp:host=a,port=1;unix:guid=0,path=/a"), ["/a"]);
        for other in
            ["unixexec:path=/bin/sh", "unix:path=a", "unix:path=", "unix:path=/%0", "unix:path=/a%00b", "", "x"]
        {
            assert!(paths(other).is_empty(), "{other}");
        }
        assert!(paths(&format!("unix:path=/{}", "a".repeat(MAX_ADDRESS_BYTES))).is_empty());
    }
}
