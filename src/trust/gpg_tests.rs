use super::*;

const KEY: &str = "C729E889AAA57494C8B6E938EC402FB9D42234B5";
const SUBKEY: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

fn good() -> String {
    format!(
        "[GNUPG:] PLAINTEXT 62 1795811290 p\n\
         [GNUPG:] PLAINTEXT_LENGTH 8\n\
         [GNUPG:] NEWSIG t@example.org\n\
         [GNUPG:] KEY_CONSIDERED {KEY} 0\n\
         [GNUPG:] SIG_ID O7mt/dVOxrk+jB02QNZ0OaudV7E 2026-11-27 1795811290\n\
         [GNUPG:] GOODSIG EC402FB9D42234B5 Tester <t@example.org>\n\
         [GNUPG:] VALIDSIG {SUBKEY} 2026-11-27 1795811290 0 4 0 1 10 00 {KEY}\n"
    )
}

fn trusted() -> BTreeSet<String> {
    [KEY.to_owned()].into()
}

#[test]
fn one_good_signature_by_a_trusted_key() {
    assert_eq!(judge(&good(), &trusted()), Ok(()));
    // A user id is a stranger's text, and may say anything.
    let name = good().replace("Tester", "[GNUPG:] BADSIG");
    assert_eq!(judge(&name, &trusted()), Ok(()));
}

#[test]
fn anything_else_is_none() {
    let sig = "[GNUPG:] GOODSIG EC402FB9D42234B5 Tester <t@example.org>\n";
    let line = |word: &str| {
        good().lines().filter(|line| !line.contains(word)).map(|line| format!("{line}\n")).collect()
    };
    let cases: Vec<(&str, String)> = vec![
        ("nothing", String::new()),
        ("no text", line(" PLAINTEXT ")),
        ("no GOODSIG", line("GOODSIG")),
        ("no VALIDSIG", line("VALIDSIG")),
        ("no NEWSIG", line("NEWSIG")),
        ("two texts", format!("[GNUPG:] PLAINTEXT 62 0 q\n{}", good())),
        ("two signatures", good() + &good()),
        ("one good, one bad", format!("{}[GNUPG:] NEWSIG\n[GNUPG:] BADSIG {KEY} x\n", good())),
        ("one good, one unknown", format!("{}[GNUPG:] ERRSIG {KEY} 1 8 00 1 9\n", good())),
        ("two GOODSIG", format!("{}{sig}", good())),
        ("expired", good().replace("GOODSIG", "EXPKEYSIG")),
        ("signature expired", good().replace("GOODSIG", "EXPSIG")),
        ("revoked", good().replace("GOODSIG", "REVKEYSIG")),
        ("bad", good().replace("GOODSIG", "BADSIG")),
        ("failure", format!("{}[GNUPG:] FAILURE verify 38\n", good())),
        ("encrypted", format!("[GNUPG:] BEGIN_DECRYPTION\n{}", good())),
        ("cleartext", good().replace(" 00 C7", " 01 C7")),
        ("a certificate", good().replace(" 00 C7", " 10 C7")),
        ("another key", good().replace(KEY, SUBKEY)),
        ("cut off", good().replace(&format!(" 00 {KEY}"), "")),
    ];
    for (what, status) in cases {
        assert!(judge(&status, &trusted()).is_err(), "{what}");
    }
    assert!(judge(&good(), &BTreeSet::new()).is_err());
}

#[test]
fn who_keys_belong_to() {
    let uid = |text: &str| format!("uid:-::::1795811290::HASH::{text}::::::::::0:");
    assert_eq!(user_id(&uid("Tester <t@example.org>")).unwrap(), "t@example.org");
    assert_eq!(user_id(&uid("Tester")).unwrap(), "Tester");
    assert_eq!(user_id("pub:-:2048:1:EC402FB9D42234B5:1795811290:::-:::scESC::::::23::0:"), None);
}
