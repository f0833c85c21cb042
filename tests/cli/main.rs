//! The real program's verbs against the embedded cluster.
