//! Numbers that stand for reasons. A reader keeps a number it does not know, so that new ones can be added.

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

macro_rules! codes {
    ($(#[$attribute:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A number that this version does not know.
            Unknown(u16),
        }

        impl $name {
            /// Every value this version knows.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The number that stands for the value in messages.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)+
                    Self::Unknown(number) => number,
                }
            }

            /// The value that a number stands for.
            pub const fn from_number(number: u16) -> Self {
                match number {
                    $($number => Self::$variant,)+
                    other => Self::Unknown(other),
                }
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
                encoder.u16(self.number())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
                decoder.u16().map(Self::from_number)
            }
        }
    };
}

codes! {
    /// Why the server refuses an `Open`, `Append` or `Close`. Only the named recording is affected.
    RefusalCode {
        /// What the agent sent does not continue what the server holds; `head` says where the server is. The agent
        /// opens a new incarnation there.
        Mismatch = 1,
        /// A later incarnation of the recording exists; `number` is its number, `head` where the server is.
        StaleIncarnation = 2,
        /// Another connection holds the recording now. The agent tries again later.
        Held = 3,
        /// The recording is not open on this connection.
        NotOpen = 4,
        /// The recording belongs to another machine. Trying again is no use.
        NotYours = 5,
        /// The recording was removed by an administrator. The agent forgets it.
        Removed = 6,
        /// More bytes than the credit or the limits allow.
        TooLarge = 7,
        /// The bytes are not whole, sound blocks, or do not begin with a header.
        BadBlocks = 8,
        /// The server's disks are full. The agent keeps the data and tries again later.
        StorageFull = 9,
        /// The server cannot write. The agent keeps the data and tries again later.
        StorageFailed = 10,
        /// As many recordings are open as the limits allow. The agent tries again later.
        TooManyRecordings = 11,
    }
}

codes! {
    /// Why the server ends the connection.
    ByeCode {
        /// The server is stopping or restarting.
        ShuttingDown = 1,
        /// None of the offered versions is known to the server.
        VersionUnsupported = 2,
        /// The certificate was revoked, or names another machine than `Hello` does.
        IdentityRefused = 3,
        /// A message broke the protocol.
        ProtocolViolation = 4,
        /// The server has no room for more agents now.
        Overloaded = 5,
        /// No heartbeat came in time.
        HeartbeatMissed = 6,
        /// The same machine has connected anew and this connection was silent.
        Replaced = 7,
        /// The machine's identity is in use by another machine, or by a later state of this one: this is a copy.
        IdentityCopied = 8,
        /// The certificate has expired, and the agent is not one that renews.
        IdentityExpired = 9,
    }
}

codes! {
    /// How grave a notice is.
    Severity {
        /// Worth knowing.
        Information = 1,
        /// Something was lost, or will be soon.
        Warning = 2,
        /// Something does not work.
        Error = 3,
    }
}

/// Numbers of notices that say why a session is recorded or not: they go into the log of recording reasons.
pub const REASONS: std::ops::RangeInclusive<u16> = 501..=599;
