//! Recordings at rest on the server
