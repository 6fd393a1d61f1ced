// SPDX-License-Identifier: Apache-2.0

package device

// What the numbers of an MS5534 or MS5540 mean (MS5540C data sheet, figures 3 to
// 5 on pages 10 and 11). The calibration is four words, of which six numbers are
// made. In between, temperatures are in 0.1 °C and pressures in 0.1 mbar.

// calibrate takes the words apart (figure 4).
func (t *tai8570) calibrate(w [4]uint16) {
	for i, n := range [6]uint16{
		w[0] >> 1,
		w[2]&0x3F<<6 | w[3]&0x3F,
		w[3] >> 6,
		w[2] >> 6,
		w[0]&1<<10 | w[1]>>6,
		w[1] & 0x3F,
	} {
		t.c[i] = float64(n)
	}
}

// away is how far the temperature is from the one of the calibration.
func (t tai8570) away(d2 float64) float64 { return d2 - (8*t.c[4] + 20224) }

// tenths is the temperature, in tenths of a degree.
func (t tai8570) tenths(dT float64) float64 { return 200 + dT*(t.c[5]+50)/1024 }

func (t tai8570) celsius(d2 float64) float64 { return t.tenths(t.away(d2)) / 10 }

// compensated is the pressure in mbar.
func (t tai8570) compensated(d1, dT float64) float64 {
	offset := t.c[1]*4 + (t.c[3]-512)*dT/4096
	sensitivity := t.c[0] + t.c[2]*dT/1024 + 24576
	return (sensitivity*(d1-7168)/16384-offset)/32 + 250
}

func (t tai8570) mbar(d1, d2 float64) float64 { return t.compensated(d1, t.away(d2)) }

// The sensor of the temperature is not quite straight. Of the older MS5534 it is
// the difference that is corrected, where it is colder than at the calibration.

func (t tai8570) bent(d2 float64) (dT float64, cold bool) {
	dT = t.away(d2)
	if dT >= 0 {
		return dT, false
	}
	return dT - dT/256*dT/256, true
}

func (t tai8570) celsius5534(d2 float64) float64 {
	dT, cold := t.bent(d2)
	tenths := t.tenths(dT)
	if cold {
		tenths += dT / 256
	}
	return tenths / 10
}

func (t tai8570) mbar5534(d1, d2 float64) float64 {
	dT, _ := t.bent(d2)
	return t.compensated(d1, dT)
}

// Of the MS5540C it is the results, below 20 °C and above 45 °C (figure 5).

func (t tai8570) correction(d1, d2 float64) (tenths, t2, p2 float64) {
	tenths = t.tenths(t.away(d2))
	p := 10 * t.mbar(d1, d2)
	switch {
	case tenths < 200:
		t2 = 11 * (t.c[5] + 24) * (200 - tenths) * (200 - tenths) / (1 << 20)
		p2 = 3 * t2 * (p - 3500) / (1 << 14)
	case tenths > 450:
		t2 = 3 * (t.c[5] + 24) * (450 - tenths) * (450 - tenths) / (1 << 20)
		p2 = t2 * (p - 10000) / (1 << 13)
	}
	return tenths, t2, p2
}

func (t tai8570) celsius5540(d2 float64) float64 {
	tenths, t2, _ := t.correction(0, d2)
	return (tenths - t2) / 10
}

func (t tai8570) mbar5540(d1, d2 float64) float64 {
	_, _, p2 := t.correction(d1, d2)
	return t.mbar(d1, d2) - p2/10
}
