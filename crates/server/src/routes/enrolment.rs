//! Letting machines in: one-time tokens, and the exchange of a token for a certificate.

use std::sync::Arc;
use std::time::Instant;

use api::{
    CreateEnrolmentToken, CreatedEnrolmentToken, EnrolRequest, EnrolResponse, EnrollingMachine, EnrolmentTokenList,
};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use catalogue::{AdministratorAction, EnrolmentToken, Machine};
use recording::PublicKey;
use uuid::Uuid;

use super::{Body, Id};
use crate::app::App;
use crate::authorise::{Peer, Viewer};
use crate::authority::ENROLLED_VALID;
use crate::clock;
use crate::enrolment::{self, NewToken};
use crate::failure::{self, Failure};
use crate::throttle::address_key;

/// Longest certificate request, bytes.
const MOST_REQUEST_BYTES: usize = 8 * 1024;
/// Longest note beside a token, characters.
const MOST_NOTE_CHARS: usize = 200;
/// Shortest and longest time for which a token can be valid, seconds.
const VALID_SECS: std::ops::RangeInclusive<u32> = 60..=30 * 24 * 3600;
/// Most tokens that are kept at once; used and expired ones are to be removed.
const MOST_TOKENS: usize = 1_000;

/// Lists tokens without their secrets.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<EnrolmentTokenList>, Failure> {
    let items = app.catalogue.tokens().await?.into_iter().map(item).collect();
    Ok(Json(EnrolmentTokenList { items }))
}

/// Makes a token.
///
/// # Errors
/// The note or the time is out of bounds, or there are too many tokens.
pub async fn create(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<CreateEnrolmentToken>,
) -> Result<(StatusCode, Json<CreatedEnrolmentToken>), Failure> {
    let valid_secs = wanted.valid_secs.unwrap_or(enrolment::DEFAULT_VALID_SECS);
    if wanted.note.chars().count() > MOST_NOTE_CHARS {
        return Err(Failure::bad_request(format!("A note has at most {MOST_NOTE_CHARS} characters.")));
    }
    if !VALID_SECS.contains(&valid_secs) {
        return Err(Failure::bad_request("A token is valid for 60 seconds to 30 days."));
    }
    if app.catalogue.tokens().await?.len() >= MOST_TOKENS {
        return Err(Failure::bad_request(format!("There are {MOST_TOKENS} tokens already; remove some.")));
    }
    let machine = match &wanted.machine_id {
        None => None,
        Some(id) => Some(known(&app, id).await?),
    };
    let mut made = NewToken::make(wanted.note, viewer.name.clone(), valid_secs, &app.server_fingerprint);
    if let Some(machine) = &machine {
        made = made.for_machine(machine);
    }
    let NewToken { token, text } = made;
    let subject = token.id.simple().to_string();
    app.catalogue
        .log_administrator(&viewer.action(
            "enrolment-token-created",
            subject,
            enrolment::token_detail(&token, machine.as_ref()),
        ))
        .await?;
    app.catalogue.add_token(&token, &enrolment::secret_at_rest(&text)).await?;
    Ok((StatusCode::CREATED, Json(CreatedEnrolmentToken { item: item(token), token: text })))
}

/// A machine that may be let in again.
async fn known(app: &App, id: &str) -> Result<Machine, Failure> {
    let id = Uuid::try_parse(id).map_err(|_| Failure::not_found("machine"))?;
    let machine = app.catalogue.machine(id).await?.ok_or_else(|| Failure::not_found("machine"))?;
    if machine.revoked_us.is_some() {
        return Err(Failure::bad_request("The machine was revoked: it can only be enrolled as a new one."));
    }
    Ok(machine)
}

/// Removes a token.
///
/// # Errors
/// There is no such token.
pub async fn remove(State(app): State<Arc<App>>, viewer: Viewer, id: Id) -> Result<StatusCode, Failure> {
    let id = id.of("enrolment token")?;
    app.catalogue.log_administrator(&viewer.action("enrolment-token-removed", id.simple().to_string(), "")).await?;
    app.catalogue.remove_token(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Exchanges a token for a certificate. The token is used up only if everything else was right.
///
/// # Errors
/// The token or the certificate request is not valid, or there were too many attempts from that address.
pub async fn enrol(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    Body(request): Body<EnrolRequest>,
) -> Result<Json<EnrolResponse>, Failure> {
    let keys = [address_key(peer.ip())];
    app.enrol_throttle.begin(&keys, Instant::now()).map_err(Failure::too_many_attempts)?;
    check_facts(&request.machine)?;
    let hash = enrolment::secret_at_rest(&request.token);
    let now_us = clock::now_us();
    // Before anything is parsed or signed for somebody unknown.
    let Some(token) = app.catalogue.valid_token(&hash, now_us).await? else {
        tracing::warn!(%peer, "an enrolment with an invalid token was refused");
        return Err(failure::bad_token());
    };
    if request.csr_pem.len() > MOST_REQUEST_BYTES {
        return Err(failure::too_large());
    }
    let signing_key: Option<PublicKey> = match request.signing_key.map(|text| text.parse()) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(_)) => return Err(Failure::bad_request("The signing_key is no key: give 64 hexadecimal digits.")),
    };
    let id = token.for_machine.unwrap_or_else(Uuid::now_v7);
    let certificate = app
        .authority
        .sign(&request.csr_pem, id, ENROLLED_VALID)
        .map_err(|error| Failure::bad_request(format!("{error}.")))?;
    let machine = Machine {
        os: request.machine.os,
        host_id: request.machine.machine_id,
        signing_key: signing_key.map(|key| key.to_string()),
        address: Some(peer.ip().to_string()),
        ..Machine::enrolled(id, request.machine.name, certificate.fingerprint, certificate.not_after_us, now_us)
    };
    let action = if token.for_machine.is_some() { "machine-enrolled-again" } else { "machine-enrolled" };
    app.catalogue.log_administrator(&enrolled(&machine, action, &peer.ip().to_string())).await?;
    app.catalogue.enrol(&hash, &machine).await?;
    // Whoever is connected with what it was known by before has lost its right to be.
    app.ingest.disconnect_former(id);
    app.enrol_throttle.succeeded(&keys);
    Ok(Json(EnrolResponse {
        machine_id: id.simple().to_string(),
        certificate_pem: certificate.pem,
        ca_pem: app.authority.certificate_pem().to_owned(),
    }))
}

fn enrolled(machine: &Machine, action: &str, address: &str) -> AdministratorAction {
    AdministratorAction {
        at_us: machine.enrolled_us,
        who: String::new(),
        address: address.to_owned(),
        action: action.to_owned(),
        subject: machine.id.simple().to_string(),
        detail: machine.name.clone(),
        before: None,
        after: None,
    }
}

fn check_facts(machine: &EnrollingMachine) -> Result<(), Failure> {
    let fits = |text: &str, most: usize| text.chars().count() <= most;
    if machine.name.is_empty()
        || !fits(&machine.name, 255)
        || !fits(&machine.os, 255)
        || !fits(&machine.machine_id, 128)
    {
        return Err(Failure::bad_request("The machine's name, os or machine_id is empty or too long."));
    }
    Ok(())
}

fn item(token: EnrolmentToken) -> api::EnrolmentToken {
    api::EnrolmentToken {
        id: token.id.simple().to_string(),
        note: token.note,
        created_by: token.created_by,
        created_us: token.created_us,
        expires_us: token.expires_us,
        used_us: token.used_us,
        used_by: token.machine.map(|machine| machine.simple().to_string()),
        for_machine: token.for_machine.map(|machine| machine.simple().to_string()),
    }
}
