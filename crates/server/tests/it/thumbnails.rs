//! All thumbnails of a recording in one small answer, also while it grows.

use api::Role;
use recording::{Group, split_blocks};

use crate::fixture;
use crate::harness::{Caller, TestServer};

/// Numbers of the groups and thumbnails that an answer holds, in order.
async fn held(caller: &Caller, id: &str) -> Vec<String> {
    let response = caller.request("GET", &format!("/api/v1/recordings/{id}/thumbnails")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    let answer = response.bytes().await.unwrap();
    let name = |block: recording::RawBlock| match serde_json::from_slice::<Group>(block.payload()) {
        Ok(group) => format!("group {}", group.number),
        Err(_) => String::from_utf8(block.payload().to_vec()).unwrap(),
    };
    split_blocks(0, &answer).unwrap().into_iter().map(name).collect()
}

#[tokio::test]
async fn each_thumbnail_comes_with_its_group_and_nothing_else_does() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &[Role::Player]).await;
    let expected = ["group 0", "thumbnail 0", "group 1", "thumbnail 1", "group 2", "thumbnail 2"];
    assert_eq!(held(&caller, &recording.id.to_string()).await, expected);
}

#[tokio::test]
async fn an_answer_that_is_still_the_same_is_not_sent_again() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &[Role::Player]).await;
    let path = format!("/api/v1/recordings/{}/thumbnails", recording.id);
    let first = caller.request("GET", &path).send().await.unwrap();
    assert_eq!(first.headers()["cache-control"], "private, no-cache");
    let tag = first.headers()["etag"].clone();
    let again = caller.request("GET", &path).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert!(again.bytes().await.unwrap().is_empty());
    let other = caller.request("GET", &path).header("if-none-match", "\"0-0\"").send().await.unwrap();
    assert_eq!(other.status(), 200);
}
