//! The extensions without which nothing can be recorded.

use x11rb::protocol::{damage, xfixes};

use crate::connection::Link;
use crate::error::{ExchangeError, OpenError};

/// DAMAGE and XFIXES are what capture rests on; asking for the version is also how a client is admitted to them.
pub(crate) fn require(link: &Link, display: &str) -> Result<(), OpenError> {
    let missing = |extension, version| OpenError::MissingExtension { display: display.to_owned(), extension, version };
    let setup = |error: ExchangeError| OpenError::Setup { display: display.to_owned(), source: error.into_final() };
    let asking = "the versions of extensions";
    if !link.has(damage::X11_EXTENSION_NAME).map_err(setup)? {
        return Err(missing("DAMAGE", "1.1"));
    }
    if !link.has(xfixes::X11_EXTENSION_NAME).map_err(setup)? {
        return Err(missing("XFIXES", "2.0"));
    }
    let cookie = damage::ConnectionExt::damage_query_version(&link.conn, 1, 1)
        .map_err(|e| setup(ExchangeError::from_connection(asking, e)))?;
    let version = link.reply(asking, cookie).map_err(setup)?;
    if (version.major_version, version.minor_version) < (1, 1) {
        return Err(missing("DAMAGE", "1.1"));
    }
    let cookie = xfixes::ConnectionExt::xfixes_query_version(&link.conn, 4, 0)
        .map_err(|e| setup(ExchangeError::from_connection(asking, e)))?;
    let version = link.reply(asking, cookie).map_err(setup)?;
    if version.major_version < 2 {
        return Err(missing("XFIXES", "2.0"));
    }
    Ok(())
}
