// SPDX-License-Identifier: Apache-2.0

package hw

// May says which shortcuts the device of this transaction knows: the command
// resume, which selects it again in 8 slots instead of 72, and overdrive, which
// is used if the line was told so. Neither is used for devices behind couplers.
func (t *Tx) May(resume, overdrive bool) {
	t.resume, t.overdrive = resume, overdrive && t.line.Overdrive()
}

// Shortcut tells whether a shortcut was used. If a transaction with one fails,
// it is better tried without.
func (t *Tx) Shortcut() bool { return t.resumed || t.fast }

// selection is what must be sent after a reset to address a device. With
// overdrive the line has changed its speed when it returns, and a part was sent.
//
// Resume is used in the transaction that has matched the code only. The flag in
// the chip that it goes by lasts longer, but a chip that was away for the match
// of another one would answer as well.
func (t *Tx) selection(rom ROM) ([]byte, error) {
	again := rom != ROM{} && rom == t.chosen && len(t.via) == 0
	switch {
	case rom == ROM{}:
		return []byte{SkipROM}, nil
	case again && t.resume:
		t.resumed = true
		return []byte{ResumeROM}, nil
	case t.overdrive && !t.fast && len(t.via) == 0:
		return t.speedUp(rom)
	}
	return match(rom), nil
}

// speedUp sends the command after which the code is expected at overdrive. The
// device that it is the code of stays at overdrive until a reset at standard
// speed; all others wait for that (DS2408 data sheet page 22).
func (t *Tx) speedUp(rom ROM) ([]byte, error) {
	s, ok := t.bus.(Speeder)
	if !ok {
		return match(rom), nil
	}
	t.stats.Overdrives.Add(1)
	if err := t.Write(OverdriveROM); err != nil {
		return nil, err
	}
	t.fast = true // even if it fails half way: slow comes after
	return rom[:], t.note(s.SetOverdrive(t.ctx, true))
}

// slow brings the line back to standard speed. The next reset takes the
// devices along.
func (t *Tx) slow() error {
	if !t.fast {
		return nil
	}
	t.fast = false
	return t.note(t.bus.(Speeder).SetOverdrive(t.ctx, false))
}

func match(rom ROM) []byte { return append([]byte{MatchROM}, rom[:]...) }
