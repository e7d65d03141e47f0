// A checker that is not ours: golang.org/x/mod verifies the checkpoint's signature, then entries by proofs from tiles.
//
//	evidence DIR VKEY INDEX…
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// The package writes tile/8/LEVEL/…, and tile/8/data/… for entries; the layout on disk leaves the height out.
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	if tile.L < 0 {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return "tile/" + path
}

type tiles struct{ dir string }

func (t tiles) Height() int                     { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) read(tile tlog.Tile) ([]byte, error) {
	return os.ReadFile(filepath.Join(t.dir, pathOf(tile)))
}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		data, err := t.read(tile)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (t tiles) entry(index, size int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index / 256, W: 256}
	if tile.N == size/256 {
		tile.W = int(size % 256)
	}
	data, err := t.read(tile)
	for skip := index % 256; err == nil && len(data) >= 2; skip-- {
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			break
		}
		if skip == 0 {
			return data[2 : 2+length], nil
		}
		data = data[2+length:]
	}
	return nil, fmt.Errorf("entry %d cannot be read: %v", index, err)
}

func check(dir, vkey string, indexes []string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return fmt.Errorf("no checkpoint of %s: %q", verifier.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return fmt.Errorf("no root hash: %q", lines[2])
	}
	tree := tlog.Tree{N: size, Hash: tlog.Hash(*(*[tlog.HashSize]byte)(root))}
	reader := tiles{dir}
	hashes := tlog.TileHashReader(tree, reader) // refuses tiles that do not lead to the root
	for _, text := range indexes {
		index, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		entry, err := reader.entry(index, size)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(size, index, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, size, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
			return err
		}
	}
	fmt.Printf("%d entries of %d proven\n", len(indexes), size)
	return nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: evidence DIR VKEY INDEX…")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
