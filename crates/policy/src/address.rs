//! Network addresses and ranges of them.

use core::net::IpAddr;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// One address (`10.2.0.7`), a network (`10.2.0.0/16`) or a range (`10.2.0.1-10.2.0.99`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressRange {
    shown: String,
    is_v6: bool,
    first: u128,
    last: u128,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// Nothing that can be read.
    #[error("“{0}” is no address; write 10.2.0.7, 10.2.0.0/16, 10.2.0.1-10.2.0.99 or the same with IPv6")]
    NoAddress(String),
    /// The number behind the slash.
    #[error("the number behind the slash in “{0}” is 0 to 32, or to 128 for IPv6")]
    Prefix(String),
    /// A network's address with bits that do not belong to it.
    #[error("“{0}” is an address within a network; write the network {1}")]
    HostBits(String, String),
    /// A range that goes backwards or from one family into the other.
    #[error("“{0}” is no range: its first address must not lie behind its last, and both must be of one kind")]
    Backwards(String),
}

/// As numbers, so that ranges compare fast; IPv4 in IPv6 counts as IPv4.
fn number(address: IpAddr) -> (bool, u128) {
    match address.to_canonical() {
        IpAddr::V4(address) => (false, u32::from(address).into()),
        IpAddr::V6(address) => (true, address.into()),
    }
}

fn shown(is_v6: bool, number: u128) -> String {
    match u32::try_from(number) {
        Ok(number) if !is_v6 => core::net::Ipv4Addr::from(number).to_string(),
        _ => core::net::Ipv6Addr::from(number).to_string(),
    }
}

/// The beginning of what cannot be read, enough to recognise it.
fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

impl AddressRange {
    /// Whether an address lies within.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (is_v6, number) = number(address);
        is_v6 == self.is_v6 && (self.first..=self.last).contains(&number)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    fn network(text: &str, address: &str, prefix: &str) -> Result<Self, InvalidAddress> {
        let (is_v6, first) = parse(address).ok_or_else(|| InvalidAddress::NoAddress(cut(text)))?;
        let bits: u32 = if is_v6 { 128 } else { 32 };
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = prefix.parse::<u32>().ok().filter(|prefix| digits && *prefix <= bits);
        let host_bits = bits - prefix.ok_or_else(|| InvalidAddress::Prefix(cut(text)))?;
        let mask = 1u128.checked_shl(host_bits).map_or(u128::MAX, |bit| bit - 1);
        if first & mask != 0 {
            let network = format!("{}/{}", shown(is_v6, first & !mask), bits - host_bits);
            return Err(InvalidAddress::HostBits(cut(text), network));
        }
        Ok(Self { shown: text.to_owned(), is_v6, first, last: first | mask })
    }
}

fn parse(text: &str) -> Option<(bool, u128)> {
    text.trim().parse().ok().map(number)
}

impl FromStr for AddressRange {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        if let Some((address, prefix)) = text.split_once('/') {
            return Self::network(text, address, prefix);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let no_address = || InvalidAddress::NoAddress(cut(text));
        let (is_v6, first) = parse(first).ok_or_else(no_address)?;
        let (last_is_v6, last) = parse(last).ok_or_else(no_address)?;
        if is_v6 != last_is_v6 || first > last {
            return Err(InvalidAddress::Backwards(cut(text)));
        }
        Ok(Self { shown: text.to_owned(), is_v6, first, last })
    }
}

impl TryFrom<String> for AddressRange {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

impl From<AddressRange> for String {
    fn from(range: AddressRange) -> String {
        range.shown
    }
}
