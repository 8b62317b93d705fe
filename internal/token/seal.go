package token

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
)

// sealedAs begins what [Key.Seal] makes.
const sealedAs = "v1."

// Seal encrypts a secret of somebody, so that it can rest in the database. The
// same secret of the same person gives the same text, so that it shows whether
// anything has changed; that of another person gives another one.
func (k Key) Seal(purpose, whose string, secret []byte) string {
	gcm := k.cipher(purpose)
	// Made of the secret, the nonce comes twice only with the same secret.
	nonce := k.mac("nonce", purpose, whose, string(secret))[:gcm.NonceSize()]
	return sealedAs + base64.RawURLEncoding.EncodeToString(gcm.Seal(nonce, nonce, secret, []byte(whose)))
}

var errSealed = errors.New("token: this was not sealed with this key, or not for this person")

// Unseal gives the secret back.
func (k Key) Unseal(purpose, whose, sealed string) ([]byte, error) {
	gcm := k.cipher(purpose)
	if len(sealed) < len(sealedAs) || sealed[:len(sealedAs)] != sealedAs {
		return nil, errSealed
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(sealed[len(sealedAs):])
	if err != nil || len(b) < gcm.NonceSize() {
		return nil, errSealed
	}
	secret, err := gcm.Open(nil, b[:gcm.NonceSize()], b[gcm.NonceSize():], []byte(whose))
	if err != nil {
		return nil, errSealed
	}
	return secret, nil
}

func (k Key) cipher(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(k.mac("seal", purpose))
	if err != nil {
		panic(err) // a key of 32 bytes is one
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return gcm
}
