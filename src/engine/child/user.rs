//! Who the program runs as: `user[:group]` looked up in the container's own passwd and group files. The lookup itself
//! is pure; the files are read by `Lookup::read`.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::FileType;

use crate::engine::failure::{Failure, FailureKind};
use crate::model::spec::ProcessIds;
use crate::sys::file::read_text_from;
use crate::sys::root::Root;

/// A user database larger than this is no user database.
const LIMIT: u64 = 16 * 1024 * 1024;

/// The identity of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Supplementary groups; the group id itself is always among them, so that leaving it never gains anything.
    pub groups: Vec<u32>,
    /// Home directory; `/` for a user without an entry.
    pub home: String,
    /// It stands for a user that the id map does not have: root's id, none of root's rights.
    pub powerless: bool,
}

impl Identity {
    /// Where only one id is mapped, every user is that one; one that is not the container's root gets none of its rights.
    pub fn as_single_id(&self, uid: u32, gid: u32) -> Self {
        Self { uid, gid, groups: vec![gid], home: self.home.clone(), powerless: self.uid != 0 }
    }
}

/// The two texts.
#[derive(Debug, Default)]
pub struct Lookup {
    passwd: String,
    group: String,
}

impl Lookup {
    /// Reads what the container has; a missing file is an empty one.
    ///
    /// # Errors
    /// A file that is no ordinary file, or is too large.
    pub fn read(root: &Root) -> Result<Self, Failure> {
        Ok(Self { passwd: text(root, "/etc/passwd")?, group: text(root, "/etc/group")? })
    }

    /// Finds `user[:group]`; empty is root.
    ///
    /// # Errors
    /// A name without an entry, a number that is none, in docker's words.
    pub fn identity(&self, user: &str, more: &[String]) -> Result<Identity, Failure> {
        let (name, group) = match user.split_once(':') {
            Some((name, group)) => (name, Some(group).filter(|g| !g.is_empty())),
            None => (user, None),
        };
        let name = if name.is_empty() { "0" } else { name };
        let entry = self.user(name);
        let (uid, base, home) = match (&entry, number(name)) {
            (Some(e), _) => (e.uid, e.gid, e.home.to_owned()),
            (None, Some(uid)) => (uid, 0, "/".to_owned()),
            (None, None) => {
                return Err(Failure::new(
                    FailureKind::UnknownUser,
                    format!("unable to find user {name}: no matching entries in passwd file"),
                ));
            }
        };
        let gid = match group {
            Some(group) => self.group_id(group)?,
            None => base,
        };
        let mut groups = vec![gid];
        if group.is_none()
            && let Some(entry) = &entry
        {
            groups.extend(self.memberships(entry.name));
        }
        for group in more {
            groups.push(self.group_id(group)?);
        }
        let mut seen = std::collections::HashSet::new();
        groups.retain(|g| seen.insert(*g));
        let home = if home.is_empty() { "/".to_owned() } else { home };
        Ok(Identity { uid, gid, groups, home, powerless: false })
    }

    /// Of these numbers, whatever the files say of them; only the home directory is looked up.
    pub fn of_ids(&self, ids: &ProcessIds) -> Identity {
        let ProcessIds { uid, gid, groups } = ids;
        let entry = self.passwd.lines().filter_map(User::parse).find(|user| user.uid == *uid);
        let home = entry.map(|user| user.home.to_owned()).filter(|home| !home.is_empty());
        let mut groups: Vec<u32> = std::iter::once(*gid).chain(groups.iter().copied()).collect();
        let mut seen = std::collections::HashSet::new();
        groups.retain(|group| seen.insert(*group));
        let home = home.unwrap_or_else(|| "/".to_owned());
        Identity { uid: *uid, gid: *gid, groups, home, powerless: false }
    }

    /// By name, else by number.
    fn user(&self, key: &str) -> Option<User<'_>> {
        let users = || self.passwd.lines().filter_map(User::parse);
        users().find(|u| u.name == key).or_else(|| {
            let uid = number(key)?;
            users().find(|u| u.uid == uid)
        })
    }

    fn group_id(&self, key: &str) -> Result<u32, Failure> {
        let named = self.group.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == key).then(|| number(fields.nth(1)?)).flatten()
        });
        named.or_else(|| number(key)).ok_or_else(|| {
            Failure::new(
                FailureKind::UnknownUser,
                format!("unable to find group {key}: no matching entries in group file"),
            )
        })
    }

    fn memberships<'a>(&'a self, user: &'a str) -> impl Iterator<Item = u32> + 'a {
        self.group.lines().filter_map(move |line| {
            let mut fields = line.split(':');
            let gid = number(fields.nth(2)?)?;
            fields.next()?.split(',').any(|member| member == user).then_some(gid)
        })
    }
}

struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

impl<'a> User<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next().filter(|n| !n.is_empty())?;
        let uid = number(fields.nth(1)?)?;
        let gid = number(fields.next()?)?;
        Some(Self { name, uid, gid, home: fields.nth(1).unwrap_or_default() })
    }
}

/// Decimal digits only, and an id that the kernel takes: `+0`, ` 0`, `0x0` and 4294967295 (no id) are no numbers.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && *n != u32::MAX)
}

fn text(root: &Root, path: &str) -> Result<String, Failure> {
    let file = match root.read_file(path) {
        Ok(file) => file,
        Err(error) if error.errno() == nix::errno::Errno::ENOENT as i32 => return Ok(String::new()),
        Err(error) => return Err(error.into()),
    };
    read_text_from(file, LIMIT)
        .map_err(|e| Failure::new(FailureKind::UnknownUser, format!("read {path} in the container: {e}")))
}

/// The container's root as it is after the pivot.
pub fn own_root() -> Result<Root, Failure> {
    Ok(Root::new(crate::sys::root::open_directory(std::path::Path::new("/"))?))
}

/// Makes `/dev/stdout` and its like usable for a user that is not root: the pipes become its own (of a terminal,
/// `terminal::take` has done so). Nothing else is touched: as real root with the host's ids even /dev/null, which is
/// the stdin of most containers, would change its owner for everybody.
pub fn own_stdio(identity: &Identity) {
    if identity.uid == 0 {
        return;
    }
    for fd in [std::io::stdin().as_fd(), std::io::stdout().as_fd(), std::io::stderr().as_fd()] {
        if is_pipe(fd) {
            // A uid without a mapping is refused elsewhere, with words.
            let _ = rustix::fs::fchown(fd, Some(rustix::fs::Uid::from_raw(identity.uid)), None);
        }
    }
}

fn is_pipe(fd: BorrowedFd<'_>) -> bool {
    rustix::fs::fstat(fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup() -> Lookup {
        Lookup {
            passwd:
                "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/var/www:/bin/false\n1000:x:7:7::/seven:\nbad\n"
                    .into(),
            group: "root:x:0:\nwww:x:34:\naudio:x:29:web,other\nvideo:x:44:other\n".into(),
        }
    }

    #[test]
    fn names_numbers_and_groups() {
        let rows: [(&str, u32, u32, &[u32], &str); 9] = [
            ("", 0, 0, &[0], "/root"),
            ("root", 0, 0, &[0], "/root"),
            ("web", 33, 34, &[34, 29], "/var/www"),
            ("33", 33, 34, &[34, 29], "/var/www"),
            ("web:audio", 33, 29, &[29], "/var/www"),
            ("web:7", 33, 7, &[7], "/var/www"),
            ("5000", 5000, 0, &[0], "/"),
            ("1000", 7, 7, &[7], "/seven"),
            (":www", 0, 34, &[34], "/root"),
        ];
        for (user, uid, gid, groups, home) in rows {
            let want = Identity { uid, gid, groups: groups.to_vec(), home: home.into(), powerless: false };
            assert_eq!(lookup().identity(user, &[]).unwrap(), want, "{user}");
        }
    }

    #[test]
    fn numbers_are_no_names() {
        let ids = ProcessIds { uid: 1000, gid: 5, groups: vec![29, 5] };
        let want = Identity { uid: 1000, gid: 5, groups: vec![5, 29], home: "/".into(), powerless: false };
        assert_eq!(lookup().of_ids(&ids), want, "there is a user called 1000");
        let web = ProcessIds { uid: 33, gid: 0, groups: vec![] };
        assert_eq!(lookup().of_ids(&web).home, "/var/www");
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for bad in
            ["nobody", "4294967296", "4294967295", "+0", "0x0", "-1", " 0", "web:nogroup", "web:99999999999"]
        {
            let error = lookup().identity(bad, &[]).unwrap_err();
            assert_eq!(error.kind, FailureKind::UnknownUser, "{bad}");
            assert!(error.message.starts_with("unable to find"), "{error}");
        }
    }

    #[test]
    fn added_groups_come_once() {
        let more = ["video".to_owned(), "34".to_owned(), "29".to_owned()];
        assert_eq!(lookup().identity("web", &more).unwrap().groups, [34, 29, 44]);
    }

    #[test]
    fn only_pipes_change_hands() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        assert!(is_pipe(read.as_fd()) && is_pipe(write.as_fd()));
        assert!(!is_pipe(std::fs::File::open("/dev/null").unwrap().as_fd()));
    }
}
