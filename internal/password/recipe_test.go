package password_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/password"
)

func TestARecipeThatCannotBeRightSaysWhichKeyAndWhy(t *testing.T) {
	t.Parallel()
	digest := func(s string) password.RecipeText { return password.RecipeText{Digest: s} }
	for _, tt := range []struct {
		text password.RecipeText
		want string
	}{
		{password.RecipeText{Column: "{digest}:{salt}"}, "digest: it is missing."},
		{digest("md6(pw)"), `digest: "md6" is nothing that we know. There are pw, salt, username, pepper(NAME), texts in single quotes, and the functions apr1-crypt, base64, bytes,`},
		{digest("MD5(pw)"), `digest: a value is missing before "MD5(pw)".`},
		{digest("md5(pw"), "digest: a ) is missing at the end, after pw."},
		{digest("md5 pw"), `digest: a ( is missing before "pw".`},
		{digest("md5(pw) salt"), `digest: "salt" is more than one value. Put a + between two values.`},
		{digest("md5(pw +)"), `digest: a value is missing before ")".`},
		{digest("md5(pw) +"), "digest: a value is missing at the end."},
		{digest("hmac-md5(salt)"), `digest: a , is missing before ")".`},
		{digest("md5(salt)"), "digest: it does not use pw, the password."},
		{digest("md5(last + pw)"), "digest: last has a meaning only as a part of the third value of repeat."},
		{digest("repeat(5, last, md5(last + pw))"), "digest: last has a meaning only"},
		{digest("repeat(5, pw, last + pw)"), "digest: the third value of repeat is a digest, like raw(md5(last+pw))."},
		{digest("repeat(0, pw, md5(last))"), "digest: value 1 of repeat is a whole number from 1 to 1000000."},
		{digest("raw(pw)"), "digest: raw takes a digest, like raw(md5(pw)); pw has no other form."},
		{digest("md5('a b' + pw)"), "digest: a text in single quotes has one character at least, and none but ASCII"},
		{digest("md5('$' + pw)"), "digest: a text in single quotes"},
		{digest("md5('' + pw)"), "digest: a text in single quotes"},
		{digest("md5('a + pw)"), "digest: a single quote opens a text here that no other one closes"},
		{digest("md5(pepper(Shop) + pw)"), "digest: pepper needs a name of small letters, digits and -"},
		{digest("pbkdf2-sha1(1, 2, salt, pw)" + strings.Repeat("+pw", 100)), "digest: it is longer than 256 characters."},
		{digest(strings.Repeat("md5(", 14) + "pw" + strings.Repeat(")", 14)), "digest: more than 12 functions are within each other."},
		{digest("repeat(1000000, md5(pw), pbkdf2-md5(100, 16, salt, last))"), "digest: it takes more memory or rounds than we give to one hash."},
		{password.RecipeText{Digest: "md5(pw)", Encoding: "rot13"}, "encoding: it is hex, base64, text or hash."},
		{password.RecipeText{Digest: "md5(pw)", Salt: "hex"}, "salt: the digest does not use a salt."},
		{password.RecipeText{Digest: "md5(pw+salt)", Salt: "rot13"}, "salt: it is text, hex or base64"},
		{password.RecipeText{Digest: "md5(pw)", Column: "{digest}:{salt}"}, "column: it has a {salt} that the digest does not use."},
		{password.RecipeText{Digest: "md5(pw)", Column: "md5:"}, "column: it has {digest} once"},
		{password.RecipeText{Digest: "md5(pw+salt)", Column: "{digest}{salt}{salt}"}, "column: it has {digest} once"},
	} {
		_, err := password.ParseRecipe(tt.text)
		wrong, ok := errors.AsType[*password.RecipeError](err)
		if !ok || !strings.HasPrefix(wrong.Error(), tt.want) {
			t.Errorf("%+v gives %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestAnExpressionReadsWhatItPrints(t *testing.T) {
	t.Parallel()
	for _, text := range append([]string{"repeat(4999,raw(sha512(pw+'{'+salt+'}')),raw(sha512(last+pw)))", "scrypt(14,8,1,32,salt,pw)"}, digestsOfAllKinds...) {
		for _, typed := range []string{text, strings.NewReplacer(",", " , ", "+", " +\n", "(", "( ").Replace(text)} {
			if got := password.Printed(t, typed); got != text {
				t.Errorf("%q is printed %q", typed, got)
			}
		}
	}
}
