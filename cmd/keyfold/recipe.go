package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyfold/keyfold/internal/password"
)

// recipeKeys are the keys of a recipe.
func recipeKeys() []string { return []string{"digest", "encoding", "column", "salt"} }

// readRecipe gives the recipe under password: in a file. Without a file, hashes
// say themselves how they were made.
func readRecipe(path string) (password.Recipe, error) {
	if path == "" {
		return password.Recipe{}, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // G304: the operator names the file
	if err != nil {
		return password.Recipe{}, fmt.Errorf("the recipe %q cannot be read: %w", path, bare(err))
	}
	r := newMapReader(path)
	r.read(text)
	if r.places["password"] == "" && len(r.problems) == 0 {
		r.problem(r.where(1), "there is no recipe. Write password: on a line, and under it, indented by two spaces, digest: md5(salt + pw)")
	}
	return r.file.recipe, r.verdict("recipe")
}

// recipe reads what stands under password:, which begins at a place.
func (r *mapReader) recipe(n ast.Node, at string) password.Recipe {
	m, ok := n.(ast.MapNode)
	if !ok {
		r.problem(at, "password must hold keys and values. Write them as lines of NAME: VALUE, indented by two spaces.")
		return password.Recipe{}
	}
	texts, places := map[string]string{}, map[string]string{}
	for i := m.MapRange(); i.Next(); {
		name, place := i.Key().GetToken().Value, r.where(lineOf(i.Key()))
		text, err := scalar(i.Value(), false)
		switch {
		case !slices.Contains(recipeKeys(), name):
			r.problem(place, "password.%s is not a key that we know.%s", name, oneOf(name, recipeKeys()))
		case err != nil:
			r.problem(place, "password.%s %v", name, err)
		default:
			texts[name], places[name] = text, place
		}
	}
	if len(r.problems) > 0 {
		return password.Recipe{}
	}
	recipe, err := password.ParseRecipe(password.RecipeText{
		Digest: texts["digest"], Encoding: texts["encoding"], Column: texts["column"], Salt: texts["salt"],
	})
	if wrong, ok := errors.AsType[*password.RecipeError](err); ok {
		if places[wrong.Key] != "" {
			at = places[wrong.Key]
		}
		r.problem(at, "password.%s: %s", wrong.Key, wrong.Reason)
	}
	return recipe
}
