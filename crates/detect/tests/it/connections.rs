use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use detect::{Connected, Connections, Origin, Protocol};
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketType, bind, connect, listen, socket};

use crate::watching::PATIENCE;

fn take(connections: &mut Connections) -> Vec<Connected> {
    let mut told = Vec::new();
    let known = |pid: u32| Some((detect::process::program(pid).ok(), Origin::of(pid)?));
    connections.take(&known, &mut |connected| told.push(connected));
    told
}

fn until(connections: &mut Connections) -> Vec<Connected> {
    let limit = Instant::now() + PATIENCE;
    loop {
        let told = take(connections);
        if !told.is_empty() {
            return told;
        }
        assert!(Instant::now() < limit, "nothing is told");
        let wait = connections.due().map_or(Duration::ZERO, |due| due.saturating_duration_since(Instant::now()));
        std::thread::sleep(wait.min(Duration::from_millis(100)));
    }
}

fn until_due(connections: &Connections) {
    let due = connections.due().unwrap();
    while Instant::now() < due {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

/// A listener at a port at which desktops are usual.
fn desktop() -> TcpListener {
    (5_950..=5_999).find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()).unwrap()
}

#[test]
fn any_program_that_connects_to_a_usual_port_is_told_once_but_what_was_there_before_is_not() {
    let listener = desktop();
    let to = listener.local_addr().unwrap();
    let _before = TcpStream::connect(to).unwrap();
    let mut connections = Connections::default();
    assert_eq!(take(&mut connections), []);
    let _fresh = TcpStream::connect(to).unwrap();
    let _accepted: Vec<_> = [listener.accept().unwrap(), listener.accept().unwrap()].into();
    let told = until(&mut connections);
    assert_eq!(told.len(), 1, "neither the other end nor what was there before: {told:?}");
    assert_eq!((told[0].protocol, told[0].to, told[0].process), (Protocol::Vnc, to, std::process::id()));
    until_due(&connections);
    assert_eq!(take(&mut connections), []);
    // One that nobody answers yet is told once somebody has.
    listen(&listener, 0).unwrap();
    let _waiting = TcpStream::connect(to).unwrap();
    until_due(&connections);
    assert_eq!(take(&mut connections).len(), 1);
    let connecting = std::thread::spawn(move || TcpStream::connect(to).unwrap());
    until_due(&connections);
    assert_eq!(take(&mut connections), []);
    let _accepted = listener.accept().unwrap();
    let _made = connecting.join().unwrap();
    assert_eq!(until(&mut connections).len(), 1);
}

#[test]
fn a_connection_that_comes_in_is_not_told_whatever_port_it_comes_from() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut connections = Connections::default();
    assert_eq!(take(&mut connections), []);
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    set_socket_reuseaddr(&socket, true).unwrap();
    let mut ports = (5_900..=5_949).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let from = ports.find(|from| bind(&socket, from).is_ok()).unwrap();
    connect(&socket, &listener.local_addr().unwrap()).unwrap();
    let (_accepted, of) = listener.accept().unwrap();
    assert_eq!(of, from);
    // One that goes out is told with the same look at the latest.
    let desktop = desktop();
    let _out = TcpStream::connect(desktop.local_addr().unwrap()).unwrap();
    let out = desktop.local_addr().unwrap();
    loop {
        let told: Vec<SocketAddr> = until(&mut connections).iter().map(|told| told.to).collect();
        assert!(!told.contains(&from), "{told:?}");
        if told.contains(&out) {
            break;
        }
    }
}

#[test]
fn a_clients_connection_is_told_whatever_the_port_unless_it_ran_before() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let to: SocketAddr = listener.local_addr().unwrap();
    let ssh = || {
        let port = to.port().to_string();
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "none", "-o", "BatchMode=yes", "-p", &port, "127.0.0.1"]);
        ssh.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut connections = Connections::default();
    let mut before = ssh();
    let _accepted = listener.accept().unwrap();
    connections.started(before.id(), "/usr/bin/ssh", true);
    let mut fresh = ssh();
    let accepted = listener.accept().unwrap();
    connections.started(fresh.id(), "/usr/bin/ssh", false);
    connections.started(std::process::id(), "/usr/bin/no-client", false);
    let told = until(&mut connections);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].protocol, told[0].to, told[0].process), (Protocol::Ssh, to, fresh.id()));
    drop(accepted);
    for child in [&mut before, &mut fresh] {
        let _ = child.kill();
        child.wait().unwrap();
    }
}
