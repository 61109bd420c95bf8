package cli

// commandDistance is how far from a command's name a word may be and still be
// taken for a slip of the keys (cargo's limit).
const commandDistance = 3

// flagDistance is the same for flags: a third of the word, as in rustc.
func flagDistance(word string) int { return max(len(word), 3) / 3 }

// closestName returns the name with the smallest edit distance to word, the
// first of several, or the empty string when none is within limit. A name that
// shares nothing with word is never close.
func closestName(word string, names []string, limit int) string {
	best, least := "", limit+1
	for _, name := range names {
		if d := editDistance(word, name); d < least && d < max(len(word), len(name)) {
			best, least = name, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b, in bytes: the restricted Damerau-Levenshtein
// distance, which is cargo's too.
func editDistance(a, b string) int {
	before := make([]int, len(b)+1) // row i-2
	above := make([]int, len(b)+1)  // row i-1
	row := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
