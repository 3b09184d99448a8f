package agent

import "time"

const (
	limiterMax   = 4096             // buckets that are kept before the full ones are thrown away
	burstSeconds = 2                // of the rate, that a bucket holds
	limitShown   = 10 * time.Second // a port that was held back counts as flooding
)

// limiter bounds how often each of many may do something, so that one who does it too often hurts nobody else.
type limiter struct {
	rate    int // a second; 0 for no limit
	buckets map[uint32]*bucket
}

// bucket is a token bucket.
type bucket struct {
	tokens  float64
	at      time.Time // tokens was right
	refused time.Time // the last time
}

func newLimiter(rate int) *limiter { return &limiter{rate: rate, buckets: map[uint32]*bucket{}} }

// take reports whether who may now.
func (l *limiter) take(who uint32, now time.Time) bool {
	if l.rate == 0 {
		return true
	}
	b := l.buckets[who]
	if b == nil {
		l.forgetFull(now)
		b = &bucket{tokens: l.full(), at: now}
		l.buckets[who] = b
	}
	b.tokens, b.at = l.filled(b, now), now
	if b.tokens < 1 {
		b.refused = now
		return false
	}
	b.tokens--
	return true
}

func (l *limiter) full() float64 { return float64(l.rate * burstSeconds) }

func (l *limiter) filled(b *bucket, now time.Time) float64 {
	return min(l.full(), b.tokens+now.Sub(b.at).Seconds()*float64(l.rate))
}

// forgetFull throws buckets away that are as a new one would be, once there are many.
func (l *limiter) forgetFull(now time.Time) {
	if len(l.buckets) < limiterMax {
		return
	}
	for who, b := range l.buckets {
		if l.filled(b, now) == l.full() && !l.limited(who, now) {
			delete(l.buckets, who)
		}
	}
}

// limited reports whether who was refused not long ago.
func (l *limiter) limited(who uint32, now time.Time) bool {
	b := l.buckets[who]
	return b != nil && !b.refused.IsZero() && now.Sub(b.refused) < limitShown
}
