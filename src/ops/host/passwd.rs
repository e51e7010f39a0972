//! The caller's login name: from /etc/passwd, else from the name services that nsswitch.conf lists.

use crate::sys::SysError;

/// Looks `uid` up. Having no entry is no error: containers of Kubernetes run with made-up ids.
pub fn name_of(uid: u32) -> Result<Option<String>, SysError> {
    // The file is read by hand because the library's way costs a connection to nscd and loads name services.
    if let Ok(bytes) = std::fs::read("/etc/passwd")
        && let Some(name) = parse(&String::from_utf8_lossy(&bytes), uid)
    {
        return Ok(Some(name));
    }
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid))
        .map_err(|e| SysError::new(format!("look up uid {uid} in the user database"), e))?;
    Ok(user.map(|u| u.name))
}

/// The first name with this uid in the text of passwd(5). NIS lines (`+`, `-`) and broken ones are passed over.
fn parse(text: &str, uid: u32) -> Option<String> {
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, id, _, _, _, _] = fields[..] else { return None };
        let real = !name.is_empty() && !name.starts_with(['+', '-', '#']);
        (real && id.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let text = "# comment\n+::1000:0:::\nroot:x:0:0:root:/root:/bin/sh\nbroken:x:1000\n:x:1000:1::/:\n\
                    alice:x:1000:1000:A,,,:/home/alice:/bin/sh\nbob:x:1000:1:::\n";
        for (uid, want) in [(0, Some("root")), (1000, Some("alice")), (7, None)] {
            assert_eq!(parse(text, uid).as_deref(), want, "{uid}");
        }
    }
}
