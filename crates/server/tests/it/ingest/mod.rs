//! The agents' side, spoken to by a scripted agent over a connection in memory.

mod accounts;
mod conversation;
mod disks;
mod happenings;
mod identities;
mod incarnations;
mod load;
mod receipts;
mod restarts;
mod rubbish;
pub mod scripted;
mod sealing;
pub mod site;
pub mod tape;
mod time_stamps;
