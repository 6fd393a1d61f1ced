// SPDX-License-Identifier: Apache-2.0

package device

import "fmt"

// eds is the environment sensors and inputs of Embedded Data Systems. Each model has a directory of its own.
func eds() Family {
	return Family{
		Code: "7E", Type: "EDS", Flags: CanAlarm | MassTemperature,
		Drivers: edsDrivers(), Shown: edsShown,
		Properties: join(standard(), paged(3, 32), rows{
			row("device_id", Unsigned, ReadOnly, Stable),
			row("device_type", ASCII, ReadOnly, Link).sized(7),
			row("tag", ASCII, ReadOnly, Stable).sized(30),
		},
			edsModel(64, edsTemperature()),
			edsModel(65, edsTemperature(), edsHumidity()),
			edsModel(66, edsTemperature(), edsPressure()),
			edsModel(67, edsTemperature(), eds0067Light()),
			edsModel(68, edsTemperature(), edsHumidity(), edsPressure(), edsLight(), edsLimits("light", Unsigned)),
			edsModel(70, edsVibration()),
			edsModel(71, edsResistance(), eds0071Limits()),
			edsModel(72, edsResistance(), eds0072Limits()),
			edsModel(80, edsChannels("current", 8)),
			edsModel(82, edsChannels("volts", 8)),
			edsModel(83, edsChannels("current", 4)),
			edsModel(85, edsChannels("volts", 4)),
			edsModel(90, edsIO())),
	}
}

// edsModel is the directory of one model: what all have, and its own parts. The number is read as it is printed on the
// device, where the digits are those of a hexadecimal device_id.
func edsModel(number int, parts ...rows) rows {
	name := fmt.Sprintf("EDS%04d", number)
	condition := fmt.Sprintf("device_id reads 0x%04d (%s)", number, name)
	return when(condition, under(name, edsCommon(), join(parts...)))
}

func edsCommon() rows {
	return rows{
		dir("LED"),
		row("LED/control", Unsigned, ReadWrite, Link),
		row("LED/state", YesNo, ReadWrite, Link),
		dir("alarm"),
		row("alarm/clear", YesNo, WriteOnly, Stable),
		row("alarm/state", Unsigned, ReadOnly, Volatile).hidden(),
		dir("counter"),
		row("counter/seconds", Unsigned, ReadOnly, Second),
		dir("relay"),
		row("relay/control", Unsigned, ReadWrite, Link),
		row("relay/state", YesNo, ReadWrite, Link),
		row("relay_function", Unsigned, ReadWrite, Volatile).hidden(),
		row("relay_state", Unsigned, ReadWrite, Volatile).hidden(),
		dir("set_alarm"),
		row("set_alarm/alarm_function", Unsigned, ReadWrite, Volatile).hidden(),
	}
}

// edsLimits is the alarms of one measure.
func edsLimits(measure string, format Format) rows {
	return join(edsAlarms(measure), edsThresholds(measure, format))
}

func edsAlarms(measure string) rows {
	return join(
		edsPair("alarm/"+measure, YesNo, ReadOnly, Link),
		edsPair("set_alarm/"+measure, YesNo, ReadWrite, Link))
}

func edsThresholds(measure string, format Format) rows {
	return edsPair("threshold/"+measure, format, ReadWrite, Stable)
}

func edsPair(name string, format Format, access Access, class Class) rows {
	return rows{row(name+"_hi", format, access, class), row(name+"_low", format, access, class)}
}

func edsTemperature() rows {
	return append(edsLimits("temp", Temperature),
		dir("threshold"),
		row("temperature", Temperature, ReadOnly, Volatile))
}

func edsHumidity() rows {
	return join(edsLimits("dew_point", Temperature), edsLimits("heat_index", Temperature),
		edsLimits("humidex", Float), edsLimits("humidity", Float), rows{
			row("dew_point", Temperature, ReadOnly, Volatile),
			row("heat_index", Temperature, ReadOnly, Volatile),
			row("humidex", Float, ReadOnly, Volatile),
			row("humidity", Float, ReadOnly, Volatile),
		})
}

func edsPressure() rows {
	return join(edsLimits("inHg", Float), edsLimits("pressure", Pressure), rows{
		row("inHg", Float, ReadOnly, Volatile),
		row("pressure", Pressure, ReadOnly, Volatile),
	})
}

func edsLight() rows {
	return rows{row("light", Unsigned, ReadOnly, Volatile)}
}

// eds0067Light has a blank at the end of one name, as clients of the original find it.
func eds0067Light() rows {
	return join(edsLight(), edsAlarms("light"), rows{
		row("threshold/light_hi ", Unsigned, ReadWrite, Stable),
		row("threshold/light_low", Unsigned, ReadWrite, Stable),
	})
}

func edsVibration() rows {
	return append(edsLimits("vib", Temperature),
		dir("threshold"),
		row("vib_level", Unsigned, ReadOnly, Volatile),
		row("vib_max", Unsigned, ReadOnly, Volatile),
		row("vib_min", Unsigned, ReadOnly, Volatile),
		row("vib_peak", Unsigned, ReadOnly, Volatile))
}

func edsResistance() rows {
	return join(edsTemperature(), edsThresholds("resistance", Float), rows{
		dir("calibration"),
		row("calibration/constant", Unsigned, ReadOnly, Stable),
		row("calibration/key", Unsigned, ReadWrite, Stable),
		row("counter/samples", Unsigned, ReadOnly, Second),
		row("delay", Unsigned, ReadWrite, Volatile),
		row("raw", Unsigned, ReadOnly, Volatile).hidden(),
		row("resistance", Float, ReadOnly, Volatile),
		row("user_byte", Unsigned, ReadWrite, Volatile),
	})
}

// eds0071Limits has two underscores in one name, as clients of the original find it.
func eds0071Limits() rows {
	return append(edsPair("alarm/resistance", YesNo, ReadOnly, Link),
		row("set_alarm/resistance__hi", YesNo, ReadWrite, Link),
		row("set_alarm/resistance_low", YesNo, ReadWrite, Link))
}

func eds0072Limits() rows { return edsAlarms("RTD") }

// edsChannels is the models with several inputs for one measure.
func edsChannels(measure string, count int) rows {
	all := paged(5, 32)
	for _, name := range []string{measure, "max_" + measure, "min_" + measure} {
		all = append(all, row(name, Float, ReadOnly, Volatile).numbered(count, Separate))
	}
	all = append(all, dir("threshold"))
	for _, limit := range []string{measure + "_hi", measure + "_low"} {
		all = append(all,
			row("alarm/"+limit, Bitfield, ReadOnly, Volatile).numbered(count, Aggregate),
			row("set_alarm/"+limit, Bitfield, ReadWrite, Volatile).numbered(count, Aggregate),
			row("threshold/"+limit, Float, ReadWrite, Stable).numbered(2*count, Separate))
	}
	return all
}

// edsIO is the model with eight inputs and outputs.
func edsIO() rows {
	return rows{
		row("alarm/hi", Bitfield, ReadOnly, Link).numbered(8, Aggregate),
		row("alarm/low", Bitfield, ReadOnly, Link).numbered(8, Aggregate),
		row("counter/pulses", Unsigned, ReadOnly, Volatile).numbered(8, Separate),
		row("counter/reset", Bitfield, ReadWrite, Volatile).numbered(8, Aggregate),
		row("input", Bitfield, ReadOnly, Stable).numbered(8, Aggregate),
		dir("latch"),
		row("latch/reset", Bitfield, ReadWrite, Volatile).numbered(8, Aggregate),
		row("latch/state", Bitfield, ReadOnly, Volatile).numbered(8, Aggregate),
		dir("output"),
		row("output/off", Bitfield, ReadOnly, Volatile).numbered(8, Aggregate),
		row("output/reset", Bitfield, ReadWrite, Volatile).numbered(8, Aggregate),
		row("output/set", Bitfield, ReadWrite, Volatile).numbered(8, Aggregate),
		row("set_alarm/hi", Bitfield, ReadWrite, Link).numbered(8, Aggregate),
		row("set_alarm/low", Bitfield, ReadWrite, Link).numbered(8, Aggregate),
	}
}
