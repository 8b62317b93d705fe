package portal_test

import (
	"os"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/keyfold/keyfold"
)

// TestPicturesOfArticlesShowPagesThatThereAre keeps the list of pictures true:
// each is made of one of our samples.
func TestPicturesOfArticlesShowPagesThatThereAre(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../help/articles/shots.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var shots map[string]struct{ Sample string }
	if err := yaml.Unmarshal(content, &shots); err != nil {
		t.Fatal(err)
	}
	if len(shots) == 0 {
		t.Fatal("there are no pictures")
	}
	all := samples(basePage(t, keyfold.English))
	for name, shot := range shots {
		if all[shot.Sample] == nil {
			t.Errorf("the picture %s: there is no sample %q", name, shot.Sample)
		}
	}
}
