//! What the user of a session can try against its recorder: `attack NAME :DISPLAY`, as that user, with `XAUTHORITY`. Ends with success
//! when the attempt was made and went as the attempt's own comment says; what came of it for the recording is the test's business.

mod display;
mod processes;

use std::process::ExitCode;

use anyhow::{Context as _, bail};

fn main() -> ExitCode {
    match attack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn attack() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().context("which attack?")?;
    let display = arguments.next().context("on which display?")?;
    let user = display::Session::open(&display)?;
    match name.as_str() {
        "signal" => processes::signal(&user),
        "trace" => processes::trace(&user),
        "read" => processes::read(),
        "fill-disk" => processes::fill_disk(),
        "stop-server" => processes::stop_server(&user),
        "kill-server" => processes::kill_server(&user),
        "replace-server" => processes::replace_server(&user),
        "replace-socket" => processes::replace_socket(&user),
        "kill" => user.end_strangers(),
        "kill-often" => user.end_strangers_often(),
        "grab" => user.work_alone(Some(display::A_WHILE)),
        "grab-for-ever" => user.work_alone(None),
        "hide-cookie" => user.hide_cookie(),
        "remove-cookie" => user.remove_cookie(),
        "fill-clients" => user.fill_clients(),
        "withdraw-properties" => user.withdraw_properties(),
        _ => bail!("no such attack: {name}"),
    }
}
