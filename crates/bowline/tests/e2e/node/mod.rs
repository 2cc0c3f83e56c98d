//! `bowline node`, on the files of real nodes and with API servers behind them.

mod certificates;
mod here;
mod over_ssh;
mod tokens;
