//! `bowline node`, on the files of real nodes and with API servers behind them.

mod audit;
mod bad_node;
mod certificates;
mod certificates_over_ssh;
mod certs;
mod here;
mod info_args_credentials;
mod kubeconfig;
mod over_ssh;
mod permissions;
mod remote;
mod repair;
mod tokens;
