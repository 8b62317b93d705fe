package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// Files are encrypted in the form of age (age-encryption.org): a server needs
// only the public half of a key, and any copy of age opens them.

// Seal encrypts what is written for the keys in a file: public ones (age1…), or
// secret ones, whose public halves are used. Close it.
func Seal(to io.Writer, keyFile string) (io.WriteCloser, error) {
	recipients, err := readRecipients(keyFile)
	if err != nil {
		return nil, err
	}
	sealed, err := age.Encrypt(to, recipients...)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be encrypted: %w", err)
	}
	return sealed, nil
}

func readRecipients(keyFile string) ([]age.Recipient, error) {
	text, err := readKeys(keyFile)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(text, "AGE-SECRET-KEY-") {
		recipients, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s holds no key of age: a line that begins with age1. Make a pair with age-keygen", keyFile)
		}
		return recipients, nil
	}
	identities, err := parseIdentities(keyFile, text)
	if err != nil {
		return nil, err
	}
	var recipients []age.Recipient
	for _, identity := range identities {
		switch identity := identity.(type) {
		case *age.X25519Identity:
			recipients = append(recipients, identity.Recipient())
		case *age.HybridIdentity:
			recipients = append(recipients, identity.Recipient())
		}
	}
	return recipients, nil
}

// Sealed begins with this, and nothing else of ours does.
const sealedBegin = "age-encryption.org/"

// Unseal reads a file that may be encrypted, with the secret keys in a file. It
// refuses a key that there is nothing to open with.
func Unseal(r io.Reader, keyFile string) (io.Reader, error) {
	in := bufio.NewReader(r)
	begin, _ := in.Peek(len(sealedBegin)) // an error comes again at the first read
	sealed := bytes.Equal(begin, []byte(sealedBegin))
	switch {
	case !sealed && keyFile != "":
		return nil, errors.New("the file is not encrypted, so that anybody may have changed it. If you trust it, leave --key out")
	case !sealed:
		return in, nil
	case keyFile == "":
		return nil, errors.New("the file is encrypted. Say with --key FILE where the secret key is")
	}
	text, err := readKeys(keyFile)
	if err != nil {
		return nil, err
	}
	identities, err := parseIdentities(keyFile, text)
	if err != nil {
		return nil, err
	}
	out, err := age.Decrypt(in, identities...)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return nil, fmt.Errorf("the key in %s is not one that this file was encrypted for", keyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("the file cannot be decrypted: %w", err)
	}
	return out, nil
}

// parseIdentities tells nothing of what is in the file.
func parseIdentities(keyFile, text string) ([]age.Identity, error) {
	identities, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s holds no secret key of age: a line that begins with AGE-SECRET-KEY-", keyFile)
	}
	return identities, nil
}

func readKeys(keyFile string) (string, error) {
	text, err := os.ReadFile(keyFile) //nolint:gosec // G304: the operator names it
	if err != nil {
		return "", fmt.Errorf("the key cannot be read: %w", err)
	}
	return string(text), nil
}
