//! The database of recordings, machines and people
