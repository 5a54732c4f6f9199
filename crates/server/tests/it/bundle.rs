//! A session as one archive: whole, resumed, and for those only who may play it.

use std::io::{Cursor, Read};

use api::Role;
use catalogue::RecordingState;
use serde_json::json;
use zip::ZipArchive;

use crate::fixture::{self, Fixture};
use crate::harness::TestServer;

async fn stored(server: &TestServer, recording: &Fixture) {
    recording.store(server, recording.bytes.len());
    recording.list(server, "eve", RecordingState::Finished).await;
}

fn files(archive: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).unwrap();
            let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
            file.read_to_end(&mut bytes).unwrap();
            (name, bytes)
        })
        .collect()
}

#[tokio::test]
async fn a_session_is_downloaded_with_all_its_recordings_and_what_speaks_for_them() {
    let server = TestServer::start().await;
    // Each but the last names the next; the last one leads back to where nothing is.
    let session = [(1, None, Some(2)), (2, Some(1), Some(3)), (3, Some(2), Some(2))];
    let session = session.map(|(number, earlier, later)| fixture::made(number, "eve", earlier, later));
    for recording in &session {
        stored(&server, recording).await;
    }
    server.app().store.append_evidence(session[1].id, b"receipts of the second").unwrap();
    let caller = server.person("pia", &[Role::Player, Role::LoggingReader]).await;
    for asked_for in &session {
        let path = format!("/api/v1/recordings/{}/bundle", asked_for.id);
        let response = caller.request("GET", &path).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"application/zip".parse().unwrap())
        );
        let promised: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let body = response.bytes().await.unwrap().to_vec();
        assert_eq!(body.len(), promised);
        let files = files(body);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let [one, two, three] = [0, 1, 2].map(|at| session[at].id.to_string());
        let expected = [
            "README.txt".to_owned(),
            format!("{one}.kin"),
            format!("{two}.kin"),
            format!("{two}.kev"),
            format!("{three}.kin"),
        ];
        assert_eq!(names, expected, "asked for {}", asked_for.id);
        assert!(files[1].1 == session[0].bytes && files[4].1 == session[2].bytes);
        assert_eq!(files[3].1, b"receipts of the second");
        let words = String::from_utf8(files[0].1.clone()).unwrap();
        assert!(
            words.contains(&server.app().receipt_public_key.to_string()) && words.contains("eve on fin-03"),
            "{words}"
        );
    }
    let log = caller.get("/api/v1/admin-log").await.body;
    let downloads = log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "download");
    assert_eq!(downloads.filter(|entry| entry["user"] == json!("pia")).count(), 9, "three each time");
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off_and_begins_anew_if_the_recording_grew() {
    let server = TestServer::start().await;
    let recording = fixture::make(1, "eve");
    let half = recording.store(&server, recording.bytes.len() / 2);
    recording.list(&server, "eve", RecordingState::Live).await;
    let caller = server.person("pia", &[Role::Player]).await;
    let path = format!("/api/v1/recordings/{}/bundle", recording.id);
    let whole = caller.request("GET", &path).send().await.unwrap();
    let tag = whole.headers()["etag"].clone();
    let whole = whole.bytes().await.unwrap();
    assert_eq!(files(whole.to_vec())[1].1, recording.bytes[..usize::try_from(half).unwrap()]);
    for from in [0, 1, 70, 200_000, whole.len() - 1] {
        let range = format!("bytes={from}-");
        let rest = caller.request("GET", &path).header("range", range).header("if-range", &tag).send().await.unwrap();
        assert_eq!(rest.status(), 206);
        let stated = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
        assert_eq!(rest.headers()["content-range"], stated.as_str());
        assert!(rest.bytes().await.unwrap() == whole[from..], "from {from}");
    }
    let beyond = caller.request("GET", &path).header("range", format!("bytes={}-", whole.len())).send().await.unwrap();
    assert_eq!(beyond.status(), 416);
    recording.append(&server, recording.bytes.len());
    let grown =
        caller.request("GET", &path).header("range", "bytes=70-").header("if-range", &tag).send().await.unwrap();
    assert_eq!(grown.status(), 200, "another archive: all of it");
    assert!(grown.headers()["etag"] != tag);
    assert_eq!(files(grown.bytes().await.unwrap().to_vec())[1].1, recording.bytes);
}

#[tokio::test]
async fn who_may_not_play_may_not_download() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let path = format!("/api/v1/recordings/{}/bundle", recording.id);
    let administrator = server.person("adm", &[Role::PolicyAdministrator, Role::LoggingReader]).await;
    assert_eq!(administrator.get(&path).await.status, 403);
    let player = server.person("pia", &[Role::Player]).await;
    let unknown = format!("/api/v1/recordings/{}/bundle", fixture::recording_id(9));
    assert_eq!(player.get(&unknown).await.status, 404);
    let log = administrator.get("/api/v1/admin-log").await.body;
    assert!(log["items"].as_array().unwrap().iter().all(|entry| entry["action"] != "download"));
}
