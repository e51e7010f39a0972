//! Whether a container that is left running ends when its user logs out, as far as that can be told. Pure.

/// What decides it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Login<'a> {
    /// Text of /proc/self/cgroup.
    pub cgroup: &'a str,
    /// Caller's user id.
    pub uid: u32,
    /// The user manager stays when the user logs out (loginctl(1), enable-linger).
    pub lingers: bool,
    /// logind.conf(5), KillUserProcesses.
    pub kills: bool,
}

/// One sentence for the user, where it does.
pub fn notice(login: &Login<'_>) -> Option<String> {
    let below = |part: &str| {
        login.cgroup.lines().filter_map(|line| line.splitn(3, ':').nth(2)).any(|path| path.contains(part))
    };
    let manager = format!("/user@{}.service", login.uid);
    if below(&manager) {
        return (!login.lingers)
            .then(|| "this container ends when you log out; loginctl enable-linger keeps it".to_owned());
    }
    let session = below(&format!("/user-{}.slice/session-", login.uid));
    (session && login.kills).then(|| {
        "this container ends when you log out (KillUserProcesses=yes in logind.conf); loginctl enable-linger and \
         systemd-run --user --scope rctr … keep it"
            .to_owned()
    })
}

/// Reads KillUserProcesses from the texts of logind.conf and its drop-ins, in their order; off when nobody says.
pub fn kills_user_processes<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    let mut kills = false;
    for line in texts.into_iter().flat_map(str::lines) {
        if let Some(value) = line.trim().strip_prefix("KillUserProcesses=") {
            kills = matches!(value.trim(), "yes" | "true" | "1" | "on");
        }
    }
    kills
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_ends_at_logout() {
        let service = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope\n";
        let session = "4:memory:/x\n0::/user.slice/user-1000.slice/session-3.scope\n";
        for (cgroup, lingers, kills, told) in [
            (service, false, false, true),
            (service, true, false, false),
            (session, false, false, false),
            (session, false, true, true),
            (session, true, true, true),
            ("0::/\n", false, true, false),
            ("", false, true, false),
            ("0::/user.slice/user-7.slice/user@7.service/x\n", false, true, false),
        ] {
            let login = Login { cgroup, uid: 1000, lingers, kills };
            assert_eq!(notice(&login).is_some(), told, "{login:?}");
        }
    }

    #[test]
    fn the_last_word_counts() {
        for (texts, kills) in [
            (&["#KillUserProcesses=yes\n"][..], false),
            (&["[Login]\nKillUserProcesses=yes\n"], true),
            (&["KillUserProcesses=yes\n", "KillUserProcesses=no\n"], false),
            (&[], false),
        ] {
            assert_eq!(kills_user_processes(texts.iter().copied()), kills, "{texts:?}");
        }
    }
}
