//! Gives the server the accounts of sessions that it does not have: one after the other, and those of the time when it was away
//! first.

use std::sync::Arc;
use std::time::Duration;

use crate::supervisor::Context;

/// How long the server may take to keep an account.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before what it did not take is told again.
const RETRY: Duration = Duration::from_secs(2);

/// Tells until the agent ends.
pub async fn report_accounts(context: Arc<Context>) {
    let mut link = context.uplink.link();
    let mut changes = context.accounts.changes();
    loop {
        let (connected, takes) = {
            let link = link.borrow_and_update();
            (link.connected, link.takes_accounts)
        };
        changes.mark_unchanged();
        let whole = !(connected && takes) || tell(&context).await;
        if !whole {
            tokio::time::sleep(RETRY).await;
            continue;
        }
        let more = tokio::select! {
            changed = link.changed() => changed,
            changed = changes.changed() => changed,
        };
        if more.is_err() {
            return;
        }
    }
}

/// `false`: not everything could be told.
async fn tell(context: &Arc<Context>) -> bool {
    for account in context.accounts.untold() {
        if !context.uplink.account(account.clone(), PATIENCE).await {
            return false;
        }
        let accounts = Arc::clone(&context.accounts);
        if tokio::task::spawn_blocking(move || accounts.told(&account)).await.is_err() {
            return false;
        }
    }
    true
}
