// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"math"
	"time"
)

// A curve is a value that depends on the time alone: a mean with a wave around
// it, or points with straight lines between them, and noise.
type curve struct {
	mean, swing  float64
	period, peak time.Duration // of the wave; of the points the period only
	points       []point
	steps        bool // a point's value holds until the next point
	noise        float64
}

// A point is a value at a time after the beginning of the period.
type point struct {
	at    time.Duration
	value float64
}

func constant(x float64) curve { return curve{mean: x} }

// wave is a slow curve with its peak at three in the afternoon.
func wave(mean, swing, noise float64) curve {
	return curve{mean: mean, swing: swing, period: 24 * time.Hour, peak: 15 * time.Hour, noise: noise}
}

// bounds returns the lowest and highest value that the curve can have.
func (c *curve) bounds() (low, high float64) {
	low, high = c.mean-c.swing, c.mean+c.swing
	if len(c.points) > 0 {
		low, high = math.Inf(1), math.Inf(-1)
		for _, p := range c.points {
			low, high = min(low, p.value), max(high, p.value)
		}
	}
	return low - c.noise, high + c.noise
}

// at returns the value when a time has passed since the epoch. key makes the
// noise of one device differ from that of another.
func (c *curve) at(since time.Duration, key uint64) float64 {
	x := c.mean
	switch {
	case len(c.points) > 0:
		x = c.between(phase(since, c.period))
	case c.swing != 0:
		x += c.swing * math.Cos(2*math.Pi*float64(phase(since-c.peak, c.period))/float64(c.period))
	}
	if c.noise == 0 {
		return x
	}
	return x + c.noise*flutter(since, key)
}

// phase returns how much of the period has passed.
func phase(since, period time.Duration) time.Duration {
	if since %= period; since < 0 {
		since += period
	}
	return since
}

// between returns the value on the line from one point to the next; the first
// one follows the last.
func (c *curve) between(at time.Duration) float64 {
	n := len(c.points)
	a, b := c.points[n-1], c.points[0]
	for _, p := range c.points {
		if p.at > at {
			b = p
			break
		}
		a = p
	}
	if c.steps || n == 1 {
		return a.value
	}
	part := float64(phase(at-a.at, c.period)) / float64(phase(b.at-a.at, c.period))
	return a.value + part*(b.value-a.value)
}

// flutter is noise between -1 and 1: a random number each minute, and straight
// lines between them.
func flutter(since time.Duration, key uint64) float64 {
	minute := int64(math.Floor(since.Minutes()))
	part := since.Minutes() - float64(minute)
	a, b := random(key, minute), random(key, minute+1)
	return a + part*(b-a)
}

func random(key uint64, n int64) float64 {
	return float64(mix(key^mix(uint64(n))))/(1<<63) - 1
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood: Fast splittable
// pseudorandom number generators, 2014).
func mix(z uint64) uint64 {
	z += 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// hash makes a number of a seed and some bytes.
func hash(seed uint64, p ...byte) uint64 {
	for _, b := range p {
		seed = mix(seed ^ uint64(b))
	}
	return mix(seed)
}

// A schedule is a time that comes again, or once if every is 0. The zero
// schedule never comes.
type schedule struct {
	first, lasts, every time.Duration
}

// at tells whether it is such a time, and how many have begun so far.
func (s schedule) at(since time.Duration) (on bool, begun int64) {
	since -= s.first
	switch {
	case s.lasts == 0 || since < 0:
		return false, 0
	case s.every == 0:
		return since < s.lasts, 1
	}
	return since%s.every < s.lasts, int64(since/s.every) + 1
}
