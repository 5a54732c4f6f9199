//! Connections that are not what they should be, before any request.

use std::time::{Duration, Instant};

use server::AGENT_ALPN;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{TestServer, client_config};

/// Reads until the other end closes; fails if that takes longer than `limit`.
async fn closed_within(stream: &mut (impl AsyncReadExt + Unpin), limit: Duration) -> Vec<u8> {
    let mut received = Vec::new();
    let read = tokio::time::timeout(limit, stream.read_to_end(&mut received)).await;
    assert!(read.is_ok(), "still open after {limit:?}");
    received
}

#[tokio::test]
async fn an_agent_without_a_certificate_is_refused() {
    let server = TestServer::start().await;
    // With TLS 1.3 a client learns of the refusal only when it reads.
    let refused = match server.connect(&[AGENT_ALPN]).await {
        Err(_) => true,
        Ok(mut stream) => stream.read(&mut [0; 1]).await.is_err(),
    };
    assert!(refused);
    assert_eq!(server.client().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn an_agent_with_a_certificate_of_its_own_making_is_refused() {
    let server = TestServer::start().await;
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "Kinescope agents");
    let certificate = params.self_signed(&key).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(server.certificate()).unwrap();
    let config = client_config()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let refused = match server.connect_with(config, &[AGENT_ALPN]).await {
        Err(_) => true,
        Ok(mut stream) => stream.read(&mut [0; 1]).await.is_err(),
    };
    assert!(refused);
}

#[tokio::test]
async fn browsers_are_not_asked_for_certificates_and_unknown_protocols_are_refused() {
    let server = TestServer::start().await;
    for alpn in [&[b"http/1.1".as_slice()][..], &[], &[b"h2", b"http/1.1"]] {
        let mut stream = server.connect(alpn).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        let answer = closed_within(&mut stream, Duration::from_secs(5)).await;
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(server.connect(&[b"smtp"]).await.is_err());
}

#[tokio::test]
async fn rubbish_harms_nobody_else() {
    let server = TestServer::start().await;
    let rubbish: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        &[0xff; 100_000],
        b"\x16\x03\x01\xff\xff\x01\x00\xff\xfc",
        b"SSH-2.0-rubbish\r\n",
        b"\x16\x03\x03\x00\x00\x16\x03\x03\x00\x00",
    ];
    for bytes in rubbish {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // The server may close before it has taken everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut received = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut received)).await.expect("closed");
        assert!(!received.starts_with(b"HTTP"), "no plain HTTP is spoken");
    }
    for request in [
        &b"\x00\x01\x02\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  /\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = server.connect(&[b"http/1.1"]).await.unwrap();
        stream.write_all(request).await.unwrap();
        let answer = closed_within(&mut stream, Duration::from_secs(5)).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(server.client().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let server = TestServer::start().await;
    let many: String = (0..200).map(|number| format!("X-{number}: 1\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "x".repeat(100_000));
    for headers in [many, long] {
        let mut stream = server.connect(&[b"http/1.1"]).await.unwrap();
        let request = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = closed_within(&mut stream, Duration::from_secs(5)).await;
        assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    }
}

/// One byte now and then keeps no connection: neither in the handshake, nor in a request's head, nor in its body.
#[tokio::test]
async fn slow_clients_are_let_go_in_time_and_hold_nobody_up() {
    let server = TestServer::start().await;
    let begun = Instant::now();
    let silent = TcpStream::connect(server.address()).await.unwrap();
    let mut dripping = TcpStream::connect(server.address()).await.unwrap();
    dripping.write_all(b"\x16\x03\x01").await.unwrap();
    let mut head = server.connect(&[b"http/1.1"]).await.unwrap();
    head.write_all(b"GET /healthz HTTP/1.1\r\nHo").await.unwrap();
    let mut body = server.connect(&[b"http/1.1"]).await.unwrap();
    body.write_all(b"POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
        .await
        .unwrap();
    assert_eq!(server.client().get("/healthz").await.status, 200, "others are served meanwhile");

    let (mut silent_reader, _silent_writer) = silent.into_split();
    let handshakes = async {
        closed_within(&mut silent_reader, Duration::from_secs(20)).await;
        // A connection that ends in the middle of something may be reset.
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(20), dripping.read_to_end(&mut rest)).await.expect("closed");
        assert!(begun.elapsed() < Duration::from_secs(20));
    };
    let (head_reader, mut head_writer) = tokio::io::split(head);
    let heads = async {
        let mut reader = head_reader;
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if head_writer.write_all(b"s").await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            () = drip => {}
            _ = closed_or_reset(&mut reader) => {}
        }
    };
    let bodies = async {
        let mut answer = [0; 12];
        tokio::time::timeout(Duration::from_secs(40), body.read_exact(&mut answer)).await.expect("answered").unwrap();
        assert_eq!(&answer, b"HTTP/1.1 408");
    };
    tokio::join!(handshakes, heads, bodies);
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
}

async fn closed_or_reset(stream: &mut (impl AsyncReadExt + Unpin)) {
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(40), stream.read_to_end(&mut rest)).await.expect("closed");
}
