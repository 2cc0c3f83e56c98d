//! Exit codes, as documented in docs/exit-codes.md.

use operations::failure::Rung;

/// Everything was done, or there was nothing to do.
pub(crate) const OK: u8 = 0;
/// Something else failed: a file could not be written, a lock was held too long.
pub(crate) const FAILED: u8 = 1;
/// The arguments make no sense (clap's own code).
pub(crate) const USAGE: u8 = 2;
/// The cluster was not found, or does not answer.
pub(crate) const NOT_FOUND: u8 = 3;
/// Something answers, but its identity is not proved: another cluster, a clone, an expired certificate.
pub(crate) const NOT_PROVED: u8 = 4;
/// The cluster does not accept the credential.
pub(crate) const NOT_ACCEPTED: u8 = 5;
/// A kubeconfig, or what was asked of it, is unusable.
pub(crate) const BAD_INPUT: u8 = 6;
/// Bowline's own settings or state are damaged, or from a newer version.
pub(crate) const BAD_STATE: u8 = 7;
/// `lint`, `node audit`, `node certs --expiring` or `status --expiring` found something.
pub(crate) const FOUND: u8 = 8;
/// The credential is accepted, and permits nothing in its namespace.
pub(crate) const NOT_PERMITTED: u8 = 9;
/// The connection is right, but the API server, its datastore or a node behind it is ill.
pub(crate) const ILL: u8 = 10;
/// `k` found no kubectl (what shells say of a command that is not found).
pub(crate) const NO_KUBECTL: u8 = 127;
/// `exec` found no such program; the same number.
pub(crate) const NO_PROGRAM: u8 = 127;
/// The user left a question with Escape or ctrl-C (what shells say of SIGINT).
pub(crate) const CANCELLED: u8 = 130;
/// `exec` could not start its program (what shells say of one that may not be run).
pub(crate) const NOT_STARTED: u8 = 126;

/// The code for a connection that breaks at a rung.
pub(crate) fn of_rung(rung: Rung) -> u8 {
    match rung {
        Rung::Kubeconfig => BAD_INPUT,
        Rung::Name | Rung::Address | Rung::Port => NOT_FOUND,
        Rung::Identity | Rung::ServerName | Rung::Expiry => NOT_PROVED,
        Rung::CredentialForm | Rung::Credential => NOT_ACCEPTED,
        Rung::Permission => NOT_PERMITTED,
        Rung::Server | Rung::Node => ILL,
    }
}
