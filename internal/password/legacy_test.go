package password_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

func recipe(tb testing.TB, text password.RecipeText) password.Recipe {
	tb.Helper()
	r, err := password.ParseRecipe(text)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func intake(tb testing.TB, c password.IntakeConfig) *password.Intake {
	tb.Helper()
	if c.Wrap == (password.Params{}) {
		c.Wrap = cheapWrap
	}
	in, err := password.NewIntake(c)
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

// digestsOfAllKinds are what rows of quick digests were made of.
var digestsOfAllKinds = []string{
	"md5(pw)", "md4(utf16le(pw))", "sha1(salt+pw)", "sha256(pw+salt)", "sha512(salt+pw+salt)", "hmac-sha1(salt,pw)", "hmac-md5(pw,salt)",
	"md5(md5(pw)+salt)", "sha1(upper(md5(pw))+salt)", "base64(raw(sha384(pw)))", "md5(lower(username)+pw)", "hmac-sha256(pepper(a),salt+pw)",
	"sha1(chars(8,pw))", "md5(bytes(10,pw))", "md5(latin1(pw))", "repeat(20,raw(sha1(pw)),raw(sha1(last+salt)))", "des-crypt(bytes(2,salt),pw)",
	"md5-crypt(bytes(8,salt),pw)", "md5(lower(pw))", "pbkdf2-sha1(10,20,salt,pw)",
}

func TestPlainAndWrappedGiveTheSameVerdict(t *testing.T) {
	t.Parallel()
	peppers, err := password.ParsePeppers("a=peper")
	if err != nil {
		t.Fatal(err)
	}
	g := gate(t, password.GateConfig{Peppers: peppers, Params: cheapWrap})
	in := intake(t, password.IntakeConfig{Peppers: peppers})
	random := newRandom(20261125)
	matched := 0
	for i := range 10_000 {
		digest := digestsOfAllKinds[i%len(digestsOfAllKinds)]
		pw, salt, username := random.text(1, 20), random.letters(8), random.text(1, 8)
		plain := password.MakeLegacy(t, digest, pw, salt, username, peppers)
		got, err := in.Take(password.LegacyHash{Hash: plain}, taker)
		if err != nil || !strings.Contains(string(got.Hash), "$argon2id$") {
			t.Fatalf("%s: %s is kept as %s: %v", digest, plain, got.Hash, err)
		}
		for _, typed := range []string{pw, strings.ToUpper(pw), random.near(pw)} {
			one, two := verify(t, g, keyfold.Hash(plain), typed), verify(t, g, got.Hash, typed)
			if one != two || typed == pw && !one.OK {
				t.Errorf("%s of %q: %q gives %+v, and wrapped %+v", digest, pw, typed, one, two)
			}
			if one.OK {
				matched++
			}
		}
	}
	if matched < 10_000 || matched > 20_000 {
		t.Errorf("%d of 30,000 match: the test compares too little", matched)
	}
}

func TestTheSameRowOfTheSameAccountGivesTheSameHash(t *testing.T) {
	t.Parallel()
	in := intake(t, password.IntakeConfig{Recipe: recipe(t, password.RecipeText{Digest: "md5(salt + pw)", Column: "{digest}:{salt}"})})
	other, err := keyfold.ParseCustomerID("NL999999999")
	if err != nil {
		t.Fatal(err)
	}
	take := func(id keyfold.CustomerID, hash string) keyfold.Hash {
		got, err := in.Take(password.LegacyHash{Hash: hash}, id)
		if err != nil {
			t.Fatal(err)
		}
		return got.Hash
	}
	row := "900150983cd24fb0d6963f7d28e17f72:zout"
	first := take(taker, row)
	if again := take(taker, strings.ToUpper(row[:32])+row[32:]); again != first {
		t.Errorf("%s, and then %s", first, again)
	}
	if strings.Contains(string(first), "900150983cd2") {
		t.Errorf("the digest is kept in %s", first)
	}
	if take(other, row) == first || take(taker, strings.Replace(row, "9", "8", 1)) == first {
		t.Error("another account, or another digest, gives the same hash")
	}
	if again := take(taker, string(first)); again != first {
		t.Errorf("what was exported comes in as %s", again)
	}
}

func TestRowsThatCannotComeInSayWhyAndNothingElse(t *testing.T) {
	t.Parallel()
	const md5 = "900150983cd24fb0d6963f7d28e17f72"
	salted := password.RecipeText{Digest: "md5(salt + pw)"}
	hash := password.RecipeText{Digest: "md5(pw)", Encoding: "hash"}
	for name, tt := range map[string]struct {
		recipe password.RecipeText
		row    password.LegacyHash
		want   error
	}{
		"no hash":               {password.RecipeText{}, password.LegacyHash{Hash: "secret"}, password.ErrUnknown},
		"too long":              {password.RecipeText{}, password.LegacyHash{Hash: strings.Repeat("a", 2000)}, password.ErrUnknown},
		"4 GiB":                 {password.RecipeText{}, password.LegacyHash{Hash: "$argon2id$v=19$m=4194304,t=1,p=1$em91dC16b3V0LXpvdXQtMQ$iDrnnZpgTyRWOf2x9EOCJwn5wqOJ7EE0OAlgDGfSUSs"}, password.ErrCostly},
		"endless Django":        {password.RecipeText{}, password.LegacyHash{Hash: "pbkdf2_sha256$99999999$zout$" + strings.Repeat("A", 43) + "="}, password.ErrCostly},
		"endless rounds":        {password.RecipeText{}, password.LegacyHash{Hash: "$legacy$repeat(1000000,raw(md5(pw)),raw(md5(last+pw+pw+pw+pw)))$$" + strings.Repeat("A", 22)}, password.ErrCostly},
		"endless scrypt":        {password.RecipeText{}, password.LegacyHash{Hash: "$legacy$scrypt(18,8,2,32,pw,pw)$$" + strings.Repeat("A", 86)}, password.ErrCostly},
		"bits left over":        {password.RecipeText{}, password.LegacyHash{Hash: "$P$6ZoutvaatQ7dqtK2BreOS5s4EFLhmhz"}, password.ErrUnknown},
		"no salt in {SSHA}":     {password.RecipeText{}, password.LegacyHash{Hash: "{SSHA}cMzZAHM41tgd07YnFiG5z5qX6gA="}, password.ErrUnknown},
		"a salt in {SHA}":       {password.RecipeText{}, password.LegacyHash{Hash: "{SHA}cMzZAHM41tgd07YnFiG5z5qX6gB6b3V0"}, password.ErrUnknown},
		"a pepper of no one":    {password.RecipeText{}, password.LegacyHash{Hash: "$legacy$md5(pepper(x)+pw)$$OTAwMTUwOTgzY2QyNGZiMGQ2OTYzZjdkMjhlMTdmNzI"}, password.ErrNoPepper},
		"a digest of no length": {salted, password.LegacyHash{Hash: md5[:30], Salt: "z"}, password.ErrColumn},
		"no salt":               {salted, password.LegacyHash{Hash: md5}, password.ErrNoSalt},
		"a long salt":           {salted, password.LegacyHash{Hash: md5, Salt: strings.Repeat("z", 129)}, password.ErrNoSalt},
		"no username":           {password.RecipeText{Digest: "md5(username + pw)"}, password.LegacyHash{Hash: md5}, password.ErrNoUsername},
		"unknown within":        {hash, password.LegacyHash{Hash: md5}, password.ErrUnknown},
		"costly within":         {hash, password.LegacyHash{Hash: "$2b$31$abcdefghijklmnopqrstuulrgOwPtnpGfZ4IAGh/uiRp0RtfFE0La"}, password.ErrCostly},
		"unknown among digests": {salted, password.LegacyHash{Hash: "$9$unknown", Salt: "z"}, password.ErrColumn},
	} {
		in := intake(t, password.IntakeConfig{Recipe: recipe(t, tt.recipe)})
		if got, err := in.Take(tt.row, taker); !errors.Is(err, tt.want) || err.Error() != tt.want.Error() {
			t.Errorf("%s: got %+v, %v; want %v", name, got, err, tt.want)
		}
	}
	in := intake(t, password.IntakeConfig{MemoryBudget: 32 << 20})
	if _, err := in.Take(password.LegacyHash{Hash: "$argon2id$v=19$m=65536,t=1,p=1$em91dC16b3V0LXpvdXQtMQ$iDrnnZpgTyRWOf2x9EOCJwn5wqOJ7EE0OAlgDGfSUSs"}, taker); !errors.Is(err, password.ErrCostly) {
		t.Errorf("above the budget of the gate: %v", err)
	}
	if got, err := in.Take(password.LegacyHash{}, taker); got != (password.Taken{}) || err != nil {
		t.Errorf("no password at all: %+v, %v", got, err)
	}
}

// Whatever a row asks for, it is answered, and in bounded time.
func TestHostileRowsCostNoMoreThanTheBounds(t *testing.T) {
	t.Parallel()
	value := strings.Repeat("QUFB", 6)
	long := strings.Repeat("x", password.MaxBytes)
	g := gate(t, password.GateConfig{})
	runs := counted(g)
	for _, h := range []string{
		"$legacy$repeat(1000000,raw(sha512(pw)),repeat(1000000,raw(sha512(pw)),raw(sha512(last))))$$" + value,
		"$legacy$repeat(1000000,raw(sha512(pw)),raw(sha512(last+pw+pw+pw+pw+pw+pw)))$$" + value,
		"$legacy$repeat(700000,raw(md5(pw)),raw(md5(last+pw)))$$" + value, // bearable but for a long password
		"$legacy$repeat(1000000,pw,last+last)$$" + value,
		"$legacy$pbkdf2-sha1(1500000,128,pw,pw)$$" + value,
		"$legacy$repeat(100,scrypt(18,8,1,32,pw,pw),scrypt(18,8,1,32,pw,last))$$" + value,
		"$legacy$scrypt(18,16,16,32,pw,pw)$$" + value,
		"$legacy$md5(" + strings.Repeat("base64(", 50) + "pw" + strings.Repeat(")", 51) + "$$" + value,
		"$legacy$md5(" + strings.Repeat("utf16le(", 12) + "pw" + strings.Repeat(")", 13) + "$$" + value,
		"$legacy$md5(pw)$$" + "AA",                                        // a value that is soon hit
		"$legacy$md5(pw)$s=em91dA$" + value,                               // a salt that nobody uses
		"$legacy$md5(salt+pw)$$" + value,                                  // none where one is used
		"$legacy$md5( pw)$$" + value,                                      // not as we write it
		"$legacy$md5(pw)$$legacy$md5(pw)$$" + value,                       // one within another
		"$legacy$md5(pw)$$argon2id$v=19$m=64,t=1,p=1$em91dC16b3V0LXpvdXQ", // half a hash
		"$legacy$'a'$$" + value,
		"$legacy$$$" + value,
		"$legacy$",
		"$sha1$99999999$zout$" + strings.Repeat("A", 28),
		"$P$SZoutvaatQ7dqtK2BreOS5s4EFLhmh/",
		"$y$jzT$Ru5tZoutRu5tZout$" + strings.Repeat("A", 43),
		"$7$zz..../....Ru5tZout$" + strings.Repeat("A", 43),
		"scrypt$1048576$zout$16$16$" + strings.Repeat("A", 86) + "==",
		"pbkdf2_sha256$9999999$zout$" + strings.Repeat("A", 43) + "=",
		"AQAAAAH/////AAAAEA" + strings.Repeat("A", 64),
		"{SSHA}" + strings.Repeat("A", 250),
	} {
		*runs = nil
		if r := verify(t, g, keyfold.Hash(h), long); r.OK || len(*runs) != 1 || (*runs)[0] != "argon2" {
			t.Errorf("%s gives %+v and runs %q", h, r, *runs)
		}
	}
}

func TestQuickHashesAreNotAnsweredFaster(t *testing.T) {
	t.Parallel()
	ours := password.Params{MemoryKiB: 64, Time: 2, Parallelism: 1}
	g := gate(t, password.GateConfig{Params: ours})
	runs := counted(g)
	const md5 = "900150983cd24fb0d6963f7d28e17f72"
	wrapped := func(p password.Params) keyfold.Hash {
		got, err := intake(t, password.IntakeConfig{Wrap: p}).Take(password.LegacyHash{Hash: md5}, taker)
		if err != nil {
			t.Fatal(err)
		}
		return got.Hash
	}
	for name, tt := range map[string]struct {
		hash keyfold.Hash
		want []string
	}{
		"nobody":           {"", []string{"argon2"}},
		"ours":             {hash(t, g, "Kx7~qVm)"), []string{"argon2"}},
		"md5":              {md5, []string{"md5", "argon2"}},
		"wrapped, quick":   {wrapped(cheapWrap), []string{"argon2", "argon2"}},
		"wrapped, as ours": {wrapped(ours), []string{"argon2"}},
		"sha256crypt":      {vectors["sha256crypt"], []string{"sha256crypt", "argon2"}},
		"argon2, quick":    {hash(t, gate(t, password.GateConfig{Params: cheapWrap}), "Kx7~qVm)"), []string{"argon2", "argon2"}},
	} {
		*runs = nil
		if verify(t, g, tt.hash, "Wrong-77").OK {
			t.Errorf("%s: it matches", name)
		}
		if diff := cmp.Diff(tt.want, *runs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPeppersStayOutOfSight(t *testing.T) {
	t.Parallel()
	ps, err := password.ParsePeppers("one=CANARY=\n\ntwo=hex:00ff\r\nthree=base64:AP8=\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) != 3 {
		t.Errorf("%d are read", len(ps))
	}
	if text := fmt.Sprintf("%v %+v %#v %s", ps, ps, ps, ps["one"]); strings.Contains(text, "CANARY") {
		t.Errorf("it prints %s", text)
	}
	for _, bad := range []string{"CANARY", "One=CANARY", "=CANARY", "one=", "one=hex:CANARY", "one=base64:CANARY!", "one=CANARY\none=CANARY2", "one=CANARY" + strings.Repeat("x", 256)} {
		if _, err := password.ParsePeppers(bad); err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%q gives %v", bad, err)
		}
	}
	_, err = password.NewIntake(password.IntakeConfig{Recipe: recipe(t, password.RecipeText{Digest: "hmac-sha1(pepper(four), pw)"}), Peppers: ps})
	if err == nil || !strings.Contains(err.Error(), "pepper(four)") {
		t.Errorf("a pepper that is not there gives %v", err)
	}
}

func TestWrappingRefusesWhatWouldBeNoProtection(t *testing.T) {
	t.Parallel()
	if _, err := password.NewIntake(password.IntakeConfig{Wrap: password.Params{MemoryKiB: 4, Time: 1, Parallelism: 1}}); err == nil {
		t.Error("4 KiB are taken")
	}
}

func BenchmarkWrap(b *testing.B) {
	for _, kib := range []uint32{256, 512, 1024, 2048, 4096} {
		b.Run(fmt.Sprintf("%dKiB", kib), func(b *testing.B) {
			in := intake(b, password.IntakeConfig{Wrap: password.Params{MemoryKiB: kib, Time: 1, Parallelism: 1}})
			for b.Loop() {
				if _, err := in.Take(password.LegacyHash{Hash: "900150983cd24fb0d6963f7d28e17f72"}, taker); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzTake(f *testing.F) {
	for _, v := range othersVectors(f) {
		f.Add(v.Recipe.Digest, v.Recipe.Column, v.Recipe.Encoding, v.Hash, v.Salt, v.Right[0])
	}
	g := gate(f, password.GateConfig{Slots: 4})
	f.Fuzz(func(t *testing.T, digest, column, encoding, hash, salt, pw string) {
		r, err := password.ParseRecipe(password.RecipeText{Digest: digest, Column: column, Encoding: encoding})
		if err != nil {
			return
		}
		start := time.Now()
		in, err := password.NewIntake(password.IntakeConfig{Recipe: r, Wrap: cheapWrap})
		if err != nil {
			return
		}
		got, err := in.Take(password.LegacyHash{Hash: hash, Salt: salt, Username: "u"}, taker)
		if err != nil || got.Hash == "" {
			return
		}
		if len(got.Hash) > password.MaxHash {
			t.Errorf("%q is longer than what is read", got.Hash)
		}
		if again, err := in.Take(password.LegacyHash{Hash: string(got.Hash)}, taker); err == nil && digest == "" && again.Hash != got.Hash {
			t.Errorf("%q becomes %q", got.Hash, again.Hash)
		}
		if _, err := g.Verify(t.Context(), got.Hash, pw); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%q with %q took %s", hash, digest, d)
		}
	})
}

func TestAPasswordThatTheOldSystemCouldNotHaveMatchesNothing(t *testing.T) {
	t.Parallel()
	g := gate(t, password.GateConfig{})
	for _, digest := range []string{"md5('a'+latin1(pw))", "md5('a'+windows1252(pw))"} {
		h := keyfold.Hash(password.MakeLegacy(t, digest, "", "", "", nil)) // what is left of a password that cannot be written
		if verify(t, g, h, "\u2603").OK || verify(t, g, h, "").OK {
			t.Errorf("%s: it matches", digest)
		}
	}
}
