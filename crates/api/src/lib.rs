//! Requests and responses of the REST interface
