use crate::config::Config;
use crate::decode;
use crate::edit;
use crate::edit::Edit;
use crate::edit::EditError;
use crate::encoding::Source;
use crate::error::ParseError;
use crate::tree::Tree;
use crate::tree::View;

/// One kubeconfig: its bytes, where everything is in them, and what they mean.
#[derive(Debug)]
pub struct Document {
    source: Source,
    tree: Tree,
    config: Config,
}

impl Document {
    /// Reads a file as kubectl would: UTF-8 with or without a byte order mark, or UTF-16 with
    /// one; YAML 1.1 with go-yaml v2's rules (JSON is read as YAML too); only the first document.
    ///
    /// # Errors
    /// Whatever client-go refuses (`tools/clientcmd/client_config.go`, `Load`), with its line:
    /// see [`Problem`](crate::Problem). No error shows a value out of the file.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, ParseError> {
        let source = Source::decode(bytes.into())?;
        let tree = Tree::parse(source.text())?;
        let config = decode::config(View::new(source.text(), &tree))?;
        Ok(Self {
            source,
            tree,
            config,
        })
    }

    /// Stands for a file that does not exist yet: no bytes, nothing configured.
    pub fn empty() -> Self {
        Self {
            source: Source::default(),
            tree: Tree::default(),
            config: Config::default(),
        }
    }

    /// Returns what the file means.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the bytes that were parsed.
    pub fn bytes(&self) -> &[u8] {
        self.source.bytes()
    }

    /// Applies `edits` in order and returns the new bytes, in this document's own encoding and
    /// line ending. Only the bytes that have to change do; with nothing to change, none does.
    ///
    /// The result is parsed again and compared: it means exactly what this document means plus
    /// the edits.
    ///
    /// # Errors
    /// See [`EditError`]; the document itself is never changed.
    pub fn edit(&self, edits: &[Edit]) -> Result<Vec<u8>, EditError> {
        edit::apply(self, edits)
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn view(&self) -> View<'_> {
        View::new(self.source.text(), &self.tree)
    }
}
