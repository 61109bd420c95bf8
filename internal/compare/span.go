package compare

// span is a run of bytes that differs: [a0, a1) of the first side stands where
// the second has [b0, b1).
type span struct{ a0, a1, b0, b1 int64 }

// gram is how many equal bytes end a difference. Fewer are equal by chance.
const gram = 16

// spans aligns two sides and returns where they differ, at most limit runs. If
// rest is true the last run holds everything from there on and was not aligned.
//
// It is greedy: from the first byte that differs it looks for the nearest place
// on both sides where they agree again. That finds changed, inserted and removed
// bytes in one pass and with constant memory, and need not find the least.
func spans(a, b Artifact, limit int) (found []span, rest bool, err error) {
	for i, j := int64(0), int64(0); ; {
		n, err := firstDifference(a, b, i, j)
		if err != nil || n < 0 {
			return found, false, err
		}
		i, j = i+n, j+n
		var x, y int64
		ok := false
		if len(found)+1 < limit {
			if x, y, ok, err = agreeAgain(a, b, i, j); err != nil {
				return nil, false, err
			}
		}
		if !ok {
			end, err := commonEnd(a, b, i, j)
			if err != nil {
				return nil, false, err
			}
			last := span{i, a.Size - end, j, b.Size - end}
			return append(found, last), max(last.a1-i, last.b1-j) > window, nil
		}
		found = append(found, span{i, i + x, j, j + y})
		i, j = i+x, j+y
	}
}

// agreeAgain looks for the nearest place behind i and j where both sides have
// the same gram. It looks near first: most differences are short.
func agreeAgain(a, b Artifact, i, j int64) (x, y int64, ok bool, err error) {
	for _, size := range []int64{4 << 10, window} {
		left, err := a.around(i, size)
		if err != nil {
			return 0, 0, false, err
		}
		right, err := b.around(j, size)
		if err != nil {
			return 0, 0, false, err
		}
		if x, y, ok := nearest(left, right); ok {
			return int64(x), int64(y), true, nil
		}
		if i+size >= a.Size && j+size >= b.Size {
			break
		}
	}
	return 0, 0, false, nil
}

// nearest finds the gram that both sides have with the least sum of offsets. A
// gram of one repeated byte, as in padding, counts only at the same offset:
// elsewhere it says nothing.
func nearest(a, b []byte) (x, y int, ok bool) {
	where := make(map[[gram]byte]int, len(b))
	for at := len(b) - gram; at >= 0; at-- {
		where[[gram]byte(b[at:])] = at // the first place wins
	}
	best := len(a) + len(b)
	for at := 0; at+gram <= len(a) && at < best; at++ {
		key := [gram]byte(a[at:])
		if at+gram <= len(b) && key == [gram]byte(b[at:]) && 2*at < best {
			best, x, y, ok = 2*at, at, at, true
		}
		if other, there := where[key]; there && at+other < best && !uniform(key) {
			best, x, y, ok = at+other, at, other, true
		}
	}
	return x, y, ok
}

func uniform(key [gram]byte) bool {
	for _, c := range key[1:] {
		if c != key[0] {
			return false
		}
	}
	return true
}
