//! `--security-opt NAME=VALUE` (docker also takes `NAME:VALUE`).

use std::path::PathBuf;

use super::SpecError;
use super::path::clean;
use crate::model::nearest;
use crate::model::run_request::ConfinementRequest;
use crate::model::spec::SeccompSpec;

const FLAG: &str = "--security-opt";
const NAMES: [&str; 8] =
    ["no-new-privileges", "seccomp", "apparmor", "label", "mask", "unmask", "proc-opts", "systempaths"];

/// Puts every `--security-opt` into the request, in order.
pub fn parse_all<S: AsRef<str>>(texts: &[S], request: &mut ConfinementRequest) -> Result<(), SpecError> {
    texts.iter().try_for_each(|text| parse(text.as_ref(), request))
}

fn parse(text: &str, request: &mut ConfinementRequest) -> Result<(), SpecError> {
    let refuse = |why: String| Err(SpecError::flag(FLAG, text, why));
    let (name, value) = match text.find(['=', ':']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let wanting = |what: &str| refuse(format!("{name} wants {what}"));
    match name {
        "no-new-privileges" => match value {
            "" | "true" => request.no_new_privileges = true,
            "false" => request.no_new_privileges = false,
            _ => return refuse(format!("no-new-privileges is true or false, not {value:?}")),
        },
        "seccomp" => {
            request.seccomp = Some(match value {
                "" => return wanting("a file, unconfined or builtin"),
                "unconfined" => SeccompSpec::Unconfined,
                "builtin" => SeccompSpec::Default,
                path => SeccompSpec::File(PathBuf::from(path)),
            });
        }
        "apparmor" => match value {
            "" => return wanting("a profile or unconfined"),
            _ if value.contains(['\0', '\n', ' ']) => {
                return refuse(format!("{value:?} is not the name of a profile"));
            }
            profile => request.apparmor = Some(profile.to_owned()),
        },
        "label" => {
            let (kind, rest) = value.split_once(':').unwrap_or((value, ""));
            match (kind, rest) {
                ("disable" | "nested", "") => {}
                ("user" | "role" | "type" | "level" | "filetype", rest)
                    if !rest.is_empty() && !rest.contains(['\0', '\n', ' ']) => {}
                _ => return wanting("disable, user:, role:, type:, level: or filetype:"),
            }
            request.labels.push(value.to_owned());
        }
        "mask" => request.mask.extend(paths(text, value)?),
        "unmask" if value.eq_ignore_ascii_case("all") => request.unmask_all = true,
        "unmask" => request.unmask.extend(paths(text, value)?),
        "systempaths" => match value {
            "unconfined" => request.unmask_all = true,
            _ => return wanting("unconfined"),
        },
        "proc-opts" => {
            for option in value.split(',') {
                let fine = matches!(
                    option,
                    "hidepid=0"
                        | "hidepid=1"
                        | "hidepid=2"
                        | "hidepid=4"
                        | "hidepid=off"
                        | "hidepid=noaccess"
                        | "hidepid=invisible"
                        | "hidepid=ptraceable"
                        | "subset=pid"
                ) || option
                    .strip_prefix("gid=")
                    .is_some_and(|gid| !gid.is_empty() && gid.bytes().all(|b| b.is_ascii_digit()));
                if !fine {
                    return refuse(format!(
                        "{option:?} is not an option of proc: hidepid=, gid= and subset=pid are"
                    ));
                }
                request.proc_options.push(option.to_owned());
            }
        }
        _ => {
            return refuse(match nearest(name, NAMES) {
                Some(near) => format!("unknown option {name:?}, did you mean {near}?"),
                None => format!("unknown option {name:?}: want one of {}", NAMES.join(", ")),
            });
        }
    }
    Ok(())
}

/// Paths with colons between them.
fn paths(text: &str, value: &str) -> Result<Vec<String>, SpecError> {
    value
        .split(':')
        .map(|path| match path.starts_with('/') && !path.contains('\0') && clean(path) != "/" {
            true => Ok(clean(path)),
            false => Err(SpecError::flag(FLAG, text, format!("{path:?} is not an absolute path below /"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<ConfinementRequest, String> {
        let mut request = ConfinementRequest::default();
        parse(text, &mut request).map(|()| request).map_err(|error| error.to_string())
    }

    #[test]
    fn taken() {
        type Check = fn(&ConfinementRequest) -> bool;
        #[rustfmt::skip]
        let rows: [(&str, Check); 26] = [
            ("no-new-privileges", |r| r.no_new_privileges),
            ("no-new-privileges=true", |r| r.no_new_privileges),
            ("no-new-privileges:true", |r| r.no_new_privileges),
            ("no-new-privileges=false", |r| !r.no_new_privileges),
            ("seccomp=unconfined", |r| r.seccomp == Some(SeccompSpec::Unconfined)),
            ("seccomp:unconfined", |r| r.seccomp == Some(SeccompSpec::Unconfined)),
            ("seccomp=builtin", |r| r.seccomp == Some(SeccompSpec::Default)),
            ("seccomp=a/b.json", |r| r.seccomp == Some(SeccompSpec::File("a/b.json".into()))),
            ("seccomp=/a=b:c", |r| r.seccomp == Some(SeccompSpec::File("/a=b:c".into()))),
            ("apparmor=unconfined", |r| r.apparmor.as_deref() == Some("unconfined")),
            ("apparmor:my-profile", |r| r.apparmor.as_deref() == Some("my-profile")),
            ("label=disable", |r| r.labels == ["disable"]),
            ("label:disable", |r| r.labels == ["disable"]),
            ("label=type:spc_t", |r| r.labels == ["type:spc_t"]),
            ("label=level:s0:c1,c2", |r| r.labels == ["level:s0:c1,c2"]),
            ("label=nested", |r| r.labels == ["nested"]),
            ("mask=/a", |r| r.mask == ["/a"]),
            ("mask=/a:/b/../c", |r| r.mask == ["/a", "/c"]),
            ("unmask=ALL", |r| r.unmask_all),
            ("unmask=all", |r| r.unmask_all),
            ("unmask=/proc/acpi:/sys/firmware", |r| r.unmask == ["/proc/acpi", "/sys/firmware"]),
            ("unmask=/proc/*", |r| r.unmask == ["/proc/*"]),
            ("systempaths=unconfined", |r| r.unmask_all),
            ("proc-opts=hidepid=2", |r| r.proc_options == ["hidepid=2"]),
            ("proc-opts=hidepid=invisible,gid=5", |r| r.proc_options == ["hidepid=invisible", "gid=5"]),
            ("proc-opts=subset=pid", |r| r.proc_options == ["subset=pid"]),
        ];
        for (text, check) in rows {
            assert!(check(&one(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn refused() {
        for (text, why) in [
            ("", "unknown option \"\""),
            ("no-new-privs", "unknown option \"no-new-privs\""),
            ("no-new-privilege", "did you mean no-new-privileges?"),
            ("secomp=unconfined", "did you mean seccomp?"),
            ("no-new-privileges=maybe", "not \"maybe\""),
            ("seccomp", "seccomp wants a file"),
            ("seccomp=", "seccomp wants a file"),
            ("apparmor=", "apparmor wants a profile"),
            ("apparmor=a b", "\"a b\" is not the name"),
            ("label", "label wants disable"),
            ("label=disabled", "label wants disable"),
            ("label=type:", "label wants disable"),
            ("label=foo:bar", "label wants disable"),
            ("mask", "\"\" is not an absolute path"),
            ("mask=a", "\"a\" is not an absolute path"),
            ("mask=/a:", "\"\" is not an absolute path"),
            ("mask=/", "\"/\" is not an absolute path below /"),
            ("unmask=proc", "\"proc\" is not an absolute path"),
            ("systempaths=x", "systempaths wants unconfined"),
            ("proc-opts=", "\"\" is not an option of proc"),
            ("proc-opts=hidepid=9", "\"hidepid=9\" is not an option"),
            ("proc-opts=gid=x", "\"gid=x\""),
            ("proc-opts=hidepid=2,rw", "\"rw\" is not an option"),
        ] {
            let error = one(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn the_last_one_counts() {
        let mut request = ConfinementRequest::default();
        parse_all(&["seccomp=a", "seccomp=unconfined", "mask=/a", "mask=/b"], &mut request).unwrap();
        assert_eq!(request.seccomp, Some(SeccompSpec::Unconfined));
        assert_eq!(request.mask, ["/a", "/b"]);
    }
}
