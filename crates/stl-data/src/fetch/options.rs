//! Where to fetch from, how long to wait, and which digests to expect.

use std::{env, ffi::OsString, net::IpAddr, path::PathBuf, time::Duration};

use crate::{Error, FileDigest, HubFault, Result, manifest};

const ENDPOINT: &str = "https://huggingface.co";

/// Settings of a fetch.
///
/// | field | meaning | default | variable |
/// |---|---|---|---|
/// | `endpoint` | the hub's address, without a final `/` | `https://huggingface.co` | `HF_ENDPOINT` |
/// | `cache_dir` | the hub's cache | `~/.cache/huggingface/hub` | `HF_HOME`, then `/hub` |
/// | `offline` | use only the cache | false | `HF_HUB_OFFLINE` (`1`, `on`, `yes`, `true`) |
/// | `answer_timeout` | longest wait for the first answer | 10 s | |
/// | `stall_timeout` | longest wait without a byte, later | 30 s | |
/// | `expected` | name, size and MD5 of the files to write | [`manifest::FILES`] | |
///
/// [`from_env`](Self::from_env) reads the variables; [`default`](Self::default) does not, except
/// for the home folder. The HTTP client itself uses `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
/// `NO_PROXY`. No token is sent: the mirror is public.
///
/// ```
/// use stl_data::fetch::FetchOptions;
///
/// let options = FetchOptions { offline: true, ..FetchOptions::default() };
/// assert_eq!(options.endpoint, "https://huggingface.co");
/// assert_eq!(options.expected.len(), 7);
/// ```
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// The hub's address: `https://`, or `http://` on this machine.
    pub endpoint: String,
    /// The hub's cache; `None` when the home folder is unknown.
    pub cache_dir: Option<PathBuf>,
    /// Use only what is in the cache.
    pub offline: bool,
    /// Longest wait for the hub's first answer: name lookup, connection and redirect together.
    pub answer_timeout: Duration,
    /// Longest wait without a byte after that.
    pub stall_timeout: Duration,
    /// Name, size and MD5 of each file to write.
    pub expected: Vec<FileDigest>,
}

impl Default for FetchOptions {
    /// The defaults of the table above; the environment is read for the home folder only.
    fn default() -> Self {
        Self::from_variables(|_| None)
    }
}

impl FetchOptions {
    /// The defaults, changed by the variables of the table above.
    pub fn from_env() -> Self {
        Self::from_variables(|name| env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let endpoint = set("HF_ENDPOINT")
            .and_then(|value| value.into_string().ok())
            .unwrap_or_else(|| ENDPOINT.to_owned());
        let home = set("HF_HOME").map(PathBuf::from).or_else(|| {
            let home = env::home_dir().filter(|home| !home.as_os_str().is_empty())?;
            Some(home.join(".cache").join("huggingface"))
        });
        let offline = set("HF_HUB_OFFLINE").is_some_and(|value| {
            let value = value.to_string_lossy().to_ascii_lowercase();
            ["1", "on", "yes", "true"].contains(&&*value)
        });
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            cache_dir: home.map(|home| home.join("hub")),
            offline,
            answer_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            expected: manifest::FILES.to_vec(),
        }
    }

    /// Refuses an endpoint without TLS, unless it is on this machine.
    pub(super) fn require_tls(&self) -> Result<()> {
        match self.endpoint.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => Ok(()),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") && is_local(rest) => Ok(()),
            _ => Err(Error::Hub(HubFault::NotTls { endpoint: self.endpoint.clone() })),
        }
    }
}

/// Whether an address without its scheme is on this machine. One with a user name never is: such
/// an address is written to be misread.
fn is_local(address: &str) -> bool {
    let authority = address.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => authority,
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> FetchOptions {
        FetchOptions::from_variables(|name| {
            pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into())
        })
    }

    #[test]
    fn the_hub_variables_are_used() {
        let options = with(&[
            ("HF_ENDPOINT", "https://mirror.example/hf/"),
            ("HF_HOME", "/data/hf"),
            ("HF_HUB_OFFLINE", "True"),
        ]);
        assert_eq!(options.endpoint, "https://mirror.example/hf");
        assert_eq!(options.cache_dir, Some(["/data/hf", "hub"].iter().collect()));
        assert!(options.offline);
    }

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        let require = |endpoint: &str| {
            FetchOptions { endpoint: endpoint.to_owned(), ..FetchOptions::default() }.require_tls()
        };
        for endpoint in [
            ENDPOINT,
            "HTTPS://mirror.example/hf",
            "http://127.0.0.1:8080",
            "http://localhost/hf",
            "http://[::1]:80",
        ] {
            require(endpoint).unwrap();
        }
        for endpoint in [
            "http://mirror.example",
            "http://10.0.0.7:8080/hf",
            "http://localhost.mirror.example",
            "http://localhost:80@mirror.example",
            "http://127.0.0.1@mirror.example:80",
            "http://",
            "ftp://localhost",
            "mirror.example",
            "",
        ] {
            let error = require(endpoint).unwrap_err();
            let Error::Hub(HubFault::NotTls { endpoint: found }) = error else { panic!("{error}") };
            assert_eq!(found, endpoint);
        }
    }

    #[test]
    fn empty_and_negative_values_mean_the_default() {
        let options = with(&[("HF_ENDPOINT", ""), ("HF_HUB_OFFLINE", "0")]);
        assert_eq!(options.endpoint, ENDPOINT);
        assert!(!options.offline);
    }
}
