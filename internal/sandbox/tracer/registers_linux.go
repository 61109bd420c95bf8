package tracer

// stackPointer returns the stack pointer of a stopped task, and whether it runs
// in 64-bit mode.
func stackPointer(tid int) (uint64, bool, error) {
	r, err := getRegisters(tid)
	if err != nil {
		return 0, false, err
	}
	sp, native := stackOf(&r)
	return sp, native, nil
}

// callOf reads the call that a stopped task is about to make.
func callOf(tid int) (*Call, error) {
	r, err := getRegisters(tid)
	if err != nil {
		return nil, err
	}
	c := &Call{Number: numberOf(&r), tid: tid, replaced: -1}
	for i, a := range arguments(&r) {
		c.Args[i] = *a
	}
	c.sp, _ = stackOf(&r)
	return c, nil
}

// setArgument changes one argument of a stopped task's call.
func setArgument(tid, arg int, value uint64) error {
	r, err := getRegisters(tid)
	if err != nil {
		return err
	}
	*arguments(&r)[arg] = value
	return setRegisters(tid, &r)
}

// resultOf returns what a call returned.
func resultOf(tid int) (int64, error) {
	r, err := getRegisters(tid)
	return returned(&r), err
}
