package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
)

// manyArticles is how many an operator may have, far more than anybody writes.
const manyArticles = 1000

// help measures how soon the page of a search is there, among very many articles.
func (b *bench) help() (err error) {
	folder := filepath.Join(b.folder, "articles")
	if err := writeArticles(folder, manyArticles); err != nil {
		return err
	}
	at := b.sqlite("help")
	if _, err := b.seed(at.url); err != nil {
		return err
	}
	p, err := b.serve(at.url, "KEYFOLD_HELP_DIR="+folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	questions := []string{
		"no mail", "accuont mial", "wrod1234 acount55", "a b c d e f g h i j", "geen e-mail ontvangen", "NL123421341",
		"the account gets a mail of word", strings.Repeat("wordxyzw ", 11),
	}
	client := newClient(1)
	var took []time.Duration
	_, err = rate(b.ctx, 1, b.long, func(ctx context.Context, _, n int) error {
		began := time.Now()
		code, err := get(ctx, client, p.url+"/help?lang=nl&q="+url.QueryEscape(questions[n%len(questions)]), "")
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("search: %d", code)
		}
		took = append(took, time.Since(began))
		return err
	})
	if err != nil {
		return err
	}
	p95 := percentile(took, 0.95)
	b.add(row{
		fmt.Sprintf("Search of the help among %d articles, the page, p95", manyArticles), fmt.Sprintf("%.1f ms", float64(p95.Microseconds())/1000),
		"", "", "< 20 ms", p95 < 20*time.Millisecond,
	})
	return nil
}

// writeArticles writes articles of a length and with a choice of words as articles
// have them, in each language.
func writeArticles(folder string, n int) error {
	for _, lang := range keyfold.Languages() {
		if err := os.MkdirAll(filepath.Join(folder, lang.String()), 0o700); err != nil {
			return err
		}
		for i := range n {
			var text strings.Builder
			fmt.Fprintf(&text, "---\ntitle: Article %d about mail\nsummary: It is about %d.\nkeywords: [mail, key%d]\n---\n", i, i, i%90)
			for j := range 45 {
				fmt.Fprintf(&text, "word%d of the account%d gets a mail%d.\n", (i*j)%9000, j%700, (i+j)%3000)
			}
			if err := os.WriteFile(filepath.Join(folder, lang.String(), fmt.Sprintf("article-%d.md", i)), []byte(text.String()), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}
