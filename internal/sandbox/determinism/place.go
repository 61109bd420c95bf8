package determinism

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Place says where a task stands among the others of its world. Numbers of
// processes do not, because which of two parallel ones gets which is chance. A
// thread or a child that did not begin a program has its place by how many its
// parent made before; a program has it by its arguments, environment and
// directory, so that it does not matter in which order cargo or make start theirs.
type Place [sha256.Size]byte

// First is the place of the first program of a world.
func First(seed string) Place { return hashed("world", seed) }

// Child is the place of the n-th task that one at p makes.
func (p Place) Child(n uint64) Place {
	return hashed("child", string(p[:]), string(binary.LittleEndian.AppendUint64(nil, n)))
}

// Program is the place of the n-th program with these words that a process
// at p started. The environment is as Variables returns it.
func (p Place) Program(argv, env []string, dir string, n uint64) Place {
	parts := []string{"program", string(p[:]), string(binary.LittleEndian.AppendUint64(nil, n)), dir,
		string(binary.LittleEndian.AppendUint64(nil, uint64(len(argv))))}
	return hashed(append(append(parts, argv...), env...)...)
}

// Stream returns the randomness of a task: what it draws one after another, by
// whatever means. Streams of different places have nothing in common. It is no
// secret: who knows the root knows it.
func (p Place) Stream() *rand.ChaCha8 { return rand.NewChaCha8(p) }

// hashed hashes parts so that no two lists have the same form.
func hashed(parts ...string) Place {
	size := 0
	for _, part := range parts {
		size += 8 + len(part)
	}
	all := make([]byte, 0, size)
	for _, part := range parts {
		all = binary.LittleEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	return sha256.Sum256(all)
}
