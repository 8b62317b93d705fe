#!/usr/bin/env python3
"""Makes vectors.json, the hashes that Keyfold must be able to compare with.

None is made by code of Keyfold: they come from crypt(3) of libxcrypt (by Perl),
OpenSSL, PHP 8.2, and hashlib of Python 3.11, which for Django, ASP.NET Identity,
LDAP, MySQL, WordPress and Drupal follows the descriptions that their makers
published. To run it again takes python3, perl, openssl and php-cli; the tests
only need its result.
"""
import base64, hashlib, hmac, json, struct, subprocess, sys

PW = "Café-Ruit-93!"
SALT = "zout-zout-1"
vectors = []


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout.decode().strip("\n")


def crypt(pw, setting):
    made = run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", pw, setting)
    assert len(made) > 12, setting
    return made


def php(code, *args):
    return run("php", "-r", code, "--", *args)


def b64(b):
    return base64.b64encode(b).decode()


def add(name, by, hash, right=PW, also=(), wrong=(), weak=False, format="", **more):
    vectors.append({"name": name, "by": by, "hash": hash, "right": [right, *also],
                    "wrong": ["x" + right, *wrong], "weak": weak, "format": format, **more})


# crypt(3)
for name, setting, weak in (
    ("DES crypt", "zt", True), ("DES crypt, another salt", "./", True), ("DES crypt, a third salt", "9A", True), ("md5crypt", "$1$Ru5tZout$", True),
    ("sha1crypt", "$sha1$24680$Ru5tZout$", False), ("sha256crypt", "$5$Ru5tZout$", False),
    ("sha512crypt", "$6$rounds=2000$Ru5tZout$", False), ("yescrypt", "$y$j9T$Ru5tZoutRu5tZout$", False),
    ("yescrypt, little", "$y$j75$z7ztFz2FayrKI79/jEwlL.$", False), ("scrypt of C", "$7$86..../....Ru5tZout$", False),
    ("bcrypt", "$2y$06$abcdefghijklmnopqrstuu", False),
):
    add(name, "crypt(3)", crypt(PW, setting), weak=weak)
add("DES crypt of a long password", "crypt(3)", crypt("Ruit-93!-en-meer", "zt"), "Ruit-93!-en-meer", also=["Ruit-93!", "Ruit-93!xxxx"], wrong=["Ruit-93", "ruit-93!"], weak=True)
add("DES crypt of a short password", "crypt(3)", crypt("a", "zt"), "a", wrong=["", "b"], weak=True)
add("md5crypt of a long password", "crypt(3)", crypt(PW * 7, "$1$z$"), PW * 7, wrong=[PW], weak=True)

# OpenSSL
for flag in ("-1", "-apr1", "-5", "-6"):
    add("openssl passwd " + flag, "openssl passwd", run("openssl", "passwd", flag, "-salt", "zoutjes", PW), weak=flag in ("-1", "-apr1"))
    add("openssl passwd %s of one letter" % flag, "openssl passwd", run("openssl", "passwd", flag, "-salt", "z", "q"), "q", weak=flag in ("-1", "-apr1"))
add("apr1 of 40 letters", "openssl passwd", run("openssl", "passwd", "-apr1", "-salt", "zoutjes8", "abcd" * 10), "abcd" * 10, weak=True)

# PHP
add("password_hash", "PHP", php('echo password_hash($argv[1], PASSWORD_BCRYPT, ["cost" => 5]);', PW))
add("WordPress 6.8", "PHP, as wp_hash_password does", php(
    'echo "\\$wp".password_hash(base64_encode(hash_hmac("sha384", trim($argv[1]), "wp-sha384", true)), PASSWORD_BCRYPT, ["cost" => 5]);', " " + PW),
    " " + PW, also=[PW])
add("phpass", "PHP, as PasswordHash does", php(
    '''$set = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"; $salt = "Zoutvaat";
    $h = md5($salt.$argv[1], true); for ($i = 0; $i < 1 << 8; $i++) $h = md5($h.$argv[1], true);
    $out = ""; $i = 0; do { $v = ord($h[$i++]); $out .= $set[$v & 63]; if ($i < 16) $v |= ord($h[$i]) << 8; $out .= $set[($v >> 6) & 63];
    if ($i++ >= 16) break; if ($i < 16) $v |= ord($h[$i]) << 16; $out .= $set[($v >> 12) & 63]; if ($i++ >= 16) break; $out .= $set[($v >> 18) & 63]; } while ($i < 16);
    echo "\\$P\\$6".$salt.$out;''', PW), weak=True)

# LDAP, RFC 2307 and the schemes of OpenLDAP's pw-sha2
pw, salt = PW.encode(), bytes(range(250, 256)) + b"zt"
for scheme, h in (("MD5", "md5"), ("SHA", "sha1"), ("SHA256", "sha256"), ("SHA384", "sha384"), ("SHA512", "sha512")):
    salted = {"MD5": "SMD5", "SHA": "SSHA"}.get(scheme, "S" + scheme)
    add("{%s}" % scheme, "Python hashlib", "{%s}%s" % (scheme, b64(hashlib.new(h, pw).digest())), weak=True)
    add("{%s}" % salted, "Python hashlib", "{%s}%s" % (salted, b64(hashlib.new(h, pw + salt).digest() + salt)), weak=True)
add("{ssha}, small letters", "Python hashlib", "{ssha}" + b64(hashlib.sha1(pw + salt).digest() + salt), weak=True)
add("{CRYPT}", "crypt(3)", "{CRYPT}" + crypt(PW, "$6$rounds=1000$zout$"))
add("{CRYPT} of DES", "crypt(3)", "{crypt}" + crypt(PW, "zt"), weak=True)

# Django
for h, rounds in (("sha256", 30000), ("sha1", 20000)):
    add("Django pbkdf2_" + h, "Python hashlib", "pbkdf2_%s$%d$%s$%s" % (h, rounds, SALT, b64(hashlib.pbkdf2_hmac(h, pw, SALT.encode(), rounds))))
add("Django scrypt", "Python hashlib", "scrypt$16384$%s$8$1$%s" % (SALT, b64(hashlib.scrypt(pw, salt=SALT.encode(), n=16384, r=8, p=1, maxmem=64 << 20))))
add("Django bcrypt", "PHP", "bcrypt$" + php('echo password_hash($argv[1], PASSWORD_BCRYPT, ["cost" => 5]);', PW))
add("Django bcrypt_sha256", "PHP and Python hashlib", "bcrypt_sha256$" + php('echo password_hash($argv[1], PASSWORD_BCRYPT, ["cost" => 5]);', hashlib.sha256(pw).hexdigest()))
add("Django sha1", "Python hashlib", "sha1$%s$%s" % (SALT, hashlib.sha1(SALT.encode() + pw).hexdigest()), weak=True)
add("Django md5", "Python hashlib", "md5$%s$%s" % (SALT, hashlib.md5(SALT.encode() + pw).hexdigest()), weak=True)
add("Django unsalted sha1", "Python hashlib", "sha1$$" + hashlib.sha1(pw).hexdigest(), weak=True)

# ASP.NET Identity
salt = bytes(range(200, 216))
add("ASP.NET Identity 2", "Python hashlib", b64(b"\0" + salt + hashlib.pbkdf2_hmac("sha1", pw, salt, 1000, 32)), weak=True)
for prf, h, rounds in ((0, "sha1", 12000), (1, "sha256", 10000), (2, "sha512", 100000)):
    add("ASP.NET Identity 3, " + h, "Python hashlib", b64(b"\1" + struct.pack(">III", prf, rounds, 16) + salt + hashlib.pbkdf2_hmac(h, pw, salt, rounds, 32)))

# others
add("MySQL", "Python hashlib", "*" + hashlib.sha1(hashlib.sha1(pw).digest()).hexdigest().upper(), weak=True)
add("plain md5", "PHP", php("echo md5($argv[1]);", PW), weak=True)
add("plain md5, capitals", "PHP", php("echo strtoupper(md5($argv[1]));", PW), weak=True)
add("salted md5", "PHP", "$md5salted-prefix$zout$" + php('echo base64_encode(md5("zout".$argv[1], true));', PW), weak=True)


# Raw digests, which say nothing. Their recipes are as an operator writes them.
def recipe(name, by, digest, hash, salt="", username="", weak=True, peppers=None, **more):
    declared = {k: more.pop(k) for k in ("encoding", "column", "salt_encoding") if k in more}
    add("recipe: " + name, by, hash, weak=weak, recipe={"digest": digest, **declared}, salt=salt, username=username, peppers=peppers or {}, **more)


for h in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
    recipe(h, "PHP", h + "(pw)", php("echo hash($argv[1], $argv[2]);", h, PW))
    recipe(h + ", salt first", "PHP", h + "(salt + pw)", php("echo hash($argv[1], $argv[3].$argv[2]);", h, PW, SALT), SALT)
    recipe(h + ", salt last", "PHP", h + "(pw + salt)", php("echo hash($argv[1], $argv[2].$argv[3]);", h, PW, SALT), SALT)
    recipe(h + ", salt on both sides", "PHP", h + "(salt + pw + salt)", php("echo hash($argv[1], $argv[3].$argv[2].$argv[3]);", h, PW, SALT), SALT)
    recipe("hmac-" + h, "PHP", "hmac-%s(salt, pw)" % h, php("echo hash_hmac($argv[1], $argv[2], $argv[3]);", h, PW, SALT), SALT)
    recipe("hmac-%s, password for a key" % h, "PHP", "hmac-%s(pw, salt)" % h, php("echo hash_hmac($argv[1], $argv[3], $argv[2]);", h, PW, SALT), SALT)
    recipe(h + " twice", "PHP", "%s(%s(pw))" % (h, h), php("echo hash($argv[1], hash($argv[1], $argv[2]));", h, PW))
    recipe(h + " twice, of bytes, in base64", "PHP", "%s(raw(%s(pw)))" % (h, h), php("echo base64_encode(hash($argv[1], hash($argv[1], $argv[2], true), true));", h, PW), encoding="base64")
    recipe(h + " with a pepper", "PHP", "hmac-%s(pepper(old-shop), salt + pw)" % h,
           php("echo hash_hmac($argv[1], $argv[3].$argv[2], 'peper&zout');", h, PW, SALT), SALT, peppers={"old-shop": "peper&zout"})
recipe("vBulletin", "PHP", "md5(md5(pw) + salt)", php("echo md5(md5($argv[1]).$argv[2]);", PW, "z%t"), "z%t")
recipe("MyBB", "PHP", "md5(md5(salt) + md5(pw))", php("echo md5(md5($argv[2]).md5($argv[1]));", PW, SALT), SALT)
recipe("OpenCart", "PHP", "sha1(salt + sha1(salt + sha1(pw)))", php("echo sha1($argv[2].sha1($argv[2].sha1($argv[1])));", PW, SALT), SALT)
recipe("SMF", "PHP", "sha1(lower(username) + pw)", php("echo sha1(strtolower($argv[2]).$argv[1]);", PW, "Sanne"), username="Sanne")
recipe("WHMCS and Joomla, one column", "PHP", "md5(salt + pw)", php("echo md5($argv[2].$argv[1]).':'.$argv[2];", PW, SALT), column="{digest}:{salt}")
recipe("salt before the digest in one column", "PHP", "sha1(salt + pw)", php("echo $argv[2].sha1($argv[2].$argv[1]);", PW, SALT), column="{salt}{digest}")
recipe("capitals within", "PHP", "sha1(upper(md5(pw)) + salt)", php("echo sha1(strtoupper(md5($argv[1])).$argv[2]);", PW, SALT), SALT)
recipe("capitals outside", "PHP", "sha1(pw)", php("echo strtoupper(sha1($argv[1]));", PW))
recipe("base64 within", "PHP", "md5(base64(raw(sha1(pw))))", php("echo md5(base64_encode(sha1($argv[1], true)));", PW))
recipe("Latin-1", "PHP", "md5(latin1(pw))", php('echo md5(str_replace("é", "\\xe9", $argv[1]));', PW), wrong=["Cafe-Ruit-93!", "Caf€-Ruit-93!"])
recipe("Windows-1252", "Python hashlib", "md5(windows1252(pw))", hashlib.md5("Caf€-é".encode("cp1252")).hexdigest(), right="Caf€-é", wrong=["Cafλ-é"])
recipe("UTF-16, salt of bytes (ASP.NET membership)", "Python hashlib", "sha1(salt + utf16le(pw))",
       b64(hashlib.sha1(salt + PW.encode("utf-16le")).digest()), b64(salt), encoding="base64", salt_encoding="base64")
recipe("NT hash", "OpenSSL", "md4(utf16le(pw))", subprocess.run(
    ["openssl", "dgst", "-md4", "-provider", "legacy"], input=PW.encode("utf-16le"), capture_output=True, check=True).stdout.decode().split()[-1])
recipe("8 characters", "PHP", "sha1(chars(8, pw))", php("echo sha1($argv[1]);", PW[:8]), also=[PW[:8], PW[:8] + "andere"], wrong=[PW[:7]])
recipe("72 bytes", "PHP", "sha512(bytes(72, pw))", php("echo hash('sha512', substr($argv[1], 0, 72));", PW * 9), right=PW * 9, also=[(PW * 9)[:70]], wrong=[PW])
recipe("any case", "PHP", "md5(lower(pw))", php("echo md5(strtolower($argv[1]));", "Ruit-93!"), right="Ruit-93!", also=["RUIT-93!", "ruit-93!"])
recipe("capitals of the password", "PHP", "md5(upper(pw))", php("echo md5(strtoupper($argv[1]));", "Ruit-93!"), right="Ruit-93!", also=["RUIT-93!", "ruit-93!"])
recipe("spaces cut off", "PHP", "md5(trim(pw))", php("echo md5(trim($argv[1]));", " Ruit-93!\t"), right=" Ruit-93!\t", also=["Ruit-93!"])
recipe("fixed text", "PHP", "md5('Kf+(1):' + pw)", php("echo md5('Kf+(1):'.$argv[1]);", PW))
recipe("salt in hexadecimal", "Python hashlib", "sha256(salt + pw)", hashlib.sha256(salt + pw).hexdigest(), salt.hex(), salt_encoding="hex")
recipe("Symfony, 5000 rounds", "PHP, as MessageDigestPasswordEncoder does",
       "repeat(4999, raw(sha512(pw + '{' + salt + '}')), raw(sha512(last + pw + '{' + salt + '}')))",
       php('$s = $argv[1]."{".$argv[2]."}"; $d = hash("sha512", $s, true); for ($i = 1; $i < 5000; $i++) $d = hash("sha512", $d.$s, true); echo base64_encode($d);', PW, SALT),
       SALT, encoding="base64")
recipe("rounds over the digits", "PHP", "repeat(1000, md5(pw), md5(last + salt))", php("$d = md5($argv[1]); for ($i = 0; $i < 1000; $i++) $d = md5($d.$argv[2]); echo $d;", PW, SALT), SALT)
recipe("pbkdf2 in columns", "PHP", "pbkdf2-sha512(20000, 40, salt, pw)", php('echo hash_pbkdf2("sha512", $argv[1], $argv[2], 20000, 80);', PW, SALT), SALT, weak=False)
recipe("pbkdf2 of few rounds", "PHP", "pbkdf2-sha1(100, 20, salt, pw)", php('echo hash_pbkdf2("sha1", $argv[1], $argv[2], 100, 40);', PW, SALT), SALT)
recipe("scrypt in columns", "Python hashlib", "scrypt(14, 8, 1, 32, salt, pw)", hashlib.scrypt(pw, salt=SALT.encode(), n=16384, r=8, p=1, maxmem=64 << 20, dklen=32).hex(), SALT, weak=False)
recipe("bcrypt over md5", "PHP", "md5(pw)", php('echo password_hash(md5($argv[1]), PASSWORD_BCRYPT, ["cost" => 5]);', PW), encoding="hash", weak=False)
recipe("bcrypt over a peppered digest (Blesta)", "PHP", "hmac-sha256(pepper(system-key), pw)",
       php('echo password_hash(hash_hmac("sha256", $argv[1], hex2bin("00ff10")), PASSWORD_BCRYPT, ["cost" => 5]);', PW), encoding="hash", weak=False, peppers={"system-key": "hex:00ff10"})
recipe("bcrypt among the digests (WHMCS)", "PHP", "md5(salt + pw)", php('echo password_hash($argv[1], PASSWORD_BCRYPT, ["cost" => 5]);', PW), column="{digest}:{salt}", weak=False)
recipe("half of a digest", "PHP", "bytes(16, sha1(pw))", php("echo substr(sha1($argv[1]), 0, 16);", PW))
recipe("crypt of a digest", "PHP and crypt(3)", "md5(pw)", crypt(php("echo md5($argv[1]);", PW), "$6$rounds=1000$zout$"), encoding="hash", weak=False)

json.dump(vectors, sys.stdout, ensure_ascii=False, indent=1)
print()
