//! The command that was given, as a user would type it.

/// The command line of this process.
pub fn command() -> String {
    let mut command = "cargo xtask".to_owned();
    for argument in std::env::args_os().skip(1) {
        command += " ";
        command += &quoted(&argument.to_string_lossy());
    }
    command
}

/// An argument as a shell takes it.
pub fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./,:=+@".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_where_a_shell_needs_it() {
        assert_eq!(quoted("--run=my-run"), "--run=my-run");
        assert_eq!(quoted("two words"), "'two words'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
