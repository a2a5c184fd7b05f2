// Holds a log against the libraries that the Go toolchain checks its module database with. Reads a JSON list of cases on
// standard input, writes a JSON list of verdicts: an empty text for what is accepted, the reason for what is refused.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type leafClaim struct {
	Index int64     `json:"index"`
	Hash  tlog.Hash `json:"hash"`
}

type testCase struct {
	Vkey      string `json:"vkey"`
	Note      string `json:"note"`
	Inclusion []struct {
		leafClaim
		Proof tlog.RecordProof `json:"proof"`
	} `json:"inclusion"`
	Consistency []struct {
		Size  int64          `json:"size"`
		Root  tlog.Hash      `json:"root"`
		Proof tlog.TreeProof `json:"proof"`
	} `json:"consistency"`
	// Tiles by their path, and the leaves that must be found through them.
	Tiles  map[string][]byte `json:"tiles"`
	Leaves []leafClaim       `json:"leaves"`
	// Entry bundles, by their index.
	Bundles map[int64][]byte `json:"bundles"`
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	verdicts := make([]string, len(cases))
	for i, one := range cases {
		if err := check(one); err != nil {
			verdicts[i] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		os.Exit(2)
	}
}

func check(c testCase) error {
	verifier, err := note.NewVerifier(c.Vkey)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	tree, err := parseCheckpoint(opened.Text, verifier.Name())
	if err != nil {
		return err
	}
	for _, claim := range c.Inclusion {
		if err := tlog.CheckRecord(claim.Proof, tree.N, tree.Hash, claim.Index, claim.Hash); err != nil {
			return fmt.Errorf("inclusion of %d: %w", claim.Index, err)
		}
	}
	for _, old := range c.Consistency {
		if err := tlog.CheckTree(old.Proof, tree.N, tree.Hash, old.Size, old.Root); err != nil {
			return fmt.Errorf("consistency from %d: %w", old.Size, err)
		}
	}
	return checkTiles(c, tree)
}

func parseCheckpoint(text, origin string) (tree tlog.Tree, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != origin {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// checkTiles reads leaves through the tiles and proves one of each tile that it touches. The reader of x/mod 0.7.0 promises
// to have proved what it returns, but passes over some of the full tiles.
func checkTiles(c testCase, tree tlog.Tree) error {
	if c.Tiles == nil {
		return nil
	}
	reader := tlog.TileHashReader(tree, tiles(c.Tiles))
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the tiles have another root")
	}
	for _, leaf := range c.Leaves {
		if err := proveLeaf(tree, reader, leaf.Index, leaf.Hash); err != nil {
			return err
		}
	}
	for bundle, data := range c.Bundles {
		index := bundle << tileHeight
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("bundle %d is cut off", bundle)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			hash := tlog.RecordHash(data[2:end])
			if err := checkLeaf(reader, index, hash); err != nil {
				return err
			}
			if index%(1<<tileHeight) == 0 {
				if err := proveLeaf(tree, reader, index, hash); err != nil {
					return err
				}
			}
			data = data[end:]
			index++
		}
	}
	return nil
}

func checkLeaf(reader tlog.HashReader, index int64, hash tlog.Hash) error {
	found, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	if found[0] != hash {
		return fmt.Errorf("leaf %d has another hash in the tiles", index)
	}
	return nil
}

func proveLeaf(tree tlog.Tree, reader tlog.HashReader, index int64, hash tlog.Hash) error {
	proof, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, hash); err != nil {
		return fmt.Errorf("leaf %d through the tiles: %w", index, err)
	}
	return nil
}

// tiles serves tiles under the paths of C2SP tlog-tiles, where the height is always 8 and not said.
type tiles map[string][]byte

func (t tiles) Height() int { return tileHeight }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, tile := range wanted {
		path := "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
		found, ok := t[path]
		if !ok {
			return nil, fmt.Errorf("there is no %s", path)
		}
		data[i] = found
	}
	return data, nil
}
