use super::*;
use crate::model::Propagation;

/// `--mount` and `-v` (or `--tmpfs`) that mean the same.
#[test]
fn as_the_short_forms() {
    for (long, short) in [
        ("type=bind,source=/a,target=/b", "/a:/b"),
        ("type=bind,src=/a,dst=/b", "/a:/b"),
        ("source=/a,type=bind,destination=/b", "/a:/b"),
        ("type=bind,src=/a,dst=/b,ro", "/a:/b:ro"),
        ("type=bind,src=/a,dst=/b,readonly", "/a:/b:ro"),
        ("type=bind,src=/a,dst=/b,readonly=true", "/a:/b:ro"),
        ("type=bind,src=/a,dst=/b,ro=1", "/a:/b:ro"),
        ("type=bind,src=/a,dst=/b,ro=false", "/a:/b:rw"),
        ("type=bind,src=/a,dst=/b,rw=false", "/a:/b:ro"),
        ("type=bind,src=/a,dst=/b,bind-propagation=rslave", "/a:/b:rslave"),
        ("type=bind,src=/a,dst=/b,bind-nonrecursive", "/a:/b:bind"),
        ("type=bind,src=/a,dst=/b,bind-nonrecursive=true", "/a:/b:bind"),
        ("type=bind,src=/a,dst=/b,bind-recursive=disabled", "/a:/b:bind"),
        ("type=bind,src=/a,dst=/b,bind-recursive=enabled", "/a:/b"),
        ("type=bind,src=/a,dst=/b,consistency=cached", "/a:/b"),
        ("type=bind,src=/a,dst=/b,relabel=shared", "/a:/b:z"),
        ("type=bind,src=/a,dst=/b,z", "/a:/b:z"),
        ("type=bind,src=/a,dst=/b,nosuid,nodev,noexec", "/a:/b:nosuid,nodev,noexec"),
        ("type=bind,src=/a,dst=/b,noexec=true,suid=false", "/a:/b:noexec,nosuid"),
        ("type=bind,src=./a,dst=/b", "./a:/b"),
        ("\"type=bind\",\"src=/a\",dst=/b", "/a:/b"),
        ("type=volume,dst=/data", "/data"),
        ("type=volume,src=,dst=/data", "/data"),
        ("dst=/data", "/data"),
    ] {
        let got = parse(long).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(got, volume::parse(short).unwrap(), "{long}");
    }
    for (long, short) in [
        ("type=tmpfs,dst=/t", "/t"),
        ("type=tmpfs,target=/t,tmpfs-size=64m", "/t:size=64m"),
        ("type=tmpfs,target=/t,tmpfs-size=65536", "/t:size=64k"),
        ("type=tmpfs,target=/t,tmpfs-mode=1770", "/t:mode=1770"),
        ("type=tmpfs,target=/t,size=1m,mode=700", "/t:size=1m,mode=700"),
        ("type=tmpfs,target=/t,ro=true", "/t:ro"),
        ("type=tmpfs,target=/t,readonly", "/t:ro"),
        ("type=tmpfs,target=/t,notmpcopyup,exec", "/t:notmpcopyup,exec"),
    ] {
        let got = parse(long).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(got, tmpfs::parse(short).unwrap(), "{long}");
    }
}

#[test]
fn what_only_the_long_form_can() {
    let mount = parse("type=bind,\"src=/a,b:c\",dst=/d:e,bind-propagation=shared").unwrap();
    assert_eq!(mount.destination, "/d:e");
    assert_eq!(mount.options.propagation, Propagation::Shared);
    assert!(matches!(mount.kind, MountKind::Bind { source, .. } if source.as_os_str() == "/a,b:c"));
    let relative = parse("type=bind,src=a/b,dst=/d").unwrap();
    assert!(matches!(relative.kind, MountKind::Bind { source, .. } if source.as_os_str() == "a/b"));
}

#[test]
fn refused() {
    for (text, why) in [
        ("", "an empty field"),
        ("type=bind,,dst=/b", "an empty field"),
        ("type=bind,dst=/b,", "an empty field"),
        ("\"type=bind", "a quote is not closed"),
        ("\"type=bind\"x,dst=/b", "\"x,dst=/b\" after a quote"),
        ("type=bind,src=/a", "needs target=PATH"),
        ("type=bind,dst=/b", "needs source=PATH"),
        ("type=bind,src=,dst=/b", "needs source=PATH"),
        ("type=bind,src,dst=/b", "src needs a value"),
        ("type=bind,src=/a,source=/b,dst=/c", "source is given twice"),
        ("type=bind,src=/a,dst=/c,target=/d", "target is given twice"),
        ("type=bind,type=tmpfs,dst=/c", "type is given twice"),
        ("type,dst=/c", "type is given twice or without a value"),
        ("type=bind,src=/a,dst=b", "\"b\", must be absolute"),
        ("type=bind,src=/a,dst=/", "cannot be \"/\""),
        ("type=bnid,src=/a,dst=/b", "unknown type \"bnid\", did you mean bind?"),
        ("type=foo,dst=/b", "unknown type \"foo\": want bind, tmpfs or volume"),
        ("type=image,src=x,dst=/b", "\"image\" is not supported yet"),
        ("type=bind,src=/a,dst=/b,radonly", "unknown field \"radonly\", did you mean readonly?"),
        ("type=bind,src=/a,dst=/b,banana=1", "unknown option \"banana\""),
        ("type=bind,src=/a,dst=/b,ro=maybe", "ro is true or false"),
        ("type=bind,src=/a,dst=/b,bind-nonrecursive=x", "bind-nonrecursive is true or false"),
        ("type=bind,src=/a,dst=/b,bind-propagation=rslvae", "did you mean rslave?"),
        ("type=bind,src=/a,dst=/b,bind-propagation=ro", "unknown bind-propagation \"ro\""),
        ("type=bind,src=/a,dst=/b,ro,rw", "contradicts"),
        ("type=bind,src=/a,dst=/b,U=true", "\"U\" would change the owner"),
        ("type=bind,src=/a,dst=/b,idmap", "needs a privilege"),
        ("type=bind,src=/a,dst=/b,tmpfs-size=1", "unknown option \"tmpfs-size\""),
        ("type=tmpfs,src=/a,dst=/b", "a tmpfs has no source"),
        ("type=tmpfs,dst=/b,tmpfs-size=x", "size \"x\""),
        ("type=tmpfs,dst=/b,tmpfs-mode=8", "mode \"8\" is not octal"),
        ("type=tmpfs,dst=/b,tmpfs-szie=1", "did you mean tmpfs-size?"),
        ("type=volume,src=data,dst=/b", "named volumes are not there yet"),
        ("type=volume,dst=/b,volume-opt=x", "named volumes, which are not there yet"),
        ("type=volume,dst=/b,tmpfs-size=1", "unknown option \"tmpfs-size\""),
        ("src=data,dst=/b", "named volumes are not there yet"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("invalid --mount {text:?}: ")), "{error}");
        assert!(error.contains(why), "{text}: {error}");
    }
}
